//! Relationships between patients and providers, and the grants of patients in them.

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
	/// The ID of a relationship, in which one provider keeps records for one patient.
	RelationshipId;

	/// The ID of a grant, a permission or a denial.
	GrantId;

	/// The ID of a group of subjects. The chain has no groups yet.
	GroupId;
}

/// The maximum number of records in a [`Scope`].
pub const MAX_SCOPE_RECORDS: u32 = 64;

/// The maximum number of fields in a [`Scope`].
pub const MAX_SCOPE_FIELDS: u32 = 64;

/// The maximum number of categories in a [`ResearchConsent`].
pub const MAX_CONSENT_CATEGORIES: u32 = 64;

/// The state of a relationship.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationshipState {
	/// The provider proposed the relationship; the patient has not answered.
	Proposed,
	/// The patient accepted. Records may be posted.
	Active,
	/// The patient declined the proposal.
	Declined,
	/// One of the parties ended the relationship. Its records are readable to the patient only.
	Terminated,
}

/// The patient's consent to aggregates over the records of a relationship.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum ResearchConsent {
	/// No record may count.
	#[default]
	None,
	/// Records of these categories may count.
	Categories(BoundedBTreeSet<Category, ConstU32<MAX_CONSENT_CATEGORIES>>),
}

impl ResearchConsent {
	/// Whether records of `category` may count in aggregates.
	pub fn covers(&self, category: Category) -> bool {
		match self {
			ResearchConsent::None => false,
			ResearchConsent::Categories(categories) => categories.contains(&category),
		}
	}
}

/// A relationship as the ppr pallet stores it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Relationship {
	/// The patient.
	pub patient: SubjectId,
	/// The provider that keeps the records.
	pub provider: SubjectId,
	/// The state.
	pub state: RelationshipState,
	/// The time of the last change of state.
	pub since: Moment,
	/// The consent to research.
	pub research: ResearchConsent,
	/// The number of stored records of the provider.
	pub records: u32,
	/// The number of stored notes of the patient.
	pub notes: u32,
	/// The number of stored grants, including expired ones.
	pub grants: u32,
}

/// The purpose of a request, by the codes of HL7 v3 ActReason.
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

	/// The HL7 code, such as `TREAT`.
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

	/// The purpose with this HL7 code, in upper or lower case.
	pub fn from_code(code: &str) -> Option<Purpose> {
		Purpose::ALL.into_iter().find(|purpose| purpose.code().eq_ignore_ascii_case(code))
	}
}

/// A set of purposes; at most all eight.
pub type Purposes = BoundedBTreeSet<Purpose, ConstU32<8>>;

/// The records that a grant covers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Scope {
	/// All records of the relationship, including later ones.
	All,
	/// All records of one category, including later ones.
	Category(Category),
	/// These records, with all their fields.
	Records(BoundedBTreeSet<RecordId, ConstU32<MAX_SCOPE_RECORDS>>),
	/// Some fields of one record.
	Fields {
		/// The record.
		record: RecordId,
		/// The fields.
		fields: BoundedBTreeSet<FieldNumber, ConstU32<MAX_SCOPE_FIELDS>>,
	},
}

/// The grantee of a grant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Grantee {
	/// One subject.
	Subject(SubjectId),
	/// All members of a group, while they are members.
	Group(GroupId),
}

/// The effect of a grant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
	/// A permission: the scope may be read for the purposes.
	Permit,
	/// A denial: the scope may not be read for any purpose, whatever other grants permit.
	Deny,
}

/// A permission or a denial by the patient.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Grant {
	/// The grantee.
	pub grantee: Grantee,
	/// Permission or denial.
	pub effect: Effect,
	/// The covered records.
	pub scope: Scope,
	/// The permitted purposes; empty for a denial, which covers all.
	pub purposes: Purposes,
	/// The first moment at which the grant is in force.
	pub not_before: Moment,
	/// The first moment at which the grant is no longer in force, `None` if it does not expire.
	pub expires_at: Option<Moment>,
	/// The time at which the patient gave the grant.
	pub given_at: Moment,
}

impl Grant {
	/// Whether `now` is within the period of the grant: `not_before` inclusive to `expires_at`
	/// exclusive.
	pub fn is_in_force(&self, now: Moment) -> bool {
		self.not_before <= now && self.expires_at.is_none_or(|end| now < end)
	}

	/// Whether the grant is a permission.
	pub fn is_permission(&self) -> bool {
		self.effect == Effect::Permit
	}

	/// Whether the grant is a permission for `subject`, in force or not.
	pub fn is_permission_for(&self, subject: &SubjectId) -> bool {
		self.is_permission() && self.grantee == Grantee::Subject(*subject)
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
