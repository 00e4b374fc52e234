//! Stored types and the rules of consensus.

use medrec_primitives::{
	work::{Difficulty, U256},
	Moment,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::ConsensusEngineId;

/// The engine ID of proof of work in digests.
pub const POW_ENGINE_ID: ConsensusEngineId = *b"pow_";

/// The parameters of a chain, which its genesis sets and nothing changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Parameters {
	/// The target time between blocks, in milliseconds.
	pub target_block_time: Moment,
	/// The minimum difficulty.
	pub minimum_difficulty: Difficulty,
}

impl Default for Parameters {
	/// A target of ten seconds, and a minimum difficulty that any machine meets at once.
	fn default() -> Self {
		Parameters { target_block_time: 10_000, minimum_difficulty: U256::from(1_000) }
	}
}

/// A rule of consensus. A block that breaks one is invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Rule {
	/// A genesis has a target time, a floor, and a difficulty at or above the floor.
	#[error("the genesis has no target time or a difficulty below its floor")]
	Genesis,
	/// A block has an author.
	#[error("the block names no author")]
	AuthorMissing,
	/// A block has one pre-runtime digest, of any engine.
	#[error("the block has more than one pre-runtime digest")]
	AuthorTwice,
	/// The pre-runtime digest has the engine ID of proof of work.
	#[error("the block's pre-runtime digest is another engine's")]
	AuthorForeign,
	/// The pre-runtime digest holds a `SubjectId` in SCALE and nothing else.
	#[error("the block's author is not a subject")]
	AuthorMalformed,
	/// The author is an active miner.
	#[error("the block's author is not an active miner")]
	AuthorNotMiner,
	/// The author keeps the spacing.
	#[error("the block's author mined too recently")]
	TooSoon,
	/// A block has a time.
	#[error("the block has no time")]
	TimeMissing,
}
