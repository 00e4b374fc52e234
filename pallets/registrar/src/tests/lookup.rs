use crate::mock::*;
use frame_support::assert_ok;
use medrec_primitives::{
	identity::{Profile, Role, Status},
	traits::{Miners, Subjects},
};

#[test]
fn only_active_subjects_are_actors() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		assert_eq!(active(PATIENT), Some((patient, Role::Patient)));
		assert_eq!(Registrar::role(&patient), Some(Role::Patient));
		for status in [Status::Suspended, Status::Retired] {
			set_status(signed(ALPHA), patient, status);
			assert_eq!(active(PATIENT), None);
			assert_eq!(Registrar::role(&patient), None);
		}
		assert_eq!(active(STRANGER), None);
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
fn a_provider_and_its_gatekeeper_act_for_the_provider() {
	ExtBuilder::default().build_and_execute(|| {
		let device = enroll(ALPHA, DEVICE, Role::Device);
		enroll(ALPHA, 10, Role::Device);
		enroll(ALPHA, 11, Role::Clinician);
		enroll(ALPHA, PATIENT, Role::Patient);
		assert_eq!(acting_provider(DEVICE), None, "the profile does not name it yet");
		assert_ok!(Registrar::set_profile(signed(ALPHA), guarded(device)));
		assert_eq!(acting_provider(DEVICE), Some(id(ALPHA)));
		assert_eq!(acting_provider(ALPHA), Some(id(ALPHA)));
		for other in [10, 11, PATIENT, RHO, STRANGER] {
			assert_eq!(acting_provider(other), None);
		}
		assert_ok!(Registrar::set_profile(signed(ALPHA), Profile::default()));
		assert_eq!(acting_provider(DEVICE), None, "the profile does not name it any more");
	});
}

#[test]
fn a_gatekeeper_acts_while_it_and_its_provider_are_active() {
	ExtBuilder::default().build_and_execute(|| {
		let device = enroll(ALPHA, DEVICE, Role::Device);
		assert_ok!(Registrar::set_profile(signed(ALPHA), guarded(device)));
		set_status(signed(ALPHA), device, Status::Suspended);
		assert_eq!(acting_provider(DEVICE), None);
		set_status(signed(ALPHA), device, Status::Active);
		assert_eq!(acting_provider(DEVICE), Some(id(ALPHA)));
		set_status(council(), id(ALPHA), Status::Suspended);
		assert_eq!(acting_provider(DEVICE), None);
		assert_eq!(acting_provider(ALPHA), None);
		set_status(council(), id(ALPHA), Status::Active);
		set_status(signed(ALPHA), device, Status::Retired);
		assert_eq!(acting_provider(DEVICE), None);
	});
}

#[cfg(feature = "runtime-benchmarks")]
#[test]
fn the_acting_provider_of_benchmarks_is_named_by_a_profile() {
	ExtBuilder::default().build_and_execute(|| {
		let provider = crate::benchmarking::acting_provider::<Test>(&account(DEVICE));
		assert_eq!(acting_provider(DEVICE), Some(provider));
		assert_eq!(active(DEVICE), Some((id(DEVICE), Role::Device)));
		assert_eq!(Registrar::role(&provider), Some(Role::Provider));
	});
}

#[test]
fn providers_are_listed_with_their_finality_keys_in_order_of_activation() {
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
		let sigma = admit_sigma();
		assert_eq!(Registrar::miners(), vec![(id(RHO), key(RHO)), (sigma, key(SIGMA))]);
		assert_eq!(Registrar::count(), 2);
		assert_eq!(Registrar::key(&id(RHO)), Some(key(RHO)));
		assert_eq!(Registrar::key(&id(ALPHA)), None);
		set_status(council(), id(RHO), Status::Suspended);
		assert_eq!(Registrar::miners(), vec![(sigma, key(SIGMA))]);
		assert_eq!(Registrar::count(), 1);
		assert_eq!(Registrar::key(&id(RHO)), None);
	});
}
