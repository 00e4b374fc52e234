use crate::{mock::*, Error, Event, NextRelationship, Pairs, Relationships};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{Relationship, RelationshipState, ResearchConsent},
	summary::{ActivityKind, EntryRole, EntryState},
	traits,
};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	ArithmeticError,
};

#[test]
fn proposed_relationship_waits_for_the_patient() {
	ExtBuilder.build_and_execute(|| {
		let (provider, patient) = (subject(HOSPITAL), subject(PATIENT));
		assert_ok!(Ppr::propose(RuntimeOrigin::signed(HOSPITAL), patient));
		let id = latest(HOSPITAL, PATIENT);
		let expected = Relationship {
			patient,
			provider,
			state: RelationshipState::Proposed,
			since: NOW,
			research: ResearchConsent::None,
			records: 0,
			notes: 0,
			grants: 0,
		};
		assert_eq!(stored(id), expected);
		assert_eq!(<Ppr as traits::Relationships>::parties(&id), Some((patient, provider)));
		System::assert_last_event(Event::Proposed { relationship: id, provider, patient }.into());
	});
}

#[test]
fn id_is_the_documented_hash() {
	ExtBuilder.build_and_execute(|| {
		let first = proposed();
		let (provider, patient) = (subject(HOSPITAL), subject(PATIENT));
		let preimage = [
			b"medrec-relationship".as_slice(),
			provider.as_bytes(),
			patient.as_bytes(),
			&0u64.to_le_bytes(),
		]
		.concat();
		assert_eq!(first, BlakeTwo256::hash(&preimage));
	});
}

#[test]
fn patient_is_notified_and_the_provider_is_not() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Proposed, 1)));
		assert_eq!(entry(HOSPITAL, id), Some((EntryRole::Provider, EntryState::Proposed, 0)));
		let by = subject(HOSPITAL);
		let expected = [PATIENT, HOSPITAL].map(|to| (subject(to), by, ActivityKind::Proposed));
		assert_eq!(notes(id), expected);
	});
}

#[test]
fn only_an_active_provider_proposes() {
	ExtBuilder.build_and_execute(|| {
		set_suspended(OTHER_HOSPITAL, true);
		for account in [STRANGER, GATEKEEPER, PATIENT, DOCTOR, RESEARCHER, OTHER_HOSPITAL] {
			assert_noop!(
				Ppr::propose(RuntimeOrigin::signed(account), subject(OTHER_PATIENT)),
				Error::<Test>::NotAuthorized
			);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				Ppr::propose(origin, subject(PATIENT)),
				sp_runtime::DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn only_an_active_patient_is_proposed_to() {
	ExtBuilder.build_and_execute(|| {
		set_suspended(OTHER_PATIENT, true);
		for account in [STRANGER, HOSPITAL, OTHER_HOSPITAL, DOCTOR, RESEARCHER, OTHER_PATIENT] {
			assert_noop!(
				Ppr::propose(RuntimeOrigin::signed(HOSPITAL), subject(account)),
				Error::<Test>::PatientNotFound
			);
		}
	});
}

#[test]
fn open_relationship_bars_another_of_the_same_pair() {
	ExtBuilder.build_and_execute(|| {
		let again = || Ppr::propose(RuntimeOrigin::signed(HOSPITAL), subject(PATIENT));
		let id = proposed();
		assert_noop!(again(), Error::<Test>::AlreadyExists);
		assert_ok!(Ppr::accept(RuntimeOrigin::signed(PATIENT), id));
		assert_noop!(again(), Error::<Test>::AlreadyExists);
	});
}

#[test]
fn other_pairs_are_free() {
	ExtBuilder.build_and_execute(|| {
		proposed();
		assert_ok!(Ppr::propose(RuntimeOrigin::signed(HOSPITAL), subject(OTHER_PATIENT)));
		assert_ok!(Ppr::propose(RuntimeOrigin::signed(OTHER_HOSPITAL), subject(PATIENT)));
		assert_eq!(Relationships::<Test>::iter_keys().count(), 3);
	});
}

#[test]
fn closed_relationship_gives_way_to_a_new_one() {
	ExtBuilder.build_and_execute(|| {
		let declined = proposed();
		assert_ok!(Ppr::decline(RuntimeOrigin::signed(PATIENT), declined));
		let ended = terminated();
		let withdrawn = proposed();
		assert_ok!(Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), withdrawn));
		let new = proposed();

		let ids = std::collections::BTreeSet::from([declined, ended, withdrawn, new]);
		assert_eq!(ids.len(), 4);
		assert_eq!(stored(declined).state, RelationshipState::Declined);
		assert_eq!(stored(ended).state, RelationshipState::Terminated);
		assert_eq!(Pairs::<Test>::get(subject(HOSPITAL), subject(PATIENT)), Some(new));
	});
}

#[test]
fn numbers_are_not_reused_when_they_run_out() {
	ExtBuilder.build_and_execute(|| {
		NextRelationship::<Test>::put(u64::MAX);
		assert_noop!(
			Ppr::propose(RuntimeOrigin::signed(HOSPITAL), subject(PATIENT)),
			ArithmeticError::Overflow
		);
	});
}

#[test]
fn unknown_relationship_has_no_parties() {
	ExtBuilder.build_and_execute(|| {
		assert_eq!(<Ppr as traits::Relationships>::parties(&Default::default()), None);
	});
}
