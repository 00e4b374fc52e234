//! The hooks, the queries of the runtime API, and the traits for other pallets.

use crate::*;
use frame_support::{pallet_prelude::*, traits::OnTimestampSet};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{
	identity::SubjectId,
	traits::{Authorship, Miners},
	work::{difficulty_of, target_of, Difficulty, Schedule, ScheduleAnchor},
	Moment,
};
use parity_scale_codec::DecodeAll;
use sp_runtime::traits::{Saturating, UniqueSaturatedInto};

/// Makes the current block invalid if it breaks a rule.
#[allow(clippy::panic, reason = "a panic is how a runtime makes a block invalid")]
pub(crate) fn enforce(result: Result<(), Rule>) {
	if let Err(rule) = result {
		panic!("{rule}")
	}
}

impl<T: Config> Pallet<T> {
	/// The difficulty of the next block.
	pub fn difficulty() -> Difficulty {
		CurrentDifficulty::<T>::get()
	}

	/// The earliest time of a next block by this miner, `None` unless it is an active miner. Valid
	/// between blocks, after the last one has ended.
	pub fn eligible(miner: &SubjectId) -> Option<Moment> {
		T::Miners::key(miner)?;
		let next = frame_system::Pallet::<T>::block_number().saturating_add(One::one());
		let keeps_spacing = Self::keeps_spacing(miner, next);
		let next_time = LastTime::<T>::get().saturating_add(1);
		Some(if keeps_spacing { next_time } else { Self::relaxed_from() })
	}

	/// The time from which any active miner may mine the next block.
	fn relaxed_from() -> Moment {
		let pause = T::RelaxAfter::get().saturating_mul(Parameters::<T>::get().target_block_time);
		LastTime::<T>::get().saturating_add(pause)
	}

	/// Whether block `number` by `miner` keeps the spacing.
	fn keeps_spacing(miner: &SubjectId, number: BlockNumberFor<T>) -> bool {
		let rank = T::Diversity::get().mul_ceil(T::Miners::count());
		let gap = BlockNumberFor::<T>::from(rank.saturating_sub(1));
		LastMined::<T>::get(miner).is_none_or(|last| number.saturating_sub(last) > gap)
	}

	/// The schedule of this chain.
	pub(crate) fn schedule() -> Schedule {
		let types::Parameters { target_block_time, minimum_difficulty } = Parameters::<T>::get();
		Schedule {
			spacing: target_block_time,
			half_life: target_block_time.saturating_mul(T::HalfLifeBlocks::get()),
			limit: target_of(minimum_difficulty),
		}
	}

	/// Reads the author from the header.
	pub(crate) fn do_set_author() -> Result<(), Rule> {
		let digest = frame_system::Pallet::<T>::digest();
		// Digests of other engines count too: a miner could write anything into them.
		let mut items = digest.logs().iter().filter_map(|item| item.as_pre_runtime());
		let (engine, mut data) = items.next().ok_or(Rule::AuthorMissing)?;
		ensure!(items.next().is_none(), Rule::AuthorTwice);
		ensure!(engine == POW_ENGINE_ID, Rule::AuthorForeign);
		let author = SubjectId::decode_all(&mut data).map_err(|_| Rule::AuthorMalformed)?;
		ensure!(T::Miners::key(&author).is_some(), Rule::AuthorNotMiner);
		CurrentAuthor::<T>::put(author);
		Ok(())
	}

	/// Stores the time of the block and checks the spacing.
	pub(crate) fn do_set_time(now: Moment) -> Result<(), Rule> {
		// Every block has an author since its beginning. Without one, the time is set outside of a
		// block.
		if let Some(author) = CurrentAuthor::<T>::get() {
			let number = frame_system::Pallet::<T>::block_number();
			let relaxed = now >= Self::relaxed_from();
			ensure!(relaxed || Self::keeps_spacing(&author, number), Rule::TooSoon);
		}
		CurrentTime::<T>::put(now);
		Ok(())
	}

	/// Stores the author's last block and sets the difficulty of the next one.
	pub(crate) fn do_close_block(number: BlockNumberFor<T>) -> Result<(), Rule> {
		let author = CurrentAuthor::<T>::get().ok_or(Rule::AuthorMissing)?;
		let now = CurrentTime::<T>::take().ok_or(Rule::TimeMissing)?;
		LastMined::<T>::insert(author, number);
		LastTime::<T>::put(now);

		let schedule = Self::schedule();
		let height = number.unique_saturated_into();
		let anchor = Anchor::<T>::get().unwrap_or_else(|| {
			let anchor = ScheduleAnchor {
				height,
				parent_time: now.saturating_sub(schedule.spacing),
				target: target_of(CurrentDifficulty::<T>::get()),
			};
			Anchor::<T>::put(anchor);
			anchor
		});
		CurrentDifficulty::<T>::put(difficulty_of(schedule.next_target(&anchor, height, now)));
		Ok(())
	}
}

impl<T: Config> Authorship for Pallet<T> {
	/// The author from the beginning of a block until the beginning of the next one.
	fn author() -> Option<SubjectId> {
		CurrentAuthor::<T>::get()
	}
}

impl<T: Config> OnTimestampSet<Moment> for Pallet<T> {
	fn on_timestamp_set(now: Moment) {
		enforce(Self::do_set_time(now));
	}
}
