use super::{enter, entry};
use crate::{mock::*, Entries, Error, Event, Pending};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	summary::{Entry, EntryRole, EntryState},
	traits::Summaries,
};
use sp_runtime::DispatchError;

#[test]
fn acknowledging_clears_the_pending_notifications() {
	ExtBuilder.build_and_execute(|| {
		enter(3);
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 3);
		let before = entry().unwrap();
		MockTime::advance(10);

		assert_ok!(Summary::acknowledge(signed(PATIENT), RELATIONSHIP));

		// An acknowledgement is no change of the relationship: `last` stays.
		assert_eq!(entry(), Some(Entry { pending: 0, ..before }));
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 0);
		assert!(!Pending::<Test>::contains_key(subject(PATIENT)));
		System::assert_last_event(
			Event::Acknowledged { subject: subject(PATIENT), relationship: RELATIONSHIP }.into(),
		);
	});
}

#[test]
fn acknowledging_changes_no_other_entry_and_no_other_subject() {
	ExtBuilder.build_and_execute(|| {
		let (patient, provider) = (subject(PATIENT), subject(PROVIDER));
		enter(2);
		Summary::set_entry(
			&patient,
			&OTHER_RELATIONSHIP,
			EntryRole::Patient,
			EntryState::Proposed,
			true,
		);
		Summary::set_entry(&provider, &RELATIONSHIP, EntryRole::Provider, EntryState::Active, true);

		assert_ok!(Summary::acknowledge(signed(PATIENT), RELATIONSHIP));

		assert_eq!(Summary::pending_for(&patient), 1);
		assert_eq!(Entries::<Test>::get(patient, OTHER_RELATIONSHIP).unwrap().pending, 1);
		assert_eq!(Summary::pending_for(&provider), 1);
	});
}

#[test]
fn acknowledging_again_succeeds_and_changes_nothing() {
	ExtBuilder.build_and_execute(|| {
		enter(1);
		assert_ok!(Summary::acknowledge(signed(PATIENT), RELATIONSHIP));
		let before = entry();
		assert_ok!(Summary::acknowledge(signed(PATIENT), RELATIONSHIP));
		assert_eq!(entry(), before);
	});
}

#[test]
fn a_relationship_outside_the_summary_is_not_found() {
	ExtBuilder.build_and_execute(|| {
		enter(1);
		assert_noop!(
			Summary::acknowledge(signed(CLINICIAN), RELATIONSHIP),
			Error::<Test>::NotFound
		);
		assert_noop!(
			Summary::acknowledge(signed(PATIENT), OTHER_RELATIONSHIP),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn only_active_subjects_acknowledge() {
	ExtBuilder.build_and_execute(|| {
		enter(1);
		set_suspended(PATIENT, true);
		for origin in
			[signed(STRANGER), signed(PATIENT), RuntimeOrigin::root(), RuntimeOrigin::none()]
		{
			assert_noop!(Summary::acknowledge(origin, RELATIONSHIP), DispatchError::BadOrigin);
		}
	});
}
