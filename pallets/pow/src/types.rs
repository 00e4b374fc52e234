//! Stored types and the rules of consensus.

use core::fmt;
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
	/// A genesis has a target time, a floor, and a difficulty at or above the floor.
	Genesis,
	/// A block has an author.
	AuthorMissing,
	/// A block has one pre-runtime digest, of whatever engine.
	AuthorTwice,
	/// The pre-runtime digest has the engine ID of proof of work.
	AuthorForeign,
	/// The pre-runtime digest holds a `SubjectId` in SCALE and nothing else.
	AuthorMalformed,
	/// The author is an active miner.
	AuthorNotMiner,
	/// The author keeps the spacing.
	TooSoon,
	/// A block has a time.
	TimeMissing,
}

impl fmt::Display for Rule {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Rule::Genesis => "the genesis has no target time or a difficulty below its floor",
			Rule::AuthorMissing => "the block names no author",
			Rule::AuthorTwice => "the block has more than one pre-runtime digest",
			Rule::AuthorForeign => "the block's pre-runtime digest is another engine's",
			Rule::AuthorMalformed => "the block's author is not a subject",
			Rule::AuthorNotMiner => "the block's author is not an active miner",
			Rule::TooSoon => "the block's author mined too recently",
			Rule::TimeMissing => "the block has no time",
		})
	}
}
