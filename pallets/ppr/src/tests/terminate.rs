use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::RelationshipState,
	summary::{ActivityKind, EntryRole, EntryState},
};
use sp_runtime::traits::BadOrigin;

#[test]
fn either_party_terminates() {
	for account in [PATIENT, PROVIDER] {
		ExtBuilder.build_and_execute(|| {
			let id = active();
			MockTime::advance(7);
			assert_ok!(Ppr::terminate(signed(account), id));
			assert_eq!(stored(id).state, RelationshipState::Terminated);
			assert_eq!(stored(id).since, NOW + 7);
			let by = subject(account);
			System::assert_last_event(Event::Terminated { relationship: id, by }.into());
		});
	}
}

#[test]
fn other_party_is_notified() {
	for (account, pending) in [(PATIENT, (1, 2)), (PROVIDER, (2, 1))] {
		ExtBuilder.build_and_execute(|| {
			let id = active();
			MockSummaries::clear_notes();
			assert_ok!(Ppr::terminate(signed(account), id));
			let state = EntryState::Terminated;
			assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, state, pending.0)));
			assert_eq!(entry(PROVIDER, id), Some((EntryRole::Provider, state, pending.1)));
			let by = subject(account);
			let expected =
				[PATIENT, PROVIDER].map(|to| (subject(to), by, ActivityKind::Terminated));
			assert_eq!(notes(id), expected);
		});
	}
}

#[test]
fn nobody_else_terminates() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, CLINICIAN);
		set_suspended(PATIENT, true);
		for account in [GATEKEEPER, OTHER_PATIENT, OTHER_PROVIDER, CLINICIAN] {
			assert_noop!(Ppr::terminate(signed(account), id), Error::<Test>::NotAuthorized);
		}
		for account in [STRANGER, PATIENT] {
			assert_noop!(Ppr::terminate(signed(account), id), BadOrigin);
		}
	});
}

#[test]
fn only_an_active_relationship_is_terminated() {
	ExtBuilder.build_and_execute(|| {
		let terminate = |id| Ppr::terminate(signed(PATIENT), id);
		let id = proposed();
		assert_noop!(terminate(id), Error::<Test>::NotActive);
		assert_ok!(Ppr::decline(signed(PATIENT), id));
		assert_noop!(terminate(id), Error::<Test>::NotActive);
		let id = terminated();
		assert_noop!(terminate(id), Error::<Test>::NotActive);
		assert_noop!(terminate(Default::default()), Error::<Test>::NotFound);
	});
}

#[test]
fn records_and_grants_stay_in_storage() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		permitted(id, CLINICIAN);
		assert_ok!(Ppr::terminate(signed(PROVIDER), id));
		assert_eq!((stored(id).records, stored(id).grants), (1, 1));
	});
}
