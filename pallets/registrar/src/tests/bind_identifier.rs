use crate::{mock::*, Error, Event, IdentifierCount};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::identity::{Role, Status, SubjectId};
use sp_runtime::traits::BadOrigin;

#[test]
fn the_sponsor_binds_several_identifiers() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		events();
		for number in 1..=3 {
			assert_ok!(Registrar::bind_identifier(signed(ALPHA), patient, identifier(number)));
			assert_eq!(Registrar::resolve_identifier(&identifier(number)), Some(patient));
			let identifier = identifier(number);
			assert_eq!(events(), vec![Event::IdentifierBound { identifier, subject: patient }]);
		}
		assert_eq!(IdentifierCount::<Test>::get(patient), 3);
		assert_noop!(
			Registrar::bind_identifier(signed(ALPHA), patient, identifier(4)),
			Error::<Test>::TooManyIdentifiers
		);
	});
}

#[test]
fn only_the_active_sponsor_binds() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		for by in [BETA, PATIENT, RHO] {
			assert_noop!(
				Registrar::bind_identifier(signed(by), patient, identifier(1)),
				Error::<Test>::NotAuthorized
			);
		}
		set_status(council(), id(ALPHA), Status::Suspended);
		for by in [signed(ALPHA), signed(STRANGER), council()] {
			assert_noop!(Registrar::bind_identifier(by, patient, identifier(1)), BadOrigin);
		}
	});
}

#[test]
fn organisations_have_no_identifiers() {
	ExtBuilder::default().build_and_execute(|| {
		for subject in [id(ALPHA), id(RHO)] {
			assert_noop!(
				Registrar::bind_identifier(signed(ALPHA), subject, identifier(1)),
				Error::<Test>::NotAuthorized
			);
		}
	});
}

#[test]
fn an_identifier_is_bound_to_one_subject() {
	ExtBuilder::default().build_and_execute(|| {
		let one = enroll(ALPHA, PATIENT, Role::Patient);
		let other = enroll(ALPHA, 10, Role::Patient);
		assert_ok!(Registrar::bind_identifier(signed(ALPHA), one, identifier(1)));
		for subject in [one, other] {
			assert_noop!(
				Registrar::bind_identifier(signed(ALPHA), subject, identifier(1)),
				Error::<Test>::IdentifierTaken
			);
		}
	});
}

#[test]
fn identifiers_are_bound_to_suspended_subjects_and_not_to_retired_ones() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		set_status(signed(ALPHA), patient, Status::Suspended);
		assert_ok!(Registrar::bind_identifier(signed(ALPHA), patient, identifier(1)));
		set_status(signed(ALPHA), patient, Status::Retired);
		assert_noop!(
			Registrar::bind_identifier(signed(ALPHA), patient, identifier(2)),
			Error::<Test>::Retired
		);
		assert_eq!(Registrar::resolve_identifier(&identifier(1)), Some(patient));
	});
}

#[test]
fn an_unknown_subject_is_not_found() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Registrar::bind_identifier(signed(ALPHA), SubjectId::default(), identifier(1)),
			Error::<Test>::NotFound
		);
	});
}
