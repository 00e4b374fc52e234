//! Signing keys and sealing keys.
//!
//! A [`Key`] signs transactions, requests and receipts. Its public key is an account on the chain. A
//! [`SealingKey`] opens sealed answers. Its public key is the subject's encryption key on the chain.

mod sealing;
mod secret;

pub use sealing::SealingKey;
pub use secret::Secret;

use medrec_primitives::AccountId;
use serde::{Deserialize, Serialize};
use sp_core::{crypto::Ss58Codec, ed25519, sr25519, Pair};
use std::{fmt, str::FromStr};

/// The signature scheme of a [`Key`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
	/// Schnorr signatures over Ristretto, the default of most wallets. Signatures are randomised.
	#[default]
	Sr25519,
	/// Ed25519 as in RFC 8032.
	Ed25519,
}

impl Scheme {
	/// The name in key files: `sr25519` or `ed25519`.
	pub fn as_str(self) -> &'static str {
		match self {
			Scheme::Sr25519 => "sr25519",
			Scheme::Ed25519 => "ed25519",
		}
	}
}

impl fmt::Display for Scheme {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(self.as_str())
	}
}

/// The reason why a text is not a secret, an address or a scheme. The text is left out, since it may be
/// a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
	/// The text is neither a seed phrase nor a secret URI.
	#[error("not a seed phrase of 12, 15, 18, 21 or 24 English words nor a secret URI")]
	InvalidSecret,
	/// The text is not an SS58 address of an account.
	#[error("not an SS58 address of an account")]
	InvalidAddress,
	/// The text is not the name of a scheme.
	#[error("not a signature scheme; use sr25519 or ed25519")]
	UnknownScheme,
}

impl FromStr for Scheme {
	type Err = KeyError;

	fn from_str(word: &str) -> Result<Self, Self::Err> {
		match word {
			"sr25519" => Ok(Scheme::Sr25519),
			"ed25519" => Ok(Scheme::Ed25519),
			_ => Err(KeyError::UnknownScheme),
		}
	}
}

/// A signing key.
#[derive(Clone)]
pub enum Key {
	/// A key of [`Scheme::Sr25519`].
	Sr25519(Box<sr25519::Pair>),
	/// A key of [`Scheme::Ed25519`].
	Ed25519(Box<ed25519::Pair>),
}

impl fmt::Debug for Key {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(formatter, "Key({}, {})", self.scheme(), self.address(MEDREC_PREFIX))
	}
}

/// The SS58 prefix of addresses on MedRec chains.
pub const MEDREC_PREFIX: u16 = 7336;

/// The SS58 prefix of Substrate addresses that belong to no network.
pub const GENERIC_PREFIX: u16 = 42;

impl Key {
	/// A new random key with its seed phrase of 12 words, which is enough to restore it.
	pub fn generate(scheme: Scheme) -> (Key, Secret) {
		let (_, phrase, _) = sr25519::Pair::generate_with_phrase(None);
		let key = Key::from_uri(&phrase, scheme).expect("a generated phrase is a secret URI; qed");
		(key, Secret::new(phrase))
	}

	/// The key of a seed phrase or a secret URI in Substrate's syntax (`phrase//hard/soft///password`,
	/// or a seed of `0x` and 64 digits in place of the phrase). `//Name` alone is a well-known key for
	/// development.
	pub fn from_uri(uri: &str, scheme: Scheme) -> Result<Key, KeyError> {
		let key = match scheme {
			Scheme::Sr25519 => Pair::from_string(uri, None).map(Box::new).map(Key::Sr25519),
			Scheme::Ed25519 => Pair::from_string(uri, None).map(Box::new).map(Key::Ed25519),
		};
		key.map_err(|_| KeyError::InvalidSecret)
	}

	/// The signature scheme.
	pub fn scheme(&self) -> Scheme {
		match self {
			Key::Sr25519(_) => Scheme::Sr25519,
			Key::Ed25519(_) => Scheme::Ed25519,
		}
	}

