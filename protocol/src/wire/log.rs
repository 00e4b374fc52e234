use super::{ReceiptHash, SignedReceipt};
use medrec_primitives::{relationship::RelationshipId, summary::LogRoot, Moment, H256};
use serde::{Deserialize, Serialize};

/// The answer to `GET /v1/log/head`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogHead {
	/// How many receipts the log holds.
	pub size: u64,
	/// The Merkle root over all receipts.
	pub root: LogRoot,
	/// The last head that is anchored on the chain.
	pub anchored: Option<AnchoredHead>,
}

/// A head of the log that is anchored on the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnchoredHead {
	/// How many receipts it covers.
	pub size: u64,
	/// The Merkle root over these receipts.
	pub root: LogRoot,
	/// When it was anchored, in Unix milliseconds.
	pub at: Moment,
}

/// The query of `GET /v1/log/proof`: either `sequence` and `size` for an inclusion proof, or `from` and
/// `to` for a consistency proof.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProofQuery {
	/// The sequence number of the receipt to prove.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub sequence: Option<u64>,
	/// The size of the log in which it is proven.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub size: Option<u64>,
	/// The size of the earlier log.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub from: Option<u64>,
	/// The size of the later log.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub to: Option<u64>,
}

/// The proof that a receipt is in the log (see [`medrec_primitives::merkle::verify`]).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InclusionProof {
	/// The hash of the receipt (see [`crate::receipt::receipt_hash`]).
	pub leaf: ReceiptHash,
	/// The sibling hashes on the way to the root, from left to right.
	#[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
	pub proof: Vec<H256>,
}

/// The proof that one log is a prefix of another
/// (see [`medrec_primitives::merkle::verify_consistency`]).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsistencyProof {
	/// The hashes of the subtrees, in the order in which they are verified.
	#[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
	pub proof: Vec<H256>,
}

/// The maximum number of receipts of a [`ReceiptsPage`].
pub const MAX_RECEIPTS: u32 = 100;

/// The query of `GET /v1/log/receipts`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiptsQuery {
	/// The relationship of the receipts.
	pub relationship: RelationshipId,
	/// The sequence number after which the page starts; without it, the page is the first.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub after: Option<u64>,
	/// The time of the earliest decision on the page, in Unix milliseconds of the gatekeeper's clock.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub since: Option<Moment>,
	/// The size of the log in which the receipts are proven, as of an anchor; without it, the page has no
	/// proofs.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub size: Option<u64>,
}

/// A receipt as the log holds it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedReceipt {
	/// The receipt.
	#[serde(flatten)]
	pub signed: SignedReceipt,
	/// The proof that the receipt is in the log of [`ReceiptsQuery::size`] receipts, as
	/// [`InclusionProof::proof`]; none for a receipt that this log does not hold.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	#[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
	pub proof: Option<Vec<H256>>,
}

/// A page of receipts, in the order of their sequence numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptsPage {
	/// The receipts, at most [`MAX_RECEIPTS`].
	pub receipts: Vec<LoggedReceipt>,
	/// The value of `after` for the next page; none on the last page.
	pub next: Option<u64>,
}
