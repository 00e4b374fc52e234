use super::{runtime::Runtime, BlockHeader, Error, RuntimeCall};
use medrec_primitives::{identity::SubjectId, AccountId, Nonce, H256};
use medrec_protocol::keys::{Key, Scheme};
use parity_scale_codec::Encode;
use subxt::{
	config::{substrate::SubstrateConfig, DefaultExtrinsicParamsBuilder},
	transactions::Signer,
	utils::{AccountId32, MultiSignature},
};

/// The mortality of transactions that are sent, in blocks.
pub(super) const LIFETIME: u32 = 64;

/// The message by which the next account of a subject consents to the rotation
/// (`registrar.rotate_account`). `account` is the current account. A wallet may frame the message in
/// `<Bytes>`.
pub fn rotation_message(genesis: &H256, subject: &SubjectId, account: &AccountId) -> Vec<u8> {
	(b"medrec-rotate", genesis, subject, account).encode()
}

/// A signed transaction.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
	pub(super) bytes: Vec<u8>,
	pub(super) hash: H256,
	/// The first block of its mortality.
	pub(super) birth: BlockHeader,
}

impl Transaction {
	/// Whether too few blocks are left in which the transaction is valid.
	pub(super) fn is_expiring(&self, best: &BlockHeader) -> bool {
		best.number >= self.birth.number.saturating_add(LIFETIME - 8)
	}
}

impl Runtime {
	/// Signs a call. The transaction is valid for `lifetime` blocks after `birth`, a power of two.
	pub(super) fn sign(
		&self,
		call: &RuntimeCall,
		key: &Key,
		nonce: Nonce,
		birth: BlockHeader,
		lifetime: u32,
	) -> Result<Transaction, Error> {
		let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.nonce(nonce.into())
			.mortal_from_unchecked(lifetime.into(), birth.number.into(), birth.hash)
			.build();
		let unbuildable =
			|error: subxt::error::ExtrinsicError| Error::Unbuildable(error.to_string());
		let transactions = self.client.transactions();
		let payload = transactions.from_call_data_bytes(&call.encode()).map_err(unbuildable)?;
		let bytes = transactions
			.create_v4_signable_offline(&payload, params)
			.and_then(|mut signable| signable.sign(&TransactionSigner(key)))
			.map_err(unbuildable)?
			.into_encoded();
		let hash = H256(sp_crypto_hashing::blake2_256(&bytes));
		Ok(Transaction { bytes, hash, birth })
	}
}

/// A key as subxt signs transactions with it.
struct TransactionSigner<'a>(&'a Key);

impl Signer<SubstrateConfig> for TransactionSigner<'_> {
	fn account_id(&self) -> AccountId32 {
		AccountId32(self.0.public())
	}

	fn sign(&self, payload: &[u8]) -> MultiSignature {
		// Payloads of more than 256 bytes are signed by their hash.
		let hashed;
		let message = match payload.len() {
			0..=256 => payload,
			_ => {
				hashed = sp_crypto_hashing::blake2_256(payload);
				&hashed
			},
		};
		let signature = self.0.sign(message);
		match self.0.scheme() {
			Scheme::Sr25519 => MultiSignature::Sr25519(signature),
			Scheme::Ed25519 => MultiSignature::Ed25519(signature),
		}
	}
}
