//! How a chain begins: the presets `dev` and `local`, for development only.
//!
//! Their keys are openly weak: they derive from the phrase that every Substrate tool knows, by the
//! paths below, so that anybody can sign as anybody. A node refuses them on any other chain.
//!
//! | who | account (sr25519) | finality (ed25519) | mining (ed25519) |
//! |---|---|---|---|
//! | hospital-a | `//ProviderA` | `//ProviderA//finality` | |
//! | research-1 | `//ResearcherOne` | | `//ResearcherOne//mining` |

use crate::{CouncilConfig, GrandpaConfig, PowConfig, RegistrarConfig, RuntimeGenesisConfig};
use alloc::{vec, vec::Vec};
use medrec_primitives::{
	identity::{FinalityKey, MiningKey},
	work::Difficulty,
	AccountId, Moment,
};
use pallet_registrar::Organisation;
use sp_consensus_grandpa::AuthorityId;
use sp_genesis_builder::PresetId;

/// The preset of a single development node.
pub const DEV: &str = "dev";

/// The preset of a development network: more parties join by motion of the council.
pub const LOCAL: &str = "local";

/// Accounts and keys of development chains, public and private to nobody.
pub mod development {
	use super::*;
	use sp_core::hex2array;

	/// `//ProviderA`, sr25519.
	pub const PROVIDER_A: AccountId = AccountId::new(hex2array!(
		"c8f86618404183f58116d56efb4ce1ed2f6782308144b27a3216b874c5f8633c"
	));
	/// `//ProviderA//finality`, ed25519.
	pub const PROVIDER_A_FINALITY: FinalityKey =
		hex2array!("4ca09f904051b2f522759b5de28f0646fc2c45149b703bb8c9110995f3095217");
	/// `//ResearcherOne`, sr25519.
	pub const RESEARCHER_ONE: AccountId = AccountId::new(hex2array!(
		"2e99c513d191d680a9b36df73fc1976b8e18cb2ab53eca1ce6ff27ef430fa412"
	));
	/// `//ResearcherOne//mining`, ed25519.
	pub const RESEARCHER_ONE_MINING: MiningKey =
		hex2array!("045a3f6e3d12d499c8bad7ed061e7fe1483a26b56b56b2df3b23e24b7a638e41");
}

/// The time between blocks on development chains, in milliseconds.
const BLOCK_TIME: Moment = 1_000;

/// The difficulty at which development chains begin, about the hashes that a few percent of one
/// core do in a second.
const DIFFICULTY: u64 = 40_000;

/// The difficulty below which development chains never fall.
const MINIMUM_DIFFICULTY: u64 = 1_000;

fn development() -> RuntimeGenesisConfig {
	RuntimeGenesisConfig {
		registrar: RegistrarConfig {
			providers: vec![Organisation {
				finality_key: Some(development::PROVIDER_A_FINALITY.into()),
				..Organisation::new(development::PROVIDER_A, "hospital-a")
			}],
			researchers: vec![Organisation {
				mining_key: Some(development::RESEARCHER_ONE_MINING.into()),
				..Organisation::new(development::RESEARCHER_ONE, "research-1")
			}],
		},
		council: CouncilConfig { members: vec![development::PROVIDER_A], ..Default::default() },
		grandpa: GrandpaConfig {
			authorities: vec![(
				AuthorityId::from(sp_core::ed25519::Public::from_raw(
					development::PROVIDER_A_FINALITY,
				)),
				1,
			)],
			..Default::default()
		},
		pow: PowConfig {
			target_block_time: BLOCK_TIME,
			initial_difficulty: Difficulty::from(DIFFICULTY),
			minimum_difficulty: Difficulty::from(MINIMUM_DIFFICULTY),
			..Default::default()
		},
		..Default::default()
	}
}

/// The preset of this name, as JSON.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
	match id.as_ref() {
		DEV | LOCAL => serde_json::to_vec(&development()).ok(),
		_ => None,
	}
}

/// The names of the presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEV), PresetId::from(LOCAL)]
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{ed25519, sr25519, Pair};

	fn public<P: Pair>(uri: &str) -> [u8; 32] {
		let pair = P::from_string(uri, None).expect("the paths are well formed");
		pair.public().as_ref().try_into().expect("both kinds of keys have 32 bytes")
	}

	#[test]
	fn development_keys_are_those_of_their_paths() {
		use development::*;
		assert_eq!(PROVIDER_A, public::<sr25519::Pair>("//ProviderA").into());
		assert_eq!(PROVIDER_A_FINALITY, public::<ed25519::Pair>("//ProviderA//finality"));
		assert_eq!(RESEARCHER_ONE, public::<sr25519::Pair>("//ResearcherOne").into());
		assert_eq!(RESEARCHER_ONE_MINING, public::<ed25519::Pair>("//ResearcherOne//mining"));
	}

	#[test]
	fn every_named_preset_builds_a_state() {
		for name in preset_names() {
			let json = preset(&name).expect("the preset is there");
			sp_io::TestExternalities::default().execute_with(|| {
				frame_support::genesis_builder_helper::build_state::<RuntimeGenesisConfig>(json)
					.expect("the preset builds")
			});
		}
		assert_eq!(preset(&PresetId::from("another")), None);
	}
}
