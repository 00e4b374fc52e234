use crate::{
	mock::*, Error, Event, FinalityKeys, FormerAccounts, Miners, MiningKeys, Organisation,
	Profiles, Providers, QuotaClass, Usage,
};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	identity::{FinalityKey, MiningKey, Profile, Role, Status, SubjectId},
	summary::ActivityKind,
};
use sp_runtime::traits::BadOrigin;

#[test]
fn the_council_suspends_a_provider_and_makes_it_active_again() {
	ExtBuilder::default().build_and_execute(|| {
		let alpha = id(ALPHA);
		assert_ok!(Registrar::set_status(council(), alpha, Status::Suspended));
		assert_eq!(Providers::<Test>::get().into_inner(), vec![id(BETA)]);
		assert_eq!(Notices::get(), vec![vec![(account(BETA), None)]]);
		assert_eq!(active(ALPHA), None);
		assert_eq!(Registrar::subject_of(&account(ALPHA)), Some(alpha), "the account stays bound");
		assert_eq!(
			FinalityKeys::<Test>::get(key::<FinalityKey>(ALPHA)),
			Some(alpha),
			"the key stays"
		);
		assert_ok!(Registrar::set_status(council(), alpha, Status::Active));
		assert_eq!(Providers::<Test>::get().into_inner(), vec![id(BETA), alpha]);
		assert_eq!(active(ALPHA), Some((alpha, Role::Provider)));
		assert_eq!(
			notes(),
			vec![
				(alpha, None, ActivityKind::StatusChanged(Status::Suspended)),
				(alpha, None, ActivityKind::StatusChanged(Status::Active)),
			]
		);
		assert_eq!(
			events(),
			vec![
				Event::StatusSet { subject: alpha, status: Status::Suspended },
				Event::StatusSet { subject: alpha, status: Status::Active },
			]
		);
	});
}

#[test]
fn a_suspended_miner_does_not_mine_and_keeps_its_key() {
	ExtBuilder::default().build_and_execute(|| {
		let (rho, sigma) = (id(RHO), admit_sigma());
		set_status(council(), rho, Status::Suspended);
		assert_eq!(Miners::<Test>::get().into_inner(), vec![sigma]);
		assert_eq!(MiningKeys::<Test>::get(key::<MiningKey>(RHO)), Some(rho));
		assert_noop!(
			Registrar::admit_researcher(council(), account(10), name("x"), mining(RHO)),
			Error::<Test>::KeyTaken
		);
		set_status(council(), rho, Status::Active);
		assert_eq!(Miners::<Test>::get().into_inner(), vec![sigma, rho]);
		assert!(Notices::get().is_empty());
	});
}

#[test]
fn a_researcher_without_a_key_is_no_miner_when_active_again() {
	ExtBuilder::default().build_and_execute(|| {
		let sigma = admit_sigma();
		assert_ok!(Registrar::set_profile(signed(RHO), Profile::default()));
		set_status(council(), id(RHO), Status::Suspended);
		set_status(council(), id(RHO), Status::Active);
		assert_eq!(Miners::<Test>::get().into_inner(), vec![sigma]);
	});
}

#[test]
fn retirement_releases_account_profile_keys_and_usage() {
	ExtBuilder::default().build_and_execute(|| {
		let alpha = id(ALPHA);
		assert_ok!(Registrar::charge(&account(ALPHA), QuotaClass::Ordinary));
		set_status(council(), alpha, Status::Retired);
		assert_eq!(Registrar::subject_of(&account(ALPHA)), None);
		assert!(FormerAccounts::<Test>::contains_key(account(ALPHA)));
		assert!(!System::account_exists(&account(ALPHA)));
		assert!(!Profiles::<Test>::contains_key(alpha));
		assert!(!Usage::<Test>::contains_key(alpha));
		assert_eq!(Registrar::subject(&alpha).unwrap().status, Status::Retired);
		assert_eq!(Notices::get(), vec![vec![(account(BETA), None)]]);
		assert_ok!(Registrar::set_profile(signed(BETA), voting(ALPHA)));

		let sigma = admit_sigma();
		set_status(council(), id(RHO), Status::Retired);
		assert_eq!(Miners::<Test>::get().into_inner(), vec![sigma]);
		assert_ok!(Registrar::admit_researcher(council(), account(10), name("mu"), mining(RHO)));
	});
}

