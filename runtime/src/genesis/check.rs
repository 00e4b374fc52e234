//! The check of a genesis before it is built.
//!
//! The pallets panic for a genesis that they cannot build, which tells an operator nothing. These checks
//! come first, and each error begins with the place in the JSON, as the chain specification writes it.

use super::founding_providers;
use crate::{
	configs::{authorities_of, members_of},
	RuntimeGenesisConfig,
};
use alloc::{
	format,
	string::{String, ToString},
	vec::Vec,
};
use frame_support::ensure;
use medrec_primitives::{
	identity::{is_valid_name, Profile},
	traits::{MAX_MINERS, MAX_PROVIDERS},
	AccountId,
};
use pallet_registrar::Organisation;

/// Where the organisations of each role are.
const PROVIDERS: &str = "registrar.providers";
const RESEARCHERS: &str = "registrar.researchers";

/// Checks that a chain can begin with this genesis.
///
/// # Errors
///
/// Fails with the place of the first value that is invalid, that appears twice, or that disagrees with
/// another; and for a chain that could not continue: without a voter nothing becomes final, and without a
/// miner there is no block.
pub fn check(config: &RuntimeGenesisConfig) -> Result<(), String> {
	let registrar = &config.registrar;
	for (index, provider) in registrar.providers.iter().enumerate() {
		let place = format!("{PROVIDERS}[{index}]");
		check_organisation(&place, provider)?;
		ensure!(
			provider.mining_key.is_none(),
			format!("{place}.miningKey: a provider does not mine; only a researcher has this key")
		);
	}
	for (index, researcher) in registrar.researchers.iter().enumerate() {
		let place = format!("{RESEARCHERS}[{index}]");
		check_organisation(&place, researcher)?;
		ensure!(
			researcher.finality_key.is_none(),
			format!(
				"{place}.finalityKey: a researcher does not vote; only a provider has this key"
			)
		);
	}
	check_unique(&registrar.providers, &registrar.researchers)?;
	check_numbers(&registrar.providers, &registrar.researchers)?;
	check_work(config)?;
	check_council_and_voters(config)
}

/// Checks the values that do not depend on others.
fn check_organisation(place: &str, organisation: &Organisation<AccountId>) -> Result<(), String> {
	let Organisation { name, peers, .. } = organisation;
	ensure!(
		is_valid_name(name.as_bytes()),
		format!(
			"{place}.name: {name:?} is invalid: a name has 1 to 64 of the characters a-z, 0-9, '.' and '-', \
			 and begins and ends with a letter or a digit"
		)
	);
	let mut profile = Profile::default();
	for (index, peer) in peers.iter().enumerate() {
		let peer = peer.0.clone().try_into();
		let peer = peer.map_err(|_| format!("{place}.peers[{index}]: longer than a peer ID"))?;
		let added = profile.peers.try_push(peer);
		added.map_err(|_| format!("{place}.peers: only {index} are allowed"))?;
	}
	Ok(())
}

/// Checks that no two organisations have the same name, account or key.
fn check_unique(
	providers: &[Organisation<AccountId>],
	researchers: &[Organisation<AccountId>],
) -> Result<(), String> {
	let places = |list, organisations: &[Organisation<AccountId>]| {
		(0..organisations.len()).map(|index| format!("{list}[{index}]")).collect::<Vec<_>>()
	};
	let mut places_of_all = places(PROVIDERS, providers);
	places_of_all.extend(places(RESEARCHERS, researchers));
	let all = || places_of_all.iter().zip(providers.iter().chain(researchers));
	ensure_unique("name", all().map(|(place, one)| (place, Some(&one.name))))?;
	ensure_unique("account", all().map(|(place, one)| (place, Some(&one.account))))?;
	ensure_unique("finalityKey", all().map(|(place, one)| (place, one.finality_key)))?;
	ensure_unique("miningKey", all().map(|(place, one)| (place, one.mining_key)))
}

fn ensure_unique<'a, T: PartialEq>(
	field: &str,
	values: impl Iterator<Item = (&'a String, Option<T>)>,
) -> Result<(), String> {
	let mut seen: Vec<(&String, T)> = Vec::new();
	for (place, value) in values {
		let Some(value) = value else { continue };
		if let Some((other, _)) = seen.iter().find(|(_, other)| *other == value) {
			return Err(format!("{place}.{field}: the same as that of {other}"));
		}
		seen.push((place, value));
	}
	Ok(())
}

