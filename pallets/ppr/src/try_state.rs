//! The invariants of the storage.

use crate::{
	types::{is_empty, is_open},
	*,
};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{pallet_prelude::*, traits::Time};
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

		let counted = |count: usize, next: u64| u64::try_from(count).is_ok_and(|all| all <= next);
		let relationships =
			counted(Relationships::<T>::iter_keys().count(), NextRelationship::<T>::get());
		ensure!(relationships, "more relationships than were counted");
		let grants = counted(Grants::<T>::iter_keys().count(), NextGrant::<T>::get());
		ensure!(grants, "more grants than were counted");
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
		let accepted = !matches!(state, RelationshipState::Proposed | RelationshipState::Declined);
		let holds_nothing = [records, notes, grants].into_iter().all(|count| *count == 0);
		ensure!(accepted || holds_nothing, "a relationship that was not accepted holds something");
		let is_latest = Pairs::<T>::get(provider, patient).as_ref() == Some(id);
		let fits = !is_open(*state) || is_latest;
		ensure!(fits, "an open relationship is not the latest of its pair");
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
		let fits = grant.is_permission() != grant.purposes.is_empty();
		ensure!(fits, "a permission has purposes, a denial none");
		ensure!(!is_empty(&grant.scope), "a grant with an empty scope");
		ensure!(grant.given_at <= T::Time::now(), "a grant was given in the future");
		let start = grant.not_before.max(grant.given_at);
		ensure!(grant.expires_at.is_none_or(|end| start < end), "a grant with an empty period");
		let parties = [relationship.patient, relationship.provider].map(Grantee::Subject);
		ensure!(!parties.contains(&grant.grantee), "a grant to a party of the relationship");
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
		let exists = Relationships::<T>::contains_key::<RelationshipId>;
		let owned = Records::<T>::iter_keys().all(|(id, _)| exists(id));
		ensure!(owned, "a record without relationship");
		let owned = Grants::<T>::iter_keys().all(|(id, _)| exists(id));
		ensure!(owned, "a grant without relationship");
		let owned = GrantsOf::<T>::iter_keys().all(|(id, _)| exists(id));
		ensure!(owned, "a list of grants without relationship");
		Ok(())
	}
}
