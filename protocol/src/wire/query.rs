use super::{base64_bytes, ErrorCode, RequestHash, UnknownErrorCode};
use crate::template::{canonical_hash, PrivateTemplateHash, PublicTemplate};
use medrec_primitives::{
	bounty::{AnswerCommitment, BountyId, DatasetId},
	commitment::FieldSalt,
	identity::SubjectId,
	record::{Commitment, FieldNumber, RecordId, TemplateHash},
	relationship::{Purpose, RelationshipId},
	BlockNumber, Moment, H256,
};
use serde::{Deserialize, Serialize};
use sp_core::H512;
use std::fmt;

/// The body of `POST /v1/query`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QueryRequest {
	/// In which relationship.
	pub relationship: RelationshipId,
	/// Which record.
	pub record: RecordId,
	/// Which of its fields, by number; all that are permitted if left out. Naming one that is not
	/// permitted refuses the whole request.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub fields: Option<Vec<FieldNumber>>,
	/// For what purpose, as an HL7 code.
	#[cfg_attr(feature = "openapi", schema(value_type = String, example = "TREAT"))]
	pub purpose: Purpose,
}

/// The answer to [`QueryRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "it is made and taken apart at once")]
pub enum QueryResponse {
	/// Sealed to the requester's encryption key. The plaintext is the JSON of the other variant.
	Sealed {
		/// What only the requester can open.
		sealed: Sealed,
	},
	/// In the clear, for a requester without an encryption key.
	Plain {
		/// The record.
		answer: Box<Answer>,
		/// The receipt of the request.
		receipt: SignedReceipt,
	},
}

/// A message sealed by HPKE (RFC 9180; see [`crate::seal`]).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sealed {
	/// The encapsulated key, in base64.
	#[serde(with = "base64_bytes")]
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub enc: Vec<u8>,
	/// The ciphertext, in base64.
	#[serde(with = "base64_bytes")]
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub ciphertext: Vec<u8>,
}

/// A block.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockRef {
	/// Its number.
	pub number: BlockNumber,
	/// Its hash.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub hash: H256,
}

/// A record, or as much of it as the requester may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
	/// In which relationship.
	pub relationship: RelationshipId,
	/// Which record.
	pub record: RecordId,
	/// Which version of it.
	pub version: u32,
	/// What the chain has committed to.
	pub commitment: Commitment,
	/// What the record looks like.
	pub template: AnswerTemplate,
	/// The fields, ascending by their number.
	pub fields: Vec<AnswerField>,
	/// The Merkle proof of these fields against the commitment, from left to right.
	#[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
	pub proof: Vec<H256>,
	/// The final block at which it was decided.
	pub decided_at: BlockRef,
	/// When the permission ends by itself, in Unix milliseconds; none if time alone does not end it.
	pub until: Option<Moment>,
}

/// What is needed to recompute a template's hash.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnswerTemplate {
	/// The public part.
	pub public: PublicTemplate,
	/// The hash of the private part.
	pub private: PrivateTemplateHash,
}

/// One field of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnswerField {
	/// Its position in the template's field list.
	pub number: FieldNumber,
	/// Its name there.
	pub name: String,
	/// Its value.
	pub value: serde_json::Value,
	/// The salt of its leaf: 32 bytes.
	pub salt: FieldSalt,
}

/// How a request ended, for its receipt: `permit`, or the code of the refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Outcome {
	/// The record was served.
	Permit,
	/// The request was refused.
	Refused(ErrorCode),
}

impl Outcome {
	/// The word on the wire.
	pub fn as_str(self) -> &'static str {
		match self {
			Outcome::Permit => "permit",
			Outcome::Refused(code) => code.as_str(),
		}
	}
}

impl fmt::Display for Outcome {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(self.as_str())
	}
}

impl From<Outcome> for String {
	fn from(outcome: Outcome) -> String {
		outcome.as_str().to_owned()
	}
}

impl TryFrom<String> for Outcome {
	type Error = UnknownErrorCode;

	fn try_from(word: String) -> Result<Outcome, UnknownErrorCode> {
		match word.as_str() {
			"permit" => Ok(Outcome::Permit),
			other => other.parse().map(Outcome::Refused),
		}
	}
}

