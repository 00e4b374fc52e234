use super::{enter, entry};
use crate::{mock::*, Pending};
use medrec_primitives::{
	summary::{EntryRole, EntryState},
	traits::Summaries,
};

#[test]
fn an_entry_is_removed_with_its_notifications() {
	ExtBuilder.build_and_execute(|| {
		let patient = subject(PATIENT);
		enter(3);
		Summary::set_entry(
			&patient,
			&OTHER_RELATIONSHIP,
			EntryRole::Patient,
			EntryState::Active,
			true,
		);

		Summary::remove_entry(&patient, &RELATIONSHIP);
		assert_eq!(entry(), None);
		assert_eq!(Summary::pending_for(&patient), 1);

		Summary::remove_entry(&patient, &OTHER_RELATIONSHIP);
		assert!(!Pending::<Test>::contains_key(patient));
	});
}

#[test]
fn removing_an_absent_entry_changes_nothing() {
	ExtBuilder.build_and_execute(|| {
		enter(3);
		Summary::remove_entry(&subject(CLINICIAN), &RELATIONSHIP);
		Summary::remove_entry(&subject(PATIENT), &OTHER_RELATIONSHIP);
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 3);
	});
}
