//! Looking up what the decision about access needs to know.

use crate::{Config, Grants, GrantsOf, Pallet, Records, Relationships};
use alloc::vec::Vec;
use medrec_primitives::{
	access::{decide, Decision, DenyReason, Record, Requester, RelationshipView},
	identity::SubjectId,
	record::RecordId,
	relationship::{Grant, GrantId, Grantee, Purpose, RelationshipId},
	Moment,
};

impl<T: Config> Pallet<T> {
	/// What [`decide`] says at `now`, by the facts in storage, of `requester`, which is active or
	/// not, asking for a record of a relationship for a purpose. It is [`DenyReason::NotFound`] if
	/// there is no such relationship, or no such record in it.
	///
	/// It reads the relationship, the record and the grants of this requester, and no others.
	pub fn check_access(
		now: Moment,
		requester: SubjectId,
		requester_active: bool,
		relationship: RelationshipId,
		record: RecordId,
		purpose: Purpose,
	) -> Decision {
		let (Some(found), Some(pointer)) =
			(Relationships::<T>::get(relationship), Records::<T>::get(relationship, record))
		else {
			return Decision::Deny { reason: DenyReason::NotFound };
		};
		let grants: Vec<(GrantId, Grant)> =
			GrantsOf::<T>::get(relationship, Grantee::Subject(requester))
				.into_iter()
				.filter_map(|id| Some((id, Grants::<T>::get(relationship, id)?)))
				.collect();
		decide(
			now,
			&Requester {
				subject: requester,
				active: requester_active,
				groups: &[],
				custodian: false,
			},
			purpose,
			&Record { id: record, category: pointer.category, release: pointer.release },
			&RelationshipView { patient: found.patient, state: found.state },
			grants.iter().map(|(id, grant)| (*id, grant)),
			None,
		)
	}
}
