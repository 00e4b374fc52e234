//! What the miner tells of itself.

use super::Settings;
use medrec_primitives::{identity::SubjectId, Moment};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How mining goes. The worker and the search threads write it, anybody may read it.
#[derive(Debug, Default)]
pub struct Status {
	hashes: AtomicU64,
	builds: AtomicU64,
	found: AtomicU64,
	stale: AtomicU64,
	failed: AtomicU64,
	state: Mutex<State>,
}

/// Why a nonce that was found made no best block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MissReason {
	/// Another block was first.
	Late,
	/// The import refused the block.
	Refused,
	/// The keystore did not sign the seal.
	Unsigned,
}

/// What changes as mining goes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct State {
	/// How the node was told to mine; none if it was not.
	pub settings: Option<Settings>,
	/// Whether threads have something to search for.
	pub mining: bool,
	/// As whom it mines; none if the keystore has no active miner's key.
	pub miner: Option<SubjectId>,
	/// The first time that a block of the miner on the best block may have.
	pub eligible_at: Option<Moment>,
	/// How many hashes it does a second.
	pub rate: f64,
}

impl Status {
	/// The node begins to mine.
	pub fn begin(&self, settings: Settings) {
		self.state.lock().settings = Some(settings);
	}

	/// So many more nonces were tried.
	pub fn hashed(&self, nonces: u64) {
		self.hashes.fetch_add(nonces, Ordering::Relaxed);
	}

	/// A block was built.
	pub fn built(&self) {
		self.builds.fetch_add(1, Ordering::Relaxed);
	}

	/// A nonce was found.
	pub fn found(&self) {
		self.found.fetch_add(1, Ordering::Relaxed);
	}

	/// A nonce that was found made no best block.
	pub fn lost(&self, why: MissReason) {
		let counter = match why {
			MissReason::Late => &self.stale,
			MissReason::Refused | MissReason::Unsigned => &self.failed,
		};
		counter.fetch_add(1, Ordering::Relaxed);
	}

	/// Changes the state.
	pub fn update(&self, change: impl FnOnce(&mut State)) {
		change(&mut self.state.lock());
	}

	/// The state now.
	pub fn state(&self) -> State {
		*self.state.lock()
	}

	/// How many nonces were tried.
	pub fn hashes(&self) -> u64 {
		self.hashes.load(Ordering::Relaxed)
	}

	/// How many blocks were built.
	pub fn builds(&self) -> u64 {
		self.builds.load(Ordering::Relaxed)
	}

	/// How many nonces were found.
	pub fn finds(&self) -> u64 {
		self.found.load(Ordering::Relaxed)
	}

	/// How many of them were too late.
	pub fn stales(&self) -> u64 {
		self.stale.load(Ordering::Relaxed)
	}

	/// How many of them were in time, and were refused or not signed.
	pub fn failures(&self) -> u64 {
		self.failed.load(Ordering::Relaxed)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn only_what_was_too_late_is_stale() {
		let status = Status::default();
		for why in [MissReason::Late, MissReason::Refused, MissReason::Unsigned] {
			status.found();
			status.lost(why);
		}
		assert_eq!((status.finds(), status.stales(), status.failures()), (3, 1, 2));
	}
}
