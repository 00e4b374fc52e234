use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::RelationshipState,
	summary::{ActivityKind, EntryRole, EntryState},
	H256,
};

#[test]
fn either_party_terminates() {
	for account in [PATIENT, HOSPITAL] {
		ExtBuilder.build_and_execute(|| {
			let id = active();
			Clock::advance(7);
			assert_ok!(Ppr::terminate(RuntimeOrigin::signed(account), id));
			assert_eq!(stored(id).state, RelationshipState::Terminated);
			assert_eq!(stored(id).since, NOW + 7);
			let by = subject(account);
			System::assert_last_event(Event::Terminated { relationship: id, by }.into());
		});
	}
}

#[test]
fn other_party_is_notified() {
	for (account, pending) in [(PATIENT, (1, 2)), (HOSPITAL, (2, 1))] {
		ExtBuilder.build_and_execute(|| {
			let id = active();
			clear_notes();
			assert_ok!(Ppr::terminate(RuntimeOrigin::signed(account), id));
			let state = EntryState::Terminated;
			assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, state, pending.0)));
			assert_eq!(entry(HOSPITAL, id), Some((EntryRole::Provider, state, pending.1)));
			let by = subject(account);
			let expected =
				[PATIENT, HOSPITAL].map(|to| (subject(to), by, ActivityKind::Terminated));
			assert_eq!(notes(id), expected);
		});
	}
}

#[test]
fn nobody_else_terminates() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, DOCTOR);
		set_suspended(PATIENT, true);
		for account in [STRANGER, GATEKEEPER, OTHER_PATIENT, OTHER_HOSPITAL, DOCTOR, PATIENT] {
			assert_noop!(
				Ppr::terminate(RuntimeOrigin::signed(account), id),
				Error::<Test>::NotAuthorized
			);
		}
	});
}

#[test]
fn only_an_active_relationship_is_terminated() {
	ExtBuilder.build_and_execute(|| {
		let terminate = |id| Ppr::terminate(RuntimeOrigin::signed(PATIENT), id);
		let id = proposed();
		assert_noop!(terminate(id), Error::<Test>::NotActive);
		assert_ok!(Ppr::decline(RuntimeOrigin::signed(PATIENT), id));
		assert_noop!(terminate(id), Error::<Test>::NotActive);
		let id = terminated();
		assert_noop!(terminate(id), Error::<Test>::NotActive);
		assert_noop!(terminate(H256::zero()), Error::<Test>::NotFound);
	});
}

#[test]
fn records_and_grants_stay_in_storage() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		permitted(id, DOCTOR);
		assert_ok!(Ppr::terminate(RuntimeOrigin::signed(HOSPITAL), id));
		assert_eq!((stored(id).records, stored(id).grants), (1, 1));
	});
}
