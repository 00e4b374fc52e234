use crate::{mock::*, Error, Event, IdentifierCount};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	identity::{Role, Status},
	summary::ActivityKind,
};
use sp_runtime::traits::BadOrigin;

#[test]
fn a_provider_enrolls_with_identifier_and_key() {
	ExtBuilder::default().build_and_execute(|| {
		MockTime::advance(5_000);
		assert_ok!(Registrar::enroll(
			signed(ALPHA),
			account(PATIENT),
			Role::Patient,
			Some(identifier(1)),
			Some(key(9)),
		));
		let patient = id(PATIENT);
		let subject = Registrar::subject(&patient).unwrap();
		assert_eq!(subject.role, Role::Patient);
		assert_eq!(subject.account, account(PATIENT));
		assert_eq!(subject.sponsor, Some(id(ALPHA)));
		assert_eq!(subject.status, Status::Active);
		assert_eq!(subject.encryption_key, Some(key(9)));
		assert_eq!(subject.registered_at, NOW + 5_000);
		assert_eq!(Registrar::resolve_identifier(&identifier(1)), Some(patient));
		assert_eq!(IdentifierCount::<Test>::get(patient), 1);
		assert_eq!(System::providers(&account(PATIENT)), 1);
		assert_eq!(notes(), vec![(patient, Some(id(ALPHA)), ActivityKind::Registered)]);
		assert!(Notices::get().is_empty());
		assert_eq!(
			events(),
			vec![
				Event::Enrolled {
					subject: patient,
					role: Role::Patient,
					sponsor: id(ALPHA),
					account: account(PATIENT),
				},
				Event::IdentifierBound { identifier: identifier(1), subject: patient },
			]
		);
	});
}

#[test]
fn clinicians_and_devices_are_enrolled_too() {
	ExtBuilder::default().build_and_execute(|| {
		for (number, role) in [(10, Role::Clinician), (11, Role::Device)] {
			let subject = enroll(BETA, number, role);
			assert_eq!(Registrar::subject(&subject).unwrap().role, role);
		}
	});
}

#[test]
fn only_active_providers_enroll() {
	ExtBuilder::default().build_and_execute(|| {
		enroll(ALPHA, PATIENT, Role::Patient);
		enroll(ALPHA, DEVICE, Role::Device);
		set_status(council(), id(BETA), Status::Suspended);
		for by in [PATIENT, DEVICE, RHO] {
			assert_noop!(
				Registrar::enroll(signed(by), account(10), Role::Patient, None, None),
				Error::<Test>::NotAuthorized
			);
		}
		for by in [signed(BETA), signed(STRANGER), council()] {
			assert_noop!(Registrar::enroll(by, account(10), Role::Patient, None, None), BadOrigin);
		}
	});
}

#[test]
fn organisations_are_not_enrolled() {
	ExtBuilder::default().build_and_execute(|| {
		for role in [Role::Provider, Role::Researcher] {
			assert_noop!(
				Registrar::enroll(signed(ALPHA), account(10), role, None, None),
				Error::<Test>::InvalidRole
			);
		}
	});
}

#[test]
fn an_account_is_enrolled_once() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		for taken in [PATIENT, ALPHA, BETA] {
			assert_noop!(
				Registrar::enroll(signed(BETA), account(taken), Role::Patient, None, None),
				Error::<Test>::AccountTaken
			);
		}
		set_status(signed(ALPHA), patient, Status::Retired);
		assert_noop!(
			Registrar::enroll(signed(BETA), account(PATIENT), Role::Patient, None, None),
			Error::<Test>::AccountSpent
		);
	});
}

#[test]
fn an_identifier_must_be_free() {
	ExtBuilder::default().build_and_execute(|| {
		let enroll = |by, number| {
			let identifier = Some(identifier(1));
			Registrar::enroll(signed(by), account(number), Role::Patient, identifier, None)
		};
		assert_ok!(enroll(ALPHA, PATIENT));
		assert_noop!(enroll(ALPHA, 10), Error::<Test>::IdentifierTaken);
		assert_noop!(enroll(BETA, 10), Error::<Test>::IdentifierTaken);
	});
}
