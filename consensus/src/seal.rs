//! The seal of a block.

use crate::Error;
use medrec_primitives::{
	identity::MiningKey,
	work::{meets, seal_message, work, Difficulty},
	H256,
};
use parity_scale_codec::{Decode, DecodeAll, Encode};
use sp_core::{ed25519, Pair};

/// The proof of a block's work and of its author.
///
/// Two fields could be derived from others. With the `key`, the signature can be verified before the
/// parent block is known, at which the registrar lists the miner's key. With the `work`, ties are
/// decided uniformly: seals can be compared without their headers, and a miner cannot lower the value
/// without doing the work again, as it could with the hash of a signature.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
pub struct Seal {
	/// The nonce.
	pub nonce: u64,
	/// The work of the nonce for the header; see [`work`].
	pub work: H256,
	/// The author's mining key.
	pub key: MiningKey,
	/// The Ed25519 signature of the key over [`seal_message`].
	pub signature: [u8; 64],
}

impl Seal {
	/// The length of a seal in SCALE, in bytes.
	pub const LEN: usize = 136;

	/// A seal with a signature of [`seal_message`] that was made elsewhere, as by a keystore.
	pub fn new(pre_hash: &H256, nonce: u64, key: MiningKey, signature: [u8; 64]) -> Seal {
		Seal { nonce, work: work(pre_hash, nonce), key, signature }
	}

	/// A seal that `pair` signs.
	pub fn sign(pair: &ed25519::Pair, pre_hash: &H256, nonce: u64) -> Seal {
		let signature = pair.sign(&seal_message(pre_hash, nonce));
		Seal::new(pre_hash, nonce, MiningKey(pair.public().0), signature.0)
	}

	/// Decodes a seal from exactly `bytes`.
	pub fn read(mut bytes: &[u8]) -> Result<Seal, Error> {
		Seal::decode_all(&mut bytes).map_err(|_| Error::SealMalformed)
	}

	/// Checks that the work is the nonce's and meets `difficulty`, and that the key signed the seal.
	/// Whether the key is the author's is not checked.
	pub fn check(&self, pre_hash: &H256, difficulty: Difficulty) -> Result<(), Error> {
		if self.work != work(pre_hash, self.nonce) {
			return Err(Error::WrongWork);
		}
		if !meets(&self.work, difficulty) {
			return Err(Error::TooLittleWork(difficulty));
		}
		let key = ed25519::Public::from_raw(self.key.0);
		let signature = ed25519::Signature::from_raw(self.signature);
		if !ed25519::Pair::verify(&signature, seal_message(pre_hash, self.nonce), &key) {
			return Err(Error::WrongSignature);
		}
		Ok(())
	}
}
