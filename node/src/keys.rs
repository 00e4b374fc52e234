//! The node's own keys, and the development keys whose secrets are public.
//!
//! The development keys ([`weak`]) derive from the phrase that every Substrate tool knows, so
//! their secrets are public. On a chain that is not a development chain, a node that finds one in its
//! keystore or in the genesis does not start.

mod weak;

use crate::{chain_spec::is_development, types::Client};
use medrec_primitives::{runtime_api::MedrecApi, H256};
use sc_consensus_grandpa::GrandpaApi;
use sc_service::ChainType;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::{
	crypto::{key_types::GRANDPA, KeyTypeId},
	ByteArray,
};
use sp_keystore::KeystorePtr;
use std::str::FromStr;
use weak::{WeakKeyUse, WeakKeys};

const LOG_TARGET: &str = "keys";

/// The key type of mining keys, which sign seals.
pub const MINING: KeyTypeId = KeyTypeId(*b"mine");

/// The number words in the derivation paths of researchers.
const NUMBERS: [&str; 9] = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/// The types of an identity's session keys, with the last element of their derivation paths.
const KEY_TYPES: [(KeyTypeId, &str); 2] = [(GRANDPA, "finality"), (MINING, "mining")];

/// An error that prevents the node from starting with its keys.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// `--dev-identity` was given on another chain.
	#[error("--dev-identity is for development chains; this chain is not one")]
	NotDevelopment,
	/// The keystore contains a development key, named by its path.
	#[error("the keystore contains the development key {0}, whose secret is public; remove it")]
	WeakKey(String),
	/// The genesis contains a development key.
	#[error(
		"the genesis of this chain contains {0}, whose secret is public; only development chains may \
		 contain one. Replace it in the chain specification by the owner's key and start the chain anew"
	)]
	WeakGenesis(WeakKeyUse),
	/// The keystore could not add a key.
	#[error("cannot add a key to the keystore: {0}")]
	Keystore(#[from] sp_keystore::Error),
	/// The keys that the chain has registered could not be read.
	#[error("cannot read the registered keys of the chain: {0}")]
	Runtime(#[from] ApiError),
}

impl From<Error> for sc_service::Error {
	fn from(error: Error) -> Self {
		sc_service::Error::Application(Box::new(error))
	}
}

/// An organisation of a development chain, with publicly known keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DevIdentity {
	/// A provider, by its letter, `A` to `Z`.
	Provider(char),
	/// A researcher, by its number word, `One` to `Nine`.
	Researcher(&'static str),
}

impl DevIdentity {
	/// The organisations in the genesis of development chains.
	pub const OF_GENESIS: [DevIdentity; 2] =
		[DevIdentity::Provider('A'), DevIdentity::Researcher(NUMBERS[0])];

	/// Whether the identity votes on finality.
	pub fn is_provider(&self) -> bool {
		matches!(self, DevIdentity::Provider(_))
	}

	fn all() -> impl Iterator<Item = DevIdentity> {
		('A'..='Z').map(DevIdentity::Provider).chain(NUMBERS.map(DevIdentity::Researcher))
	}

	/// The derivation path of its account.
	fn account_uri(&self) -> String {
		match self {
			DevIdentity::Provider(letter) => format!("//Provider{letter}"),
			DevIdentity::Researcher(number) => format!("//Researcher{number}"),
		}
	}

	/// The derivation path of its session key with this last path element.
	fn key_uri(&self, key: &str) -> String {
		format!("{}//{key}", self.account_uri())
	}
}

impl FromStr for DevIdentity {
	type Err = &'static str;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let identity = match text.split_once('-') {
			Some(("provider", name)) => ('A'..='Z')
				.find(|letter| name == letter.to_ascii_lowercase().to_string())
				.map(DevIdentity::Provider),
			Some(("researcher", name)) => (1..)
				.zip(NUMBERS)
				.find(|(number, word)| name == number.to_string() || name == word.to_lowercase())
				.map(|(_, word)| DevIdentity::Researcher(word)),
			_ => None,
		};
		identity.ok_or("expected provider-a to provider-z or researcher-1 to researcher-9")
	}
}

/// Adds the session keys of `identities` to the keystore, until the node stops. On a chain that is
/// not a development chain, checks that the keystore contains no development key.
///
/// # Errors
///
/// Fails on a chain that is not a development chain if there are `identities`, or if the keystore
/// contains a development key.
pub fn prepare(
	keystore: &KeystorePtr,
	chain: &ChainType,
	identities: &[DevIdentity],
) -> Result<(), Error> {
	if is_development(chain) {
		for identity in identities {
			for (key_type, path) in KEY_TYPES {
				// With a seed, the keystore keeps the key in memory only.
				keystore.ed25519_generate_new(key_type, Some(&identity.key_uri(path)))?;
			}
		}
		return Ok(());
	}
	if !identities.is_empty() {
		return Err(Error::NotDevelopment);
	}
	let weak = WeakKeys::derive();
	let mut keys =
		KEY_TYPES.iter().flat_map(|(key_type, _)| keystore.ed25519_public_keys(*key_type));
	match keys.find_map(|key| weak.ed25519(&key.0).map(String::from)) {
		Some(uri) => Err(Error::WeakKey(uri)),
		None => Ok(()),
	}
}

