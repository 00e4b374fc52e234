use super::{enter, entry};
use crate::{mock::*, Pending};
use medrec_primitives::{
	summary::{EntryRole, EntryState},
	traits::Summaries,
	H256,
};

#[test]
fn an_entry_leaves_with_its_notifications() {
	ExtBuilder::build_and_execute(|| {
		let (patient, other) = (subject(PATIENT), H256::repeat_byte(0xbb));
		enter(3);
		Summary::set_entry(&patient, &other, EntryRole::Patient, EntryState::Active, true);

		Summary::remove_entry(&patient, &RELATIONSHIP);
		assert_eq!(entry(), None);
		assert_eq!(Summary::pending_for(&patient), 1);

		Summary::remove_entry(&patient, &other);
		assert!(!Pending::<Test>::contains_key(patient));
	});
}

#[test]
fn removing_what_is_not_there_changes_nothing() {
	ExtBuilder::build_and_execute(|| {
		enter(3);
		Summary::remove_entry(&subject(VIEWER), &RELATIONSHIP);
		Summary::remove_entry(&subject(PATIENT), &H256::repeat_byte(0xbb));
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 3);
	});
}
