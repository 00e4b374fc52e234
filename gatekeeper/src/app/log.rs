//! The log proves itself to everybody.

use super::{App, ApiError};
use medrec_protocol::wire::{AnchoredHead, ErrorCode, LogHead, ProofQuery};
use medrec_primitives::H256;

/// One of two proofs.
#[derive(Clone, Debug, PartialEq)]
pub enum LogProof {
	/// That a receipt is in the log.
	Inclusion {
		/// The hash of the receipt.
		leaf: H256,
		/// The proof.
		proof: Vec<H256>,
	},
	/// That one log is a prefix of another.
	Consistency {
		/// The proof.
		proof: Vec<H256>,
	},
}

impl App {
	/// The head of the log, and the last one that is anchored.
	pub async fn log_head(&self) -> Result<LogHead, ApiError> {
		self.parts.log.catch_up().await?;
		let (size, root) = self.parts.log.head();
		let anchored = self.parts.state.anchored().await?.and_then(|anchor| {
			Some(AnchoredHead { size: anchor.size, root: anchor.root, at: anchor.at? })
		});
		Ok(LogHead { size, root, anchored })
	}

	/// A proof over the log.
	pub async fn log_proof(&self, query: ProofQuery) -> Result<LogProof, ApiError> {
		self.parts.log.catch_up().await?;
		let log = &self.parts.log;
		let outside = |_| ApiError::with(ErrorCode::NotFound, "the log does not reach so far");
		match query {
			ProofQuery { sequence: Some(sequence), size: Some(size), from: None, to: None } => {
				let (leaf, proof) = log.prove(sequence, size).map_err(outside)?;
				Ok(LogProof::Inclusion { leaf, proof })
			},
			ProofQuery { sequence: None, size: None, from: Some(from), to: Some(to) } => {
				let proof = log.prove_consistency(from, to).map_err(outside)?;
				Ok(LogProof::Consistency { proof })
			},
			_ => Err(ApiError::with(
				ErrorCode::MalformedRequest,
				"give either sequence and size, or from and to",
			)),
		}
	}
}
