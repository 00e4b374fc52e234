use super::{ReceiptHash, SignedReceipt};
use medrec_primitives::{relationship::RelationshipId, summary::LogRoot, Moment, H256};
use serde::{Deserialize, Serialize};

/// The answer to `GET /v1/log/head`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogHead {
	/// How many receipts the log holds.
	pub size: u64,
	/// The root over all of them.
	pub root: LogRoot,
	/// The last head that is on the chain.
	pub anchored: Option<AnchoredHead>,
}

/// A head of the log that is on the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnchoredHead {
	/// How many receipts it covers.
	pub size: u64,
	/// The root over them.
	pub root: LogRoot,
	/// When it was anchored, in Unix milliseconds.
	pub at: Moment,
}

/// The query of `GET /v1/log/proof`: either `sequence` and `size`, for the proof that a receipt is
/// in the tree over `size` receipts, or `from` and `to`, for the proof that the tree over `from`
/// receipts is a prefix of the one over `to`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProofQuery {
	/// The receipt to prove.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub sequence: Option<u64>,
	/// In the tree over so many.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub size: Option<u64>,
	/// The smaller tree.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub from: Option<u64>,
	/// The larger tree.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub to: Option<u64>,
}

/// The proof that a receipt is in the log (see [`medrec_primitives::merkle::verify`]).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InclusionProof {
	/// The hash of the receipt (see [`crate::receipt::leaf`]).
	pub leaf: ReceiptHash,
	/// The hashes beside the way to the root, from left to right.
	#[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
	pub proof: Vec<H256>,
}

/// The proof that one log is a prefix of another
/// (see [`medrec_primitives::merkle::verify_consistency`]).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsistencyProof {
	/// The hashes.
	#[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
	pub proof: Vec<H256>,
}

/// The query of `GET /v1/log/receipts`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiptsQuery {
	/// Of which relationship.
	pub relationship: RelationshipId,
	/// Those after this sequence number; from the first one on if left out.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub after: Option<u64>,
}

/// A page of receipts, in the order of their sequence numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptsPage {
	/// The receipts.
	pub receipts: Vec<SignedReceipt>,
	/// What to give as `after` for the next page; none if this is the last.
	pub next: Option<u64>,
}
