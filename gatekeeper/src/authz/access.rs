//! Authorization: whether a record is served, and which of its fields.
//!
//! The rule is [`medrec_primitives::access::decide`]. It is applied at the final block, which alone
//! can permit, and at the best block narrowed by the pool, which can only deny. A permission therefore
//! counts when it is final, and a revocation as soon as it is seen.

use crate::chain::{AccessContext, RelationshipFacts, Snapshot};
use medrec_primitives::{
	access::{
		covers, decide, earliest, Decision, DenyReason, Fields, Record, RelationshipView, Requester,
	},
	identity::SubjectId,
	record::{FieldNumber, RecordId, RecordPointer},
	relationship::Purpose,
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

/// The decision at one head.
enum HeadDecision<'a> {
	Permit {
		patient: SubjectId,
		pointer: &'a RecordPointer,
		fields: Fields,
		until: Option<Moment>,
	},
	Deny(DenyReason),
	/// The relationship has no such record.
	NoRecord,
	/// There is no such relationship, or the requester may not know that it exists.
	Hidden,
}

/// Decides `request` at `now`. The error is the code with which the request is refused.
pub fn authorize(
	request: &AccessRequest,
	context: &AccessContext,
	now: Moment,
) -> Result<Permit, ErrorCode> {
	let AccessContext { finalized, best } = context;
	let (patient, pointer, fields, until) = match decide_at(request, finalized, now) {
		HeadDecision::Permit { patient, pointer, fields, until } => {
			(patient, pointer, fields, until)
		},
		HeadDecision::Hidden => return Err(ErrorCode::NotFound),
		HeadDecision::NoRecord => return Err(missing_record(request, finalized, now)),
		HeadDecision::Deny(reason) => return Err(denied(reason)),
	};
	// If this machine's clock is slow, a permission must not outlive its end.
	let at_best = now.max(best.head.time);
	let HeadDecision::Permit { fields: best_fields, until: best_until, .. } =
		decide_at(request, best, at_best)
	else {
		return Err(ErrorCode::AccessRevoked);
	};
	Ok(Permit {
		patient,
		pointer: pointer.clone(),
		fields: narrow(request, fields, &best_fields)?,
		until: earliest(until, best_until),
		decided_at: finalized.head.into(),
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

fn decide_at<'a>(request: &AccessRequest, snapshot: &'a Snapshot, now: Moment) -> HeadDecision<'a> {
	if !snapshot.active {
		return HeadDecision::Deny(DenyReason::RequesterNotActive);
	}
	let Some(facts) = snapshot.relationship.as_deref() else { return HeadDecision::Hidden };
	if !may_know(request.requester, facts) {
		return HeadDecision::Hidden;
	}
	let Some(pointer) = facts.records.get(&request.record) else { return HeadDecision::NoRecord };
	let requester =
		Requester { subject: request.requester, active: true, groups: &[], custodian: false };
	let record =
		Record { id: request.record, category: pointer.category, release: pointer.release };
	let patient = facts.relationship.patient;
	let view = RelationshipView { patient, state: facts.relationship.state };
	let grants = facts.grants.iter().map(|(id, grant)| (*id, grant));
	match decide(now, &requester, request.purpose, &record, &view, grants, None) {
		Decision::Permit { fields, until, by: _ } => {
			HeadDecision::Permit { patient, pointer, fields, until }
		},
		Decision::Deny { reason } => HeadDecision::Deny(reason),
	}
}

/// Whether the requester may know that the relationship exists: the patient, and every subject with a
/// permission in it, in force or not. A denial alone reveals nothing.
fn may_know(requester: SubjectId, facts: &RelationshipFacts) -> bool {
	facts.relationship.patient == requester
		|| facts.grants.values().any(|grant| grant.is_permission_for(&requester))
}

/// The code for a record that does not exist, for a requester who may know of the relationship:
/// `NotFound` if the requester could read the record, else the same as for an existing one.
fn missing_record(request: &AccessRequest, snapshot: &Snapshot, now: Moment) -> ErrorCode {
	let Some(facts) = snapshot.relationship.as_deref() else { return ErrorCode::NotFound };
	let could_read = facts.relationship.patient == request.requester
		|| facts.grants.values().any(|grant| {
			grant.is_permission_for(&request.requester)
				&& grant.is_in_force(now)
				&& covers(&grant.scope, &request.record, None).is_some()
		});
	if could_read {
		ErrorCode::NotFound
	} else {
		ErrorCode::NotPermitted
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
