use crate::{mock::*, Error, Event, NextRelationship, Pairs, Relationships};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{Relationship, RelationshipState, ResearchConsent},
	summary::{ActivityKind, EntryRole, EntryState},
	traits,
};
use sp_runtime::traits::{BadOrigin, BlakeTwo256, Hash};

#[test]
fn proposed_relationship_waits_for_the_patient() {
	ExtBuilder.build_and_execute(|| {
		let (provider, patient) = (subject(PROVIDER), subject(PATIENT));
		assert_ok!(Ppr::propose(signed(PROVIDER), patient));
		let id = latest(PROVIDER, PATIENT);
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
		assert_eq!(<Ppr as traits::Relationships>::relationship(&id), Some(expected));
		System::assert_last_event(Event::Proposed { relationship: id, provider, patient }.into());
	});
}

#[test]
fn id_is_the_documented_hash() {
	ExtBuilder.build_and_execute(|| {
		let first = proposed();
		let (provider, patient) = (subject(PROVIDER), subject(PATIENT));
		let preimage = [
			b"medrec-relationship".as_slice(),
			provider.as_bytes(),
			patient.as_bytes(),
			&0u64.to_le_bytes(),
		]
		.concat();
		assert_eq!(first.0, BlakeTwo256::hash(&preimage).0);
	});
}

#[test]
fn patient_is_notified_and_the_provider_is_not() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Proposed, 1)));
		assert_eq!(entry(PROVIDER, id), Some((EntryRole::Provider, EntryState::Proposed, 0)));
		let by = subject(PROVIDER);
		let expected = [PATIENT, PROVIDER].map(|to| (subject(to), by, ActivityKind::Proposed));
		assert_eq!(notes(id), expected);
	});
}

#[test]
fn only_an_active_provider_proposes() {
	ExtBuilder.build_and_execute(|| {
		set_suspended(OTHER_PROVIDER, true);
		for account in [GATEKEEPER, PATIENT, CLINICIAN, MINER] {
			assert_noop!(
				Ppr::propose(signed(account), subject(OTHER_PATIENT)),
				Error::<Test>::NotAuthorized
			);
		}
		let inactive = [signed(STRANGER), signed(OTHER_PROVIDER)];
		for origin in inactive.into_iter().chain([RuntimeOrigin::root(), RuntimeOrigin::none()]) {
			assert_noop!(Ppr::propose(origin, subject(PATIENT)), BadOrigin);
		}
	});
}

#[test]
fn only_an_active_patient_is_proposed_to() {
	ExtBuilder.build_and_execute(|| {
		set_suspended(OTHER_PATIENT, true);
		for account in [STRANGER, PROVIDER, OTHER_PROVIDER, CLINICIAN, MINER, OTHER_PATIENT] {
			assert_noop!(
				Ppr::propose(signed(PROVIDER), subject(account)),
				Error::<Test>::PatientNotFound
			);
		}
	});
}

#[test]
fn open_relationship_excludes_another_of_its_pair() {
	ExtBuilder.build_and_execute(|| {
		let again = || Ppr::propose(signed(PROVIDER), subject(PATIENT));
		let id = proposed();
		assert_noop!(again(), Error::<Test>::AlreadyExists);
		assert_ok!(Ppr::accept(signed(PATIENT), id));
		assert_noop!(again(), Error::<Test>::AlreadyExists);
	});
}

#[test]
fn other_pairs_are_independent() {
	ExtBuilder.build_and_execute(|| {
		proposed();
		assert_ok!(Ppr::propose(signed(PROVIDER), subject(OTHER_PATIENT)));
		assert_ok!(Ppr::propose(signed(OTHER_PROVIDER), subject(PATIENT)));
		assert_eq!(Relationships::<Test>::iter_keys().count(), 3);
	});
}

#[test]
fn closed_relationship_permits_a_new_one() {
	ExtBuilder.build_and_execute(|| {
		let declined = proposed();
		assert_ok!(Ppr::decline(signed(PATIENT), declined));
		let ended = terminated();
		let withdrawn = proposed();
		assert_ok!(Ppr::withdraw(signed(PROVIDER), withdrawn));
		let new = proposed();

		let ids = std::collections::BTreeSet::from([declined, ended, withdrawn, new]);
		assert_eq!(ids.len(), 4);
		assert_eq!(stored(declined).state, RelationshipState::Declined);
		assert_eq!(stored(ended).state, RelationshipState::Terminated);
		assert_eq!(Pairs::<Test>::get(subject(PROVIDER), subject(PATIENT)), Some(new));
	});
}

#[test]
fn counter_does_not_wrap() {
	ExtBuilder.build_and_execute(|| {
		NextRelationship::<Test>::put(u64::MAX);
		assert_noop!(Ppr::propose(signed(PROVIDER), subject(PATIENT)), Error::<Test>::Overflow);
	});
}

#[test]
fn unknown_relationship_is_not_found() {
	ExtBuilder.build_and_execute(|| {
		assert_eq!(<Ppr as traits::Relationships>::relationship(&Default::default()), None);
	});
}
