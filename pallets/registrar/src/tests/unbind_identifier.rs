use crate::{mock::*, Error, Event, IdentifierCount};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::identity::{Role, Status};
use sp_runtime::traits::BadOrigin;

#[test]
fn the_sponsor_unbinds_and_binds_to_another() {
	ExtBuilder::default().build_and_execute(|| {
		let one = enroll(ALPHA, PATIENT, Role::Patient);
		let other = enroll(ALPHA, 10, Role::Patient);
		assert_ok!(Registrar::bind_identifier(signed(ALPHA), one, identifier(1)));
		assert_ok!(Registrar::bind_identifier(signed(ALPHA), one, identifier(2)));
		events();
		assert_ok!(Registrar::unbind_identifier(signed(ALPHA), identifier(1)));
		assert_eq!(
			events(),
			vec![Event::IdentifierUnbound { identifier: identifier(1), subject: one }]
		);
		assert_eq!(Registrar::resolve_identifier(&identifier(1)), None);
		assert_eq!(IdentifierCount::<Test>::get(one), 1);
		assert_ok!(Registrar::bind_identifier(signed(ALPHA), other, identifier(1)));
		assert_ok!(Registrar::unbind_identifier(signed(ALPHA), identifier(2)));
		assert!(!IdentifierCount::<Test>::contains_key(one));
	});
}

#[test]
fn the_identifier_of_a_retired_subject_may_be_bound_again() {
	ExtBuilder::default().build_and_execute(|| {
		let lost = enroll(ALPHA, PATIENT, Role::Patient);
		assert_ok!(Registrar::bind_identifier(signed(ALPHA), lost, identifier(1)));
		set_status(signed(ALPHA), lost, Status::Retired);
		assert_ok!(Registrar::unbind_identifier(signed(ALPHA), identifier(1)));
		let successor = enroll(ALPHA, 10, Role::Patient);
		assert_ok!(Registrar::bind_identifier(signed(ALPHA), successor, identifier(1)));
		assert_eq!(Registrar::resolve_identifier(&identifier(1)), Some(successor));
	});
}

#[test]
fn only_the_active_sponsor_unbinds() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		assert_ok!(Registrar::bind_identifier(signed(ALPHA), patient, identifier(1)));
		for by in [BETA, PATIENT, RHO] {
			assert_noop!(
				Registrar::unbind_identifier(signed(by), identifier(1)),
				Error::<Test>::NotAuthorized
			);
		}
		set_status(council(), id(ALPHA), Status::Suspended);
		for by in [signed(ALPHA), signed(STRANGER), council()] {
			assert_noop!(Registrar::unbind_identifier(by, identifier(1)), BadOrigin);
		}
	});
}

#[test]
fn an_unbound_identifier_is_not_found() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Registrar::unbind_identifier(signed(ALPHA), identifier(1)),
			Error::<Test>::NotFound
		);
	});
}
