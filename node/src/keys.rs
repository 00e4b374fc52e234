//! The node's own keys, and the openly weak ones of development chains.
//!
//! The weak keys ([`weak`]) derive from the phrase that every Substrate tool knows, so anybody can
//! sign with them. On any other chain, a node that finds one in its keystore or in the chain's genesis
//! does not start.

mod weak;

use crate::{chain_spec::is_development, service::Client};
use medrec_primitives::{runtime_api::MedrecApi, H256};
use sc_consensus_grandpa::GrandpaApi;
use sc_service::ChainType;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::{
	crypto::{key_types::GRANDPA, KeyTypeId},
	ByteArray,
};
use sp_keystore::{Keystore, KeystorePtr};
use std::{fmt, str::FromStr};
use weak::{Use, WeakKeys};

const LOG_TARGET: &str = "keys";

/// The type of the keys that sign seals.
pub const MINING: KeyTypeId = KeyTypeId(*b"mine");

/// What numbers are called in the paths of development keys.
const NUMBERS: [&str; 9] = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/// The kinds of keys a part has, with the last element of their paths.
const KINDS: [(KeyTypeId, &str); 2] = [(GRANDPA, "finality"), (MINING, "mining")];

/// Why a node does not start with the keys it has.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// Development keys were asked for.
	#[error("--dev-identity is for development chains; this chain is not one")]
	NotDevelopment,
	/// Development keys were found.
	#[error("the keystore holds the development key {0}, with which anybody can sign; remove it")]
	Weak(String),
	/// The chain begins with development keys.
	#[error(
		"the genesis of this chain has {0}, with which anybody can sign; only development chains may \
		 have one. Put the owner's own key in its place in the description of the chain, and begin anew"
	)]
	WeakGenesis(Use),
	/// The keystore does not work.
	#[error("the keystore does not take keys: {0}")]
	Keystore(#[from] sp_keystore::Error),
	/// It is not known whose keys the chain knows.
	#[error("the runtime does not say whose keys the chain has: {0}")]
	Runtime(#[from] ApiError),
}

impl From<Error> for sc_service::Error {
	fn from(error: Error) -> Self {
		sc_service::Error::Application(Box::new(error))
	}
}

/// A part in the dev_identity that a development chain is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DevIdentity {
	/// A provider, by its letter, `A` to `Z`.
	Provider(char),
	/// A researcher, by its number, 1 to 9.
	Researcher(u8),
}

impl DevIdentity {
	/// Those that one node plays alone: the parties of genesis.
	pub fn alone() -> [DevIdentity; 2] {
		[DevIdentity::Provider('A'), DevIdentity::Researcher(1)]
	}

	/// Whether it votes on finality.
	pub fn is_provider(&self) -> bool {
		matches!(self, DevIdentity::Provider(_))
	}

	fn all() -> impl Iterator<Item = DevIdentity> {
		('A'..='Z').map(DevIdentity::Provider).chain((1..=9).map(DevIdentity::Researcher))
	}

	/// The secret of its account.
	fn account_uri(&self) -> String {
		match self {
			DevIdentity::Provider(letter) => format!("//Provider{letter}"),
			DevIdentity::Researcher(number) => {
				let name = NUMBERS.get(usize::from(*number).wrapping_sub(1)).unwrap_or(&"");
				format!("//Researcher{name}")
			},
		}
	}

	/// The secret of its key with this last path element.
	fn uri(&self, kind: &str) -> String {
		format!("{}//{kind}", self.account_uri())
	}
}

impl fmt::Display for DevIdentity {
	fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
		match self {
			DevIdentity::Provider(letter) => write!(formatter, "provider-{}", letter.to_ascii_lowercase()),
			DevIdentity::Researcher(number) => write!(formatter, "researcher-{number}"),
		}
	}
}

impl FromStr for DevIdentity {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let by_word = |part: &DevIdentity| match part {
			DevIdentity::Provider(_) => false,
			DevIdentity::Researcher(number) => NUMBERS
				.get(usize::from(*number).wrapping_sub(1))
				.is_some_and(|word| text == format!("researcher-{}", word.to_lowercase())),
		};
		DevIdentity::all()
			.find(|part| part.to_string() == text || by_word(part))
			.ok_or_else(|| "known are provider-a to provider-z and researcher-1 to -9".into())
	}
}

/// Puts the keys of `parts` into the keystore, for as long as the node runs, and makes sure that
/// no weak key is there where it should not be.
///
/// # Errors
///
/// On a chain that is not a development chain: if there are any `parts`, or if the keystore holds
/// a development key.
pub fn prepare(keystore: &KeystorePtr, chain: &ChainType, parts: &[DevIdentity]) -> Result<(), Error> {
	if is_development(chain) {
		for (part, (kind, path)) in parts.iter().flat_map(|part| KINDS.map(|kind| (part, kind))) {
			// Given a seed, the keystore keeps the key in memory only.
			keystore.ed25519_generate_new(kind, Some(&part.uri(path)))?;
		}
		return Ok(());
	}
	if !parts.is_empty() {
		return Err(Error::NotDevelopment);
	}
	refuse_weak(keystore.as_ref())
}

