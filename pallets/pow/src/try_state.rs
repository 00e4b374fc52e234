//! What always holds of the pallet's storage.

use crate::pallet::{Anchor, Config, CurrentDifficulty, LastMined, LastTime, Pallet, Parameters};
use alloc::collections::BTreeSet;
use frame_support::ensure;
use sp_runtime::{traits::UniqueSaturatedInto, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// 1. There is a target time, and a floor.
	/// 2. The difficulty is not below the floor.
	/// 3. The anchor is of no later block than this one, and its target no easier than the floor
	///    allows.
	/// 4. There is an anchor exactly if somebody mined; and a last time only then.
	/// 5. Nobody mined a later block than this one, nor block 0, and no block was mined by two.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let parameters = Parameters::<T>::get();
		ensure!(parameters.target_block_time > 0, "there is no target time");
		ensure!(!parameters.minimum_difficulty.is_zero(), "there is no floor");
		ensure!(
			CurrentDifficulty::<T>::get() >= parameters.minimum_difficulty,
			"the difficulty is below the floor"
		);

		let now: u64 = frame_system::Pallet::<T>::block_number().unique_saturated_into();
		let anchor = Anchor::<T>::get();
		if let Some(anchor) = anchor {
			ensure!(anchor.height <= now, "the anchor is of a later block");
			ensure!(anchor.target <= Self::schedule().limit, "the anchor is below the floor");
		}
		let mut blocks = BTreeSet::new();
		for (_, block) in LastMined::<T>::iter() {
			let block: u64 = block.unique_saturated_into();
			ensure!(block > 0 && block <= now, "somebody mined a block that is not there");
			ensure!(blocks.insert(block), "two miners mined one block");
		}
		ensure!(anchor.is_none() == blocks.is_empty(), "the anchor is not of a mined block");
		ensure!(anchor.is_some() || LastTime::<T>::get() == 0, "there is a time without a block");
		Ok(())
	}
}
