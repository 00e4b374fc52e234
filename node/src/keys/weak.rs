//! The openly weak keys, and where a chain uses one.

use super::{DevIdentity, KINDS};
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
use std::{collections::HashMap, fmt};

/// The keys that derive from the phrase which every Substrate tool knows, by the paths of the parts of
/// development chains and by those of Substrate's own development accounts.
pub struct WeakKeys {
	/// Ed25519 keys with their paths.
	ed25519: HashMap<[u8; 32], String>,
	/// The accounts of the keys of every scheme, with their paths.
	accounts: Vec<(AccountId, String)>,
}

/// Where a chain uses a weak key, by its path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Use {
	/// As a voter on finality.
	Voter(String),
	/// As the key that signs a miner's seals.
	Miner(SubjectId, String),
	/// As the account of a subject.
	Account(SubjectId, String),
}

impl fmt::Display for Use {
	fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
		match self {
			Use::Voter(uri) => {
				write!(formatter, "the development key {uri} as a voter on finality")
			},
			Use::Miner(subject, uri) => {
				write!(formatter, "the development key {uri} as that of the miner {subject:?}")
			},
			Use::Account(subject, uri) => {
				write!(formatter, "the development key {uri} as the account of {subject:?}")
			},
		}
	}
}

impl WeakKeys {
	/// Derives them all.
	pub fn derive() -> Self {
		let ed25519: Vec<(ed25519::Public, _)> = derive_all::<ed25519::Pair>();
		let mut accounts = accounts(ed25519.clone());
		accounts.extend(self::accounts(derive_all::<sr25519::Pair>()));
		accounts.extend(self::accounts(derive_all::<ecdsa::Pair>()));
		Self { ed25519: ed25519.into_iter().map(|(key, uri)| (key.0, uri)).collect(), accounts }
	}

	/// The path of this key, if it is weak.
	pub fn ed25519(&self, key: &[u8]) -> Option<&str> {
		self.ed25519.get(key).map(String::as_str)
	}

	/// Where a chain with these voters, these miners and these subjects uses a weak key, if it does.
	///
	/// # Errors
	///
	/// If the chain does not say whose an account is.
	pub fn in_use<E>(
		&self,
		voters: &[&[u8]],
		miners: &[(SubjectId, MiningKey)],
		subject_of: impl Fn(&AccountId) -> Result<Option<SubjectId>, E>,
	) -> Result<Option<Use>, E> {
		let voter = voters.iter().find_map(|key| Some(Use::Voter(self.ed25519(key)?.into())));
		let mut miners = miners.iter();
		let miner =
			|| miners.find_map(|(miner, key)| Some(Use::Miner(*miner, self.ed25519(key)?.into())));
		if let Some(found) = voter.or_else(miner) {
			return Ok(Some(found));
		}
		for (account, uri) in &self.accounts {
			if let Some(subject) = subject_of(account)? {
				return Ok(Some(Use::Account(subject, uri.clone())));
			}
		}
		Ok(None)
	}
}

/// The paths of the keys.
fn uris() -> impl Iterator<Item = String> {
	let parts = DevIdentity::all().flat_map(|part| {
		let kinds = KINDS.map(|(_, path)| part.uri(path));
		kinds.into_iter().chain([part.account_uri()])
	});
	let keyring = Ed25519Keyring::iter().map(|key| format!("//{}", <&str>::from(key)));
	parts.chain(keyring)
}

/// The public keys of one scheme. The phrase is stretched only once: that takes long.
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
	use medrec_primitives::H256;
	use medrec_runtime::genesis::development;
	use std::convert::Infallible;

	const MINER: SubjectId = H256::repeat_byte(1);
	const SUBJECT: SubjectId = H256::repeat_byte(2);
	const OWN: [u8; 32] = [7; 32];

	fn nobody(_: &AccountId) -> Result<Option<SubjectId>, Infallible> {
		Ok(None)
	}

	fn account<P: Pair>(uri: &str) -> AccountId
	where
		P::Public: Into<MultiSigner>,
	{
		P::from_string(uri, None).expect("it is a path").public().into().into_account()
	}

	#[test]
	fn keys_are_those_of_their_paths() {
		let weak = WeakKeys::derive();
		// All parts, with and without their two further keys, and the keyring.
		assert_eq!(weak.ed25519.len(), 35 * 3 + 14);
		assert_eq!(weak.accounts.len(), 3 * weak.ed25519.len());
		for uri in ["//ProviderZ", "//ResearcherNine//mining", "//Alice//stash"] {
			let key = ed25519::Pair::from_string(uri, None).expect("it is a path").public();
			assert_eq!(weak.ed25519(&key.0), Some(uri));
		}
		assert_eq!(weak.ed25519(&OWN), None);
	}

	#[test]
	fn every_key_of_the_development_genesis_is_weak() {
		let weak = WeakKeys::derive();
		let voter = weak.in_use(&[&OWN, &development::PROVIDER_A_FINALITY], &[], nobody);
		assert_eq!(voter, Ok(Some(Use::Voter("//ProviderA//finality".into()))));

		let miners = [(SUBJECT, OWN), (MINER, development::RESEARCHER_ONE_MINING)];
		let miner = weak.in_use(&[&OWN], &miners, nobody);
		assert_eq!(miner, Ok(Some(Use::Miner(MINER, "//ResearcherOne//mining".into()))));

		for (known, uri) in [
			(development::PROVIDER_A, "//ProviderA"),
			(development::RESEARCHER_ONE, "//ResearcherOne"),
		] {
			let subject_of = |account: &AccountId| -> Result<_, Infallible> {
				Ok((*account == known).then_some(SUBJECT))
			};
			let account = weak.in_use(&[], &[(MINER, OWN)], subject_of);
			assert_eq!(account, Ok(Some(Use::Account(SUBJECT, uri.into()))));
		}
	}

	#[test]
	fn an_account_is_weak_by_whichever_scheme() {
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
			let found = weak.in_use(&[], &[], subject_of);
			assert_eq!(found, Ok(Some(Use::Account(SUBJECT, uri.into()))));
		}
	}

	#[test]
	fn keys_of_ones_own_are_not_weak() {
		let weak = WeakKeys::derive();
		assert_eq!(weak.in_use(&[&OWN], &[(MINER, OWN)], nobody), Ok(None));
	}

	#[test]
	fn a_chain_that_does_not_answer_is_an_error() {
		let silent = |_: &AccountId| Err("no answer");
		assert_eq!(WeakKeys::derive().in_use(&[], &[], silent), Err("no answer"));
	}
}
