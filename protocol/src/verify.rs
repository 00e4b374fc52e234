//! Checking what a gatekeeper says, against the chain.
//!
//! An answer is believed for what it proves: that its fields are those of the record to which the
//! chain is committed, under the names of the template that the chain names, and that the receipt
//! was signed by the gatekeeper that the provider's profile names. The functions here are pure; the
//! caller asks the chain for what they need.

use crate::{
	receipt::{is_signed_by, receipt_hash},
	template::template_hash,
	wire::{Answer, Outcome, QueryRequest, RequestHash, SignedReceipt},
};
use medrec_primitives::{
	commitment::{self, canonical_json, ShownField},
	identity::SubjectId,
	merkle::{self, ProofError},
	record::{FieldNumber, RecordPointer, Release},
	summary::LogRoot,
	AccountId, H256,
};

/// Why an answer or a receipt is not to be believed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VerifyError {
	/// It is about another relationship or record than was asked for.
	#[error("the answer is about another record than was asked for")]
	WrongRecord,
	/// It is of another version than the chain's.
	#[error("the answer is of version {given}, and the chain has version {expected}")]
	WrongVersion {
		/// That of the answer.
		given: u32,
		/// That on the chain.
		expected: u32,
	},
	/// It names another commitment than the chain's.
	#[error("the answer names another commitment than the chain has")]
	WrongCommitment,
	/// Its template is not the one that the chain names.
	#[error("the answer's template is not the one that the chain names")]
	WrongTemplate,
	/// The chain says that the record is shown to nobody.
	#[error("the record is withheld, and was shown all the same")]
	Withheld,
	/// It has no fields.
	#[error("the answer has no fields")]
	NoFields,
	/// A field is not one of the template's, or not under that name.
	#[error("the field {0} is not what the template calls it")]
	WrongField(FieldNumber),
	/// A field was not asked for.
	#[error("the field {0} was not asked for")]
	NotRequested(FieldNumber),
	/// A field was asked for and is not there.
	#[error("the field {0} was asked for and is missing")]
	FieldMissing(FieldNumber),
	/// A value has no canonical form.
	#[error("the value of field {0} has no canonical form")]
	NotCanonical(FieldNumber),
	/// The proof does not lead to the commitment: a value, a name or a salt was changed.
	#[error("the record does not match its commitment on the chain: {0}")]
	Proof(ProofError),
	/// The receipt was not signed by the gatekeeper's device.
	#[error("the receipt was not signed by the provider's gatekeeper")]
	ReceiptUnsigned,
	/// The receipt says something else than the request or the answer.
	#[error("the receipt and the request differ in {0}")]
	ReceiptMismatch(&'static str),
	/// The receipt is not in the log, or the log was rewritten.
	#[error("the access log does not prove it: {0}")]
	Log(ProofError),
}

/// Checks that `answer` answers `request` and is of the record that the chain holds as `on_chain`.
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

/// Checks that the fields of `answer` are under the names of its template and prove its commitment.
/// Whether template and commitment are the chain's is not looked at; see [`check_answer`].
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

/// What a receipt must say.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptExpectations<'a> {
	/// What was asked.
	pub request: &'a QueryRequest,
	/// The hash of the signed request.
	pub request_hash: RequestHash,
	/// Who asked.
	pub requester: SubjectId,
	/// The Device subject that the provider's profile names.
	pub gatekeeper: SubjectId,
	/// The account that controls it.
	pub account: &'a AccountId,
}

/// Checks that a receipt is of this request and was signed by this gatekeeper.
pub fn check_receipt(
	signed: &SignedReceipt,
	expected: &ReceiptExpectations<'_>,
) -> Result<(), VerifyError> {
	let receipt = &signed.receipt;
	let request = expected.request;
	for (same, what) in [
		(receipt.request == expected.request_hash, "the hash of the request"),
		(receipt.requester == expected.requester, "who asked"),
		(receipt.relationship == request.relationship, "the relationship"),
		(receipt.record == request.record, "the record"),
		(receipt.purpose == request.purpose, "the purpose"),
		(receipt.gatekeeper == expected.gatekeeper, "the gatekeeper"),
	] {
		if !same {
			return Err(VerifyError::ReceiptMismatch(what));
		}
	}
	match is_signed_by(signed, expected.account) {
		true => Ok(()),
		false => Err(VerifyError::ReceiptUnsigned),
	}
}

/// Checks that a receipt tells of what was answered: that it was permitted, and these fields.
pub fn check_receipt_of_answer(signed: &SignedReceipt, answer: &Answer) -> Result<(), VerifyError> {
	let receipt = &signed.receipt;
	let fields = answer.fields.iter().map(|field| &field.number);
	for (same, what) in [
		(receipt.decision == Outcome::Permit, "the decision"),
		(receipt.fields.iter().eq(fields), "the fields"),
		(receipt.decided_at == answer.decided_at, "the block of the decision"),
	] {
		if !same {
			return Err(VerifyError::ReceiptMismatch(what));
		}
	}
	Ok(())
}

/// Checks that a receipt is in the log of `size` receipts with this `root`, as anchored on the
/// chain.
pub fn check_inclusion(
	signed: &SignedReceipt,
	size: u64,
	root: LogRoot,
	proof: &[H256],
) -> Result<(), VerifyError> {
	let proven = [(signed.receipt.sequence, H256(receipt_hash(signed).0))];
	merkle::verify(&H256(root.0), size, &proven, proof).map_err(VerifyError::Log)
}

/// Checks that a log of `earlier` receipts is a prefix of one of `later` receipts, each a pair of
/// size and root.
pub fn check_consistency(
	earlier: (u64, LogRoot),
	later: (u64, LogRoot),
	proof: &[H256],
) -> Result<(), VerifyError> {
	let (earlier_root, later_root) = (H256(earlier.1 .0), H256(later.1 .0));
	merkle::verify_consistency(earlier.0, &earlier_root, later.0, &later_root, proof)
		.map_err(VerifyError::Log)
}
