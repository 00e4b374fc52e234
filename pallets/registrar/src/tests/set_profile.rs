use crate::{mock::*, Error, Event, FinalityKeys, Miners, MiningKeys, Profiles};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	identity::{Profile, Role, Status},
	H256,
};
use sp_runtime::traits::BadOrigin;

#[test]
fn a_provider_names_its_gatekeeper() {
	ExtBuilder::default().build_and_execute(|| {
		let device = enroll(ALPHA, DEVICE, Role::Device);
		events();
		let profile = Profile { finality_key: Some(key(ALPHA)), ..guarded(device) };
		assert_ok!(Registrar::set_profile(signed(ALPHA), profile.clone()));
		assert_eq!(Profiles::<Test>::get(id(ALPHA)), Some(profile));
		assert_eq!(events(), vec![Event::ProfileSet { subject: id(ALPHA) }]);
		assert!(Tellings::get().is_empty(), "no account and no vote has changed");
	});
}

#[test]
fn a_new_finality_key_is_told_and_the_old_one_is_free() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Registrar::set_profile(signed(ALPHA), voting(10)));
		let told = vec![(account(ALPHA), Some(key(10))), (account(BETA), None)];
		assert_eq!(Tellings::get(), vec![told]);
		assert_eq!(FinalityKeys::<Test>::get(key(ALPHA)), None);
		assert_eq!(FinalityKeys::<Test>::get(key(10)), Some(id(ALPHA)));
		assert_ok!(Registrar::set_profile(signed(BETA), voting(ALPHA)));
		assert_ok!(Registrar::set_profile(signed(ALPHA), Profile::default()));
		assert_eq!(FinalityKeys::<Test>::get(key(10)), None);
	});
}

#[test]
fn a_researcher_mines_while_it_has_a_key() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Registrar::set_profile(signed(RHO), Profile::default()));
		assert!(Miners::<Test>::get().is_empty());
		assert_eq!(MiningKeys::<Test>::get(key(RHO)), None);
		assert_ok!(Registrar::set_profile(signed(RHO), mining(10)));
		assert_ok!(Registrar::set_profile(signed(RHO), mining(10)));
		assert_eq!(Miners::<Test>::get().into_inner(), vec![id(RHO)]);
		assert_eq!(MiningKeys::<Test>::get(key(10)), Some(id(RHO)));
		assert!(Tellings::get().is_empty());
	});
}

#[test]
fn only_active_organisations_have_profiles() {
	ExtBuilder::default().build_and_execute(|| {
		enroll(ALPHA, PATIENT, Role::Patient);
		set_status(council(), id(RHO), Status::Suspended);
		for by in [PATIENT, RHO, STRANGER] {
			assert_noop!(
				Registrar::set_profile(signed(by), Profile::default()),
				Error::<Test>::NotAuthorized
			);
		}
		assert_noop!(Registrar::set_profile(council(), Profile::default()), BadOrigin);
	});
}

#[test]
fn a_profile_tells_only_what_the_role_has() {
	ExtBuilder::default().build_and_execute(|| {
		let device = enroll(ALPHA, DEVICE, Role::Device);
		for (by, profile) in [(ALPHA, mining(10)), (RHO, voting(10)), (RHO, guarded(device))] {
			assert_noop!(
				Registrar::set_profile(signed(by), profile),
				Error::<Test>::InvalidProfile
			);
		}
	});
}

#[test]
fn a_gatekeeper_is_an_active_device_of_the_provider() {
	ExtBuilder::default().build_and_execute(|| {
		let own = enroll(ALPHA, DEVICE, Role::Device);
		let of_another = enroll(BETA, 10, Role::Device);
		let clinician = enroll(ALPHA, 11, Role::Clinician);
		for device in [of_another, clinician, id(ALPHA), H256::zero()] {
			assert_noop!(
				Registrar::set_profile(signed(ALPHA), guarded(device)),
				Error::<Test>::InvalidGatekeeper
			);
		}
		set_status(signed(ALPHA), own, Status::Suspended);
		assert_noop!(
			Registrar::set_profile(signed(ALPHA), guarded(own)),
			Error::<Test>::InvalidGatekeeper
		);
		set_status(signed(ALPHA), own, Status::Active);
		assert_ok!(Registrar::set_profile(signed(ALPHA), guarded(own)));
	});
}

#[test]
fn a_key_is_one_organisations() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Registrar::set_profile(signed(BETA), voting(ALPHA)), Error::<Test>::KeyTaken);
		assert_ok!(Registrar::admit_researcher(
			council(),
			account(10),
			name("mu"),
			Profile::default()
		));
		assert_noop!(Registrar::set_profile(signed(10), mining(RHO)), Error::<Test>::KeyTaken);
	});
}
