use crate::mock::*;
use frame_support::assert_ok;
use medrec_primitives::{
	identity::{Profile, Role, Status},
	traits::{Miners, Subjects},
};

#[test]
fn only_active_subjects_are_told_of() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		assert_eq!(Registrar::active(&account(PATIENT)), Some((patient, Role::Patient)));
		assert_eq!(Registrar::role(&patient), Some(Role::Patient));
		for status in [Status::Suspended, Status::Retired] {
			set_status(signed(ALPHA), patient, status);
			assert_eq!(Registrar::active(&account(PATIENT)), None);
			assert_eq!(Registrar::role(&patient), None);
		}
		assert_eq!(Registrar::active(&account(STRANGER)), None);
	});
}

#[test]
fn names_resolve() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Registrar::resolve(b"alpha"), Some(id(ALPHA)));
		assert_eq!(Registrar::resolve(b"rho"), Some(id(RHO)));
		assert_eq!(Registrar::resolve(b"omega"), None);
		assert_eq!(Registrar::resolve(&[b'a'; 65]), None);
	});
}

#[test]
fn a_provider_and_its_gatekeeper_are_stewards() {
	ExtBuilder::default().build_and_execute(|| {
		let device = enroll(ALPHA, DEVICE, Role::Device);
		enroll(ALPHA, 10, Role::Device);
		enroll(ALPHA, 11, Role::Clinician);
		enroll(ALPHA, PATIENT, Role::Patient);
		assert_eq!(Registrar::acting_provider(&account(DEVICE)), None, "it is not named yet");
		assert_ok!(Registrar::set_profile(signed(ALPHA), guarded(device)));
		assert_eq!(Registrar::acting_provider(&account(DEVICE)), Some(id(ALPHA)));
		assert_eq!(Registrar::acting_provider(&account(ALPHA)), Some(id(ALPHA)));
		for other in [10, 11, PATIENT, RHO, STRANGER] {
			assert_eq!(Registrar::acting_provider(&account(other)), None);
		}
		assert_ok!(Registrar::set_profile(signed(ALPHA), Profile::default()));
		assert_eq!(Registrar::acting_provider(&account(DEVICE)), None, "it is not named any more");
	});
}

#[test]
fn a_steward_falls_with_the_device_and_with_the_provider() {
	ExtBuilder::default().build_and_execute(|| {
		let device = enroll(ALPHA, DEVICE, Role::Device);
		assert_ok!(Registrar::set_profile(signed(ALPHA), guarded(device)));
		set_status(signed(ALPHA), device, Status::Suspended);
		assert_eq!(Registrar::acting_provider(&account(DEVICE)), None);
		set_status(signed(ALPHA), device, Status::Active);
		assert_eq!(Registrar::acting_provider(&account(DEVICE)), Some(id(ALPHA)));
		set_status(council(), id(ALPHA), Status::Suspended);
		assert_eq!(Registrar::acting_provider(&account(DEVICE)), None);
		assert_eq!(Registrar::acting_provider(&account(ALPHA)), None);
		set_status(council(), id(ALPHA), Status::Active);
		set_status(signed(ALPHA), device, Status::Retired);
		assert_eq!(Registrar::acting_provider(&account(DEVICE)), None);
	});
}

#[cfg(feature = "runtime-benchmarks")]
#[test]
fn the_steward_of_benchmarks_is_a_device_that_a_profile_names() {
	ExtBuilder::default().build_and_execute(|| {
		let provider = Registrar::benchmark_acting_provider(&account(DEVICE));
		assert_eq!(Registrar::acting_provider(&account(DEVICE)), Some(provider));
		assert_eq!(Registrar::active(&account(DEVICE)), Some((id(DEVICE), Role::Device)));
		assert_eq!(Registrar::role(&provider), Some(Role::Provider));
	});
}

#[test]
fn providers_are_listed_with_their_votes_in_the_order_in_which_they_became_active() {
	ExtBuilder::default().build_and_execute(|| {
		let (alpha, beta) = ((account(ALPHA), Some(key(ALPHA))), (account(BETA), None));
		assert_eq!(Registrar::providers(), vec![alpha.clone(), beta.clone()]);
		set_status(council(), id(ALPHA), Status::Suspended);
		assert_eq!(Registrar::providers(), vec![beta.clone()]);
		set_status(council(), id(ALPHA), Status::Active);
		assert_eq!(Registrar::providers(), vec![beta, alpha]);
	});
}

#[test]
fn miners_are_active_researchers_with_a_key() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Registrar::miners(), vec![(id(RHO), key(RHO))]);
		assert_eq!(Registrar::count(), 1);
		assert_eq!(Registrar::key(&id(RHO)), Some(key(RHO)));
		assert_eq!(Registrar::key(&id(ALPHA)), None);
		set_status(council(), id(RHO), Status::Suspended);
		assert_eq!(Registrar::miners(), vec![]);
		assert_eq!(Registrar::count(), 0);
		assert_eq!(Registrar::key(&id(RHO)), None);
	});
}
