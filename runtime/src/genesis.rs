//! The genesis of a chain, and the presets `dev` and `local` for development chains.
//!
//! The keys of the presets derive from the phrase that every Substrate tool knows, by the paths below,
//! so their secrets are public. A node rejects them on any other chain.
//!
//! | organisation | account (sr25519) | finality (ed25519) | mining (ed25519) |
//! |---|---|---|---|
//! | hospital-a | `//ProviderA` | `//ProviderA//finality` | |
//! | research-1 | `//ResearcherOne` | | `//ResearcherOne//mining` |

mod check;

use crate::{
	configs::{authorities_of, members_of, Ss58Prefix},
	PowConfig, RegistrarConfig, RuntimeGenesisConfig,
};
use alloc::{
	string::{String, ToString},
	vec,
	vec::Vec,
};
use frame_support::traits::BuildGenesisConfig;
use medrec_primitives::{
	identity::{FinalityKey, MiningKey},
	work::Difficulty,
	AccountId, Moment,
};
use pallet_registrar::Organisation;
use sp_core::crypto::set_default_ss58_version;
use sp_genesis_builder::PresetId;

/// The name of the preset for a single development node.
pub const DEV: &str = "dev";

/// The name of the preset for a development network, which organisations join by motions of the council.
pub const LOCAL: &str = "local";

/// The accounts and keys of the presets. Their secrets are public.
pub mod development {
	use super::*;
	use sp_core::hex2array;

	/// `//ProviderA`, sr25519.
	pub const PROVIDER_A: AccountId = AccountId::new(hex2array!(
		"c8f86618404183f58116d56efb4ce1ed2f6782308144b27a3216b874c5f8633c"
	));
	/// `//ProviderA//finality`, ed25519.
	pub const PROVIDER_A_FINALITY: FinalityKey =
		FinalityKey(hex2array!("4ca09f904051b2f522759b5de28f0646fc2c45149b703bb8c9110995f3095217"));
	/// `//ResearcherOne`, sr25519.
	pub const RESEARCHER_ONE: AccountId = AccountId::new(hex2array!(
		"2e99c513d191d680a9b36df73fc1976b8e18cb2ab53eca1ce6ff27ef430fa412"
	));
	/// `//ResearcherOne//mining`, ed25519.
	pub const RESEARCHER_ONE_MINING: MiningKey =
		MiningKey(hex2array!("045a3f6e3d12d499c8bad7ed061e7fe1483a26b56b56b2df3b23e24b7a638e41"));
}

/// The target block time of development chains, in milliseconds.
const BLOCK_TIME: Moment = 1_000;

/// The initial difficulty of development chains: about the number of hashes that a few percent of a core
/// compute in a second.
const INITIAL_DIFFICULTY: u64 = 40_000;

/// The minimum difficulty of development chains.
const MINIMUM_DIFFICULTY: u64 = 1_000;

fn development() -> RuntimeGenesisConfig {
	RuntimeGenesisConfig {
		registrar: RegistrarConfig {
			providers: vec![Organisation {
				finality_key: Some(development::PROVIDER_A_FINALITY),
				..Organisation::new(development::PROVIDER_A, "hospital-a")
			}],
			researchers: vec![Organisation {
				mining_key: Some(development::RESEARCHER_ONE_MINING),
				..Organisation::new(development::RESEARCHER_ONE, "research-1")
			}],
		},
		pow: PowConfig {
			target_block_time: BLOCK_TIME,
			initial_difficulty: Difficulty::from(INITIAL_DIFFICULTY),
			minimum_difficulty: Difficulty::from(MINIMUM_DIFFICULTY),
			..Default::default()
		},
		..Default::default()
	}
}

/// The preset with this name, as JSON.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
	match id.as_ref() {
		DEV | LOCAL => serde_json::to_vec(&development()).ok(),
		_ => None,
	}
}

/// Builds the genesis state from JSON.
///
/// The members of the council and the GRANDPA authorities derive from the providers of the registrar.
/// If `council` or `grandpa` is empty, it is filled in.
///
/// # Errors
///
/// Fails if the JSON is invalid or if no chain can begin with it: see `check`. The error begins with the
/// place in the JSON, as `registrar.providers[1].name: …`.
pub fn build(json: Vec<u8>) -> sp_genesis_builder::Result {
	// Accepts account addresses with the prefix of this chain as well as the generic one.
	set_default_ss58_version(Ss58Prefix::get().into());
	let mut config = parse(&json)?;
	check::check(&config)?;
	let providers = founding_providers(&config);
	if config.council.members.is_empty() {
		config.council.members = members_of(&providers);
	}
	if config.grandpa.authorities.is_empty() {
		config.grandpa.authorities = authorities_of(&providers);
	}
	config.build();
	Ok(())
}

/// The accounts and finality keys of the providers, in their order.
fn founding_providers(config: &RuntimeGenesisConfig) -> Vec<(AccountId, Option<FinalityKey>)> {
	let providers = config.registrar.providers.iter();
	providers.map(|provider| (provider.account.clone(), provider.finality_key)).collect()
}

/// Parses a genesis. The errors of a parsed value have no line and column, which would be those of the
/// chain specification only by chance: a node merges it with the defaults first.
fn parse(json: &[u8]) -> Result<RuntimeGenesisConfig, String> {
	let value: serde_json::Value =
		serde_json::from_slice(json).map_err(|error| error.to_string())?;
	serde_path_to_error::deserialize(value).map_err(|error| error.to_string())
}

