//! The bodies of requests and answers: JSON in snake case, with identifiers and hashes as `0x` and
//! hexadecimal digits, and times in Unix milliseconds.

mod catalogue;
mod error;
mod log;
mod query;

use medrec_primitives::{bounty::BountyId, bytes32, relationship::RelationshipId};

pub use catalogue::{CatalogueCategory, CatalogueResponse, CatalogueTemplate};
pub use error::{ErrorBody, ErrorCode, ErrorEnvelope};
pub use log::{
	AnchoredHead, ConsistencyProof, InclusionProof, LogHead, LoggedReceipt, ProofQuery,
	ReceiptsPage, ReceiptsQuery, MAX_RECEIPTS,
};
pub use query::{
	Aggregate, AggregateRules, Answer, AnswerField, AnswerTemplate, BlockRef, Cell,
	CollectResponse, Outcome, QueryRequest, QueryResponse, Receipt, Sealed, SignedReceipt,
	Statistic,
};

bytes32! {
	/// The hash of a signed request (see [`crate::receipt::request_hash`]).
	RequestHash;

	/// The hash of a signed receipt, which is its leaf in the access log (see
	/// [`crate::receipt::receipt_hash`]).
	ReceiptHash;
}

/// The label of the signature in `Signature-Input` and `Signature`.
pub const SIGNATURE_LABEL: &str = "medrec";

/// The `tag` parameter of every signature.
pub const SIGNATURE_TAG: &str = "medrec-v1";

/// The header that holds the delegation of a session: `<base64 text>.<hex signature>`.
pub const SESSION_HEADER: &str = "medrec-session";

/// The path of queries, by POST.
pub const PATH_QUERY: &str = "/v1/query";

/// The path of the head of the access log, by GET.
pub const PATH_LOG_HEAD: &str = "/v1/log/head";

/// The path of inclusion and consistency proofs, by GET.
pub const PATH_LOG_PROOF: &str = "/v1/log/proof";

/// The path of the requester's receipts, by a signed GET.
pub const PATH_LOG_RECEIPTS: &str = "/v1/log/receipts";

/// The path of the catalogue of a relationship, by a signed GET.
pub fn path_catalogue(relationship: RelationshipId) -> String {
	format!("/v1/relationships/{relationship}/catalogue")
}

/// The path of the aggregate of a bounty, by a signed POST.
pub fn path_collect(bounty: BountyId) -> String {
	format!("/v1/bounties/{bounty}/collect")
}

/// Bytes as text in base64.
mod base64_bytes {
	use base64::{engine::general_purpose::STANDARD, Engine};
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
		serializer.serialize_str(&STANDARD.encode(bytes))
	}

	pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
		let text = String::deserialize(deserializer)?;
		STANDARD.decode(text).map_err(D::Error::custom)
	}
}