#[test]
fn retirement_is_final() {
	ExtBuilder::default().build_and_execute(|| {
		let (beta, patient) = (id(BETA), enroll(ALPHA, PATIENT, Role::Patient));
		set_status(council(), beta, Status::Retired);
		set_status(signed(ALPHA), patient, Status::Retired);
		for status in [Status::Active, Status::Suspended, Status::Retired] {
			assert_noop!(Registrar::set_status(council(), beta, status), Error::<Test>::Retired);
			assert_noop!(
				Registrar::set_status(signed(ALPHA), patient, status),
				Error::<Test>::Retired
			);
		}
	});
}

#[test]
fn the_retirement_of_a_suspended_provider_is_not_notified() {
	ExtBuilder::default().build_and_execute(|| {
		set_status(council(), id(ALPHA), Status::Suspended);
		assert_eq!(Notices::get().len(), 1);
		set_status(council(), id(ALPHA), Status::Retired);
		assert_eq!(Notices::get().len(), 1);
		assert_eq!(FinalityKeys::<Test>::get(key::<FinalityKey>(ALPHA)), None);
	});
}

#[test]
fn the_sponsor_sets_the_status_of_those_it_enrolled() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		notes();
		for status in [Status::Suspended, Status::Active, Status::Retired] {
			assert_ok!(Registrar::set_status(signed(ALPHA), patient, status));
			assert_eq!(Registrar::subject(&patient).unwrap().status, status);
			let note = (patient, Some(id(ALPHA)), ActivityKind::StatusChanged(status));
			assert_eq!(notes(), vec![note]);
		}
		assert!(Notices::get().is_empty());
	});
}

#[test]
fn a_subject_sets_no_other_status_of_its_own_than_retired() {
	ExtBuilder::default().build_and_execute(|| {
		enroll(ALPHA, PATIENT, Role::Patient);
		admit_sigma();
		for number in [PATIENT, RHO, BETA] {
			let subject = id(number);
			for status in [Status::Active, Status::Suspended] {
				assert_noop!(
					Registrar::set_status(signed(number), subject, status),
					Error::<Test>::NotAuthorized
				);
			}
			notes();
			assert_ok!(Registrar::set_status(signed(number), subject, Status::Retired));
			let kind = ActivityKind::StatusChanged(Status::Retired);
			assert_eq!(notes(), vec![(subject, Some(subject), kind)]);
		}
	});
}

#[test]
fn a_suspended_subject_has_no_power_over_itself_or_others() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		let other = enroll(ALPHA, 10, Role::Patient);
		set_status(signed(ALPHA), patient, Status::Suspended);
		assert_noop!(Registrar::set_status(signed(PATIENT), patient, Status::Retired), BadOrigin);
		set_status(council(), id(ALPHA), Status::Suspended);
		for (subject, status) in [(other, Status::Suspended), (id(ALPHA), Status::Active)] {
			assert_noop!(Registrar::set_status(signed(ALPHA), subject, status), BadOrigin);
		}
	});
}

#[test]
fn nobody_else_sets_a_status() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		for by in [signed(BETA), signed(RHO), council()] {
			for status in [Status::Suspended, Status::Retired] {
				assert_noop!(
					Registrar::set_status(by.clone(), patient, status),
					Error::<Test>::NotAuthorized
				);
			}
		}
		for by in [ALPHA, PATIENT] {
			assert_noop!(
				Registrar::set_status(signed(by), id(BETA), Status::Retired),
				Error::<Test>::NotAuthorized
			);
		}
		for by in [signed(STRANGER), RuntimeOrigin::none()] {
			assert_noop!(Registrar::set_status(by, patient, Status::Suspended), BadOrigin);
		}
	});
}

