use crate::{mock::*, GenesisConfig, Miners, Organisation, Profiles, Providers};
use medrec_primitives::{identity::Role, AccountId, H256};
use sp_core::Bytes;

#[test]
fn organisations_of_genesis_are_admitted_and_not_told() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Providers::<Test>::get().into_inner(), vec![id(ALPHA), id(BETA)]);
		assert_eq!(Miners::<Test>::get().into_inner(), vec![id(RHO)]);
		assert_eq!(Registrar::subject(&id(ALPHA)).unwrap().role, Role::Provider);
		assert_eq!(Profiles::<Test>::get(id(ALPHA)), Some(voting(ALPHA)));
		assert_eq!(Profiles::<Test>::get(id(RHO)), Some(mining(RHO)));
		assert_eq!(System::providers(&account(BETA)), 1);
		assert!(Tellings::get().is_empty());
	});
}

#[test]
fn a_chain_may_begin_with_nobody() {
	ExtBuilder::of(vec![], vec![]).build_and_execute(|| {
		assert!(Providers::<Test>::get().is_empty());
	});
}

#[test]
fn genesis_is_written_as_chain_specifications_are() {
	let json = serde_json::json!({
		"providers": [{
			"account": account(ALPHA),
			"name": "alpha",
			"peers": ["0x0024"],
			"finalityKey": H256(key(1)),
		}],
		"researchers": [{ "account": account(RHO), "name": "rho" }],
	});
	let genesis: GenesisConfig<Test> = serde_json::from_value(json).unwrap();
	let mut alpha = Organisation::new(account(ALPHA), "alpha");
	alpha.peers = vec![Bytes(vec![0, 0x24])];
	alpha.finality_key = Some(H256(key(1)));
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

/// A provider that is refused.
fn refused(change: impl FnOnce(&mut Organisation<AccountId>)) {
	let mut organisation = Organisation::new(account(ALPHA), "alpha");
	change(&mut organisation);
	ExtBuilder::of(vec![organisation], vec![]).build();
}

#[test]
#[should_panic(expected = "is not admitted: Some(InvalidName)")]
fn a_genesis_with_a_bad_name_is_no_chain() {
	refused(|organisation| organisation.name = "Alpha".into());
}

#[test]
#[should_panic(expected = "is too long")]
fn a_genesis_with_too_long_a_name_is_no_chain() {
	refused(|organisation| organisation.name = "a".repeat(65));
}

#[test]
#[should_panic(expected = "is not admitted: Some(InvalidProfile)")]
fn a_genesis_where_a_provider_mines_is_no_chain() {
	refused(|organisation| organisation.mining_key = Some(H256(key(1))));
}

#[test]
#[should_panic(expected = "has too many peers")]
fn a_genesis_with_too_many_peers_is_no_chain() {
	refused(|organisation| organisation.peers = vec![Bytes(vec![1]); 9]);
}