	/// The public key, whose bytes are the account.
	pub fn public(&self) -> [u8; 32] {
		match self {
			Key::Sr25519(pair) => pair.public().0,
			Key::Ed25519(pair) => pair.public().0,
		}
	}

	/// The account that the key controls.
	pub fn account(&self) -> AccountId {
		AccountId::from(self.public())
	}

	/// The address of the account, with this SS58 prefix.
	pub fn address(&self, prefix: u16) -> String {
		address(&self.account(), prefix)
	}

	/// Signs `message` without a frame.
	pub fn sign(&self, message: &[u8]) -> [u8; 64] {
		match self {
			Key::Sr25519(pair) => pair.sign(message).0,
			Key::Ed25519(pair) => pair.sign(message).0,
		}
	}
}

/// The address of an account, with this SS58 prefix.
pub fn address(account: &AccountId, prefix: u16) -> String {
	account.to_ss58check_with_version(prefix.into())
}

/// The account of an SS58 address with any prefix.
pub fn parse_address(text: &str) -> Result<AccountId, KeyError> {
	AccountId::from_ss58check_with_version(text)
		.map(|(account, _)| account)
		.map_err(|_| KeyError::InvalidAddress)
}

/// The scheme under which `signature` is a signature of `account` over `message`; none if it is none.
/// Sr25519 is tried first.
pub fn verify(account: &AccountId, message: &[u8], signature: &[u8; 64]) -> Option<Scheme> {
	let public: &[u8; 32] = account.as_ref();
	let sr = sr25519::Pair::verify(
		&sr25519::Signature::from_raw(*signature),
		message,
		&sr25519::Public::from_raw(*public),
	);
	if sr {
		return Some(Scheme::Sr25519);
	}
	verify_ed25519(public, message, signature).then_some(Scheme::Ed25519)
}

/// Whether `signature` is an ed25519 signature of `public` over `message`. Keys and signatures of small
/// order and non-canonical signatures are refused.
pub fn verify_ed25519(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
	ed25519_dalek::VerifyingKey::from_bytes(public).is_ok_and(|key| {
		key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

	#[test]
	fn known_phrases_give_known_accounts() {
		let alice = Key::from_uri(&format!("{PHRASE}//Alice"), Scheme::Sr25519).unwrap();
		assert_eq!(
			alice.address(GENERIC_PREFIX),
			"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
		);
		let alice = Key::from_uri("//Alice", Scheme::Ed25519).unwrap();
		assert_eq!(
			alice.address(GENERIC_PREFIX),
			"5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu"
		);
	}

	#[test]
	fn a_signature_verifies_under_its_scheme_only() {
		for scheme in [Scheme::Sr25519, Scheme::Ed25519] {
			let (key, phrase) = Key::generate(scheme);
			assert_eq!(phrase.expose().split(' ').count(), 12);
			let again = Key::from_uri(phrase.expose(), scheme).unwrap();
			assert_eq!(again.account(), key.account());
			let mut signature = key.sign(b"message");
			assert_eq!(verify(&key.account(), b"message", &signature), Some(scheme));
			assert_eq!(verify(&key.account(), b"massage", &signature), None);
			signature[3] ^= 1;
			assert_eq!(verify(&key.account(), b"message", &signature), None);
		}
	}

	#[test]
	fn addresses_with_any_prefix_are_read() {
		let key = Key::from_uri("//Alice", Scheme::Sr25519).unwrap();
		for prefix in [0, 2, 42, 7391] {
			assert_eq!(parse_address(&key.address(prefix)), Ok(key.account()));
		}
		assert_eq!(parse_address("5Grw"), Err(KeyError::InvalidAddress));
		assert_eq!(
			parse_address("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ"),
			Err(KeyError::InvalidAddress)
		);
	}

	#[test]
	fn an_invalid_secret_is_refused_without_repeating_it() {
		let error = Key::from_uri("correct horse battery staple", Scheme::Sr25519).unwrap_err();
		assert_eq!(error, KeyError::InvalidSecret);
		assert!(!error.to_string().contains("horse"));
		assert_eq!("rsa".parse::<Scheme>(), Err(KeyError::UnknownScheme));
	}
}
