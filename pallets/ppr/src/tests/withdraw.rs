use crate::{mock::*, Error, Event, Pairs, Relationships};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{summary::ActivityKind, H256};

#[test]
fn withdrawn_proposal_leaves_nothing_but_history() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		clear_notes();
		assert_ok!(Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), id));
		assert_eq!(Relationships::<Test>::iter_keys().count(), 0);
		assert_eq!(Pairs::<Test>::iter_keys().count(), 0);
		assert_eq!(Entries::iter_keys().count(), 0);
		let (provider, patient) = (subject(HOSPITAL), subject(PATIENT));
		let expected = [patient, provider].map(|to| (to, provider, ActivityKind::Withdrawn));
		assert_eq!(notes(id), expected);
		System::assert_last_event(Event::Withdrawn { relationship: id, provider, patient }.into());
	});
}

#[test]
fn only_its_provider_withdraws_a_proposal() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		for account in [STRANGER, GATEKEEPER, PATIENT, OTHER_HOSPITAL, DOCTOR] {
			assert_noop!(
				Ppr::withdraw(RuntimeOrigin::signed(account), id),
				Error::<Test>::NotAuthorized
			);
		}
		set_suspended(HOSPITAL, true);
		assert_noop!(
			Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), id),
			Error::<Test>::NotAuthorized
		);
	});
}

#[test]
fn answered_proposal_is_not_withdrawn() {
	ExtBuilder.build_and_execute(|| {
		let withdraw = |id| Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), id);
		let declined = proposed();
		assert_ok!(Ppr::decline(RuntimeOrigin::signed(PATIENT), declined));
		assert_noop!(withdraw(declined), Error::<Test>::NotProposed);
		let active = active();
		assert_noop!(withdraw(active), Error::<Test>::NotProposed);
		assert_ok!(Ppr::terminate(RuntimeOrigin::signed(PATIENT), active));
		assert_noop!(withdraw(active), Error::<Test>::NotProposed);
	});
}

#[test]
fn unknown_proposal_is_not_withdrawn() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(
			Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), H256::zero()),
			Error::<Test>::NotFound
		);
		let id = proposed();
		assert_ok!(Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), id));
		assert_noop!(Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), id), Error::<Test>::NotFound);
	});
}
