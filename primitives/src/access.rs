//! The access decision. The runtime API, the gatekeeper and the previews of clients call one
//! function, [`decide`].
//!
//! The rules, in order:
//!
//! 1. A requester that is not active is denied, and so is a relationship that is not active. A
//!    terminated relationship stays readable to the patient and their custodians.
//! 2. A withheld record is denied to everybody.
//! 3. The patient and their custodians are permitted the whole record.
//! 4. A denial in force that matches the requester and covers any field of the record denies the
//!    record, whatever other grants permit.
//! 5. The union of the fields of all matching permissions in force for the purpose is permitted.
//! 6. A declared emergency within the patient's policy permits the scope of that policy.
//! 7. Everything else is denied.

use crate::{
	identity::SubjectId,
	record::{Category, FieldNumber, RecordId, Release},
	relationship::{Effect, Grant, GrantId, Grantee, GroupId, Purpose, RelationshipState, Scope},
	Moment,
};
use alloc::{collections::BTreeSet, vec::Vec};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// The subject that requests a record.
#[derive(Clone, Copy, Debug)]
pub struct Requester<'a> {
	/// The ID of the subject.
	pub subject: SubjectId,
	/// Whether its status is active.
	pub active: bool,
	/// The groups of which it is a member.
	pub groups: &'a [GroupId],
	/// Whether it is a custodian of the patient with the power to read.
	pub custodian: bool,
}

/// The requested record.
#[derive(Clone, Copy, Debug)]
pub struct Record {
	/// The ID of the record.
	pub id: RecordId,
	/// The category of its current version.
	pub category: Category,
	/// Whether its content may be served.
	pub release: Release,
}

/// The part of a relationship that the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct RelationshipView {
	/// The patient.
	pub patient: SubjectId,
	/// The state.
	pub state: RelationshipState,
}

/// A declared emergency within the patient's policy.
#[derive(Clone, Debug)]
pub struct Emergency {
	/// The subject that declared the emergency.
	pub declarer: SubjectId,
	/// The scope that the policy permits.
	pub scope: Scope,
	/// The first moment at which the emergency is over.
	pub until: Moment,
}

/// A set of fields of one record.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fields {
	/// Every field.
	All,
	/// These fields; at least one.
	Only(BTreeSet<FieldNumber>),
}

impl Fields {
	/// Whether the set contains field `number`.
	pub fn contains(&self, number: FieldNumber) -> bool {
		match self {
			Fields::All => true,
			Fields::Only(numbers) => numbers.contains(&number),
		}
	}

	fn union(self, other: Fields) -> Fields {
		match (self, other) {
			(Fields::Only(mut left), Fields::Only(mut right)) => {
				left.append(&mut right);
				Fields::Only(left)
			},
			_ => Fields::All,
		}
	}

	/// The fields in both sets, `None` if there are none.
	pub fn intersection(self, other: &Fields) -> Option<Fields> {
		match (self, other) {
			(fields, Fields::All) => Some(fields),
			(Fields::All, fields) => Some(fields.clone()),
			(Fields::Only(mut left), Fields::Only(right)) => {
				left.retain(|number| right.contains(number));
				(!left.is_empty()).then_some(Fields::Only(left))
			},
		}
	}
}

/// The basis of a permitted access.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
	/// The requester is the patient.
	Own,
	/// The requester is a custodian of the patient.
	Custodian,
	/// These permissions match.
	Grants(Vec<GrantId>),
	/// The requester declared an emergency.
	Emergency,
}

/// The reason of a denied access.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyReason {
	/// The relationship, the record or the requester does not exist. [`decide`] never returns this
	/// reason; its callers do, before they call it.
	NotFound,
	/// The requester is suspended or retired.
	RequesterNotActive,
	/// The relationship is not active.
	RelationshipNotActive,
	/// The record is withheld.
	Withheld,
	/// A denial by the patient matches.
	Denied,
	/// No permission matches.
	NotPermitted,
}

