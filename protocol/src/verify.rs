//! The verification of answers and receipts.
//!
//! A verified answer proves that its fields are those of the record with the commitment on the chain,
//! under the names of the template on the chain, and that its receipt was signed by the gatekeeper in
//! the profile of the provider. [`Proven`] holds what is proven, and nothing else; [`Answer::until`] is
//! not proven. The functions are pure: the caller reads the chain, and the result is as trustworthy as
//! the node that it reads.

use crate::{
	receipt::{is_signed_by, receipt_hash},
	template::template_hash,
	wire::{Answer, BlockRef, Outcome, QueryRequest, RequestHash, SignedReceipt},
};
use medrec_primitives::{
	commitment::{self, canonical_json, ShownField},
	identity::SubjectId,
	merkle::{self, ProofError},
	record::{Commitment, FieldNumber, RecordId, RecordPointer, Release, TemplateHash},
	relationship::{Purpose, RelationshipId},
	summary::LogRoot,
	AccountId, Moment, H256,
};
use serde::{Deserialize, Serialize};

/// The reason why an answer or a receipt is not valid.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VerifyError {
	/// The answer is about another relationship or record.
	#[error("the answer is about another record than the requested one")]
	WrongRecord,
	/// The answer has another version of the record than the chain.
	#[error("the answer has version {given} of the record, and the chain has version {expected}")]
	WrongVersion {
		/// The version of the answer.
		given: u32,
		/// The version on the chain.
		expected: u32,
	},
	/// The answer has another commitment than the chain.
	#[error("the commitment of the answer differs from the one on the chain")]
	WrongCommitment,
	/// The answer has another template than the chain.
	#[error("the template of the answer differs from the one on the chain")]
	WrongTemplate,
	/// The record is withheld on the chain.
	#[error("the record is withheld on the chain, so no answer to it is valid")]
	Withheld,
	/// The answer has no fields.
	#[error("the answer has no fields")]
	NoFields,
	/// A field has another name than in the template, or is not in it.
	#[error("field {0} has another name in the template")]
	WrongField(FieldNumber),
	/// A field was not requested.
	#[error("field {0} was not requested")]
	NotRequested(FieldNumber),
	/// A requested field is missing.
	#[error("field {0} was requested and is missing")]
	FieldMissing(FieldNumber),
	/// A value has no canonical JSON.
	#[error("the value of field {0} has no canonical JSON")]
	NotCanonical(FieldNumber),
	/// The proof does not lead to the commitment: a value, a name or a salt differs.
	#[error("the record does not match its commitment on the chain: {0}")]
	Proof(ProofError),
	/// The receipt is not signed by the provider's gatekeeper.
	#[error("the receipt is not signed by the provider's gatekeeper")]
	ReceiptUnsigned,
	/// The receipt differs from the request or the answer in this respect.
	#[error("the receipt and the request differ in {0}")]
	ReceiptMismatch(&'static str),
	/// The receipt is not in the log, or the log is not an extension of the earlier one.
	#[error("the proof of the access log is not valid: {0}")]
	Log(ProofError),
}

/// What a verified answer and its receipt prove.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proven {
	/// By the commitment on the chain.
	pub content: ProvenContent,
	/// By the signature of the provider's gatekeeper.
	pub request: ProvenRequest,
}

/// The content of a record, as the commitment on the chain proves it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProvenContent {
	/// The relationship of the record.
	pub relationship: RelationshipId,
	/// The record.
	pub record: RecordId,
	/// The version of the record.
	pub version: u32,
	/// The commitment of this version.
	pub commitment: Commitment,
	/// The template, whose hash covers the names, titles, units and number of the fields.
	pub template: TemplateHash,
	/// The disclosed fields, whose values are in the answer.
	pub fields: Vec<ProvenField>,
	/// The number of fields of the record, disclosed or not.
	pub field_count: u16,
}

/// A field whose name and value are proven.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProvenField {
	/// Its number.
	pub number: FieldNumber,
	/// Its name.
	pub name: String,
}