/// Checks that there are organisations for both layers of consensus, and not too many.
fn check_numbers(
	providers: &[Organisation<AccountId>],
	researchers: &[Organisation<AccountId>],
) -> Result<(), String> {
	let voters = providers.iter().filter(|provider| provider.finality_key.is_some()).count();
	let miners = researchers.iter().filter(|researcher| researcher.mining_key.is_some()).count();
	ensure!(
		voters > 0,
		format!(
			"{PROVIDERS}: no provider with a finalityKey, without which no block becomes final"
		)
	);
	ensure!(
		miners > 0,
		format!(
			"{RESEARCHERS}: no researcher with a miningKey, without which no block can be mined"
		)
	);
	ensure!(
		providers.len() <= MAX_PROVIDERS as usize,
		format!("{PROVIDERS}: more than {MAX_PROVIDERS}")
	);
	ensure!(
		miners <= MAX_MINERS as usize,
		format!("{RESEARCHERS}: more than {MAX_MINERS} with a miningKey")
	);
	Ok(())
}

fn check_work(config: &RuntimeGenesisConfig) -> Result<(), String> {
	let pow = &config.pow;
	ensure!(pow.target_block_time > 0, "pow.targetBlockTime: must be more than zero".to_string());
	ensure!(
		!pow.minimum_difficulty.is_zero(),
		"pow.minimumDifficulty: must be more than zero".to_string()
	);
	ensure!(
		pow.initial_difficulty >= pow.minimum_difficulty,
		"pow.initialDifficulty: less than pow.minimumDifficulty".to_string()
	);
	Ok(())
}

