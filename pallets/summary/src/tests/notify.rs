use super::{enter, entry};
use crate::{mock::*, Entries, Pending};
use medrec_primitives::{
	summary::{Entry, EntryRole, EntryState},
	traits::Summaries,
};

#[test]
fn a_notification_is_counted_and_updates_the_time_of_the_entry() {
	ExtBuilder.build_and_execute(|| {
		enter(1);
		MockTime::advance(10);
		Summary::notify(&subject(PATIENT), &RELATIONSHIP);
		let expected = Entry {
			role: EntryRole::Patient,
			state: EntryState::Active,
			pending: 2,
			last: NOW + 10,
		};
		assert_eq!(entry(), Some(expected));
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 2);
	});
}

#[test]
fn a_notification_without_an_entry_is_not_counted() {
	ExtBuilder.build_and_execute(|| {
		Summary::notify(&subject(PATIENT), &RELATIONSHIP);
		assert_eq!(entry(), None);
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 0);
	});
}

#[test]
fn a_saturated_count_stays_equal_to_the_sum() {
	ExtBuilder.build_and_execute(|| {
		let patient = subject(PATIENT);
		let (role, state) = (EntryRole::Patient, EntryState::Active);
		let full = Entry { role, state, pending: u32::MAX, last: 0 };
		Entries::<Test>::insert(patient, RELATIONSHIP, full);
		Pending::<Test>::insert(patient, u32::MAX);

		Summary::notify(&patient, &RELATIONSHIP);
		Summary::set_entry(&patient, &OTHER_RELATIONSHIP, role, state, true);

		assert_eq!(entry().unwrap().pending, u32::MAX);
		assert_eq!(Entries::<Test>::get(patient, OTHER_RELATIONSHIP).unwrap().pending, 0);
		assert_eq!(Summary::pending_for(&patient), u32::MAX);
	});
}
