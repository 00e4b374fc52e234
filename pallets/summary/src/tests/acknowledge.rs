use super::{enter, entry};
use crate::{mock::*, Entries, Error, Event, Pending};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	summary::{Entry, EntryRole, EntryState},
	traits::Summaries,
	H256,
};
use sp_runtime::DispatchError;

#[test]
fn acknowledging_clears_what_is_pending() {
	ExtBuilder::build_and_execute(|| {
		enter(3);
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 3);
		let before = entry().unwrap();
		wait(10);

		assert_ok!(Summary::acknowledge(RuntimeOrigin::signed(PATIENT), RELATIONSHIP));

		// To have been seen is no change of the relationship: `last` stays.
		assert_eq!(entry(), Some(Entry { pending: 0, ..before }));
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 0);
		assert!(!Pending::<Test>::contains_key(subject(PATIENT)));
		System::assert_last_event(
			Event::Acknowledged { subject: subject(PATIENT), relationship: RELATIONSHIP }.into(),
		);
	});
}

#[test]
fn acknowledging_leaves_other_entries_and_other_subjects_alone() {
	ExtBuilder::build_and_execute(|| {
		let (patient, provider, other) =
			(subject(PATIENT), subject(PROVIDER), H256::repeat_byte(0xbb));
		enter(2);
		Summary::set_entry(&patient, &other, EntryRole::Patient, EntryState::Proposed, true);
		Summary::set_entry(&provider, &RELATIONSHIP, EntryRole::Provider, EntryState::Active, true);

		assert_ok!(Summary::acknowledge(RuntimeOrigin::signed(PATIENT), RELATIONSHIP));

		assert_eq!(Summary::pending_for(&patient), 1);
		assert_eq!(Entries::<Test>::get(patient, other).unwrap().pending, 1);
		assert_eq!(Summary::pending_for(&provider), 1);
	});
}

#[test]
fn acknowledging_again_is_allowed_and_changes_nothing() {
	ExtBuilder::build_and_execute(|| {
		enter(1);
		assert_ok!(Summary::acknowledge(RuntimeOrigin::signed(PATIENT), RELATIONSHIP));
		let before = entry();
		assert_ok!(Summary::acknowledge(RuntimeOrigin::signed(PATIENT), RELATIONSHIP));
		assert_eq!(entry(), before);
	});
}

#[test]
fn a_relationship_that_is_not_in_the_summary_is_not_found() {
	ExtBuilder::build_and_execute(|| {
		enter(1);
		assert_noop!(
			Summary::acknowledge(RuntimeOrigin::signed(VIEWER), RELATIONSHIP),
			Error::<Test>::NotFound
		);
		assert_noop!(
			Summary::acknowledge(RuntimeOrigin::signed(PATIENT), H256::repeat_byte(0xbb)),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn only_active_subjects_acknowledge() {
	ExtBuilder::build_and_execute(|| {
		enter(1);
		assert_noop!(
			Summary::acknowledge(RuntimeOrigin::signed(STRANGER), RELATIONSHIP),
			Error::<Test>::NotAuthorized
		);
		Suspended::set([subject(PATIENT)].into());
		assert_noop!(
			Summary::acknowledge(RuntimeOrigin::signed(PATIENT), RELATIONSHIP),
			Error::<Test>::NotAuthorized
		);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Summary::acknowledge(origin, RELATIONSHIP), DispatchError::BadOrigin);
		}
	});
}