/// A request and its outcome, as the gatekeeper signed them. Whether the receipt is in the anchored log is
/// a question for [`check_inclusion`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProvenRequest {
	/// The subject that sent the request.
	pub requester: SubjectId,
	/// The stated purpose.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub purpose: Purpose,
	/// The time of the decision by the gatekeeper's clock, in Unix milliseconds.
	pub at: Moment,
	/// The outcome.
	#[cfg_attr(feature = "openapi", schema(value_type = String))]
	pub decision: Outcome,
	/// The final block at whose state the access was decided.
	pub decided_at: BlockRef,
	/// The gatekeeper.
	pub gatekeeper: SubjectId,
	/// The position of the receipt in the gatekeeper's log.
	pub sequence: u64,
}

/// Checks an answer and its receipt: [`check_answer`], [`check_receipt`] and [`check_receipt_of_answer`].
pub fn check_reply(
	answer: &Answer,
	receipt: &SignedReceipt,
	on_chain: &RecordPointer,
	expected: &ReceiptExpectations<'_>,
) -> Result<Proven, VerifyError> {
	check_answer(expected.request, answer, on_chain)?;
	check_receipt(receipt, expected)?;
	check_receipt_of_answer(receipt, answer)?;
	let field_count = answer.template.public.field_count().ok_or(VerifyError::WrongTemplate)?;
	let proven = answer.fields.iter();
	let proven = proven.map(|field| ProvenField { number: field.number, name: field.name.clone() });
	let receipt = &receipt.receipt;
	Ok(Proven {
		content: ProvenContent {
			relationship: answer.relationship,
			record: answer.record,
			version: on_chain.version,
			commitment: on_chain.commitment,
			template: on_chain.pointer.template,
			fields: proven.collect(),
			field_count,
		},
		request: ProvenRequest {
			requester: receipt.requester,
			purpose: receipt.purpose,
			at: receipt.at,
			decision: receipt.decision,
			decided_at: receipt.decided_at,
			gatekeeper: receipt.gatekeeper,
			sequence: receipt.sequence,
		},
	})
}

/// Checks that `answer` answers `request` with the record `on_chain`.
pub fn check_answer(
	request: &QueryRequest,
	answer: &Answer,
	on_chain: &RecordPointer,
) -> Result<(), VerifyError> {
	if (answer.relationship, answer.record) != (request.relationship, request.record) {
		return Err(VerifyError::WrongRecord);
	}
	if answer.version != on_chain.version {
		let (given, expected) = (answer.version, on_chain.version);
		return Err(VerifyError::WrongVersion { given, expected });
	}
	if answer.commitment != on_chain.commitment {
		return Err(VerifyError::WrongCommitment);
	}
	if on_chain.release == Release::Withheld {
		return Err(VerifyError::Withheld);
	}
	let template = &answer.template;
	if template_hash(&template.public, template.private) != on_chain.pointer.template {
		return Err(VerifyError::WrongTemplate);
	}
	check_requested(request, answer)?;
	check_proof(answer)
}

fn check_requested(request: &QueryRequest, answer: &Answer) -> Result<(), VerifyError> {
	if answer.fields.is_empty() {
		return Err(VerifyError::NoFields);
	}
	let Some(requested) = &request.fields else { return Ok(()) };
	let shown = |number: FieldNumber| answer.fields.iter().any(|field| field.number == number);
	if let Some(other) = answer.fields.iter().find(|field| !requested.contains(&field.number)) {
		return Err(VerifyError::NotRequested(other.number));
	}
	match requested.iter().find(|number| !shown(**number)) {
		Some(missing) => Err(VerifyError::FieldMissing(*missing)),
		None => Ok(()),
	}
}

