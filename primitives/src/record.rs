//! Records: pointers into the database of a provider, with a commitment to their content.

use crate::{bytes32, identity::SubjectId, Moment};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

bytes32! {
	/// The ID of a record within its relationship. Its author chooses it.
	RecordId;

	/// The hash of a query template, over its public and its private half.
	TemplateHash;

	/// The root of the Merkle tree over the fields of a record (see [`crate::commitment`]).
	Commitment;
}

/// The code of a category of records. The provider's catalogue holds its meaning.
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

/// The position of a field in the field list of its template, from 0.
pub type FieldNumber = u16;

/// The maximum length of a handle, in bytes.
pub const MAX_HANDLE: u32 = 128;

/// The place of a record in the provider's database: a query template of the gatekeeper, and the
/// handle that the query takes. The chain holds no query text.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Pointer {
	/// The query template.
	pub template: TemplateHash,
	/// The argument of the query; at most [`MAX_HANDLE`] bytes, opaque to the chain.
	pub handle: BoundedVec<u8, ConstU32<MAX_HANDLE>>,
}

/// Whether the content of a record may be served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
	/// The content is served to whom [`decide`](crate::access::decide) permits it.
	Released,
	/// The content is never served (psychotherapy notes). Existence and commitment are public.
	Withheld,
}

/// One version of a record as its author posts it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Posting {
	/// The commitment to the content.
	pub commitment: Commitment,
	/// The place of the content.
	pub pointer: Pointer,
	/// The category.
	pub category: Category,
	/// Whether the content may be served.
	pub release: Release,
}

/// A record as the ppr pallet stores it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct RecordPointer {
	/// The provider that posted the record, or the patient that posted the note.
	pub author: SubjectId,
	/// The place of the content.
	pub pointer: Pointer,
	/// The commitment to the content of this version.
	pub commitment: Commitment,
	/// 1 for the posted version, one more with each amendment.
	pub version: u32,
	/// The category of this version.
	pub category: Category,
	/// Whether the content may be served.
	pub release: Release,
	/// The time at which this version was posted.
	pub posted_at: Moment,
}
