//! The development keys, and the search for them on a chain.

use super::{DevIdentity, KEY_TYPES};
use medrec_primitives::{
	identity::{MiningKey, SubjectId},
	AccountId,
};
use sp_core::{
	crypto::{SecretUri, DEV_PHRASE},
	ecdsa, ed25519, sr25519, Pair,
};
use sp_keyring::Ed25519Keyring;
use sp_runtime::{traits::IdentifyAccount, MultiSigner};
use std::collections::HashMap;

/// All keys that derive from the development phrase of Substrate's tools, by the paths of
/// [`DevIdentity`] and by those of Substrate's keyring.
pub struct WeakKeys {
	/// Ed25519 keys with their derivation paths.
	ed25519: HashMap<[u8; 32], String>,
	/// The accounts of the keys of every signature scheme, with their derivation paths.
	accounts: Vec<(AccountId, String)>,
}

/// A use of a development key on a chain, with the derivation path of the key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WeakKeyUse {
	/// The key of a voter on finality.
	#[error("the development key {0} as a voter on finality")]
	Voter(String),
	/// The mining key of a researcher.
	#[error("the development key {1} as the mining key of {0}")]
	Miner(SubjectId, String),
	/// The account of a subject.
	#[error("the development key {1} as the account of {0}")]
	Account(SubjectId, String),
}

impl WeakKeys {
	/// Derives all keys. This takes a noticeable time.
	pub fn derive() -> Self {
		let ed25519: Vec<(ed25519::Public, _)> = derive_all::<ed25519::Pair>();
		let mut accounts = accounts(ed25519.clone());
		accounts.extend(self::accounts(derive_all::<sr25519::Pair>()));
		accounts.extend(self::accounts(derive_all::<ecdsa::Pair>()));
		Self { ed25519: ed25519.into_iter().map(|(key, uri)| (key.0, uri)).collect(), accounts }
	}

	/// The derivation path of `key`, `None` unless it is a development key.
	pub fn ed25519(&self, key: &[u8]) -> Option<&str> {
		self.ed25519.get(key).map(String::as_str)
	}

	/// The first development key among the voters, the miners and the accounts of a chain.
	///
	/// # Errors
	///
	/// Returns the first error of `subject_of`.
	pub fn find<E>(
		&self,
		voters: &[&[u8]],
		miners: &[(SubjectId, MiningKey)],
		subject_of: impl Fn(&AccountId) -> Result<Option<SubjectId>, E>,
	) -> Result<Option<WeakKeyUse>, E> {
		for key in voters {
			if let Some(uri) = self.ed25519(key) {
				return Ok(Some(WeakKeyUse::Voter(uri.into())));
			}
		}
		for (miner, key) in miners {
			if let Some(uri) = self.ed25519(key.as_bytes()) {
				return Ok(Some(WeakKeyUse::Miner(*miner, uri.into())));
			}
		}
		for (account, uri) in &self.accounts {
			if let Some(subject) = subject_of(account)? {
				return Ok(Some(WeakKeyUse::Account(subject, uri.clone())));
			}
		}
		Ok(None)
	}
}

/// The derivation paths of all development keys.
fn uris() -> impl Iterator<Item = String> {
	let identities = DevIdentity::all().flat_map(|identity| {
		let [finality, mining] = KEY_TYPES.map(|(_, path)| identity.key_uri(path));
		[finality, mining, identity.account_uri()]
	});
	let keyring = Ed25519Keyring::iter().map(|key| format!("//{}", <&str>::from(key)));
	identities.chain(keyring)
}

/// The public keys of one signature scheme. The slow derivation from the phrase is done once.
fn derive_all<P: Pair>() -> Vec<(P::Public, String)> {
	let Ok((root, seed)) = P::from_phrase(DEV_PHRASE, None) else { return Vec::new() };
	let derive = |uri: String| {
		let path = uri.parse::<SecretUri>().ok()?.junctions;
		let (pair, _) = root.derive(path.into_iter(), Some(seed.clone())).ok()?;
		Some((pair.public(), uri))
	};
	uris().filter_map(derive).collect()
}

