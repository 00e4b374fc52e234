//! The search for a nonce.

use medrec_primitives::{
	work::{target_of, Difficulty},
	H256,
};
use sha3::{Digest, Sha3_256};
use std::ops::Range;

/// An implementation of the search.
pub trait Search: Send + Sync {
	/// The first of `nonces` whose work for the header with this pre-hash meets `difficulty`, and its
	/// work. Blocks until a nonce is found or all are tried, so callers choose short ranges.
	fn search(
		&self,
		pre_hash: &H256,
		difficulty: Difficulty,
		nonces: Range<u64>,
	) -> Option<(u64, H256)>;
}

/// Tries one nonce after another on one core.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScalarSearch;

impl Search for ScalarSearch {
	fn search(
		&self,
		pre_hash: &H256,
		difficulty: Difficulty,
		nonces: Range<u64>,
	) -> Option<(u64, H256)> {
		if difficulty.is_zero() {
			return None;
		}
		// Work is a big-endian number, so its bytes compare like the number.
		let target = target_of(difficulty).to_big_endian();
		let prefix = Sha3_256::new_with_prefix(pre_hash);
		nonces.into_iter().find_map(|nonce| {
			let work: [u8; 32] = prefix.clone().chain_update(nonce.to_le_bytes()).finalize().into();
			(work <= target).then_some((nonce, H256(work)))
		})
	}
}
