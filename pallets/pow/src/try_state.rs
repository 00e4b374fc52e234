//! The invariants of the storage.

use crate::*;
use alloc::collections::BTreeSet;
use frame_support::ensure;
use sp_runtime::{traits::UniqueSaturatedInto, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Checks the invariants of the pallet.
	///
	/// 1. The target block time and the floor are not zero.
	/// 2. The difficulty is not below the floor.
	/// 3. The height of the anchor is at most that of the current block, and its target is not easier
	///    than the floor allows.
	/// 4. An anchor exists if and only if a block was mined. Without one, the last time is zero.
	/// 5. The last blocks of miners are between 1 and the current block, and no two are equal.
	pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
		let parameters = Parameters::<T>::get();
		ensure!(parameters.target_block_time > 0, "the target block time is zero");
		ensure!(!parameters.minimum_difficulty.is_zero(), "the minimum difficulty is zero");
		let difficulty = CurrentDifficulty::<T>::get();
		ensure!(difficulty >= parameters.minimum_difficulty, "the difficulty is below the floor");

		let now: u64 = frame_system::Pallet::<T>::block_number().unique_saturated_into();
		let anchor = Anchor::<T>::get();
		if let Some(anchor) = anchor {
			ensure!(anchor.height <= now, "the anchor is a later block");
			ensure!(anchor.target <= Self::schedule().limit, "the anchor is below the floor");
		}
		let mut blocks = BTreeSet::new();
		for (_, block) in LastMined::<T>::iter() {
			let block: u64 = block.unique_saturated_into();
			ensure!(block > 0 && block <= now, "the last block of a miner does not exist");
			ensure!(blocks.insert(block), "two miners mined the same block");
		}
		let fits = anchor.is_none() == blocks.is_empty();
		ensure!(fits, "the anchor does not match the mined blocks");
		ensure!(anchor.is_some() || LastTime::<T>::get() == 0, "a time without a block is stored");
		Ok(())
	}
}