/// What a gatekeeper keeps of a request, and gives to the requester.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
	/// Its position in the gatekeeper's log, without gaps from 0 on.
	pub sequence: u64,
	/// The hash of the signed request (see [`crate::receipt::request_hash`]).
	pub request: RequestHash,
	/// Who asked.
	pub requester: SubjectId,
	/// In which relationship.
	pub relationship: RelationshipId,
	/// For which record.
	pub record: RecordId,
	/// For what purpose.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub purpose: Purpose,
	/// How it ended.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub decision: Outcome,
	/// The numbers of the fields that were served, ascending; none of a refusal.
	pub fields: Vec<FieldNumber>,
	/// The final block at which it was decided.
	pub decided_at: BlockRef,
	/// When, in Unix milliseconds.
	pub at: Moment,
	/// The Device subject of the gatekeeper.
	pub gatekeeper: SubjectId,
}

/// A receipt with the gatekeeper's signature.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedReceipt {
	/// The receipt.
	pub receipt: Receipt,
	/// The gatekeeper's signature over [`crate::receipt::message`]: 64 bytes.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub signature: H512,
}

/// What an aggregate computes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statistic {
	/// How many patients.
	Count,
	/// The mean over patients of a numeric field.
	Mean {
		/// The name of the field.
		field: String,
	},
}

/// The aggregate that a bounty bought. It is computed once and never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Aggregate {
	/// For which bounty.
	pub bounty: BountyId,
	/// Over which dataset.
	pub dataset: DatasetId,
	/// Over the records of which template.
	pub template: TemplateHash,
	/// What was computed.
	pub statistic: Statistic,
	/// The names of the fields by which patients were grouped.
	pub group_by: Vec<String>,
	/// The cells that may be published.
	pub cells: Vec<Cell>,
	/// How many cells were suppressed.
	pub suppressed: u64,
	/// At which final block's consents.
	pub computed_at: BlockRef,
	/// By which rules.
	pub rules: AggregateRules,
}

/// One figure of an aggregate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cell {
	/// The values of the grouping fields, in their order.
	pub group: Vec<serde_json::Value>,
	/// How many patients, rounded.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub count: Option<u64>,
	/// The mean over patients.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub mean: Option<f64>,
}

/// How an aggregate protects patients.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AggregateRules {
	/// Cells over fewer patients are suppressed.
	pub smallest_group: u32,
	/// Counts are rounded to multiples of this.
	pub rounding: u32,
}

/// The answer to `POST /v1/bounties/{id}/collect`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectResponse {
	/// The aggregate.
	pub aggregate: Aggregate,
	/// The SHA3-256 of its canonical JSON, which equals the chain's.
	pub commitment: AnswerCommitment,
}

impl Aggregate {
	/// The SHA3-256 of the canonical JSON; none if a mean is not finite.
	pub fn commitment(&self) -> Option<AnswerCommitment> {
		canonical_hash(self).map(|hash| AnswerCommitment(hash.0))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn requests_with_unknown_members_are_refused() {
		let zero = RecordId::default();
		let good = format!(r#"{{"relationship":"{zero}","record":"{zero}","purpose":"TREAT"}}"#);
		assert!(serde_json::from_str::<QueryRequest>(&good).is_ok());
		let bad = good.replace("}", r#","sql":"SELECT 1"}"#);
		assert!(serde_json::from_str::<QueryRequest>(&bad).is_err());
		let bad = good.replace("TREAT", "treat");
		assert!(serde_json::from_str::<QueryRequest>(&bad).is_err());
	}

	#[test]
	fn outcomes_are_one_string() {
		for (outcome, word) in [
			(Outcome::Permit, "permit"),
			(Outcome::Refused(ErrorCode::NotPermitted), "not_permitted"),
		] {
			assert_eq!(serde_json::to_value(outcome).unwrap(), word);
			assert_eq!(serde_json::from_value::<Outcome>(word.into()).unwrap(), outcome);
		}
		assert!(serde_json::from_value::<Outcome>("perhaps".into()).is_err());
	}

	#[test]
	fn sealed_and_plain_answers_are_distinguished() {
		let sealed = QueryResponse::Sealed {
			sealed: Sealed { enc: vec![1, 2, 3], ciphertext: vec![255; 4] },
		};
		let json = serde_json::to_value(&sealed).unwrap();
		assert_eq!(json, serde_json::json!({"sealed": {"enc": "AQID", "ciphertext": "/////w=="}}));
		assert_eq!(serde_json::from_value::<QueryResponse>(json).unwrap(), sealed);
	}
}
