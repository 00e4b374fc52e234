use super::{base64_bytes, ErrorCode, RequestHash};
use crate::template::{canonical_hash, Line, PrivateTemplateHash, PublicTemplate};
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

/// The body of `POST /v1/query`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QueryRequest {
	/// The relationship of the record.
	pub relationship: RelationshipId,
	/// The record.
	pub record: RecordId,
	/// The numbers of the requested fields; without it, all permitted ones. A request for a field that
	/// is not permitted is refused as a whole.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub fields: Option<Vec<FieldNumber>>,
	/// The purpose, as a code of HL7 ActReason.
	#[cfg_attr(feature = "openapi", schema(value_type = String, example = "TREAT"))]
	pub purpose: Purpose,
}

/// The answer to [`QueryRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "values are short-lived")]
pub enum QueryResponse {
	/// Sealed to the requester's encryption key. The plaintext is the JSON of the other variant.
	Sealed {
		/// The sealed message.
		sealed: Sealed,
	},
	/// Not sealed, for a requester without an encryption key.
	Plain {
		/// The record, or the permitted part of it.
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

/// A block, by its number and its hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockRef {
	/// The number of the block.
	pub number: BlockNumber,
	/// The hash of the block.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub hash: H256,
}

/// A record, or the permitted part of it, with its proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
	/// The relationship of the record.
	pub relationship: RelationshipId,
	/// The record.
	pub record: RecordId,
	/// The version of the record; 1 when posted.
	pub version: u32,
	/// The commitment of this version on the chain.
	pub commitment: Commitment,
	/// The template of the record.
	pub template: AnswerTemplate,
	/// The disclosed fields, in ascending order of their number.
	pub fields: Vec<AnswerField>,
	/// The Merkle proof of these fields against the commitment, from left to right.
	#[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
	pub proof: Vec<H256>,
	/// The final block at whose state the access was decided.
	pub decided_at: BlockRef,
	/// When the permissions on which the access was based end, in Unix milliseconds; none if they do not.
	/// This is information of the gatekeeper at the time of the decision: neither the commitment nor the
	/// receipt covers it, and a later denial or revocation ends the access before.
	pub until: Option<Moment>,
}

impl Answer {
	/// The readable line of the record, from the fields that were disclosed.
	pub fn line(&self) -> Line {
		self.template.public.read_line(|number| {
			let field = self.fields.iter().find(|field| field.number == number);
			field.map(|field| &field.value)
		})
	}
}

/// The two parts of a template that its hash covers.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnswerTemplate {
	/// The public part of the template.
	pub public: PublicTemplate,
	/// The hash of the private part, which does not leave the provider.
	pub private: PrivateTemplateHash,
}

/// A disclosed field of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnswerField {
	/// Its position in the template's field list.
	pub number: FieldNumber,
	/// Its name in that list.
	pub name: String,
	/// Its value, of the type that the template names.
	pub value: serde_json::Value,
	/// The salt of its leaf in the commitment.
	pub salt: FieldSalt,
}

/// The outcome of a request in its receipt: `permit`, or the code of the refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
	/// The record was served.
	Permit,
	/// The request was refused.
	#[serde(untagged)]
	Refused(ErrorCode),
}

/// The entry of a request in the access log of a gatekeeper, which the requester receives too.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
	/// The position in the log, starting at 0, without gaps.
	pub sequence: u64,
	/// The hash of the signed request: `SHA3-256(signature base || signature)`.
	pub request: RequestHash,
	/// The subject that sent the request.
	pub requester: SubjectId,
	/// The requested relationship.
	pub relationship: RelationshipId,
	/// The requested record.
	pub record: RecordId,
	/// The stated purpose.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub purpose: Purpose,
	/// The outcome.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub decision: Outcome,
	/// The numbers of the disclosed fields, ascending; empty for a refusal.
	pub fields: Vec<FieldNumber>,
	/// The final block at whose state the access was decided.
	pub decided_at: BlockRef,
	/// The time of the decision, in Unix milliseconds.
	pub at: Moment,
	/// The subject of the gatekeeper, a device.
	pub gatekeeper: SubjectId,
}

/// A receipt with the gatekeeper's signature.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedReceipt {
	/// The receipt.
	pub receipt: Receipt,
	/// The gatekeeper's signature over `medrec-receipt || JCS(receipt)`: 64 bytes.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub signature: H512,
}

/// The statistic of an aggregate.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statistic {
	/// The number of patients.
	Count,
	/// The mean of a numeric field, each patient counting once.
	Mean {
		/// The name of the field.
		field: String,
	},
}

/// The aggregate of a bounty. It is computed once and never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Aggregate {
	/// The bounty that it answers.
	pub bounty: BountyId,
	/// The dataset that it covers.
	pub dataset: DatasetId,
	/// The template of the records that it covers.
	pub template: TemplateHash,
	/// The computed statistic.
	pub statistic: Statistic,
	/// The names of the fields by which patients were grouped.
	pub group_by: Vec<String>,
	/// The cells of large enough groups.
	pub cells: Vec<Cell>,
	/// The number of suppressed cells.
	pub suppressed: u64,
	/// The final block whose consents were applied.
	pub computed_at: BlockRef,
	/// The rules of disclosure.
	pub rules: AggregateRules,
}

/// The figures of one group of patients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cell {
	/// The values of the grouping fields, in their order.
	pub group: Vec<serde_json::Value>,
	/// The number of patients, rounded as the rules say.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub count: Option<u64>,
	/// The mean over the patients.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub mean: Option<f64>,
}

/// The rules by which an aggregate protects patients.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AggregateRules {
	/// The least number of patients in a cell; smaller cells are suppressed.
	pub smallest_group: u32,
	/// The number to multiples of which counts are rounded.
	pub rounding: u32,
}

/// The answer to `POST /v1/bounties/{id}/collect`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectResponse {
	/// The collected aggregate.
	pub aggregate: Aggregate,
	/// [`Aggregate::commitment`], which equals the commitment on the chain.
	pub commitment: AnswerCommitment,
}

impl Aggregate {
	/// The SHA3-256 of the canonical JSON (RFC 8785); none if a mean is not finite.
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
