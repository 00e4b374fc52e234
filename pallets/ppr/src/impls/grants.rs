//! Giving and revoking grants.

use crate::{
	types::{named_records, Terms},
	*,
};
use alloc::vec::Vec;
use frame_support::{pallet_prelude::*, traits::Time};
use medrec_primitives::{
	authority::{authorize, Act, Actor},
	identity::SubjectId,
	relationship::{Effect, Grant, GrantId, Grantee, Relationship, RelationshipId},
	summary::{ActivityKind, EntryRole, EntryState},
	traits::{Subjects, Summaries},
	Moment,
};
use sp_runtime::traits::{BlakeTwo256, Hash};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_give(
		actor: Actor,
		id: RelationshipId,
		grantee: Grantee,
		effect: Effect,
		terms: Terms,
	) -> Result<(), Error<T>> {
		let (mut relationship, patient) = Self::authorized(&actor, &id, Act::Give(effect))?;
		let now = T::Time::now();
		Self::ensure_not_empty(effect, &terms, now)?;
		Self::ensure_grantee(&relationship, &grantee)?;
		let exists = |record| Records::<T>::contains_key(id, record);
		let all_exist = named_records(&terms.scope).into_iter().all(exists);
		ensure!(all_exist, Error::<T>::RecordNotFound);

		ensure!(relationship.grants < T::MaxGrants::get(), Error::<T>::TooManyGrants);
		let mut held = GrantsOf::<T>::get(id, grantee);
		let number = NextGrant::<T>::get();
		let next = number.checked_add(1).ok_or(Error::<T>::Overflow)?;
		let grant = GrantId(BlakeTwo256::hash_of(&(b"medrec-grant", id, number)).0);
		held.try_push(grant).map_err(|_| Error::<T>::TooManyGrants)?;

		NextGrant::<T>::put(next);
		GrantsOf::<T>::insert(id, grantee, held);
		relationship.grants = relationship.grants.saturating_add(1);
		Relationships::<T>::insert(id, relationship);
		let Terms { scope, purposes, not_before, expires_at } = terms;
		let not_before = not_before.unwrap_or(now);
		Grants::<T>::insert(
			id,
			grant,
			Grant { grantee, effect, scope, purposes, not_before, expires_at, given_at: now },
		);
		Self::notify_given(&patient, &id, &grantee, effect, grant);
		Ok(())
	}

	pub(crate) fn do_revoke(
		actor: Actor,
		id: RelationshipId,
		grant: GrantId,
	) -> Result<(), Error<T>> {
		let relationship = Self::existing(&id)?;
		let revoked = Grants::<T>::get(id, grant).ok_or(Error::<T>::NotFound)?;
		let by = authorize(&actor, &relationship, Act::Revoke(&revoked))?;

		Self::end(&by, &id, relationship, revoked.grantee, revoked.effect, &[grant]);
		Ok(())
	}

	pub(crate) fn do_revoke_all(
		actor: Actor,
		id: RelationshipId,
		grantee: Grantee,
	) -> Result<(), Error<T>> {
		let act = Act::RevokeAll(&grantee);
		let (relationship, by) = Self::authorized(&actor, &id, act)?;
		let ends =
			|grant: &GrantId| Grants::<T>::get(id, grant).is_some_and(|grant| act.ends(&grant));
		let ended: Vec<_> = GrantsOf::<T>::get(id, grantee).into_iter().filter(ends).collect();
		ensure!(!ended.is_empty(), Error::<T>::NotFound);
		Self::end(&by, &id, relationship, grantee, Effect::Permit, &ended);
		Ok(())
	}

	fn ensure_not_empty(effect: Effect, terms: &Terms, now: Moment) -> Result<(), Error<T>> {
		let purposeless = effect == Effect::Permit && terms.purposes.is_empty();
		ensure!(!purposeless, Error::EmptyPurposes);
		ensure!(!types::is_empty(&terms.scope), Error::EmptyScope);
		let start = terms.not_before.map_or(now, |start| start.max(now));
		ensure!(terms.expires_at.is_none_or(|end| start < end), Error::EmptyPeriod);
		Ok(())
	}

	fn ensure_grantee(relationship: &Relationship, grantee: &Grantee) -> Result<(), Error<T>> {
		// The chain has no groups yet.
		let Grantee::Subject(subject) = grantee else { return Err(Error::GranteeNotFound) };
		let is_party = *subject == relationship.patient || *subject == relationship.provider;
		ensure!(!is_party, Error::GranteeIsParty);
		ensure!(T::Subjects::role(subject).is_some(), Error::GranteeNotFound);
		Ok(())
	}

	/// Removes the grants `ended` of `grantee`, which all have this effect. The grantee of permissions
	/// is notified unless it gave them up; its entry ends with the last one. The patient is notified
	/// unless it revoked them. Only the patient learns of a denial.
	fn end(
		by: &SubjectId,
		id: &RelationshipId,
		mut relationship: Relationship,
		grantee: Grantee,
		effect: Effect,
		ended: &[GrantId],
	) {
		let patient = relationship.patient;
		for grant in ended {
			Grants::<T>::remove(id, grant);
			relationship.grants = relationship.grants.saturating_sub(1);
		}
		Relationships::<T>::insert(id, relationship);
		let mut rest = GrantsOf::<T>::get(id, grantee);
		rest.retain(|grant| !ended.contains(grant));
		let is_permission =
			|grant| Grants::<T>::get(id, grant).is_some_and(|grant| grant.is_permission());
		let has_permission = rest.iter().any(is_permission);
		let rest = Some(rest).filter(|rest| !rest.is_empty());
		GrantsOf::<T>::mutate_exists(id, grantee, |held| *held = rest);

		if let (Effect::Permit, Grantee::Subject(viewer)) = (effect, &grantee) {
			if !has_permission {
				let (role, state) = (EntryRole::Viewer, EntryState::Terminated);
				T::Summaries::set_entry(viewer, id, role, state, viewer != by);
			} else if viewer != by {
				T::Summaries::notify(viewer, id);
			}
			for grant in ended {
				T::Summaries::note(viewer, Some(by), Some(id), ActivityKind::Revoked(*grant));
			}
		}
		if patient != *by {
			T::Summaries::notify(&patient, id);
		}
		for grant in ended {
			T::Summaries::note(&patient, Some(by), Some(id), ActivityKind::Revoked(*grant));
			let (relationship, grant, by) = (*id, *grant, *by);
			Self::deposit_event(Event::Revoked { relationship, grant, grantee, by });
		}
	}

	/// Notifies the grantee of a permission, and appends either effect to the patient's history. A
	/// denied grantee is not notified.
	fn notify_given(
		patient: &SubjectId,
		id: &RelationshipId,
		grantee: &Grantee,
		effect: Effect,
		grant: GrantId,
	) {
		let (relationship, grantee) = (*id, *grantee);
		let (kind, event) = match effect {
			Effect::Permit => {
				(ActivityKind::Granted(grant), Event::Granted { relationship, grant, grantee })
			},
			Effect::Deny => {
				(ActivityKind::Denied(grant), Event::Denied { relationship, grant, grantee })
			},
		};
		if let (Effect::Permit, Grantee::Subject(viewer)) = (effect, &grantee) {
			T::Summaries::set_entry(viewer, id, EntryRole::Viewer, EntryState::Shared, true);
			T::Summaries::note(viewer, Some(patient), Some(id), kind.clone());
		}
		T::Summaries::note(patient, Some(patient), Some(id), kind);
		Self::deposit_event(event);
	}
}
