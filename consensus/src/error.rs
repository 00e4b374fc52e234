//! Errors of the verification of seals.

use medrec_primitives::work::Difficulty;

/// An error of the verification of a seal. Each variant but [`Error::Runtime`] is one violated rule.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The seal must be exactly one [`Seal`](crate::Seal) in SCALE.
	#[error("the seal is malformed")]
	SealMalformed,
	/// The work in the seal must be the work of its nonce.
	#[error("the work in the seal is not that of its nonce")]
	WrongWork,
	/// The work must meet the difficulty.
	#[error("the work in the seal does not meet the difficulty of {0}")]
	TooLittleWork(Difficulty),
	/// The signature must be by the key in the seal.
	#[error("the seal is not signed by its key")]
	WrongSignature,
	/// The header must name its author in a pre-runtime digest.
	#[error("the header names no author")]
	AuthorMissing,
	/// The author must be exactly one subject ID in SCALE.
	#[error("the author is not a subject ID")]
	AuthorMalformed,
	/// The author must be an active miner at the parent block.
	#[error("the author is not an active miner")]
	AuthorNotMiner,
	/// The key in the seal must be the author's mining key at the parent block.
	#[error("the key in the seal is not its author's")]
	WrongKey,
	/// The author must be eligible to mine after the parent block.
	#[error("the author is not eligible to mine after the parent")]
	NotEligible,
	/// A runtime call at the parent block failed. The validity of the seal is unknown.
	#[error("the runtime call at the parent failed: {0}")]
	Runtime(#[from] sp_api::ApiError),
}
