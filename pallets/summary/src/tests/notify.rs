use super::{enter, entry};
use crate::{mock::*, Entries, Pending};
use medrec_primitives::{
	summary::{Entry, EntryRole, EntryState},
	traits::Summaries,
	H256,
};

#[test]
fn a_notification_counts_and_dates_the_entry() {
	ExtBuilder::build_and_execute(|| {
		enter(1);
		wait(10);
		Summary::notify(&subject(PATIENT), &RELATIONSHIP);
		let expected =
			Entry { role: EntryRole::Patient, state: EntryState::Active, pending: 2, last: 1_010 };
		assert_eq!(entry(), Some(expected));
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 2);
	});
}

#[test]
fn without_an_entry_nothing_is_counted() {
	ExtBuilder::build_and_execute(|| {
		Summary::notify(&subject(PATIENT), &RELATIONSHIP);
		assert_eq!(entry(), None);
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 0);
	});
}

#[test]
fn a_full_count_stays_full_and_the_sum_agrees() {
	ExtBuilder::build_and_execute(|| {
		let (patient, other) = (subject(PATIENT), H256::repeat_byte(0xbb));
		let (role, state) = (EntryRole::Patient, EntryState::Active);
		let full = Entry { role, state, pending: u32::MAX, last: 0 };
		Entries::<Test>::insert(patient, RELATIONSHIP, full);
		Pending::<Test>::insert(patient, u32::MAX);

		Summary::notify(&patient, &RELATIONSHIP);
		Summary::set_entry(&patient, &other, role, state, true);

		assert_eq!(entry().unwrap().pending, u32::MAX);
		assert_eq!(Entries::<Test>::get(patient, other).unwrap().pending, 0);
		assert_eq!(Summary::pending_for(&patient), u32::MAX);
	});
}
