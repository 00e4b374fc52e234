//! Relationships between patients and providers, and the grants that patients give in them.

use crate::{
	bytes32,
	identity::SubjectId,
	record::{Category, FieldNumber, RecordId},
	Moment,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::ConstU32;
use sp_runtime::BoundedBTreeSet;

bytes32! {
	/// One provider keeps records for one patient.
	RelationshipId;

	/// A permission or a denial by the patient.
	GrantId;

	/// Several subjects that a provider names together.
	GroupId;
}

/// How many records one scope may name.
pub const MAX_SCOPE_RECORDS: u32 = 64;

/// How many fields one scope may name.
pub const MAX_SCOPE_FIELDS: u32 = 64;

/// How many categories a research consent may name.
pub const MAX_CONSENT_CATEGORIES: u32 = 64;

/// Where a relationship is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationshipState {
	/// The provider asks; the patient has not answered.
	Proposed,
	/// Both agree.
	Active,
	/// The patient said no.
	Declined,
	/// It ended. Its records stay readable to the patient, and nobody else.
	Terminated,
}

/// Which of a patient's records may count in aggregates.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum ResearchConsent {
	/// None.
	#[default]
	None,
	/// Those of the named categories.
	Categories(BoundedBTreeSet<Category, ConstU32<MAX_CONSENT_CATEGORIES>>),
}

impl ResearchConsent {
	/// Whether records of `category` may count.
	pub fn covers(&self, category: Category) -> bool {
		match self {
			ResearchConsent::None => false,
			ResearchConsent::Categories(categories) => categories.contains(&category),
		}
	}
}

/// A relationship as the chain holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Relationship {
	/// Whose records these are.
	pub patient: SubjectId,
	/// Who keeps them.
	pub provider: SubjectId,
	/// Where it is in its life.
	pub state: RelationshipState,
	/// When it came to be in that state.
	pub since: Moment,
	/// Which records may count in aggregates.
	pub research: ResearchConsent,
	/// How many records the provider posted.
	pub records: u32,
	/// How many notes the patient posted.
	pub notes: u32,
	/// How many grants are stored.
	pub grants: u32,
}

/// Why somebody asks, by the codes of HL7 v3 ActReason.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Purpose {
	/// TREAT: treatment.
	Treat,
	/// ETREAT: emergency treatment.
	Etreat,
	/// BTG: break the glass.
	Btg,
	/// HPAYMT: payment.
	Hpaymt,
	/// HOPERAT: operations of the provider.
	Hoperat,
	/// HRESCH: research.
	Hresch,
	/// PATRQT: the patient's own request.
	Patrqt,
	/// FAMRQT: the family's request.
	Famrqt,
}

impl Purpose {
	/// All purposes, in the order of their encoding.
	pub const ALL: [Purpose; 8] = [
		Purpose::Treat,
		Purpose::Etreat,
		Purpose::Btg,
		Purpose::Hpaymt,
		Purpose::Hoperat,
		Purpose::Hresch,
		Purpose::Patrqt,
		Purpose::Famrqt,
	];

	/// The HL7 code, as `TREAT`.
	pub fn code(self) -> &'static str {
		match self {
			Purpose::Treat => "TREAT",
			Purpose::Etreat => "ETREAT",
			Purpose::Btg => "BTG",
			Purpose::Hpaymt => "HPAYMT",
			Purpose::Hoperat => "HOPERAT",
			Purpose::Hresch => "HRESCH",
			Purpose::Patrqt => "PATRQT",
			Purpose::Famrqt => "FAMRQT",
		}
	}

	/// The purpose of an HL7 code, in either case.
	pub fn from_code(code: &str) -> Option<Purpose> {
		Purpose::ALL.into_iter().find(|purpose| purpose.code().eq_ignore_ascii_case(code))
	}
}

/// A set of purposes.
pub type Purposes = BoundedBTreeSet<Purpose, ConstU32<8>>;

/// Which records, and which fields of them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Scope {
	/// Every record of the relationship, now and later.
	All,
	/// Every record of one category, now and later.
	Category(Category),
	/// The named records, whole.
	Records(BoundedBTreeSet<RecordId, ConstU32<MAX_SCOPE_RECORDS>>),
	/// Some fields of one record.
	Fields {
		/// The record.
		record: RecordId,
		/// Positions in its template's field list.
		fields: BoundedBTreeSet<FieldNumber, ConstU32<MAX_SCOPE_FIELDS>>,
	},
}

/// To whom a grant is given.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Grantee {
	/// One subject.
	Subject(SubjectId),
	/// Everybody in a group, while they are in it.
	Group(GroupId),
}

/// Whether a grant permits or refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
	/// Permits its scope for its purposes.
	Permit,
	/// Refuses its scope for every purpose, whatever else permits.
	Deny,
}

/// The patient's permission or refusal for somebody, over some scope, for purposes, for a time.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Grant {
	/// To whom.
	pub grantee: Grantee,
	/// Whether it permits or refuses.
	pub effect: Effect,
	/// Over what.
	pub scope: Scope,
	/// For what; a refusal ignores it.
	pub purposes: Purposes,
	/// The first moment at which it is in force.
	pub not_before: Moment,
	/// The first moment at which it is no longer in force; none for as long as the relationship.
	pub expires_at: Option<Moment>,
	/// When it was given.
	pub given_at: Moment,
}

impl Grant {
	/// Whether the grant is in force at `now`.
	pub fn in_force(&self, now: Moment) -> bool {
		self.not_before <= now && self.expires_at.is_none_or(|end| now < end)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn purposes_are_found_by_their_code() {
		for purpose in Purpose::ALL {
			assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
		}
		assert_eq!(Purpose::from_code("treat"), Some(Purpose::Treat));
		assert_eq!(Purpose::from_code("MARKETING"), None);
	}
}
