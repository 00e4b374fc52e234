//! What the pallet stores, and the rules of consensus it holds blocks to.

use core::fmt;
use medrec_primitives::{
	work::{Difficulty, U256},
	Moment,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::ConsensusEngineId;

/// The engine of proof of work in digests.
pub const POW_ENGINE_ID: ConsensusEngineId = *b"pow_";

/// What the genesis fixes for the life of a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Parameters {
	/// The time between blocks that is aimed at, in milliseconds.
	pub target_block_time: Moment,
	/// The difficulty below which none falls.
	pub minimum_difficulty: Difficulty,
}

impl Default for Parameters {
	/// Ten seconds, which suits a consortium, and a floor that any machine meets at once.
	fn default() -> Self {
		Parameters { target_block_time: 10_000, minimum_difficulty: U256::from(1_000) }
	}
}

/// A rule of consensus. A block that breaks one is invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
	/// A genesis has a target time, and a difficulty that is not below its floor.
	Genesis,
	/// A block names its author.
	AuthorMissing,
	/// A block has one pre-runtime digest, of whatever engine.
	AuthorTwice,
	/// That digest is of the engine of proof of work.
	AuthorForeign,
	/// The author is a subject in SCALE, and nothing more.
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
