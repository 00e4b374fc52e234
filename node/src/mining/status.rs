//! The state of the miner, as the RPC and the metrics report it.

use medrec_primitives::{identity::SubjectId, work::Difficulty, Moment};
use parking_lot::Mutex;
use serde::Serialize;
use std::sync::Arc;

/// The status, as the worker and the search threads write it and the RPC and the metrics read it.
pub type SharedStatus = Arc<Mutex<MinerStatus>>;

/// The state of the miner, and its counters since the node started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MinerStatus {
	/// Whether the search threads have a job.
	pub mining: bool,
	/// The miner, `None` if the node does not mine or holds no active miner's key.
	pub miner: Option<SubjectId>,
	/// The number of search threads, zero if the node does not mine.
	pub threads: usize,
	/// The duty cycle of each search thread, in percent of a core.
	pub duty: u8,
	/// Hashes per second, averaged over some seconds.
	pub hashrate: f64,
	/// The earliest timestamp of the miner's next block after the best one, in Unix milliseconds.
	pub eligible_at: Option<Moment>,
	/// Templates that were built.
	pub builds: u64,
	/// Nonces that were found.
	pub found: u64,
	/// Nonces that were found too late.
	pub stale: u64,
	/// Nonces that were found in time and made no block.
	pub failed: u64,
	/// Nonces that were tried.
	#[serde(skip)]
	pub hashes: u64,
	/// The difficulty of the block after the best one, read before each build.
	#[serde(skip)]
	pub difficulty: Difficulty,
}

/// The reason why a nonce that was found did not make the best block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MissReason {
	/// Another block came first.
	Late,
	/// The import rejected the block.
	Rejected,
	/// The keystore did not sign the seal.
	Unsigned,
}

impl MinerStatus {
	/// Counts a nonce that did not make the best block.
	pub fn missed(&mut self, reason: MissReason) {
		match reason {
			MissReason::Late => self.stale += 1,
			MissReason::Rejected | MissReason::Unsigned => self.failed += 1,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn only_a_late_nonce_is_stale() {
		let mut status = MinerStatus::default();
		for reason in [MissReason::Late, MissReason::Rejected, MissReason::Unsigned] {
			status.found += 1;
			status.missed(reason);
		}
		assert_eq!((status.found, status.stale, status.failed), (3, 1, 2));
	}
}