/// Checks that the genesis of a chain that is not a development chain contains no development key: of
/// a voter, of a miner, or of an account.
///
/// It fails only while the best block is the genesis. Later keys come from subjects of the chain, any
/// of whom can rotate to a development key. If that stopped nodes from starting, one patient could stop
/// the network; it is logged as an error instead.
///
/// # Errors
///
/// Fails if the genesis contains such a key, or if the runtime does not answer.
pub fn check_chain(client: &Client, chain: &ChainType) -> Result<(), Error> {
	if is_development(chain) {
		return Ok(());
	}
	let best = client.info();
	match (find_weak_key(client, best.best_hash)?, best.best_number) {
		(None, _) => Ok(()),
		(Some(weak), 0) => Err(Error::WeakGenesis(weak)),
		(Some(weak), _) => {
			log::error!(
				target: LOG_TARGET,
				"This chain contains {weak}, whose secret is public. Its owner should replace it; if not, \
				 the council or the owner's sponsor should suspend the owner",
			);
			Ok(())
		},
	}
}

fn find_weak_key(client: &Client, at: H256) -> Result<Option<WeakKeyUse>, ApiError> {
	let api = client.runtime_api();
	let voters = api.grandpa_authorities(at)?;
	let voters: Vec<_> = voters.iter().map(|(voter, _)| voter.as_slice()).collect();
	let miners = api.miners(at)?;
	WeakKeys::derive().find(&voters, &miners, |account| api.subject_of(at, account.clone()))
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_runtime::genesis::development;
	use sp_keystore::testing::MemoryKeystore;
	use std::sync::Arc;

	fn keystore() -> KeystorePtr {
		Arc::new(MemoryKeystore::new())
	}

	#[test]
	fn identities_are_named_by_letter_number_or_word() {
		assert_eq!("provider-b".parse(), Ok(DevIdentity::Provider('B')));
		assert_eq!("researcher-2".parse(), Ok(DevIdentity::Researcher("Two")));
		assert_eq!("researcher-two".parse(), Ok(DevIdentity::Researcher("Two")));
		for bad in ["", "provider", "provider-1", "researcher-10", "researcher-0", "Provider-a"] {
			assert!(bad.parse::<DevIdentity>().is_err(), "{bad}");
		}
	}

	#[test]
	fn the_identities_of_genesis_have_the_keys_of_genesis() {
		let keystore = keystore();
		prepare(&keystore, &ChainType::Development, &DevIdentity::OF_GENESIS)
			.expect("a development chain allows it");
		assert!(keystore.has_keys(&[
			(development::PROVIDER_A_FINALITY.0.to_vec(), GRANDPA),
			(development::RESEARCHER_ONE_MINING.0.to_vec(), MINING),
		]));
	}

	#[test]
	fn development_identities_are_rejected_on_a_live_chain() {
		for chain in [ChainType::Live, ChainType::Custom("trial".into())] {
			let result = prepare(&keystore(), &chain, &DevIdentity::OF_GENESIS);
			assert!(matches!(result, Err(Error::NotDevelopment)));
		}
	}

	#[test]
	fn weak_keys_are_rejected_on_a_live_chain_only() {
		for (key_type, uri) in [
			(GRANDPA, "//ProviderC//finality"),
			(MINING, "//ResearcherTwo//mining"),
			// The key type makes no difference.
			(GRANDPA, "//ResearcherTwo//mining"),
			// The keys of accounts are development keys as well.
			(GRANDPA, "//ProviderA"),
			(MINING, "//ResearcherOne"),
			(GRANDPA, "//Alice"),
		] {
			let keystore = keystore();
			keystore.ed25519_generate_new(key_type, Some(uri)).expect("the keystore accepts it");
			let result = prepare(&keystore, &ChainType::Live, &[]);
			assert!(matches!(result, Err(Error::WeakKey(named)) if named == uri));
			assert!(prepare(&keystore, &ChainType::Local, &[]).is_ok());
		}
	}

	#[test]
	fn generated_keys_are_accepted_on_a_live_chain() {
		let keystore = keystore();
		for key_type in [GRANDPA, MINING] {
			keystore.ed25519_generate_new(key_type, None).expect("the keystore generates a key");
		}
		assert!(prepare(&keystore, &ChainType::Live, &[]).is_ok());
	}
}
