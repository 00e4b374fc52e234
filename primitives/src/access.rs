//! The access decision. One function, [`decide`], is called by the runtime API, the gatekeeper,
//! the previews of clients and the tests. There is no second copy of the rule.
//!
//! The rule, in order:
//!
//! 1. A requester that is not active, or a relationship that is not, is denied. A terminated
//!    relationship stays readable to the patient and their custodians.
//! 2. A withheld record is served to nobody.
//! 3. The patient and their custodians are permitted the whole record.
//! 4. Any refusal in force that matches the requester and touches the record denies, whatever
//!    else permits.
//! 5. The union of the fields of all matching permits in force, for this purpose, is permitted.
//! 6. An emergency that the patient's policy allows permits that policy's scope.
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

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Requester<'a> {
	/// Their subject.
	pub subject: SubjectId,
	/// Whether the registrar lists it as active.
	pub active: bool,
	/// The groups it is in.
	pub groups: &'a [GroupId],
	/// Whether it is a custodian of the patient with power to read.
	pub custodian: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Record {
	/// The record.
	pub id: RecordId,
	/// Its category.
	pub category: Category,
	/// Whether its content may be shown.
	pub release: Release,
}

/// In which relationship.
#[derive(Clone, Copy, Debug)]
pub struct RelationshipView {
	/// Whose records these are.
	pub patient: SubjectId,
	/// Where the relationship is in its life.
	pub state: RelationshipState,
}

/// A declared emergency that lies within the patient's policy.
#[derive(Clone, Debug)]
pub struct Emergency {
	/// Who declared it.
	pub declarer: SubjectId,
	/// What the patient's policy opens.
	pub scope: Scope,
	/// The first moment at which it no longer does.
	pub until: Moment,
}

/// Fields of one record.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fields {
	/// Every field.
	All,
	/// The numbered ones, and at least one.
	Only(BTreeSet<FieldNumber>),
}

impl Fields {
	/// Whether field `number` is among them.
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
}

/// On what ground access is permitted.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
	/// The record is the requester's own.
	Own,
	/// The requester is a custodian of the patient.
	Custodian,
	/// By these grants.
	Grants(Vec<GrantId>),
	/// By an emergency.
	Emergency,
}

/// Why access is denied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyReason {
	/// The chain holds no such relationship, record or requester. [`decide`] never says this; those
	/// who look its facts up do.
	NotFound,
	/// The requester is suspended or retired.
	RequesterNotActive,
	/// The relationship is not active.
	RelationshipNotActive,
	/// The record's content is shown to nobody.
	Withheld,
	/// The patient refuses this requester.
	Denied,
	/// Nothing permits it.
	NotPermitted,
}

/// What [`decide`] answers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
	/// Access is permitted.
	Permit {
		/// To these fields.
		fields: Fields,
		/// The earliest end of what it rests on; none where time alone does not end it. A refusal
		/// that begins later ends it earlier, as a revocation would, so nobody may keep a decision
		/// until then in place of asking again.
		until: Option<Moment>,
		/// On this ground.
		by: Basis,
	},
	/// Access is denied.
	Deny {
		/// For this reason.
		reason: DenyReason,
	},
}

impl Decision {
	/// Whether access is permitted.
	pub fn is_permit(&self) -> bool {
		matches!(self, Decision::Permit { .. })
	}
}

/// The fields of `record` that `scope` covers, if any.
fn covered(scope: &Scope, record: &Record) -> Option<Fields> {
	match scope {
		Scope::All => Some(Fields::All),
		Scope::Category(category) => (*category == record.category).then_some(Fields::All),
		Scope::Records(records) => records.contains(&record.id).then_some(Fields::All),
		Scope::Fields { record: id, fields } => (*id == record.id && !fields.is_empty())
			.then(|| Fields::Only(fields.iter().copied().collect())),
	}
}

fn matches_requester(grantee: &Grantee, requester: &Requester) -> bool {
	match grantee {
		Grantee::Subject(subject) => *subject == requester.subject,
		Grantee::Group(group) => requester.groups.contains(group),
	}
}

fn earlier(left: Option<Moment>, right: Option<Moment>) -> Option<Moment> {
	match (left, right) {
		(Some(left), Some(right)) => Some(left.min(right)),
		(one, other) => one.or(other),
	}
}

/// Decides whether `requester` may see `record` for `purpose` at `now`.
///
/// `grants` are those of the relationship; ones for other grantees are passed over. `emergency` is
/// one that the chain holds as declared and within the patient's policy. The function is pure:
/// the same arguments give the same answer wherever it runs.
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

	let mut permitted: Option<(Fields, Option<Moment>, Vec<GrantId>)> = None;
	for (id, grant) in grants {
		if !matches_requester(&grant.grantee, requester) || !grant.in_force(now) {
			continue;
		}
		let Some(fields) = covered(&grant.scope, record) else { continue };
		match grant.effect {
			Effect::Deny => return deny(DenyReason::Denied),
			Effect::Permit if !grant.purposes.contains(&purpose) => {},
			Effect::Permit => {
				permitted = Some(match permitted {
					None => (fields, grant.expires_at, alloc::vec![id]),
					Some((sum, until, mut by)) => {
						by.push(id);
						(sum.union(fields), earlier(until, grant.expires_at), by)
					},
				});
			},
		}
	}
	if let Some((fields, until, by)) = permitted {
		return Decision::Permit { fields, until, by: Basis::Grants(by) };
	}

	if let Some(emergency) = emergency {
		if emergency.declarer == requester.subject && now < emergency.until {
			if let Some(fields) = covered(&emergency.scope, record) {
				return Decision::Permit {
					fields,
					until: Some(emergency.until),
					by: Basis::Emergency,
				};
			}
		}
	}
	deny(DenyReason::NotPermitted)
}