fn refuse_weak(keystore: &dyn Keystore) -> Result<(), Error> {
	let held: Vec<_> =
		KINDS.iter().flat_map(|(kind, _)| keystore.ed25519_public_keys(*kind)).collect();
	if held.is_empty() {
		return Ok(());
	}
	let weak = WeakKeys::derive();
	match held.iter().find_map(|key| weak.ed25519(&key.0)) {
		Some(uri) => Err(Error::Weak(uri.into())),
		None => Ok(()),
	}
}

/// Makes sure that a chain that is not a development chain does not begin with a development key, be
/// it a voter's, a miner's, or that of an account.
///
/// Every node looks, when its chain is at its genesis still. What comes later comes from those who
/// are on the chain: whoever has an account can change it for a weak one. Were that a reason not to
/// start, one patient could keep every node from starting again; so it is said, and no more.
///
/// # Errors
///
/// If there is such a key in the genesis, or if the runtime does not answer.
pub fn check_chain(client: &Client, chain: &ChainType) -> Result<(), Error> {
	if is_development(chain) {
		return Ok(());
	}
	let best = client.info();
	match (find_weak(client, best.best_hash)?, best.best_number) {
		(None, _) => Ok(()),
		(Some(found), 0) => Err(Error::WeakGenesis(found)),
		(Some(found), _) => {
			log::error!(
				target: LOG_TARGET,
				"This chain has {found}, with which anybody can sign. Its owner should change it, or \
				 be suspended",
			);
			Ok(())
		},
	}
}

fn find_weak(client: &Client, at: H256) -> Result<Option<Use>, ApiError> {
	let api = client.runtime_api();
	let voters = api.grandpa_authorities(at)?;
	let voters: Vec<_> = voters.iter().map(|(voter, _)| voter.as_slice()).collect();
	let miners = api.miners(at)?;
	WeakKeys::derive().in_use(&voters, &miners, |account| api.subject_of(at, account.clone()))
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
	fn parts_are_named_by_letter_number_or_word() {
		assert_eq!("provider-b".parse(), Ok(DevIdentity::Provider('B')));
		assert_eq!("researcher-2".parse(), Ok(DevIdentity::Researcher(2)));
		assert_eq!("researcher-two".parse(), Ok(DevIdentity::Researcher(2)));
		for bad in ["", "provider", "provider-1", "researcher-10", "researcher-0", "Provider-a"] {
			assert!(bad.parse::<DevIdentity>().is_err(), "{bad}");
		}
	}

	#[test]
	fn the_lone_node_holds_the_keys_of_genesis() {
		let keystore = keystore();
		prepare(&keystore, &ChainType::Development, &DevIdentity::alone()).expect("it is allowed");
		assert!(keystore.has_keys(&[
			(development::PROVIDER_A_FINALITY.to_vec(), GRANDPA),
			(development::RESEARCHER_ONE_MINING.to_vec(), MINING),
		]));
	}

	#[test]
	fn playing_is_refused_on_a_live_chain() {
		for chain in [ChainType::Live, ChainType::Custom("trial".into())] {
			let refused = prepare(&keystore(), &chain, &DevIdentity::alone());
			assert!(matches!(refused, Err(Error::NotDevelopment)));
		}
	}

	#[test]
	fn weak_keys_are_refused_on_a_live_chain_and_nowhere_else() {
		for (kind, uri) in [
			(GRANDPA, "//ProviderC//finality"),
			(MINING, "//ResearcherTwo//mining"),
			// Under the wrong type it is as weak.
			(GRANDPA, "//ResearcherTwo//mining"),
			// So is the key of an account.
			(GRANDPA, "//ProviderA"),
			(MINING, "//ResearcherOne"),
			(GRANDPA, "//Alice"),
		] {
			let keystore = keystore();
			keystore.ed25519_generate_new(kind, Some(uri)).expect("the keystore takes it");
			let refused = prepare(&keystore, &ChainType::Live, &[]);
			assert!(matches!(refused, Err(Error::Weak(named)) if named == uri));
			assert!(prepare(&keystore, &ChainType::Local, &[]).is_ok());
		}
	}

	#[test]
	fn keys_of_ones_own_are_welcome() {
		let keystore = keystore();
		for kind in [GRANDPA, MINING] {
			keystore.ed25519_generate_new(kind, None).expect("the keystore makes one");
		}
		assert!(prepare(&keystore, &ChainType::Live, &[]).is_ok());
	}
}