fn accounts<P: Into<MultiSigner>>(keys: Vec<(P, String)>) -> Vec<(AccountId, String)> {
	keys.into_iter().map(|(key, uri)| (key.into().into_account(), uri)).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_runtime::genesis::development;
	use std::convert::Infallible;

	const MINER: SubjectId = SubjectId::repeat_byte(1);
	const SUBJECT: SubjectId = SubjectId::repeat_byte(2);
	const OWN: MiningKey = MiningKey::repeat_byte(7);

	fn no_subject(_: &AccountId) -> Result<Option<SubjectId>, Infallible> {
		Ok(None)
	}

	fn account<P: Pair>(uri: &str) -> AccountId
	where
		P::Public: Into<MultiSigner>,
	{
		P::from_string(uri, None).expect("the path is valid").public().into().into_account()
	}

	#[test]
	fn every_key_is_listed_with_its_path() {
		let weak = WeakKeys::derive();
		// 35 identities, each with an account and two session keys, and the keyring.
		assert_eq!(weak.ed25519.len(), 35 * 3 + 14);
		assert_eq!(weak.accounts.len(), 3 * weak.ed25519.len());
		for uri in ["//ProviderZ", "//ResearcherNine//mining", "//Alice//stash"] {
			let key = ed25519::Pair::from_string(uri, None).expect("the path is valid").public();
			assert_eq!(weak.ed25519(&key.0), Some(uri));
		}
		assert_eq!(weak.ed25519(OWN.as_bytes()), None);
	}

	#[test]
	fn every_key_of_the_development_genesis_is_weak() {
		let weak = WeakKeys::derive();
		let voters = [OWN.as_bytes(), development::PROVIDER_A_FINALITY.as_bytes()];
		let voter = weak.find(&voters, &[], no_subject);
		assert_eq!(voter, Ok(Some(WeakKeyUse::Voter("//ProviderA//finality".into()))));

		let miners = [(SUBJECT, OWN), (MINER, development::RESEARCHER_ONE_MINING)];
		let miner = weak.find(&[OWN.as_bytes()], &miners, no_subject);
		assert_eq!(miner, Ok(Some(WeakKeyUse::Miner(MINER, "//ResearcherOne//mining".into()))));

		for (known, uri) in [
			(development::PROVIDER_A, "//ProviderA"),
			(development::RESEARCHER_ONE, "//ResearcherOne"),
		] {
			let subject_of = |account: &AccountId| -> Result<_, Infallible> {
				Ok((*account == known).then_some(SUBJECT))
			};
			let account = weak.find(&[], &[(MINER, OWN)], subject_of);
			assert_eq!(account, Ok(Some(WeakKeyUse::Account(SUBJECT, uri.into()))));
		}
	}

	#[test]
	fn an_account_of_any_signature_scheme_is_found() {
		let weak = WeakKeys::derive();
		let uri = "//ProviderB";
		for known in [
			account::<sr25519::Pair>(uri),
			account::<ed25519::Pair>(uri),
			account::<ecdsa::Pair>(uri),
		] {
			let subject_of = |account: &AccountId| -> Result<_, Infallible> {
				Ok((*account == known).then_some(SUBJECT))
			};
			let found = weak.find(&[], &[], subject_of);
			assert_eq!(found, Ok(Some(WeakKeyUse::Account(SUBJECT, uri.into()))));
		}
	}

	#[test]
	fn other_keys_are_not_found() {
		let weak = WeakKeys::derive();
		assert_eq!(weak.find(&[OWN.as_bytes()], &[(MINER, OWN)], no_subject), Ok(None));
	}

	#[test]
	fn an_error_of_the_chain_is_returned() {
		let failing = |_: &AccountId| Err("no answer");
		assert_eq!(WeakKeys::derive().find(&[], &[], failing), Err("no answer"));
	}
}
