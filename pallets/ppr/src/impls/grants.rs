//! Giving grants and taking them back.

use crate::{
	types::{self, Terms},
	Config, Error, Event, Grants, GrantsOf, NextGrant, Pallet, Records, Relationships,
};
use alloc::vec::Vec;
use frame_support::{ensure, pallet_prelude::*};
use medrec_primitives::{
	identity::SubjectId,
	relationship::{Effect, Grant, GrantId, Grantee, Relationship, RelationshipId, Scope},
	summary::{ActivityKind, EntryRole, EntryState},
	traits::{Clock, Subjects, Summaries},
	Moment,
};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	ArithmeticError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_give(
		by: SubjectId,
		id: RelationshipId,
		grantee: Grantee,
		effect: Effect,
		terms: Terms,
	) -> DispatchResult {
		let mut relationship = Self::active_for_patient(&id, &by)?;
		let now = T::Clock::now();
		Self::ensure_not_empty(effect, &terms, now)?;
		Self::ensure_grantee(&relationship, &grantee)?;
		Self::ensure_records_exist(&id, &terms.scope)?;

		ensure!(relationship.grants < T::MaxGrants::get(), Error::<T>::TooManyGrants);
		let mut held = GrantsOf::<T>::get(id, grantee);
		let number = NextGrant::<T>::get();
		let next = number.checked_add(1).ok_or(ArithmeticError::Overflow)?;
		let grant = BlakeTwo256::hash_of(&(b"medrec-grant", id, number));
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
		Self::tell_given(&by, &id, &grantee, effect, grant);
		Ok(())
	}

	pub(crate) fn do_revoke(by: SubjectId, id: RelationshipId, grant: GrantId) -> DispatchResult {
		let relationship = Self::existing(&id)?;
		let Grant { grantee, effect, .. } =
			Grants::<T>::get(id, grant).ok_or(Error::<T>::NotFound)?;
		let gives_up = effect == Effect::Permit && grantee == Grantee::Subject(by);
		ensure!(relationship.patient == by || gives_up, Error::<T>::NotAuthorized);

		let mut rest = GrantsOf::<T>::get(id, grantee);
		rest.retain(|other| *other != grant);
		let shared = rest.iter().any(|other| Self::is_permit(&id, other));
		let patient = relationship.patient;
		Self::take_back(&id, relationship, grantee, &[grant], rest);
		if effect == Effect::Permit {
			Self::tell_grantee_revoked(&by, &id, &grantee, &[grant], shared);
		}
		Self::tell_patient_revoked(&by, &patient, &id, &grantee, &[grant]);
		Ok(())
	}

	pub(crate) fn do_revoke_all(
		by: SubjectId,
		id: RelationshipId,
		grantee: Grantee,
	) -> DispatchResult {
		let relationship = Self::existing(&id)?;
		let authorized = relationship.patient == by || grantee == Grantee::Subject(by);
		ensure!(authorized, Error::<T>::NotAuthorized);
		let mut rest = GrantsOf::<T>::get(id, grantee);
		let mut gone = Vec::new();
		rest.retain(|grant| {
			let permit = Self::is_permit(&id, grant);
			if permit {
				gone.push(*grant);
			}
			!permit
		});
		ensure!(!gone.is_empty(), Error::<T>::NotFound);

		let patient = relationship.patient;
		Self::take_back(&id, relationship, grantee, &gone, rest);
		Self::tell_grantee_revoked(&by, &id, &grantee, &gone, false);
		Self::tell_patient_revoked(&by, &patient, &id, &grantee, &gone);
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
		// No group exists, so that none can be found.
		let Grantee::Subject(subject) = grantee else { return Err(Error::GranteeNotFound) };
		let party = *subject == relationship.patient || *subject == relationship.provider;
		ensure!(!party, Error::GranteeIsParty);
		ensure!(T::Subjects::role(subject).is_some(), Error::GranteeNotFound);
		Ok(())
	}

	fn ensure_records_exist(id: &RelationshipId, scope: &Scope) -> Result<(), Error<T>> {
		let exists = |record| Records::<T>::contains_key(id, record);
		let found = match scope {
			Scope::All | Scope::Category(_) => true,
			Scope::Records(records) => records.iter().all(exists),
			Scope::Fields { record, .. } => exists(record),
		};
		ensure!(found, Error::RecordNotFound);
		Ok(())
	}

	fn is_permit(id: &RelationshipId, grant: &GrantId) -> bool {
		Grants::<T>::get(id, grant).is_some_and(|grant| grant.effect == Effect::Permit)
	}

	/// Removes the grants `gone` of `grantee`, to whom `rest` is left.
	fn take_back(
		id: &RelationshipId,
		mut relationship: Relationship,
		grantee: Grantee,
		gone: &[GrantId],
		rest: BoundedVec<GrantId, T::MaxGrantsPerGrantee>,
	) {
		for grant in gone {
			Grants::<T>::remove(id, grant);
			relationship.grants = relationship.grants.saturating_sub(1);
		}
		Relationships::<T>::insert(id, relationship);
		if rest.is_empty() {
			GrantsOf::<T>::remove(id, grantee);
		} else {
			GrantsOf::<T>::insert(id, grantee, rest);
		}
	}

	/// Tells the grantee of a permit and the patient of either. Nobody is told that they are
	/// refused.
	fn tell_given(
		patient: &SubjectId,
		id: &RelationshipId,
		grantee: &Grantee,
		effect: Effect,
		grant: GrantId,
	) {
		let (relationship, grantee) = (*id, *grantee);
		let kind = match effect {
			Effect::Permit => ActivityKind::Granted(grant),
			Effect::Deny => ActivityKind::Denied(grant),
		};
		if let (Effect::Permit, Grantee::Subject(viewer)) = (effect, &grantee) {
			let (role, state) = (EntryRole::Viewer, EntryState::Shared);
			T::Summaries::set_entry(viewer, id, role, state, true);
			T::Summaries::note(viewer, Some(patient), Some(id), kind.clone());
		}
		T::Summaries::note(patient, Some(patient), Some(id), kind);
		Self::deposit_event(match effect {
			Effect::Permit => Event::Granted { relationship, grant, grantee },
			Effect::Deny => Event::Denied { relationship, grant, grantee },
		});
	}

	/// Tells the grantee that permits are no more; `shared` says whether any are left to it. It is
	/// notified unless it gave them up itself.
	fn tell_grantee_revoked(
		by: &SubjectId,
		id: &RelationshipId,
		grantee: &Grantee,
		gone: &[GrantId],
		shared: bool,
	) {
		let Grantee::Subject(viewer) = grantee else { return };
		let notify = viewer != by;
		if !shared {
			let (role, state) = (EntryRole::Viewer, EntryState::Terminated);
			T::Summaries::set_entry(viewer, id, role, state, notify);
		} else if notify {
			T::Summaries::notify(viewer, id);
		}
		for grant in gone {
			T::Summaries::note(viewer, Some(by), Some(id), ActivityKind::Revoked(*grant));
		}
	}

	/// Tells the patient, and the world, that grants are no more. The patient is notified of what
	/// the grantee gave up.
	fn tell_patient_revoked(
		by: &SubjectId,
		patient: &SubjectId,
		id: &RelationshipId,
		grantee: &Grantee,
		gone: &[GrantId],
	) {
		if patient != by {
			T::Summaries::notify(patient, id);
		}
		for grant in gone {
			T::Summaries::note(patient, Some(by), Some(id), ActivityKind::Revoked(*grant));
			Self::deposit_event(Event::Revoked {
				relationship: *id,
				grant: *grant,
				grantee: *grantee,
				by: *by,
			});
		}
	}
}
