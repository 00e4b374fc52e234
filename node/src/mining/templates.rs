//! Remembers the last few builds, so that a nonce found for one that was just replaced counts.

use std::collections::VecDeque;

/// The last few builds on one parent, by their pre-hash.
///
/// All are built on the same parent: when that is no longer the best block, none of them is worth
/// anything.
pub struct RecentTemplates<Hash, BlockTemplate> {
	parent: Option<Hash>,
	kept: VecDeque<(Hash, BlockTemplate)>,
	most: usize,
}

impl<Hash: Copy + Eq, BlockTemplate> RecentTemplates<Hash, BlockTemplate> {
	/// Remembers at most `most` builds.
	pub fn new(most: usize) -> Self {
		Self { parent: None, kept: VecDeque::with_capacity(most), most }
	}

	/// Adds a build. One on another parent than those kept replaces them all; beyond the most that
	/// are kept, the oldest goes.
	pub fn keep(&mut self, parent: Hash, pre_hash: Hash, build: BlockTemplate) {
		self.follow(parent);
		self.parent = Some(parent);
		self.kept.retain(|(kept, _)| *kept != pre_hash);
		self.kept.push_back((pre_hash, build));
		while self.kept.len() > self.most {
			self.kept.pop_front();
		}
	}

	/// Forgets what is not built on `best`.
	pub fn follow(&mut self, best: Hash) {
		if self.parent != Some(best) {
			self.clear();
		}
	}

	/// Takes the build with this pre-hash, and forgets the others: a parent needs one child.
	pub fn take(&mut self, pre_hash: Hash) -> Option<BlockTemplate> {
		let place = self.kept.iter().position(|(kept, _)| *kept == pre_hash)?;
		let (_, build) = self.kept.remove(place)?;
		self.clear();
		Some(build)
	}

	/// Forgets everything.
	pub fn clear(&mut self) {
		self.parent = None;
		self.kept.clear();
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_nonce_for_a_replaced_build_still_counts() {
		let mut builds = RecentTemplates::new(3);
		builds.keep(1, 10, "first");
		builds.keep(1, 11, "second");
		assert_eq!(builds.take(10), Some("first"));
	}

	#[test]
	fn one_parent_gets_one_block() {
		let mut builds = RecentTemplates::new(3);
		builds.keep(1, 10, "first");
		builds.keep(1, 11, "second");
		assert_eq!(builds.take(11), Some("second"));
		assert_eq!(builds.take(10), None);
	}

	#[test]
	fn the_oldest_build_is_forgotten_first() {
		let mut builds = RecentTemplates::new(2);
		for pre_hash in [10, 11, 12] {
			builds.keep(1, pre_hash, pre_hash);
		}
		assert_eq!(builds.take(10), None);
		assert_eq!(builds.take(11), Some(11));
	}

	#[test]
	fn another_parent_makes_the_builds_worthless() {
		let mut builds = RecentTemplates::new(3);
		builds.keep(1, 10, "old");
		builds.keep(2, 20, "new");
		assert_eq!(builds.take(10), None);
		builds.follow(2);
		assert_eq!(builds.take(20), Some("new"));
		builds.keep(2, 21, "newer");
		builds.follow(3);
		assert_eq!(builds.take(21), None);
	}

	#[test]
	fn the_same_build_is_kept_once() {
		let mut builds = RecentTemplates::new(2);
		builds.keep(1, 10, "first");
		builds.keep(1, 11, "second");
		builds.keep(1, 11, "again");
		assert_eq!(builds.take(10), Some("first"));
	}
}