/// The result of [`decide`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
	/// Access is permitted.
	Permit {
		/// The readable fields.
		fields: Fields,
		/// The earliest end of the grants or the emergency on which the access is based, `None` if
		/// none of them ends. A revocation, or a denial that begins later, ends the access before:
		/// a caller decides anew for each request.
		until: Option<Moment>,
		/// The basis.
		by: Basis,
	},
	/// Access is denied.
	Deny {
		/// The reason.
		reason: DenyReason,
	},
}

impl Decision {
	/// Whether access is permitted.
	pub fn is_permit(&self) -> bool {
		matches!(self, Decision::Permit { .. })
	}
}

/// The fields of `record` that `scope` covers, `None` if it covers none. Without a `category`, as for
/// a record that is not stored, a scope by category covers none.
pub fn covers(scope: &Scope, record: &RecordId, category: Option<Category>) -> Option<Fields> {
	match scope {
		Scope::All => Some(Fields::All),
		Scope::Category(covered) => (Some(*covered) == category).then_some(Fields::All),
		Scope::Records(records) => records.contains(record).then_some(Fields::All),
		Scope::Fields { record: id, fields } => (id == record && !fields.is_empty())
			.then(|| Fields::Only(fields.iter().copied().collect())),
	}
}

fn matches_requester(grantee: &Grantee, requester: &Requester) -> bool {
	match grantee {
		Grantee::Subject(subject) => *subject == requester.subject,
		Grantee::Group(group) => requester.groups.contains(group),
	}
}

/// The earlier of two ends, where `None` is no end.
pub fn earliest(left: Option<Moment>, right: Option<Moment>) -> Option<Moment> {
	[left, right].into_iter().flatten().min()
}

/// Decides whether `requester` may read `record` for `purpose` at `now`.
///
/// `grants` are grants of the relationship. Those for other grantees are ignored, so that a caller
/// may pass all. `emergency` is a declared one within the patient's policy, for any declarer.
pub fn decide<'a>(
	now: Moment,
	requester: &Requester,
	purpose: Purpose,
	record: &Record,
	relationship: &RelationshipView,
	grants: impl IntoIterator<Item = (GrantId, &'a Grant)>,
	emergency: Option<&Emergency>,
) -> Decision {
	let deny = |reason| Decision::Deny { reason };
	let own = requester.subject == relationship.patient;
	let for_patient = own || requester.custodian;

	if !requester.active {
		return deny(DenyReason::RequesterNotActive);
	}
	match relationship.state {
		RelationshipState::Active => {},
		RelationshipState::Terminated if for_patient => {},
		_ => return deny(DenyReason::RelationshipNotActive),
	}
	if record.release == Release::Withheld {
		return deny(DenyReason::Withheld);
	}
	if for_patient {
		let by = if own { Basis::Own } else { Basis::Custodian };
		return Decision::Permit { fields: Fields::All, until: None, by };
	}

	let covered = |scope| covers(scope, &record.id, Some(record.category));
	let (mut fields, mut until) = (Fields::Only(BTreeSet::new()), None);
	let mut by = Vec::new();
	for (id, grant) in grants {
		if !matches_requester(&grant.grantee, requester) || !grant.is_in_force(now) {
			continue;
		}
		match (grant.effect, covered(&grant.scope)) {
			(Effect::Deny, Some(_)) => return deny(DenyReason::Denied),
			(Effect::Permit, Some(more)) if grant.purposes.contains(&purpose) => {
				by.push(id);
				fields = fields.union(more);
				until = earliest(until, grant.expires_at);
			},
			_ => {},
		}
	}
	if !by.is_empty() {
		return Decision::Permit { fields, until, by: Basis::Grants(by) };
	}

	let declared = emergency.filter(|it| it.declarer == requester.subject && now < it.until);
	match declared.and_then(|it| Some((covered(&it.scope)?, it.until))) {
		None => deny(DenyReason::NotPermitted),
		Some((fields, until)) => {
			Decision::Permit { fields, until: Some(until), by: Basis::Emergency }
		},
	}
}
