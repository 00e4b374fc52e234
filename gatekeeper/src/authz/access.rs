//! Whether a record is served, and which of its fields.
//!
//! The rule itself is [`medrec_primitives::access::decide`]. Here it is asked twice: at the final
//! block, which alone can permit, and at the best block with what the pool takes away, which can
//! only refuse. A permission on the screen and a permission in force are then the same thing, and a
//! revocation counts from the moment at which it is seen.

use crate::chain::{AccessContext, RelationshipFacts, Snapshot};
use medrec_protocol::wire::{BlockRef, ErrorCode};
use medrec_primitives::{
	access::{self, Decision, DenyReason, Fields, Requester, RelationshipView},
	identity::SubjectId,
	record::{FieldNumber, RecordId, RecordPointer},
	relationship::{Effect, Grantee, Purpose, Scope},
	Moment,
};
use std::collections::BTreeSet;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Question {
	/// By whom.
	pub requester: SubjectId,
	/// Which record of the relationship.
	pub record: RecordId,
	/// For what purpose.
	pub purpose: Purpose,
	/// Which of its fields; all that are permitted if none are named.
	pub fields: Option<BTreeSet<FieldNumber>>,
}

/// What may be served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Permit {
	/// Whose relationship it is, as that is final.
	pub patient: SubjectId,
	/// The record as it is final.
	pub pointer: RecordPointer,
	/// The fields that may be served. Where the question names fields, it is those.
	pub fields: Fields,
	/// When the permission ends by itself.
	pub until: Option<Moment>,
	/// The final block at which it was decided.
	pub decided_at: BlockRef,
}

/// What one head says.
enum Finding<'a> {
	Permit {
		patient: SubjectId,
		pointer: &'a RecordPointer,
		fields: Fields,
		until: Option<Moment>,
	},
	Deny(DenyReason),
	/// The relationship holds no such record.
	NoRecord,
	/// There is no such relationship, or the requester may not know that there is.
	Hidden,
}

/// Decides `question` at `now`. The error is the code of the refusal.
pub fn authorize(question: &Question, case: &AccessContext, now: Moment) -> Result<Permit, ErrorCode> {
	// A permission must not outlive its end because the clock here is slow.
	let at_best = now.max(case.best.head.time);
	match (look(question, &case.finalized, now), look(question, &case.best, at_best)) {
		(Finding::Hidden, _) => Err(ErrorCode::NotFound),
		(Finding::NoRecord, _) => Err(without_record(question, &case.finalized, now)),
		(Finding::Deny(reason), _) => Err(refusal(reason)),
		(
			Finding::Permit { patient, pointer, fields, until },
			Finding::Permit { fields: best_fields, until: best_until, .. },
		) => {
			let permit = Permit {
				patient,
				pointer: pointer.clone(),
				fields: narrow(question, fields, best_fields)?,
				until: earlier(until, best_until),
				decided_at: case.finalized.head.into(),
			};
			Ok(permit)
		},
		(Finding::Permit { .. }, Finding::Deny(_) | Finding::NoRecord | Finding::Hidden) => {
			Err(ErrorCode::AccessRevoked)
		},
	}
}

/// The words for a reason. A refusal by the patient reads as if nothing permitted it: whether one
/// is refused is the patient's own affair.
fn refusal(reason: DenyReason) -> ErrorCode {
	match reason {
		DenyReason::NotFound => ErrorCode::NotFound,
		DenyReason::RequesterNotActive => ErrorCode::RequesterNotActive,
		DenyReason::RelationshipNotActive => ErrorCode::RelationshipNotActive,
		DenyReason::Withheld => ErrorCode::Withheld,
		DenyReason::Denied | DenyReason::NotPermitted => ErrorCode::NotPermitted,
	}
}

fn look<'a>(question: &Question, side: &'a Snapshot, now: Moment) -> Finding<'a> {
	if !side.active {
		return Finding::Deny(DenyReason::RequesterNotActive);
	}
	let Some(facts) = side.relationship.as_deref() else { return Finding::Hidden };
	if !knows(question.requester, facts) {
		return Finding::Hidden;
	}
	let Some(pointer) = facts.records.get(&question.record) else { return Finding::NoRecord };
	let requester =
		Requester { subject: question.requester, active: true, groups: &[], custodian: false };
	let record = access::Record {
		id: question.record,
		category: pointer.category,
		release: pointer.release,
	};
	let standing =
		RelationshipView { patient: facts.relationship.patient, state: facts.relationship.state };
	let grants = facts.grants.iter().map(|(id, grant)| (*id, grant));
	match access::decide(now, &requester, question.purpose, &record, &standing, grants, None) {
		Decision::Permit { fields, until, by: _ } => {
			Finding::Permit { patient: standing.patient, pointer, fields, until }
		},
		Decision::Deny { reason } => Finding::Deny(reason),
	}
}

/// Whether the requester may know that the relationship exists: the patient may, and whoever holds
/// a permit in it, be it in force or not. A refusal alone tells nobody.
fn knows(requester: SubjectId, facts: &RelationshipFacts) -> bool {
	facts.relationship.patient == requester
		|| facts.grants.values().any(|grant| {
			grant.effect == Effect::Permit && grant.grantee == Grantee::Subject(requester)
		})
}

/// What is said of a record that is not there to somebody who knows of the relationship: that it is
/// not there, if they could see it, and otherwise the same as of one that is.
fn without_record(question: &Question, side: &Snapshot, now: Moment) -> ErrorCode {
	let Some(facts) = side.relationship.as_deref() else { return ErrorCode::NotFound };
	let could_see = facts.relationship.patient == question.requester
		|| facts.grants.values().any(|grant| {
			let names = match &grant.scope {
				Scope::All => true,
				Scope::Records(records) => records.contains(&question.record),
				Scope::Fields { record, .. } => *record == question.record,
				Scope::Category(_) => false,
			};
			names
				&& grant.effect == Effect::Permit
				&& grant.grantee == Grantee::Subject(question.requester)
				&& grant.in_force(now)
		});
	if could_see {
		ErrorCode::NotFound
	} else {
		ErrorCode::NotPermitted
	}
}

/// The fields that are final, asked for, and not taken back since.
fn narrow(question: &Question, finalized: Fields, best: Fields) -> Result<Fields, ErrorCode> {
	let permitted = match &question.fields {
		None => finalized,
		Some(named) => {
			if !named.iter().all(|number| finalized.contains(*number)) {
				return Err(ErrorCode::NotPermitted);
			}
			if !named.iter().all(|number| best.contains(*number)) {
				return Err(ErrorCode::AccessRevoked);
			}
			return Ok(Fields::Only(named.clone()));
		},
	};
	match (permitted, best) {
		(Fields::All, best) => Ok(best),
		(permitted, Fields::All) => Ok(permitted),
		(Fields::Only(mut permitted), Fields::Only(best)) => {
			permitted.retain(|number| best.contains(number));
			match permitted.is_empty() {
				true => Err(ErrorCode::AccessRevoked),
				false => Ok(Fields::Only(permitted)),
			}
		},
	}
}

fn earlier(left: Option<Moment>, right: Option<Moment>) -> Option<Moment> {
	match (left, right) {
		(Some(left), Some(right)) => Some(left.min(right)),
		(either, None) | (None, either) => either,
	}
}

#[cfg(test)]
mod tests;
