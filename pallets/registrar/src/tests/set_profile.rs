use crate::{mock::*, Error, Event, FinalityKeys, Miners, MiningKeys, Organisation, Profiles};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::identity::{FinalityKey, MiningKey, Profile, Role, Status, SubjectId};
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
		assert!(Notices::get().is_empty(), "no account and no finality key changed");
	});
}

#[test]
fn a_new_finality_key_is_notified_and_the_old_one_is_free() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Registrar::set_profile(signed(ALPHA), voting(10)));
		let notice = vec![(account(ALPHA), Some(key(10))), (account(BETA), None)];
		assert_eq!(Notices::get(), vec![notice]);
		assert_eq!(FinalityKeys::<Test>::get(key::<FinalityKey>(ALPHA)), None);
		assert_eq!(FinalityKeys::<Test>::get(key::<FinalityKey>(10)), Some(id(ALPHA)));
		assert_ok!(Registrar::set_profile(signed(BETA), voting(ALPHA)));
		assert_ok!(Registrar::set_profile(signed(ALPHA), Profile::default()));
		assert_eq!(FinalityKeys::<Test>::get(key::<FinalityKey>(10)), None);
	});
}

#[test]
fn a_researcher_mines_while_it_has_a_key() {
	ExtBuilder::default().build_and_execute(|| {
		let sigma = admit_sigma();
		assert_ok!(Registrar::set_profile(signed(RHO), Profile::default()));
		assert_eq!(Miners::<Test>::get().into_inner(), vec![sigma]);
		assert_eq!(MiningKeys::<Test>::get(key::<MiningKey>(RHO)), None);
		assert_ok!(Registrar::set_profile(signed(RHO), mining(10)));
		assert_ok!(Registrar::set_profile(signed(RHO), mining(10)));
		assert_eq!(Miners::<Test>::get().into_inner(), vec![sigma, id(RHO)]);
		assert_eq!(MiningKeys::<Test>::get(key::<MiningKey>(10)), Some(id(RHO)));
		assert!(Notices::get().is_empty());
	});
}

#[test]
fn the_last_miner_keeps_a_mining_key() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Registrar::set_profile(signed(RHO), Profile::default()),
			Error::<Test>::LastMiner
		);
		assert_ok!(Registrar::set_profile(signed(RHO), mining(10)));
		assert_eq!(Miners::<Test>::get().into_inner(), vec![id(RHO)]);
		admit_sigma();
		assert_ok!(Registrar::set_profile(signed(RHO), Profile::default()));
		assert_noop!(
			Registrar::set_profile(signed(SIGMA), Profile::default()),
			Error::<Test>::LastMiner
		);
	});
}

#[test]
fn a_chain_without_miners_accepts_profiles_without_a_key() {
	let mut rho = Organisation::new(account(RHO), "rho");
	ExtBuilder::of(vec![], vec![rho.clone()]).build_and_execute(|| {
		assert_ok!(Registrar::set_profile(signed(RHO), Profile::default()));
		assert!(Miners::<Test>::get().is_empty());
		assert_ok!(Registrar::set_profile(signed(RHO), mining(10)));
		assert_noop!(
			Registrar::set_profile(signed(RHO), Profile::default()),
			Error::<Test>::LastMiner
		);
	});
	rho.mining_key = Some(key(RHO));
	ExtBuilder::of(vec![], vec![rho]).build_and_execute(|| {
		assert_noop!(
			Registrar::set_profile(signed(RHO), Profile::default()),
			Error::<Test>::LastMiner
		);
	});
}

#[test]
fn only_active_organisations_have_profiles() {
	ExtBuilder::default().build_and_execute(|| {
		enroll(ALPHA, PATIENT, Role::Patient);
		assert_noop!(
			Registrar::set_profile(signed(PATIENT), Profile::default()),
			Error::<Test>::NotAuthorized
		);
		set_status(council(), id(BETA), Status::Suspended);
		for by in [signed(BETA), signed(STRANGER), council()] {
			assert_noop!(Registrar::set_profile(by, Profile::default()), BadOrigin);
		}
	});
}

#[test]
fn a_profile_has_only_the_fields_of_the_role() {
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
		for device in [of_another, clinician, id(ALPHA), SubjectId::default()] {
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
fn a_key_belongs_to_one_organisation() {
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
