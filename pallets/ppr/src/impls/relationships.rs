//! The states of a relationship, and the consent to research in it.

use crate::{types::is_open, *};
use frame_support::{ensure, traits::Time};
use medrec_primitives::{
	authority::{Act, Actor},
	identity::{Role, SubjectId},
	record::RecordId,
	relationship::{Relationship, RelationshipId, RelationshipState, ResearchConsent},
	summary::{ActivityKind, EntryRole, EntryState},
	traits::{self, Subjects, Summaries},
};
use sp_runtime::traits::{BlakeTwo256, Hash};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(actor: Actor, patient: SubjectId) -> Result<(), Error<T>> {
		let provider = actor.provider().ok_or(Error::<T>::NotAuthorized)?;
		ensure!(T::Subjects::role(&patient) == Some(Role::Patient), Error::<T>::PatientNotFound);
		let open = Pairs::<T>::get(provider, patient)
			.and_then(Relationships::<T>::get)
			.is_some_and(|latest| is_open(latest.state));
		ensure!(!open, Error::<T>::AlreadyExists);

		let id =
			Self::insert(provider, patient, RelationshipState::Proposed, ActivityKind::Proposed)?;
		Self::deposit_event(Event::Proposed { relationship: id, provider, patient });
		Ok(())
	}

	pub(crate) fn do_withdraw(actor: Actor, id: RelationshipId) -> Result<(), Error<T>> {
		let (relationship, by) = Self::authorized(&actor, &id, Act::Withdraw)?;
		let Relationship { provider, patient, .. } = relationship;

		// A proposed relationship holds neither records nor grants.
		Relationships::<T>::remove(id);
		Pairs::<T>::remove(provider, patient);
		for party in [&patient, &provider] {
			T::Summaries::remove_entry(party, &id);
			T::Summaries::note(party, Some(&by), Some(&id), ActivityKind::Withdrawn);
		}
		Self::deposit_event(Event::Withdrawn { relationship: id, provider, patient });
		Ok(())
	}

	pub(crate) fn do_accept(actor: Actor, id: RelationshipId) -> Result<(), Error<T>> {
		let (relationship, _) = Self::change(actor, id, Act::Accept, ActivityKind::Accepted)?;
		let Relationship { provider, patient, .. } = relationship;
		Self::deposit_event(Event::Accepted { relationship: id, provider, patient });
		Ok(())
	}

	pub(crate) fn do_decline(actor: Actor, id: RelationshipId) -> Result<(), Error<T>> {
		let (relationship, _) = Self::change(actor, id, Act::Decline, ActivityKind::Declined)?;
		let Relationship { provider, patient, .. } = relationship;
		Self::deposit_event(Event::Declined { relationship: id, provider, patient });
		Ok(())
	}

	pub(crate) fn do_terminate(actor: Actor, id: RelationshipId) -> Result<(), Error<T>> {
		let (_, by) = Self::change(actor, id, Act::Terminate, ActivityKind::Terminated)?;
		Self::deposit_event(Event::Terminated { relationship: id, by });
		Ok(())
	}

	pub(crate) fn do_set_research_consent(
		actor: Actor,
		id: RelationshipId,
		consent: ResearchConsent,
	) -> Result<(), Error<T>> {
		let (mut relationship, by) = Self::authorized(&actor, &id, Act::SetResearchConsent)?;
		relationship.research = consent;
		Relationships::<T>::insert(id, relationship);
		T::Summaries::note(&by, Some(&by), Some(&id), ActivityKind::ResearchConsentChanged);
		Self::deposit_event(Event::ResearchConsentSet { relationship: id });
		Ok(())
	}

	/// Stores a new relationship as the latest of its pair, and notifies the parties of `kind`.
	pub(crate) fn insert(
		provider: SubjectId,
		patient: SubjectId,
		state: RelationshipState,
		kind: ActivityKind,
	) -> Result<RelationshipId, Error<T>> {
		let number = NextRelationship::<T>::get();
		let next = number.checked_add(1).ok_or(Error::<T>::Overflow)?;
		let parts = (b"medrec-relationship", provider, patient, number);
		let id = RelationshipId(BlakeTwo256::hash_of(&parts).0);
		let relationship = Relationship {
			patient,
			provider,
			state,
			since: T::Time::now(),
			research: ResearchConsent::None,
			records: 0,
			notes: 0,
			grants: 0,
		};
		NextRelationship::<T>::put(next);
		Pairs::<T>::insert(provider, patient, id);
		Self::notify_parties(&id, &relationship, &provider, kind);
		Relationships::<T>::insert(id, relationship);
		Ok(id)
	}

	/// Moves a relationship to the state after `act`, and notifies the parties of `kind`. Returns the
	/// relationship and the party that acted.
	fn change(
		actor: Actor,
		id: RelationshipId,
		act: Act<'_>,
		kind: ActivityKind,
	) -> Result<(Relationship, SubjectId), Error<T>> {
		let (mut relationship, by) = Self::authorized(&actor, &id, act)?;
		relationship.state = act.state_after(relationship.state).unwrap_or(relationship.state);
		relationship.since = T::Time::now();
		Relationships::<T>::insert(id, &relationship);
		Self::notify_parties(&id, &relationship, &by, kind);
		Ok((relationship, by))
	}

	/// Sets the entries of both parties to the state of the relationship, appends to their histories,
	/// and notifies the party that did not act.
	fn notify_parties(
		id: &RelationshipId,
		Relationship { patient, provider, state, .. }: &Relationship,
		by: &SubjectId,
		kind: ActivityKind,
	) {
		let state = EntryState::from(*state);
		for (party, role) in [(patient, EntryRole::Patient), (provider, EntryRole::Provider)] {
			T::Summaries::set_entry(party, id, role, state, party != by);
			T::Summaries::note(party, Some(by), Some(id), kind.clone());
		}
	}
}

impl<T: Config> traits::Relationships for Pallet<T> {
	fn relationship(id: &RelationshipId) -> Option<Relationship> {
		Relationships::<T>::get(id)
	}

	fn has_record(id: &RelationshipId, record: &RecordId) -> bool {
		Records::<T>::contains_key(id, record)
	}
}
