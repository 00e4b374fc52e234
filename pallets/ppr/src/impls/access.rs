//! The access decision, from the stored state.

use crate::*;
use alloc::vec::Vec;
use medrec_primitives::{
	access::{decide, Decision, DenyReason, Record, RelationshipView, Requester},
	identity::SubjectId,
	record::RecordId,
	relationship::{Grant, GrantId, Grantee, Purpose, RelationshipId},
	Moment,
};

impl<T: Config> Pallet<T> {
	/// The result of [`decide`] for `requester` at `now`, or [`DenyReason::NotFound`] if the
	/// relationship or the record in it does not exist. `requester_active` says whether the registrar
	/// has the requester as an active subject.
	///
	/// It reads the relationship, the record, and the grants of this requester only.
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
