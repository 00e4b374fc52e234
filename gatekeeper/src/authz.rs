//! Authorization: whether a record is served, and which of its fields. It is pure: all state is an
//! argument.
//!
//! The rule is [`medrec_primitives::access::decide`]. It is applied at the final block, which alone
//! can permit, and at the best block narrowed by the pool, which can only deny. A permission therefore
//! counts when it is final, and a revocation as soon as it is seen.

mod catalogue;

pub use catalogue::{catalogue, CurrentTemplate};

use crate::chain::{AccessContext, RelationshipFacts, Snapshot};
use medrec_primitives::{
	access::{
		covers, decide, earliest, Decision, DenyReason, Fields, Record, RelationshipView, Requester,
	},
	identity::SubjectId,
	record::{FieldNumber, RecordId, RecordPointer},
	relationship::{Grant, GrantId, Purpose, Relationship},
	Moment,
};
use medrec_protocol::wire::{BlockRef, ErrorCode};
use std::collections::BTreeSet;

/// A request for a record of the relationship whose state the [`AccessContext`] holds.
#[derive(Clone, Debug)]
pub struct AccessRequest {
	/// The subject that asks.
	pub requester: SubjectId,
	/// The record.
	pub record: RecordId,
	/// The declared purpose.
	pub purpose: Purpose,
	/// The requested fields, `None` for all that are permitted.
	pub fields: Option<BTreeSet<FieldNumber>>,
}

/// The part of a record that may be served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Permit {
	/// The patient of the relationship.
	pub patient: SubjectId,
	/// The record at the final block.
	pub pointer: RecordPointer,
	/// The readable fields: the requested ones if the request names any.
	pub fields: Fields,
	/// The earliest end of the grants on which the access is based, `None` if none of them ends.
	pub until: Option<Moment>,
	/// The final block of the decision.
	pub decided_at: BlockRef,
}

/// Decides `request` at `now`. The error is the code with which the request is refused.
pub fn permit(
	request: &AccessRequest,
	context: &AccessContext,
	now: Moment,
) -> Result<Permit, ErrorCode> {
	let AccessContext { finalized, best } = context;
	let permit = permit_at(request, finalized, now)?;
	// If this machine's clock is slow, a permission must not outlive its end.
	let still = permit_at(request, best, now.max(best.head.time));
	let still = still.map_err(|_| ErrorCode::AccessRevoked)?;
	Ok(Permit {
		fields: narrow(request, permit.fields, &still.fields)?,
		until: earliest(permit.until, still.until),
		..permit
	})
}

/// The code for a reason. A denial by the patient reads like a missing permission: that there is a
/// denial is private to the patient.
fn denied(reason: DenyReason) -> ErrorCode {
	match reason {
		DenyReason::NotFound => ErrorCode::NotFound,
		DenyReason::RequesterNotActive => ErrorCode::RequesterNotActive,
		DenyReason::RelationshipNotActive => ErrorCode::RelationshipNotActive,
		DenyReason::Withheld => ErrorCode::Withheld,
		DenyReason::Denied | DenyReason::NotPermitted => ErrorCode::NotPermitted,
	}
}

/// The permit at one head.
fn permit_at(
	request: &AccessRequest,
	snapshot: &Snapshot,
	now: Moment,
) -> Result<Permit, ErrorCode> {
	if !snapshot.active {
		return Err(ErrorCode::RequesterNotActive);
	}
	let facts = snapshot.relationship.as_deref().filter(|facts| may_know(request.requester, facts));
	let facts = facts.ok_or(ErrorCode::NotFound)?;
	let pointer = facts.records.get(&request.record);
	let pointer = pointer.ok_or_else(|| missing_record(request, facts, now))?;
	let record =
		Record { id: request.record, category: pointer.category, release: pointer.release };
	let grants = facts.grants.iter().map(|(id, grant)| (*id, grant));
	match decide_on(&record, request.requester, request.purpose, facts, grants, now) {
		Decision::Permit { fields, until, by: _ } => Ok(Permit {
			patient: facts.relationship.patient,
			pointer: pointer.clone(),
			fields,
			until,
			decided_at: snapshot.head.into(),
		}),
		Decision::Deny { reason } => Err(denied(reason)),
	}
}

/// Applies [`decide`] to a record of a relationship, for an active requester.
fn decide_on<'a>(
	record: &Record,
	requester: SubjectId,
	purpose: Purpose,
	facts: &RelationshipFacts,
	grants: impl IntoIterator<Item = (GrantId, &'a Grant)>,
	now: Moment,
) -> Decision {
	let requester = Requester { subject: requester, active: true, groups: &[], custodian: false };
	let Relationship { patient, state, .. } = facts.relationship;
	let relationship = RelationshipView { patient, state };
	decide(now, &requester, purpose, record, &relationship, grants, None)
}

/// Whether the requester may know that the relationship exists: the patient, and every subject with a
/// permission in it, in force or not. A denial alone reveals nothing. It permits no read: it selects the
/// code of a refusal.
fn may_know(requester: SubjectId, facts: &RelationshipFacts) -> bool {
	facts.relationship.patient == requester
		|| facts.grants.values().any(|grant| grant.is_permission_for(&requester))
}

/// The code for a record that does not exist, for a requester who may know of the relationship:
/// `NotFound` if the requester could read the record, else the same as for an existing one. The rule of
/// access does not apply: it takes the category and release of an existing record.
fn missing_record(request: &AccessRequest, facts: &RelationshipFacts, now: Moment) -> ErrorCode {
	let could_read = facts.relationship.patient == request.requester
		|| facts.grants.values().any(|grant| {
			grant.is_permission_for(&request.requester)
				&& grant.is_in_force(now)
				&& covers(&grant.scope, &request.record, None).is_some()
		});
	match could_read {
		true => ErrorCode::NotFound,
		false => ErrorCode::NotPermitted,
	}
}

/// The requested fields that are permitted at both heads.
fn narrow(request: &AccessRequest, finalized: Fields, best: &Fields) -> Result<Fields, ErrorCode> {
	let Some(requested) = &request.fields else {
		return finalized.intersection(best).ok_or(ErrorCode::AccessRevoked);
	};
	let all_in = |permitted: &Fields| requested.iter().all(|number| permitted.contains(*number));
	if !all_in(&finalized) {
		return Err(ErrorCode::NotPermitted);
	}
	match all_in(best) {
		true => Ok(Fields::Only(requested.clone())),
		false => Err(ErrorCode::AccessRevoked),
	}
}

#[cfg(test)]
mod tests;
