//! Proofs over the log of receipts, which everybody may request.

use super::{ApiError, App};
use medrec_primitives::{merkle::ProofError, H256};
use medrec_protocol::wire::{
	ConsistencyProof, ErrorCode, InclusionProof, LogHead, ProofQuery, ReceiptHash,
};
use serde::Serialize;

/// A proof over the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum LogProof {
	/// A receipt is in the log.
	Inclusion(InclusionProof),
	/// An earlier log is a prefix of a later one.
	Consistency(ConsistencyProof),
}

impl App {
	/// The head of the log, and the last anchored one.
	pub async fn log_head(&self) -> Result<LogHead, ApiError> {
		self.services.log.catch_up().await?;
		let (size, root) = self.services.log.head();
		let anchored = self.services.state.anchored().await?;
		Ok(LogHead { size, root, anchored })
	}

	/// The proof that `query` asks for.
	pub async fn log_proof(&self, query: ProofQuery) -> Result<LogProof, ApiError> {
		self.services.log.catch_up().await?;
		let log = &self.services.log;
		match query {
			ProofQuery { sequence: Some(sequence), size: Some(size), from: None, to: None } => {
				let (leaf, proof) = self.prove(sequence, size)?;
				Ok(LogProof::Inclusion(InclusionProof { leaf, proof }))
			},
			ProofQuery { sequence: None, size: None, from: Some(from), to: Some(to) } => {
				let proof = log.prove_consistency(from, to).map_err(outside)?;
				Ok(LogProof::Consistency(ConsistencyProof { proof }))
			},
			_ => Err(ApiError::with(
				ErrorCode::MalformedRequest,
				"give sequence and size, or from and to",
			)),
		}
	}

	/// The hash of receipt `sequence`, and the proof that it is in the log of `size` receipts.
	pub(super) fn prove(
		&self,
		sequence: u64,
		size: u64,
	) -> Result<(ReceiptHash, Vec<H256>), ApiError> {
		self.services.log.prove(sequence, size).map_err(outside)
	}
}

fn outside(_: ProofError) -> ApiError {
	ApiError::with(ErrorCode::NotFound, "the log has fewer receipts")
}
