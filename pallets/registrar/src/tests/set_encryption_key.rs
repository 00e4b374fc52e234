use crate::{mock::*, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::identity::{Role, Status};
use sp_runtime::traits::BadOrigin;

#[test]
fn every_active_subject_sets_and_removes_its_key() {
	ExtBuilder::default().build_and_execute(|| {
		enroll(ALPHA, PATIENT, Role::Patient);
		events();
		for number in [ALPHA, RHO, PATIENT] {
			for key in [Some(key(1)), Some(key(2)), None] {
				assert_ok!(Registrar::set_encryption_key(signed(number), key));
				assert_eq!(Registrar::subject(&id(number)).unwrap().encryption_key, key);
				assert_eq!(events(), vec![Event::EncryptionKeySet { subject: id(number) }]);
			}
		}
	});
}

#[test]
fn only_active_subjects_set_a_key() {
	ExtBuilder::default().build_and_execute(|| {
		set_status(council(), id(BETA), Status::Suspended);
		for by in [signed(BETA), signed(STRANGER), council()] {
			assert_noop!(Registrar::set_encryption_key(by, Some(key(1))), BadOrigin);
		}
	});
}
