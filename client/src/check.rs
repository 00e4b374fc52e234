//! The verification of answers against the chain.

use crate::{
	chain::{self, At, Chain},
	http::{GatekeeperClient, GatekeeperError},
};
use medrec_primitives::{identity::SubjectId, record::RecordPointer, summary::LogAnchor};
use medrec_protocol::{
	verify::{check_inclusion, check_reply, Proven, ReceiptExpectations, VerifyError},
	wire::{AnchoredHead, Answer, QueryRequest, RequestHash, SignedReceipt},
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
	/// The gatekeeper gave no proof.
	#[error(transparent)]
	Gatekeeper(#[from] GatekeeperError),
}

/// A verified answer, as the chain holds its record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checked {
	/// The provider that keeps the record.
	pub provider: SubjectId,
	/// The record on the chain.
	pub record: RecordPointer,
	/// What is proven. All else in the answer is the gatekeeper's word, [`Answer::until`] among it.
	pub proven: Proven,
}

/// Verifies an answer and its receipt by [`check_reply`], with the state of the block of the decision,
/// which must be final.
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

	let expected = ReceiptExpectations {
		request,
		request_hash,
		requester,
		gatekeeper: device,
		account: &account,
	};
	let proven = check_reply(answer, receipt, &record, &expected)?;
	Ok(Checked { provider, record, proven })
}

/// Verifies that a receipt is in the access log of `provider` as of its last anchor at `at`, by a proof of
/// `gatekeeper`. Returns that anchor, and none if no anchor covers the receipt yet.
pub async fn check_anchored(
	at: At<'_>,
	gatekeeper: &GatekeeperClient,
	provider: SubjectId,
	receipt: &SignedReceipt,
) -> Result<Option<AnchoredHead>, CheckError> {
	let sequence = receipt.receipt.sequence;
	let anchors = at.anchors(provider).await?;
	let Some(&(_, LogAnchor { size, root, at })) =
		anchors.last().filter(|(_, anchor)| sequence < anchor.size)
	else {
		return Ok(None);
	};
	let proof = gatekeeper.inclusion_proof(sequence, size).await?.proof;
	check_inclusion(receipt, size, root, &proof)?;
	Ok(Some(AnchoredHead { size, root, at }))
}
