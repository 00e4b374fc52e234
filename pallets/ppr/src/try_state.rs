//! The invariants of the storage.

use crate::{impls::is_open, *};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{
	ensure,
	traits::{Get, Time},
};
use medrec_primitives::relationship::{
	Grant, Grantee, Relationship, RelationshipId, RelationshipState,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants of the storage:
	///
	/// 1. Each relationship counts its stored records, notes and grants, and none of the three
	///    exceeds its bound.
	/// 2. A relationship that the patient has not accepted holds neither records nor grants.
	/// 3. Each record and each grant belongs to a relationship that exists.
	/// 4. A record's author is the provider or the patient, and its version is at least 1.
	/// 5. Each grant is listed once, under its grantee, and each list holds nothing else. No list is
	///    stored empty.
	/// 6. A permission has a purpose, and a denial has none. No grant has an empty scope or an empty
	///    period, or is given to a party of its relationship.
	/// 7. The latest relationship of a pair exists and is of that pair. A relationship that is
	///    proposed or active is the latest of its pair.
	/// 8. There are not more relationships and grants than their counters say, and no stored time of
	///    an act is in the future.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (id, relationship) in Relationships::<T>::iter() {
			Self::check_relationship(&id, &relationship)?;
			Self::check_records(&id, &relationship)?;
			Self::check_grants(&id, &relationship)?;
		}
		Self::check_pairs()?;
		Self::check_owners()?;

		let relationships = Relationships::<T>::iter_keys().count();
		let grants = Grants::<T>::iter_keys().count();
		let counted = |count: usize, next: u64| u64::try_from(count).is_ok_and(|all| all <= next);
		ensure!(
			counted(relationships, NextRelationship::<T>::get()),
			"more relationships than were counted"
		);
		ensure!(counted(grants, NextGrant::<T>::get()), "more grants than were counted");
		Ok(())
	}

	fn check_relationship(
		id: &RelationshipId,
		relationship: &Relationship,
	) -> Result<(), TryRuntimeError> {
		let Relationship { patient, provider, state, since, records, notes, grants, .. } =
			relationship;
		ensure!(patient != provider, "a relationship of a subject with itself");
		ensure!(*since <= T::Time::now(), "a relationship changed in the future");
		ensure!(*records <= T::MaxRecords::get(), "too many records");
		ensure!(*notes <= T::MaxNotes::get(), "too many notes");
		ensure!(*grants <= T::MaxGrants::get(), "too many grants");
		if matches!(state, RelationshipState::Proposed | RelationshipState::Declined) {
			let held = [records, notes, grants].into_iter().any(|count| *count != 0);
			ensure!(!held, "a relationship that was not accepted holds something");
		}
		if is_open(*state) {
			ensure!(
				Pairs::<T>::get(provider, patient).as_ref() == Some(id),
				"an open relationship is not the latest of its pair"
			);
		}
		Ok(())
	}

	fn check_records(
		id: &RelationshipId,
		relationship: &Relationship,
	) -> Result<(), TryRuntimeError> {
		let (mut records, mut notes) = (0u32, 0u32);
		for (_, pointer) in Records::<T>::iter_prefix(id) {
			let count = if pointer.author == relationship.provider {
				&mut records
			} else {
				ensure!(pointer.author == relationship.patient, "a record of a third party");
				&mut notes
			};
			*count = count.saturating_add(1);
			ensure!(pointer.version >= 1, "a record without a version");
			ensure!(pointer.posted_at <= T::Time::now(), "a record was posted in the future");
		}
		ensure!(records == relationship.records, "records are miscounted");
		ensure!(notes == relationship.notes, "notes are miscounted");
		Ok(())
	}

	fn check_grants(
		id: &RelationshipId,
		relationship: &Relationship,
	) -> Result<(), TryRuntimeError> {
		let mut stored = BTreeMap::<Grantee, BTreeSet<_>>::new();
		let mut count = 0u32;
		for (grant_id, grant) in Grants::<T>::iter_prefix(id) {
			Self::check_grant(relationship, &grant)?;
			stored.entry(grant.grantee).or_default().insert(grant_id);
			count = count.saturating_add(1);
		}
		ensure!(count == relationship.grants, "grants are miscounted");

		let mut listed = BTreeMap::<Grantee, BTreeSet<_>>::new();
		for (grantee, list) in GrantsOf::<T>::iter_prefix(id) {
			let length = list.len();
			let set = BTreeSet::from_iter(list);
			ensure!(set.len() == length, "a grant is listed twice");
			ensure!(length > 0, "an empty list of grants is stored");
			listed.insert(grantee, set);
		}
		ensure!(stored == listed, "grants are not listed as they are stored");
		Ok(())
	}

	fn check_grant(relationship: &Relationship, grant: &Grant) -> Result<(), TryRuntimeError> {
		ensure!(
			grant.is_permission() != grant.purposes.is_empty(),
			"a permission has purposes, a denial none"
		);
		ensure!(!types::is_empty(&grant.scope), "a grant with an empty scope");
		ensure!(grant.given_at <= T::Time::now(), "a grant was given in the future");
		let start = grant.not_before.max(grant.given_at);
		ensure!(grant.expires_at.is_none_or(|end| start < end), "a grant with an empty period");
		let is_to_party = [relationship.patient, relationship.provider]
			.into_iter()
			.any(|party| grant.grantee == Grantee::Subject(party));
		ensure!(!is_to_party, "a grant to a party of the relationship");
		Ok(())
	}

	fn check_pairs() -> Result<(), TryRuntimeError> {
		for (provider, patient, id) in Pairs::<T>::iter() {
			let latest = Relationships::<T>::get(id).ok_or("the latest of a pair is missing")?;
			let pair = (latest.provider, latest.patient);
			ensure!(pair == (provider, patient), "the latest of a pair is another pair's");
		}
		Ok(())
	}

	fn check_owners() -> Result<(), TryRuntimeError> {
		let exists = |id: &RelationshipId| Relationships::<T>::contains_key(id);
		ensure!(
			Records::<T>::iter_keys().all(|(id, _)| exists(&id)),
			"a record without relationship"
		);
		ensure!(
			Grants::<T>::iter_keys().all(|(id, _)| exists(&id)),
			"a grant without relationship"
		);
		ensure!(
			GrantsOf::<T>::iter_keys().all(|(id, _)| exists(&id)),
			"a list of grants without relationship"
		);
		Ok(())
	}
}
