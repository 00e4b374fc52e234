//! Records: pointers into a provider's database, with a commitment to their content.

use crate::{bytes32, identity::SubjectId, Moment};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

bytes32! {
	/// A record within a relationship, chosen by its author.
	RecordId;

	/// The hash of a query template, over its public and its private part.
	TemplateHash;

	/// The root of a Merkle tree over a record's fields (see [`crate::commitment`]).
	Commitment;
}

/// The code of a category of records. Its meaning stays in the provider's catalogue.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Category(pub u16);

impl core::fmt::Display for Category {
	fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		self.0.fmt(formatter)
	}
}

/// The position of a field in its template's field list.
pub type FieldNumber = u16;

/// The longest handle, in bytes.
pub const MAX_HANDLE: u32 = 128;

/// Where a record is found: the hash of a query template in the gatekeeper's catalogue, and an
/// opaque handle that the template's query takes. No query text is on the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Pointer {
	/// The hash of the template.
	pub template: TemplateHash,
	/// What the template's query is asked for.
	pub handle: BoundedVec<u8, ConstU32<MAX_HANDLE>>,
}

/// Whether a record's content may be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
	/// To those the decision permits.
	Released,
	/// To nobody: the record is visible as existing, with its commitment, and nothing else
	/// (psychotherapy notes).
	Withheld,
}

/// One version of a record as its author posts it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Posting {
	/// The commitment to the content.
	pub commitment: Commitment,
	/// Where the record is found.
	pub pointer: Pointer,
	/// The category.
	pub category: Category,
	/// Whether the content may be shown.
	pub release: Release,
}

/// A record as the chain holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct RecordPointer {
	/// Who posted it: the provider, or the patient for a note of their own.
	pub author: SubjectId,
	/// Where it is found.
	pub pointer: Pointer,
	/// What it is committed to.
	pub commitment: Commitment,
	/// 1 when posted, one more with each amendment.
	pub version: u32,
	/// The category under which it was posted.
	pub category: Category,
	/// Whether its content may be shown.
	pub release: Release,
	/// When this version was posted.
	pub posted_at: Moment,
}
