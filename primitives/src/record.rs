//! Records: pointers into a provider's database, with a commitment to their content.

use crate::{identity::SubjectId, Moment};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::{ConstU32, H256};
use sp_runtime::BoundedVec;

/// A record within a relationship, chosen by whoever posts it.
pub type RecordId = H256;

/// The position of a field in its template's field list.
pub type FieldNumber = u16;

/// The root of a Merkle tree over a record's fields (see [`crate::commitment`]).
pub type Commitment = H256;

/// The longest handle, in bytes.
pub const MAX_HANDLE: u32 = 128;

/// Where a record is found: the hash of a query template in the gatekeeper's catalogue, and an
/// opaque handle that the template's query takes. No query text is on the chain.
#[derive(
	Clone, Debug, Eq, PartialEq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Pointer {
	/// The hash of the template.
	pub template: H256,
	/// What the template's query is asked for.
	pub handle: BoundedVec<u8, ConstU32<MAX_HANDLE>>,
}

/// Whether a record's content may be shown.
#[derive(
	Clone,
	Copy,
	Debug,
	Eq,
	PartialEq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
	/// To those the decision permits.
	Released,
	/// To nobody: the record is visible as existing, with its commitment, and nothing else
	/// (psychotherapy notes).
	Withheld,
}

/// A record as the chain holds it.
#[derive(
	Clone, Debug, Eq, PartialEq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct RecordPointer {
	/// Who posted it: the provider, or the patient for a note of their own.
	pub author: SubjectId,
	/// Where it is found.
	pub pointer: Pointer,
	/// What it is committed to.
	pub commitment: Commitment,
	/// 1 when posted, one more with each amendment.
	pub version: u32,
	/// A code whose meaning stays in the provider's catalogue.
	pub category: u16,
	/// Whether its content may be shown.
	pub release: Release,
	/// When this version was posted.
	pub posted_at: Moment,
}
