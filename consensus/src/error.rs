//! Why a seal is refused.

use medrec_primitives::work::Difficulty;

/// Why a block's seal is refused. Each variant is one rule, save for [`Error::Runtime`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A seal is a [`Seal`](crate::Seal) in SCALE, and nothing more.
	#[error("the seal is malformed")]
	SealMalformed,
	/// The work in a seal is that of its nonce.
	#[error("the work in the seal is not that of its nonce")]
	WrongWork,
	/// The work meets the difficulty.
	#[error("the work in the seal does not meet the difficulty of {0}")]
	TooLittleWork(Difficulty),
	/// The signature is by the key in the seal.
	#[error("the seal is not signed by its key")]
	WrongSignature,
	/// A header names its author in a pre-runtime digest.
	#[error("the header names no author")]
	AuthorMissing,
	/// The author is a subject in SCALE, and nothing more.
	#[error("the author is not a subject")]
	AuthorMalformed,
	/// The author is an active miner at the parent.
	#[error("the author is not an active miner")]
	AuthorNotMiner,
	/// The key in a seal is the author's at the parent.
	#[error("the seal is not by its author's key")]
	WrongKey,
	/// The author may mine some block after the parent.
	#[error("the author may not mine after the parent")]
	NotEligible,
	/// The runtime at the parent could not be asked. This says nothing about the seal.
	#[error("the runtime at the parent does not answer: {0}")]
	Runtime(#[from] sp_api::ApiError),
}