/// Checks that the fields of `answer` have the names of its template and prove its commitment. Whether
/// the chain has that template and commitment is checked by [`check_answer`].
pub fn check_proof(answer: &Answer) -> Result<(), VerifyError> {
	let template = &answer.template.public;
	let mut canonical = Vec::with_capacity(answer.fields.len());
	for field in &answer.fields {
		let number = field.number;
		if template.field(number).is_none_or(|spec| spec.name != field.name) {
			return Err(VerifyError::WrongField(number));
		}
		canonical.push(canonical_json(&field.value).ok_or(VerifyError::NotCanonical(number))?);
	}
	let shown: Vec<ShownField<'_>> = answer
		.fields
		.iter()
		.zip(&canonical)
		.map(|(field, canonical)| ShownField {
			number: field.number,
			name: &field.name,
			salt: field.salt,
			canonical,
		})
		.collect();
	let count = template.field_count().ok_or(VerifyError::WrongTemplate)?;
	commitment::verify(&answer.commitment, count, &shown, &answer.proof).map_err(VerifyError::Proof)
}

/// The expected content of a receipt.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptExpectations<'a> {
	/// The request.
	pub request: &'a QueryRequest,
	/// The hash of the signed request.
	pub request_hash: RequestHash,
	/// The subject that sent the request.
	pub requester: SubjectId,
	/// The gatekeeper in the profile of the provider.
	pub gatekeeper: SubjectId,
	/// The account of the gatekeeper.
	pub account: &'a AccountId,
}

/// Checks that a receipt belongs to this request and is signed by this gatekeeper.
pub fn check_receipt(
	signed: &SignedReceipt,
	expected: &ReceiptExpectations<'_>,
) -> Result<(), VerifyError> {
	let receipt = &signed.receipt;
	let request = expected.request;
	check_equal([
		(receipt.request == expected.request_hash, "the hash of the request"),
		(receipt.requester == expected.requester, "the requester"),
		(receipt.relationship == request.relationship, "the relationship"),
		(receipt.record == request.record, "the record"),
		(receipt.purpose == request.purpose, "the purpose"),
		(receipt.gatekeeper == expected.gatekeeper, "the gatekeeper"),
	])?;
	match is_signed_by(signed, expected.account) {
		true => Ok(()),
		false => Err(VerifyError::ReceiptUnsigned),
	}
}

/// Checks that a receipt records this answer: a permit, with these fields at this block.
pub fn check_receipt_of_answer(signed: &SignedReceipt, answer: &Answer) -> Result<(), VerifyError> {
	let receipt = &signed.receipt;
	let fields = answer.fields.iter().map(|field| &field.number);
	check_equal([
		(receipt.decision == Outcome::Permit, "the decision"),
		(receipt.fields.iter().eq(fields), "the fields"),
		(receipt.decided_at == answer.decided_at, "the block of the decision"),
	])
}

fn check_equal<const N: usize>(checks: [(bool, &'static str); N]) -> Result<(), VerifyError> {
	match checks.into_iter().find(|(is_equal, _)| !is_equal) {
		Some((_, what)) => Err(VerifyError::ReceiptMismatch(what)),
		None => Ok(()),
	}
}

/// Checks that a receipt is in the log of `size` receipts with this `root`.
pub fn check_inclusion(
	signed: &SignedReceipt,
	size: u64,
	root: LogRoot,
	proof: &[H256],
) -> Result<(), VerifyError> {
	let proven = [(signed.receipt.sequence, H256(receipt_hash(signed).0))];
	merkle::verify(&H256(root.0), size, &proven, proof).map_err(VerifyError::Log)
}

/// Checks that the log `earlier` is a prefix of the log `later`, each a pair of size and root.
pub fn check_consistency(
	earlier: (u64, LogRoot),
	later: (u64, LogRoot),
	proof: &[H256],
) -> Result<(), VerifyError> {
	let (earlier_root, later_root) = (H256(earlier.1 .0), H256(later.1 .0));
	merkle::verify_consistency(earlier.0, &earlier_root, later.0, &later_root, proof)
		.map_err(VerifyError::Log)
}
