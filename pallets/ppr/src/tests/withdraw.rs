use crate::{mock::*, Error, Event, Pairs, Relationships};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::summary::ActivityKind;
use sp_runtime::traits::BadOrigin;

#[test]
fn withdrawn_proposal_leaves_only_history() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		MockSummaries::clear_notes();
		assert_ok!(Ppr::withdraw(signed(PROVIDER), id));
		assert_eq!(Relationships::<Test>::iter_keys().count(), 0);
		assert_eq!(Pairs::<Test>::iter_keys().count(), 0);
		assert!(MockSummaries::has_no_entries());
		let (provider, patient) = (subject(PROVIDER), subject(PATIENT));
		let expected = [patient, provider].map(|to| (to, provider, ActivityKind::Withdrawn));
		assert_eq!(notes(id), expected);
		System::assert_last_event(Event::Withdrawn { relationship: id, provider, patient }.into());
	});
}

#[test]
fn only_its_provider_withdraws_a_proposal() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		for account in [GATEKEEPER, PATIENT, OTHER_PROVIDER, CLINICIAN] {
			assert_noop!(Ppr::withdraw(signed(account), id), Error::<Test>::NotAuthorized);
		}
		set_suspended(PROVIDER, true);
		for account in [STRANGER, PROVIDER] {
			assert_noop!(Ppr::withdraw(signed(account), id), BadOrigin);
		}
	});
}

#[test]
fn answered_proposal_is_not_withdrawn() {
	ExtBuilder.build_and_execute(|| {
		let withdraw = |id| Ppr::withdraw(signed(PROVIDER), id);
		let declined = proposed();
		assert_ok!(Ppr::decline(signed(PATIENT), declined));
		assert_noop!(withdraw(declined), Error::<Test>::NotProposed);
		let active = active();
		assert_noop!(withdraw(active), Error::<Test>::NotProposed);
		assert_ok!(Ppr::terminate(signed(PATIENT), active));
		assert_noop!(withdraw(active), Error::<Test>::NotProposed);
	});
}

#[test]
fn unknown_proposal_is_not_withdrawn() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(Ppr::withdraw(signed(PROVIDER), Default::default()), Error::<Test>::NotFound);
		let id = proposed();
		assert_ok!(Ppr::withdraw(signed(PROVIDER), id));
		assert_noop!(Ppr::withdraw(signed(PROVIDER), id), Error::<Test>::NotFound);
	});
}
