use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::RelationshipState,
	summary::{ActivityKind, EntryRole, EntryState},
};
use sp_runtime::traits::BadOrigin;

#[test]
fn patient_accepts_a_proposal() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		MockTime::advance(5);
		assert_ok!(Ppr::accept(signed(PATIENT), id));
		assert_eq!(stored(id).state, RelationshipState::Active);
		assert_eq!(stored(id).since, NOW + 5);
		let (provider, patient) = (subject(PROVIDER), subject(PATIENT));
		System::assert_last_event(Event::Accepted { relationship: id, provider, patient }.into());
	});
}

#[test]
fn provider_is_notified_of_the_answer() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		MockSummaries::clear_notes();
		assert_ok!(Ppr::accept(signed(PATIENT), id));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));
		assert_eq!(entry(PROVIDER, id), Some((EntryRole::Provider, EntryState::Active, 1)));
		let by = subject(PATIENT);
		let expected = [PATIENT, PROVIDER].map(|to| (subject(to), by, ActivityKind::Accepted));
		assert_eq!(notes(id), expected);
	});
}

#[test]
fn only_its_patient_accepts_a_proposal() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		for account in [PROVIDER, GATEKEEPER, OTHER_PATIENT, CLINICIAN] {
			assert_noop!(Ppr::accept(signed(account), id), Error::<Test>::NotAuthorized);
		}
		set_suspended(PATIENT, true);
		for account in [STRANGER, PATIENT] {
			assert_noop!(Ppr::accept(signed(account), id), BadOrigin);
		}
	});
}

#[test]
fn answer_is_given_once() {
	ExtBuilder.build_and_execute(|| {
		let again = |id| Ppr::accept(signed(PATIENT), id);
		let declined = proposed();
		assert_ok!(Ppr::decline(signed(PATIENT), declined));
		assert_noop!(again(declined), Error::<Test>::NotProposed);
		let id = active();
		assert_noop!(again(id), Error::<Test>::NotProposed);
		assert_ok!(Ppr::terminate(signed(PROVIDER), id));
		assert_noop!(again(id), Error::<Test>::NotProposed);
	});
}

#[test]
fn unknown_proposal_has_no_answer() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(Ppr::accept(signed(PATIENT), Default::default()), Error::<Test>::NotFound);
	});
}
