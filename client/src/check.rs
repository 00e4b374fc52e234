//! Checking answers against the chain.

use crate::chain::{self, Chain};
use medrec_primitives::{identity::SubjectId, record::RecordPointer};
use medrec_protocol::{
	verify::{
		check_answer, check_receipt, check_receipt_of_answer, ReceiptExpectations, VerifyError,
	},
	wire::{Answer, BlockRef, QueryRequest, RequestHash, SignedReceipt},
};

/// Why an answer could not be checked against the chain, or did not stand.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
	/// It does not stand.
	#[error(transparent)]
	Verify(#[from] VerifyError),
	/// The chain did not tell.
	#[error(transparent)]
	Chain(#[from] chain::Error),
	/// It was decided at a block that is not final.
	#[error("the answer was decided at a block that is not final on this node's chain")]
	NotFinal,
	/// The chain has no such record.
	#[error("the chain has no such record")]
	RecordNotFound,
	/// The provider's profile names no gatekeeper.
	#[error("the provider's profile names no gatekeeper")]
	NoGatekeeper,
}

/// What the chain says of an answer that stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checked {
	/// Who keeps the record.
	pub provider: SubjectId,
	/// The record as the chain holds it.
	pub record: RecordPointer,
}

/// Checks an answer and its receipt, as [`check_answer`], [`check_receipt`] and
/// [`check_receipt_of_answer`], against the chain at the block at which it was decided, which must
/// be final.
pub async fn check_on_chain(
	chain: &Chain,
	request: &QueryRequest,
	request_hash: RequestHash,
	requester: SubjectId,
	answer: &Answer,
	receipt: &SignedReceipt,
) -> Result<Checked, CheckError> {
	check_final(chain, answer.decided_at).await?;
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

async fn check_final(chain: &Chain, block: BlockRef) -> Result<(), CheckError> {
	let is_final = chain.finalized().await?.number >= block.number
		&& chain.hash_of(block.number).await? == Some(block.hash);
	match is_final {
		true => Ok(()),
		false => Err(CheckError::NotFinal),
	}
}
