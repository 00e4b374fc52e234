use crate::keys::{address, parse_address, MEDREC_PREFIX};
use medrec_primitives::{AccountId, H256};
use std::{fmt, str::FromStr};

/// The number of bytes of the genesis hash in the name of a chain (CAIP-2, namespace `polkadot`).
const CHAIN_BYTES: usize = 16;

/// The identifier of a key on a chain (CAIP-10): `polkadot:<first 32 hex digits of the genesis
/// hash>:<ss58>`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyId {
	chain: [u8; CHAIN_BYTES],
	account: AccountId,
}

/// The error of parsing a [`KeyId`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("keyid must be polkadot:<first 32 hex digits of the genesis hash>:<ss58 address>")]
pub struct KeyIdError;

impl KeyId {
	/// The identifier of `account` on the chain with this genesis hash.
	pub fn new(genesis: &H256, account: AccountId) -> KeyId {
		KeyId { chain: chain_of(genesis), account }
	}

	/// The account; for the key of a session, its bytes.
	pub fn account(&self) -> &AccountId {
		&self.account
	}

	/// Whether it names the chain with this genesis hash.
	pub fn is_on(&self, genesis: &H256) -> bool {
		self.chain == chain_of(genesis)
	}
}

/// The CAIP-2 name of the chain with this genesis hash: `polkadot:<first 32 hex digits>`.
pub(super) fn chain_name(genesis: &H256) -> String {
	format!("polkadot:{}", hex::encode(chain_of(genesis)))
}

fn chain_of(genesis: &H256) -> [u8; CHAIN_BYTES] {
	let mut chain = [0; CHAIN_BYTES];
	chain.copy_from_slice(&genesis.as_bytes()[..CHAIN_BYTES]);
	chain
}

impl fmt::Display for KeyId {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let account = address(&self.account, MEDREC_PREFIX);
		write!(formatter, "polkadot:{}:{account}", hex::encode(self.chain))
	}
}

impl FromStr for KeyId {
	type Err = KeyIdError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let rest = text.strip_prefix("polkadot:").ok_or(KeyIdError)?;
		let (genesis, account) = rest.split_once(':').ok_or(KeyIdError)?;
		if genesis.bytes().any(|byte| byte.is_ascii_uppercase()) {
			return Err(KeyIdError);
		}
		let mut chain = [0; CHAIN_BYTES];
		hex::decode_to_slice(genesis, &mut chain).map_err(|_| KeyIdError)?;
		let account = parse_address(account).map_err(|_| KeyIdError)?;
		Ok(KeyId { chain, account })
	}
}