/// The names of the presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEV), PresetId::from(LOCAL)]
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Grandpa, Runtime};
	use pallet_collective::Instance1;
	use sp_consensus_grandpa::AuthorityId;
	use sp_core::{crypto::Ss58Codec, ed25519, sr25519, Pair};

	fn public_key<P: Pair>(uri: &str) -> [u8; 32] {
		let pair = P::from_string(uri, None).expect("the path is valid");
		pair.public().as_ref().try_into().expect("both schemes have keys of 32 bytes")
	}

	#[test]
	fn development_keys_are_those_of_their_paths() {
		use development::*;
		assert_eq!(PROVIDER_A, public_key::<sr25519::Pair>("//ProviderA").into());
		assert_eq!(PROVIDER_A_FINALITY.0, public_key::<ed25519::Pair>("//ProviderA//finality"));
		assert_eq!(RESEARCHER_ONE, public_key::<sr25519::Pair>("//ResearcherOne").into());
		assert_eq!(RESEARCHER_ONE_MINING.0, public_key::<ed25519::Pair>("//ResearcherOne//mining"));
	}

	/// Builds this genesis and returns what `inspect` finds in its state.
	fn built<R>(config: &RuntimeGenesisConfig, inspect: impl FnOnce() -> R) -> Result<R, String> {
		let json = serde_json::to_vec(config).expect("every genesis is serializable");
		sp_io::TestExternalities::default().execute_with(|| build(json).map(|()| inspect()))
	}

	fn authority(key: FinalityKey) -> (AuthorityId, u64) {
		(ed25519::Public::from_raw(key.0).into(), 1)
	}

	fn provider(number: u8) -> Organisation<AccountId> {
		Organisation {
			finality_key: Some(FinalityKey([number; 32])),
			..Organisation::new(AccountId::new([number; 32]), format!("hospital-{number}"))
		}
	}

	/// A genesis of three providers that states its council and authorities.
	fn explicit() -> RuntimeGenesisConfig {
		let mut config = development();
		config.registrar.providers.extend([provider(9), provider(1)]);
		config.council.members =
			vec![AccountId::new([9; 32]), AccountId::new([1; 32]), development::PROVIDER_A];
		config.grandpa.authorities = vec![
			authority(development::PROVIDER_A_FINALITY),
			authority(FinalityKey([9; 32])),
			authority(FinalityKey([1; 32])),
		];
		config
	}

	#[test]
	fn every_preset_builds_a_state() {
		for name in preset_names() {
			let json = preset(&name).expect("the preset exists");
			sp_io::TestExternalities::default()
				.execute_with(|| build(json).expect("the preset builds"));
		}
		assert_eq!(preset(&PresetId::from("another")), None);
	}

	#[test]
	fn accounts_may_be_given_by_addresses_of_this_chain_and_generic_ones() {
		let account = AccountId::new([9; 32]);
		for prefix in [Ss58Prefix::get(), 42] {
			let address = account.to_ss58check_with_version(prefix.into());
			let mut config = development();
			config.registrar.providers = vec![provider(9)];
			let mut json = serde_json::to_value(&config).expect("every genesis is serializable");
			json["registrar"]["providers"][0]["account"] = address.as_str().into();
			let json = serde_json::to_vec(&json).expect("it is JSON");
			sp_io::TestExternalities::default().execute_with(|| {
				assert_eq!(build(json), Ok(()), "{address}");
				let members = pallet_collective::Members::<Runtime, Instance1>::get();
				assert_eq!(members, vec![account.clone()]);
			});
		}
	}

	#[test]
	fn the_council_and_the_authorities_are_derived_from_the_providers() {
		let state = || {
			let members = pallet_collective::Members::<Runtime, Instance1>::get();
			(members, Grandpa::grandpa_authorities())
		};
		let expected =
			(vec![development::PROVIDER_A], vec![authority(development::PROVIDER_A_FINALITY)]);
		assert_eq!(built(&development(), state), Ok(expected));

		let given = built(&explicit(), state).expect("they agree with the providers");
		let mut implicit = explicit();
		implicit.council = Default::default();
		implicit.grandpa = Default::default();
		assert_eq!(built(&implicit, state), Ok(given));
	}

	#[test]
	fn an_error_of_the_json_names_the_place() {
		let rejected = |place: &str, value: serde_json::Value| {
			let mut json = serde_json::to_value(explicit()).expect("every genesis is serializable");
			*json.pointer_mut(place).expect("the place exists") = value;
			let json = serde_json::to_vec(&json).expect("it is JSON");
			sp_io::TestExternalities::default()
				.execute_with(|| build(json).expect_err("the value is invalid"))
		};
		for (place, value, path) in [
			(
				"/registrar/providers/1/finalityKey",
				"0x12".into(),
				"registrar.providers[1].finalityKey: ",
			),
			("/registrar/providers/2/account", "5Grw".into(), "registrar.providers[2].account: "),
			("/registrar/providers/0/name", 7.into(), "registrar.providers[0].name: "),
			(
				"/registrar/researchers/0/peers",
				vec!["xyz"].into(),
				"registrar.researchers[0].peers[0]: ",
			),
			("/pow/targetBlockTime", (-1).into(), "pow.targetBlockTime: "),
			("/council/members/0", "0x12".into(), "council.members[0]: "),
		] {
			let error = rejected(place, value);
			assert!(error.starts_with(path), "{place}: {error}");
			assert!(!error.contains("line"), "{error}");
		}
		let misspelt = rejected("/pow", serde_json::json!({ "target": 1 }));
		assert!(misspelt.starts_with("pow") && misspelt.contains("`target`"), "{misspelt}");
		let cut = build(b"{".to_vec()).expect_err("it is no JSON");
		assert!(cut.contains("EOF"), "{cut}");
	}

	#[test]
	fn a_genesis_without_a_provider_is_rejected() {
		let error = built(&RuntimeGenesisConfig::default(), || ()).expect_err("there is no voter");
		assert!(error.starts_with("registrar.providers: "), "{error}");
	}
}
