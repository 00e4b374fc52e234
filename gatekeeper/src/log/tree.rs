//! The Merkle tree of [`medrec_primitives::merkle`] with the roots of all perfect subtrees kept: the
//! cost of a proof grows with the square of the tree's height, and not with its size.

use medrec_primitives::{
	merkle::{node, sha3, ProofError},
	H256,
};

/// A growing Merkle tree that proves any earlier head of itself.
#[derive(Clone, Debug, Default)]
pub struct Tree {
	/// `levels[k][i]` is the root over the `2^k` leaves from `i * 2^k` on.
	levels: Vec<Vec<H256>>,
}

/// The largest power of two below `len`, which is at least 2.
fn split(len: u64) -> u64 {
	1 << (u64::BITS - 1 - (len - 1).leading_zeros())
}

impl Tree {
	/// The number of leaves.
	pub fn len(&self) -> u64 {
		self.levels.first().map_or(0, |leaves| leaves.len() as u64)
	}

	/// Appends the hash of a leaf.
	pub fn push(&mut self, leaf: H256) {
		let mut root = leaf;
		for level in 0.. {
			if level == self.levels.len() {
				self.levels.push(Vec::new());
			}
			let roots = &mut self.levels[level];
			roots.push(root);
			if roots.len() % 2 == 1 {
				return;
			}
			root = node(&roots[roots.len() - 2], &root);
		}
	}

	/// The leaf at `position`.
	pub fn leaf(&self, position: u64) -> Option<H256> {
		self.levels.first()?.get(usize::try_from(position).ok()?).copied()
	}

	/// The root over the first `size` leaves, `None` if there are fewer.
	pub fn root(&self, size: u64) -> Option<H256> {
		match size {
			0 => Some(sha3(&[])),
			_ => (size <= self.len()).then(|| self.range(0, size)),
		}
	}

	/// The proof that the leaf at `position` is in the tree over the first `size`, as
	/// [`medrec_primitives::merkle::verify`] takes it.
	pub fn prove(&self, position: u64, size: u64) -> Result<Vec<H256>, ProofError> {
		if position >= size || size > self.len() {
			return Err(ProofError::OutOfRange);
		}
		let (mut start, mut len) = (0, size);
		// Siblings left of the leaf come from the outside in, those right of it from the inside out.
		let (mut before, mut after) = (Vec::new(), Vec::new());
		while len > 1 {
			let middle = split(len);
			if position < start + middle {
				after.push(self.range(start + middle, len - middle));
				len = middle;
			} else {
				before.push(self.range(start, middle));
				start += middle;
				len -= middle;
			}
		}
		before.extend(after.into_iter().rev());
		Ok(before)
	}

	/// The proof that the tree over the first `from` leaves is a prefix of the one over the first
	/// `to`, as [`medrec_primitives::merkle::verify_consistency`] takes it.
	pub fn prove_consistency(&self, from: u64, to: u64) -> Result<Vec<H256>, ProofError> {
		if from == 0 || from > to || to > self.len() {
			return Err(ProofError::OutOfRange);
		}
		let (mut start, mut earlier, mut len, mut known) = (0, from, to, true);
		let mut siblings = Vec::new();
		while earlier < len {
			let middle = split(len);
			if earlier <= middle {
				siblings.push(self.range(start + middle, len - middle));
				len = middle;
			} else {
				siblings.push(self.range(start, middle));
				start += middle;
				earlier -= middle;
				len -= middle;
				known = false;
			}
		}
		if !known {
			siblings.push(self.range(start, len));
		}
		siblings.reverse();
		Ok(siblings)
	}

	/// The root over `len` leaves from `start` on. `start` must be a multiple of the smallest power
	/// of two that is not below `len`, which holds for every subtree that a split leads to.
	fn range(&self, start: u64, len: u64) -> H256 {
		if len.is_power_of_two() {
			let level = len.trailing_zeros();
			return self.levels[level as usize][(start >> level) as usize];
		}
		let middle = split(len);
		node(&self.range(start, middle), &self.range(start + middle, len - middle))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::merkle;

	fn grown(len: u64) -> (Tree, Vec<H256>) {
		let leaves: Vec<H256> = (0..len).map(|at| merkle::leaf(&at.to_le_bytes())).collect();
		let mut tree = Tree::default();
		leaves.iter().for_each(|leaf| tree.push(*leaf));
		(tree, leaves)
	}

	#[test]
	fn every_root_equals_that_of_the_plain_tree() {
		let (tree, leaves) = grown(70);
		assert_eq!(tree.len(), 70);
		for size in 0..=70 {
			assert_eq!(tree.root(size), Some(merkle::root(&leaves[..size as usize])), "{size}");
		}
		assert_eq!(tree.root(71), None);
		assert_eq!(tree.leaf(69), leaves.last().copied());
		assert_eq!(tree.leaf(70), None);
	}

	#[test]
	fn proofs_equal_those_of_the_plain_tree() {
		let (tree, leaves) = grown(37);
		for size in 1..=37u64 {
			let part = &leaves[..size as usize];
			for position in 0..size {
				let proof = merkle::prove(part, &[position]);
				assert_eq!(tree.prove(position, size), proof, "{position} in {size}");
			}
			for from in 1..=size {
				let proof = merkle::prove_consistency(part, from);
				assert_eq!(tree.prove_consistency(from, size), proof, "{from} to {size}");
			}
		}
	}

	#[test]
	fn positions_outside_the_tree_are_out_of_range() {
		let (tree, _) = grown(5);
		for (position, size) in [(5, 5), (0, 6), (0, 0), (u64::MAX, u64::MAX)] {
			assert_eq!(tree.prove(position, size), Err(ProofError::OutOfRange));
		}
		for (from, to) in [(0, 5), (3, 2), (1, 6)] {
			assert_eq!(tree.prove_consistency(from, to), Err(ProofError::OutOfRange));
		}
		assert_eq!(Tree::default().len(), 0);
	}
}
