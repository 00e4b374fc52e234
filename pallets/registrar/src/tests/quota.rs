use crate::{mock::*, types, AdmissionError, QuotaClass, Usage};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::identity::{Role, Status};

#[test]
fn each_class_has_its_own_quota() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..5 {
			assert_eq!(
				Registrar::check_quota(&account(ALPHA), QuotaClass::Ordinary),
				Ok(id(ALPHA))
			);
			assert_eq!(Registrar::charge(&account(ALPHA), QuotaClass::Ordinary), Ok(id(ALPHA)));
		}
		assert_noop!(
			Registrar::charge(&account(ALPHA), QuotaClass::Ordinary),
			AdmissionError::QuotaExhausted
		);
		assert_noop!(
			Registrar::check_quota(&account(ALPHA), QuotaClass::Ordinary),
			AdmissionError::QuotaExhausted
		);
		for _ in 0..2 {
			assert_ok!(Registrar::charge(&account(ALPHA), QuotaClass::Protective));
		}
		assert_noop!(
			Registrar::charge(&account(ALPHA), QuotaClass::Protective),
			AdmissionError::QuotaExhausted
		);
		assert_ok!(Registrar::charge(&account(BETA), QuotaClass::Ordinary));
		assert_eq!(
			Usage::<Test>::get(id(ALPHA)),
			Some(types::Usage { window_start: NOW, ordinary: 5, protective: 2 })
		);
	});
}

#[test]
fn checking_counts_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..10 {
			assert_ok!(Registrar::check_quota(&account(ALPHA), QuotaClass::Protective));
		}
		assert!(!Usage::<Test>::contains_key(id(ALPHA)));
	});
}

#[test]
fn a_window_begins_with_its_first_call() {
	ExtBuilder::default().build_and_execute(|| {
		MockTime::set(NOW + 700);
		for _ in 0..5 {
			assert_ok!(Registrar::charge(&account(ALPHA), QuotaClass::Ordinary));
		}
		MockTime::set(NOW + 1_699);
		assert_noop!(
			Registrar::charge(&account(ALPHA), QuotaClass::Ordinary),
			AdmissionError::QuotaExhausted
		);
		MockTime::set(NOW + 1_700);
		assert_ok!(Registrar::check_quota(&account(ALPHA), QuotaClass::Ordinary));
		assert_ok!(Registrar::charge(&account(ALPHA), QuotaClass::Protective));
		assert_eq!(
			Usage::<Test>::get(id(ALPHA)),
			Some(types::Usage { window_start: NOW + 1_700, ordinary: 0, protective: 1 })
		);
	});
}

#[test]
fn a_rotation_does_not_renew_the_quota() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..5 {
			assert_ok!(Registrar::charge(&account(ALPHA), QuotaClass::Ordinary));
		}
		assert_ok!(Registrar::rotate_account(signed(ALPHA), account(10), proof(ALPHA, 10)));
		assert_noop!(
			Registrar::charge(&account(10), QuotaClass::Ordinary),
			AdmissionError::QuotaExhausted
		);
		assert_noop!(
			Registrar::charge(&account(ALPHA), QuotaClass::Ordinary),
			AdmissionError::Unknown
		);
	});
}

#[test]
fn strangers_suspended_and_retired_subjects_send_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let patient = enroll(ALPHA, PATIENT, Role::Patient);
		set_status(signed(ALPHA), patient, Status::Suspended);
		for class in [QuotaClass::Ordinary, QuotaClass::Protective] {
			assert_noop!(Registrar::charge(&account(STRANGER), class), AdmissionError::Unknown);
			assert_noop!(Registrar::charge(&account(PATIENT), class), AdmissionError::NotActive);
			assert_noop!(
				Registrar::check_quota(&account(PATIENT), class),
				AdmissionError::NotActive
			);
		}
		set_status(signed(ALPHA), patient, Status::Retired);
		assert_noop!(
			Registrar::charge(&account(PATIENT), QuotaClass::Protective),
			AdmissionError::Unknown
		);
	});
}
