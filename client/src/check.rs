//! The verification of answers against the chain.

use crate::chain::{self, Chain};
use medrec_primitives::{identity::SubjectId, record::RecordPointer};
use medrec_protocol::{
	verify::{
		check_answer, check_receipt, check_receipt_of_answer, ReceiptExpectations, VerifyError,
	},
	wire::{Answer, QueryRequest, RequestHash, SignedReceipt},
};

/// An error of verifying an answer against the chain.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
	/// The answer or its receipt is not valid.
	#[error(transparent)]
	Verify(#[from] VerifyError),
	/// The chain could not be read.
	#[error(transparent)]
	Chain(#[from] chain::Error),
	/// The block of the decision is not final.
	#[error("the block of the decision is not final on this node's chain")]
	NotFinal,
	/// The chain has no such record at the block of the decision.
	#[error("the chain has no such record")]
	RecordNotFound,
	/// The profile of the provider names no gatekeeper.
	#[error("the profile of the provider names no gatekeeper")]
	NoGatekeeper,
}

/// A verified answer, as the chain holds its record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checked {
	/// The provider that keeps the record.
	pub provider: SubjectId,
	/// The record on the chain.
	pub record: RecordPointer,
}

/// Verifies an answer and its receipt by [`check_answer`], [`check_receipt`] and
/// [`check_receipt_of_answer`], with the state of the block of the decision, which must be final.
pub async fn check_on_chain(
	chain: &Chain,
	request: &QueryRequest,
	request_hash: RequestHash,
	requester: SubjectId,
	answer: &Answer,
	receipt: &SignedReceipt,
) -> Result<Checked, CheckError> {
	let last_final = chain.finalized().await?;
	if !chain.is_final(answer.decided_at, last_final.number).await? {
		return Err(CheckError::NotFinal);
	}
	let at = chain.at(answer.decided_at.hash);
	let (relationship, record) = (request.relationship, request.record);
	let provider = at.relationship(relationship).await?.ok_or(CheckError::RecordNotFound)?.provider;
	let record = at.record(relationship, record).await?.ok_or(CheckError::RecordNotFound)?;
	let profile = at.profile(provider).await?;
	let gatekeeper = profile.and_then(|profile| profile.gatekeeper);
	let device = gatekeeper.ok_or(CheckError::NoGatekeeper)?.device;
	let account = at.subject(device).await?.ok_or(CheckError::NoGatekeeper)?.account;

	check_answer(request, answer, &record)?;
	let expected = ReceiptExpectations {
		request,
		request_hash,
		requester,
		gatekeeper: device,
		account: &account,
	};
	check_receipt(receipt, &expected)?;
	check_receipt_of_answer(receipt, answer)?;
	Ok(Checked { provider, record })
}
