use super::{enter, entry};
use crate::{mock::*, Entries, Pending};
use medrec_primitives::{
	relationship::RelationshipId,
	summary::{Entry, EntryRole, EntryState},
	traits::Summaries,
};

#[test]
fn an_entry_is_created_and_updated() {
	ExtBuilder.build_and_execute(|| {
		let (patient, role) = (subject(PATIENT), EntryRole::Patient);
		Summary::set_entry(&patient, &RELATIONSHIP, role, EntryState::Proposed, true);
		let proposed = Entry { role, state: EntryState::Proposed, pending: 1, last: NOW };
		assert_eq!(entry(), Some(proposed));

		MockTime::advance(10);
		Summary::set_entry(&patient, &RELATIONSHIP, role, EntryState::Active, false);
		let active = Entry { role, state: EntryState::Active, pending: 1, last: NOW + 10 };
		assert_eq!(entry(), Some(active));
		assert_eq!(Summary::pending_for(&patient), 1);
	});
}

#[test]
fn an_entry_without_a_notification_adds_nothing_to_the_sum() {
	ExtBuilder.build_and_execute(|| {
		enter(0);
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 0);
		assert!(!Pending::<Test>::contains_key(subject(PATIENT)));
	});
}

#[test]
fn pending_is_the_sum_over_the_entries() {
	ExtBuilder.build_and_execute(|| {
		let patient = subject(PATIENT);
		enter(2);
		for i in 0..3 {
			let relationship = RelationshipId::from_low_u64_be(i);
			let (role, state) = (EntryRole::Viewer, EntryState::Shared);
			Summary::set_entry(&patient, &relationship, role, state, true);
		}
		assert_eq!(Summary::pending_for(&patient), 5);
		assert_eq!(Entries::<Test>::iter_prefix(patient).count(), 4);
	});
}
