//! The life of a relationship, and the patient's consent to research in it.

use crate::{Config, Error, Event, NextRelationship, Pairs, Pallet, Records, Relationships};
use frame_support::{ensure, pallet_prelude::*};
use medrec_primitives::{
	identity::{Role, SubjectId},
	record::RecordId,
	relationship::{Relationship, RelationshipId, RelationshipState, ResearchConsent},
	summary::{ActivityKind, EntryRole, EntryState},
	traits::{self, Clock, Subjects, Summaries},
};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	ArithmeticError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(provider: SubjectId, patient: SubjectId) -> DispatchResult {
		ensure!(T::Subjects::role(&patient) == Some(Role::Patient), Error::<T>::PatientNotFound);
		let open = Pairs::<T>::get(provider, patient)
			.and_then(Relationships::<T>::get)
			.is_some_and(|latest| is_open(latest.state));
		ensure!(!open, Error::<T>::AlreadyExists);

		let id = Self::insert(provider, patient, RelationshipState::Proposed)?;
		Self::tell_parties(
			&id,
			(&provider, &patient),
			&provider,
			EntryState::Proposed,
			ActivityKind::Proposed,
		);
		Self::deposit_event(Event::Proposed { relationship: id, provider, patient });
		Ok(())
	}

	pub(crate) fn do_withdraw(by: SubjectId, id: RelationshipId) -> DispatchResult {
		let Relationship { provider, patient, state, .. } = Self::existing(&id)?;
		ensure!(provider == by, Error::<T>::NotAuthorized);
		ensure!(state == RelationshipState::Proposed, Error::<T>::NotProposed);

		// What is only proposed holds neither records nor grants, so that nothing is left behind.
		Relationships::<T>::remove(id);
		Pairs::<T>::remove(provider, patient);
		for party in [&patient, &provider] {
			T::Summaries::remove_entry(party, &id);
			T::Summaries::note(party, Some(&by), Some(&id), ActivityKind::Withdrawn);
		}
		Self::deposit_event(Event::Withdrawn { relationship: id, provider, patient });
		Ok(())
	}

	pub(crate) fn do_accept(by: SubjectId, id: RelationshipId) -> DispatchResult {
		let (provider, patient) = Self::answer(by, id, RelationshipState::Active)?;
		let parties = (&provider, &patient);
		Self::tell_parties(&id, parties, &by, EntryState::Active, ActivityKind::Accepted);
		Self::deposit_event(Event::Accepted { relationship: id, provider, patient });
		Ok(())
	}

	pub(crate) fn do_decline(by: SubjectId, id: RelationshipId) -> DispatchResult {
		let (provider, patient) = Self::answer(by, id, RelationshipState::Declined)?;
		let parties = (&provider, &patient);
		Self::tell_parties(&id, parties, &by, EntryState::Declined, ActivityKind::Declined);
		Self::deposit_event(Event::Declined { relationship: id, provider, patient });
		Ok(())
	}

	pub(crate) fn do_terminate(by: SubjectId, id: RelationshipId) -> DispatchResult {
		let mut relationship = Self::existing(&id)?;
		let (provider, patient) = (relationship.provider, relationship.patient);
		ensure!(by == patient || by == provider, Error::<T>::NotAuthorized);
		ensure!(relationship.state == RelationshipState::Active, Error::<T>::NotActive);

		relationship.state = RelationshipState::Terminated;
		relationship.since = T::Clock::now();
		Relationships::<T>::insert(id, relationship);
		let parties = (&provider, &patient);
		Self::tell_parties(&id, parties, &by, EntryState::Terminated, ActivityKind::Terminated);
		Self::deposit_event(Event::Terminated { relationship: id, by });
		Ok(())
	}

	pub(crate) fn do_set_research_consent(
		by: SubjectId,
		id: RelationshipId,
		consent: ResearchConsent,
	) -> DispatchResult {
		let mut relationship = Self::active_for_patient(&id, &by)?;
		relationship.research = consent;
		Relationships::<T>::insert(id, relationship);
		T::Summaries::note(&by, Some(&by), Some(&id), ActivityKind::ResearchConsentChanged);
		Self::deposit_event(Event::ResearchConsentSet { relationship: id });
		Ok(())
	}

	/// Stores a new relationship as the latest of its pair.
	fn insert(
		provider: SubjectId,
		patient: SubjectId,
		state: RelationshipState,
	) -> Result<RelationshipId, DispatchError> {
		let number = NextRelationship::<T>::get();
		let next = number.checked_add(1).ok_or(ArithmeticError::Overflow)?;
		let id = BlakeTwo256::hash_of(&(b"medrec-relationship", provider, patient, number));
		NextRelationship::<T>::put(next);
		Pairs::<T>::insert(provider, patient, id);
		Relationships::<T>::insert(
			id,
			Relationship {
				patient,
				provider,
				state,
				since: T::Clock::now(),
				research: ResearchConsent::None,
				records: 0,
				notes: 0,
				grants: 0,
			},
		);
		Ok(id)
	}

	/// Moves a proposal to `state` on behalf of its patient. Returns its provider and its patient.
	fn answer(
		by: SubjectId,
		id: RelationshipId,
		state: RelationshipState,
	) -> Result<(SubjectId, SubjectId), Error<T>> {
		let mut relationship = Self::existing(&id)?;
		let parties = (relationship.provider, relationship.patient);
		ensure!(relationship.patient == by, Error::NotAuthorized);
		ensure!(relationship.state == RelationshipState::Proposed, Error::NotProposed);
		relationship.state = state;
		relationship.since = T::Clock::now();
		Relationships::<T>::insert(id, relationship);
		Ok(parties)
	}

	/// Sets how the relationship stands for the provider and the patient, notifies the one that did
	/// not act, and adds to the histories of both.
	fn tell_parties(
		id: &RelationshipId,
		(provider, patient): (&SubjectId, &SubjectId),
		by: &SubjectId,
		state: EntryState,
		kind: ActivityKind,
	) {
		for (party, role) in [(patient, EntryRole::Patient), (provider, EntryRole::Provider)] {
			T::Summaries::set_entry(party, id, role, state, party != by);
			T::Summaries::note(party, Some(by), Some(id), kind.clone());
		}
	}
}

/// Whether a relationship in this state stands in the way of a new one.
pub(crate) fn is_open(state: RelationshipState) -> bool {
	matches!(state, RelationshipState::Proposed | RelationshipState::Active)
}

impl<T: Config> traits::Relationships for Pallet<T> {
	fn parties(relationship: &RelationshipId) -> Option<(SubjectId, SubjectId)> {
		Relationships::<T>::get(relationship).map(|found| (found.patient, found.provider))
	}

	fn holds(relationship: &RelationshipId, record: &RecordId) -> bool {
		Records::<T>::contains_key(relationship, record)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_relationship(patient: &SubjectId, provider: &SubjectId) -> RelationshipId {
		let Ok(id) = Self::insert(*provider, *patient, RelationshipState::Active) else {
			return RelationshipId::zero();
		};
		let parties = (provider, patient);
		Self::tell_parties(&id, parties, patient, EntryState::Active, ActivityKind::Accepted);
		id
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_record(relationship: &RelationshipId) -> RecordId {
		crate::benchmarking::record::<T>(relationship)
	}
}