#[test]
fn the_last_active_provider_stays() {
	ExtBuilder::default().build_and_execute(|| {
		set_status(council(), id(BETA), Status::Suspended);
		for status in [Status::Suspended, Status::Retired] {
			for by in [council(), signed(ALPHA)] {
				let expected = match (by.clone().caller, status) {
					(
						OriginCaller::system(frame_system::RawOrigin::Signed(_)),
						Status::Suspended,
					) => Error::<Test>::NotAuthorized,
					_ => Error::<Test>::LastProvider,
				};
				assert_noop!(Registrar::set_status(by, id(ALPHA), status), expected);
			}
		}
		set_status(council(), id(BETA), Status::Active);
		assert_ok!(Registrar::set_status(signed(ALPHA), id(ALPHA), Status::Retired));
	});
}

#[test]
fn the_last_active_miner_stays() {
	ExtBuilder::default().build_and_execute(|| {
		let rho = id(RHO);
		assert_noop!(
			Registrar::set_status(council(), rho, Status::Suspended),
			Error::<Test>::LastMiner
		);
		for by in [council(), signed(RHO)] {
			assert_noop!(Registrar::set_status(by, rho, Status::Retired), Error::<Test>::LastMiner);
		}
		let sigma = admit_sigma();
		set_status(council(), rho, Status::Suspended);
		assert_noop!(
			Registrar::set_status(signed(SIGMA), sigma, Status::Retired),
			Error::<Test>::LastMiner
		);
		set_status(council(), rho, Status::Retired);
	});
}

#[test]
fn the_last_miner_stays_beside_a_researcher_without_a_key() {
	ExtBuilder::default().build_and_execute(|| {
		let profile = Profile::default();
		assert_ok!(Registrar::admit_researcher(council(), account(10), name("mu"), profile));
		for status in [Status::Suspended, Status::Retired] {
			assert_noop!(
				Registrar::set_status(council(), id(RHO), status),
				Error::<Test>::LastMiner
			);
		}
		set_status(council(), id(10), Status::Suspended);
		set_status(council(), id(10), Status::Active);
		assert_ok!(Registrar::set_profile(signed(10), mining(10)));
		set_status(council(), id(RHO), Status::Retired);
		assert_noop!(
			Registrar::set_profile(signed(10), Profile::default()),
			Error::<Test>::LastMiner
		);
	});
}

#[test]
fn a_researcher_without_a_key_may_retire_on_a_chain_without_miners() {
	ExtBuilder::of(vec![], vec![Organisation::new(account(RHO), "rho")]).build_and_execute(|| {
		set_status(council(), id(RHO), Status::Suspended);
		set_status(council(), id(RHO), Status::Active);
		set_status(signed(RHO), id(RHO), Status::Retired);
	});
}

#[test]
fn a_status_is_not_set_twice() {
	ExtBuilder::default().build_and_execute(|| {
		let beta = id(BETA);
		assert_noop!(
			Registrar::set_status(council(), beta, Status::Active),
			Error::<Test>::StatusUnchanged
		);
		set_status(council(), beta, Status::Suspended);
		assert_noop!(
			Registrar::set_status(council(), beta, Status::Suspended),
			Error::<Test>::StatusUnchanged
		);
	});
}

#[test]
fn an_unknown_subject_is_not_found() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Registrar::set_status(council(), SubjectId::default(), Status::Suspended),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn an_account_in_use_is_not_released() {
	ExtBuilder::default().build_and_execute(|| {
		System::inc_consumers(&account(BETA)).unwrap();
		let call = RuntimeCall::from(crate::Call::set_status {
			subject: id(BETA),
			status: Status::Retired,
		});
		assert_noop!(
			sp_runtime::traits::Dispatchable::dispatch(call, council())
				.map_err(|error| error.error),
			Error::<Test>::AccountInUse
		);
	});
}