/// Checks that the council and the voters, if they are given, are those of the providers: the first change
/// of a provider would replace all of them.
fn check_council_and_voters(config: &RuntimeGenesisConfig) -> Result<(), String> {
	let providers = founding_providers(config);
	let mut members = config.council.members.clone();
	members.sort();
	ensure!(
		members.is_empty() || members == members_of(&providers),
		format!(
			"council.members: not the accounts of {PROVIDERS}; leave the list empty to have them"
		)
	);
	let authorities = &config.grandpa.authorities;
	ensure!(
		authorities.is_empty() || *authorities == authorities_of(&providers),
		format!(
			"grandpa.authorities: not the finality keys of {PROVIDERS}, in their order and with a weight of \
			 one; leave the list empty to have them"
		)
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::genesis::development;
	use medrec_primitives::{
		identity::{FinalityKey, MiningKey},
		work::Difficulty,
	};
	use sp_consensus_grandpa::AuthorityId;
	use sp_core::{ed25519, Bytes};

	fn bytes(number: u16) -> [u8; 32] {
		let mut bytes = [7; 32];
		bytes[..2].copy_from_slice(&number.to_be_bytes());
		bytes
	}

	fn account(number: u16) -> AccountId {
		AccountId::new(bytes(number))
	}

	fn key(number: u16) -> FinalityKey {
		FinalityKey(bytes(number))
	}

	fn mining_key(number: u16) -> MiningKey {
		MiningKey(bytes(number))
	}

	fn authority(key: FinalityKey) -> (AuthorityId, u64) {
		(ed25519::Public::from_raw(key.0).into(), 1)
	}

	fn provider(number: u16) -> Organisation<AccountId> {
		Organisation {
			finality_key: Some(key(number)),
			..Organisation::new(account(number), format!("hospital-{number}"))
		}
	}

	fn researcher(number: u16) -> Organisation<AccountId> {
		Organisation {
			mining_key: Some(mining_key(number)),
			..Organisation::new(account(number), format!("research-{number}"))
		}
	}

	/// A genesis of three providers and two researchers that states its council and authorities.
	fn valid() -> RuntimeGenesisConfig {
		let mut config = RuntimeGenesisConfig::default();
		config.registrar.providers = [9, 1, 5].map(provider).into();
		config.registrar.researchers = [2, 3].map(researcher).into();
		config.council.members = [5, 9, 1].map(account).into();
		config.grandpa.authorities = [9, 1, 5].map(key).map(authority).into();
		config.pow.target_block_time = 1_000;
		config.pow.initial_difficulty = Difficulty::from(40);
		config.pow.minimum_difficulty = Difficulty::from(10);
		config
	}

	/// A change of a valid genesis, and how the error begins.
	type Case = (fn(&mut RuntimeGenesisConfig), &'static str);

	fn assert_rejected(cases: &[Case]) {
		for (change, begins) in cases {
			let mut config = valid();
			change(&mut config);
			let error = check(&config).expect_err(begins);
			assert!(error.starts_with(begins), "{begins} is expected: {error}");
		}
	}

	#[test]
	fn a_valid_genesis_passes() {
		assert_eq!(check(&valid()), Ok(()));
		let mut implicit = valid();
		(implicit.council, implicit.grandpa) = Default::default();
		assert_eq!(check(&implicit), Ok(()));
		// A provider need not vote, and a researcher need not mine, if another does.
		implicit.registrar.providers[1].finality_key = None;
		implicit.registrar.researchers[0].mining_key = None;
		assert_eq!(check(&implicit), Ok(()));
	}

	#[test]
	fn an_invalid_value_is_named_by_its_place() {
		assert_rejected(&[
			(
				|config| config.registrar.providers[1].name = "Hospital A".into(),
				"registrar.providers[1].name: \"Hospital A\" is invalid: ",
			),
			(
				|config| config.registrar.researchers[0].name = "a".repeat(65),
				"registrar.researchers[0].name: ",
			),
			(
				|config| config.registrar.researchers[1].name.clear(),
				"registrar.researchers[1].name: \"\" is invalid",
			),
			(
				|config| config.registrar.providers[2].peers = vec![Bytes(vec![0; 65])],
				"registrar.providers[2].peers[0]: longer than a peer ID",
			),
			(
				|config| config.registrar.providers[2].peers = vec![Bytes(vec![0; 38]); 9],
				"registrar.providers[2].peers: only 8 are allowed",
			),
			(
				|config| config.registrar.providers[0].mining_key = Some(mining_key(7)),
				"registrar.providers[0].miningKey: a provider does not mine",
			),
			(
				|config| config.registrar.researchers[0].finality_key = Some(key(7)),
				"registrar.researchers[0].finalityKey: a researcher does not vote",
			),
		]);
	}

	#[test]
	fn a_value_that_appears_twice_is_named_with_both_places() {
		assert_rejected(&[
			(
				|config| config.registrar.providers[2].name = "hospital-9".into(),
				"registrar.providers[2].name: the same as that of registrar.providers[0]",
			),
			(
				|config| config.registrar.researchers[0].name = "hospital-1".into(),
				"registrar.researchers[0].name: the same as that of registrar.providers[1]",
			),
			(
				|config| config.registrar.researchers[1].account = account(5),
				"registrar.researchers[1].account: the same as that of registrar.providers[2]",
			),
			(
				|config| config.registrar.providers[1].finality_key = Some(key(9)),
				"registrar.providers[1].finalityKey: the same as that of registrar.providers[0]",
			),
			(
				|config| config.registrar.researchers[1].mining_key = Some(mining_key(2)),
				"registrar.researchers[1].miningKey: the same as that of registrar.researchers[0]",
			),
		]);
	}

	#[test]
	fn a_chain_needs_a_voter_and_a_miner() {
		assert_rejected(&[
			(|config| config.registrar.providers.clear(), "registrar.providers: no provider"),
			(
				|config| {
					let providers = config.registrar.providers.iter_mut();
					providers.for_each(|provider| provider.finality_key = None)
				},
				"registrar.providers: no provider with a finalityKey",
			),
			(|config| config.registrar.researchers.clear(), "registrar.researchers: no researcher"),
			(
				|config| {
					let researchers = config.registrar.researchers.iter_mut();
					researchers.for_each(|researcher| researcher.mining_key = None)
				},
				"registrar.researchers: no researcher with a miningKey",
			),
			(
				|config| config.registrar.providers = (100..=200).map(provider).collect(),
				"registrar.providers: more than 100",
			),
			(
				|config| config.registrar.researchers = (1_000..=1_256).map(researcher).collect(),
				"registrar.researchers: more than 256 with a miningKey",
			),
		]);
	}

	#[test]
	fn a_chain_needs_work() {
		assert_rejected(&[
			(|config| config.pow.target_block_time = 0, "pow.targetBlockTime: "),
			(
				|config| config.pow.minimum_difficulty = Difficulty::zero(),
				"pow.minimumDifficulty: ",
			),
			(
				|config| config.pow.initial_difficulty = Difficulty::from(9),
				"pow.initialDifficulty: ",
			),
		]);
	}

	#[test]
	fn a_council_or_voters_other_than_the_providers_are_rejected() {
		assert_rejected(&[
			(|config| config.council.members[0] = account(8), "council.members: "),
			(|config| config.council.members.truncate(2), "council.members: "),
			(|config| config.council.members.push(account(2)), "council.members: "),
			(|config| config.registrar.providers[1].account = account(8), "council.members: "),
			(|config| config.grandpa.authorities[0] = authority(key(8)), "grandpa.authorities: "),
			(|config| config.grandpa.authorities.swap(0, 1), "grandpa.authorities: "),
			(|config| config.grandpa.authorities[0].1 = 2, "grandpa.authorities: "),
			(|config| config.grandpa.authorities.truncate(2), "grandpa.authorities: "),
			(|config| config.registrar.providers[1].finality_key = None, "grandpa.authorities: "),
		]);
	}

	#[test]
	fn the_presets_pass() {
		for name in crate::genesis::preset_names() {
			let json = crate::genesis::preset(&name).expect("the preset exists");
			let config = crate::genesis::parse(&json).expect("the preset is a genesis");
			assert_eq!(config.registrar.providers[0].account, development::PROVIDER_A);
			assert_eq!(check(&config), Ok(()));
		}
	}
}
