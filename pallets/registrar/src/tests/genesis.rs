use crate::{mock::*, GenesisConfig, Miners, Organisation, Profiles, Providers};
use medrec_primitives::{
	identity::{FinalityKey, Role},
	AccountId,
};
use sp_core::Bytes;

#[test]
fn organisations_of_the_genesis_are_admitted_without_notice() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Providers::<Test>::get().into_inner(), vec![id(ALPHA), id(BETA)]);
		assert_eq!(Miners::<Test>::get().into_inner(), vec![id(RHO)]);
		assert_eq!(Registrar::subject(&id(ALPHA)).unwrap().role, Role::Provider);
		assert_eq!(Profiles::<Test>::get(id(ALPHA)), Some(voting(ALPHA)));
		assert_eq!(Profiles::<Test>::get(id(RHO)), Some(mining(RHO)));
		assert_eq!(System::providers(&account(BETA)), 1);
		assert!(Notices::get().is_empty());
	});
}

#[test]
fn a_genesis_may_have_no_organisations() {
	ExtBuilder::of(vec![], vec![]).build_and_execute(|| {
		assert!(Providers::<Test>::get().is_empty());
		assert!(Miners::<Test>::get().is_empty());
	});
}

#[test]
fn the_genesis_has_the_form_of_chain_specifications() {
	let json = serde_json::json!({
		"providers": [{
			"account": account(ALPHA),
			"name": "alpha",
			"peers": ["0x0024"],
			"finalityKey": key::<FinalityKey>(1),
		}],
		"researchers": [{ "account": account(RHO), "name": "rho" }],
	});
	let genesis: GenesisConfig<Test> = serde_json::from_value(json).unwrap();
	let mut alpha = Organisation::new(account(ALPHA), "alpha");
	alpha.peers = vec![Bytes(vec![0, 0x24])];
	alpha.finality_key = Some(key(1));
	assert_eq!(genesis.providers, vec![alpha]);
	assert_eq!(genesis.researchers, vec![Organisation::new(account(RHO), "rho")]);
	let written = serde_json::to_value(&genesis).unwrap();
	let again: GenesisConfig<Test> = serde_json::from_value(written).unwrap();
	assert_eq!(again.providers, genesis.providers);
	ExtBuilder::of(genesis.providers, genesis.researchers).build_and_execute(|| {
		let peers = Profiles::<Test>::get(id(ALPHA)).unwrap().peers;
		assert_eq!(peers.first().unwrap().to_vec(), vec![0, 0x24]);
	});
}

/// Builds a genesis with one provider, changed by `change`.
fn build_with(change: impl FnOnce(&mut Organisation<AccountId>)) {
	let mut organisation = Organisation::new(account(ALPHA), "alpha");
	change(&mut organisation);
	ExtBuilder::of(vec![organisation], vec![]).build();
}

#[test]
#[should_panic(expected = "cannot be admitted: InvalidName")]
fn a_genesis_with_an_invalid_name_is_not_built() {
	build_with(|organisation| organisation.name = "Alpha".into());
}

#[test]
#[should_panic(expected = "cannot be admitted: NameTooLong")]
fn a_genesis_with_too_long_a_name_is_not_built() {
	build_with(|organisation| organisation.name = "a".repeat(65));
}

#[test]
#[should_panic(expected = "cannot be admitted: InvalidProfile")]
fn a_genesis_with_a_mining_provider_is_not_built() {
	build_with(|organisation| organisation.mining_key = Some(key(1)));
}

#[test]
#[should_panic(expected = "cannot be admitted: TooManyPeers")]
fn a_genesis_with_too_many_peers_is_not_built() {
	build_with(|organisation| organisation.peers = vec![Bytes(vec![1]); 9]);
}

#[test]
#[should_panic(expected = "cannot be admitted: PeerTooLong")]
fn a_genesis_with_too_long_a_peer_is_not_built() {
	build_with(|organisation| organisation.peers = vec![Bytes(vec![1; 65])]);
}
