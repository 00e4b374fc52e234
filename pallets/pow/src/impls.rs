//! What the hooks do, and what the pallet tells others.

use crate::{
	pallet::{
		Anchor, Config, CurrentAuthor, CurrentDifficulty, CurrentTime, LastMined, LastTime, Pallet,
		Parameters,
	},
	types::{self, Rule, POW_ENGINE_ID},
};
use frame_support::{ensure, traits::Get, traits::OnTimestampSet};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{
	identity::SubjectId,
	traits::{Authorship, Miners},
	work::{self, difficulty_of, target_of, Difficulty, Schedule},
	Moment,
};
use parity_scale_codec::DecodeAll;
use sp_runtime::traits::{One, Saturating, UniqueSaturatedInto};

/// Makes the block that is being executed invalid.
#[cold]
#[allow(clippy::panic, reason = "a block that breaks a rule of consensus must not be executed")]
pub(crate) fn refuse_block(rule: Rule) -> ! {
	panic!("{rule}")
}

impl<T: Config> Pallet<T> {
	/// The difficulty of the next block.
	pub fn difficulty() -> Difficulty {
		CurrentDifficulty::<T>::get()
	}

	/// The time between blocks that is aimed at, in milliseconds.
	pub fn target_block_time() -> Moment {
		Parameters::<T>::get().target_block_time
	}

	/// The first time at which a block of this miner may follow the last one; none if it is not an
	/// active miner. It is meant to be asked between blocks.
	pub fn eligible(miner: &SubjectId) -> Option<Moment> {
		T::Miners::key(miner)?;
		let next = frame_system::Pallet::<T>::block_number().saturating_add(One::one());
		if Self::keeps_spacing(miner, next) {
			Some(LastTime::<T>::get().saturating_add(1))
		} else {
			Some(Self::relaxed_from())
		}
	}

	/// When the next block may come from any active miner.
	fn relaxed_from() -> Moment {
		let pause = T::RelaxAfter::get().saturating_mul(Self::target_block_time());
		LastTime::<T>::get().saturating_add(pause)
	}

	/// Whether `miner` mined none of the blocks that the spacing counts before `number`.
	fn keeps_spacing(miner: &SubjectId, number: BlockNumberFor<T>) -> bool {
		let rank = T::Diversity::get().mul_ceil(T::Miners::count());
		let gap = BlockNumberFor::<T>::from(rank.saturating_sub(1));
		LastMined::<T>::get(miner).is_none_or(|last| number.saturating_sub(last) > gap)
	}

	/// How difficulty follows the clock on this chain.
	pub(crate) fn schedule() -> Schedule {
		let types::Parameters { target_block_time, minimum_difficulty } = Parameters::<T>::get();
		Schedule {
			spacing: target_block_time,
			half_life: target_block_time.saturating_mul(T::HalfLifeBlocks::get()),
			limit: target_of(minimum_difficulty),
		}
	}

	/// Takes the author from the header.
	pub(crate) fn do_set_author() -> Result<(), Rule> {
		let digest = frame_system::Pallet::<T>::digest();
		// Items of other engines count too: a miner could write anything into them.
		let mut items = digest.logs().iter().filter_map(|item| item.as_pre_runtime());
		let (engine, mut data) = items.next().ok_or(Rule::AuthorMissing)?;
		ensure!(items.next().is_none(), Rule::AuthorTwice);
		ensure!(engine == POW_ENGINE_ID, Rule::AuthorForeign);
		let author = SubjectId::decode_all(&mut data).map_err(|_| Rule::AuthorMalformed)?;
		ensure!(T::Miners::key(&author).is_some(), Rule::AuthorNotMiner);
		CurrentAuthor::<T>::put(author);
		Ok(())
	}

	/// Checks the spacing as soon as the block's time is known.
	pub(crate) fn do_set_time(now: Moment) -> Result<(), Rule> {
		// Without an author this is no block: one does not get past its beginning without.
		if let Some(author) = CurrentAuthor::<T>::get() {
			let number = frame_system::Pallet::<T>::block_number();
			ensure!(
				now >= Self::relaxed_from() || Self::keeps_spacing(&author, number),
				Rule::TooSoon
			);
		}
		CurrentTime::<T>::put(now);
		Ok(())
	}

	/// Remembers who mined when, and sets the difficulty of the next block.
	pub(crate) fn do_close_block(number: BlockNumberFor<T>) -> Result<(), Rule> {
		let author = CurrentAuthor::<T>::get().ok_or(Rule::AuthorMissing)?;
		let now = CurrentTime::<T>::take().ok_or(Rule::TimeMissing)?;
		LastMined::<T>::insert(author, number);
		LastTime::<T>::put(now);

		let schedule = Self::schedule();
		let height = number.unique_saturated_into();
		let anchor = Anchor::<T>::get().unwrap_or_else(|| {
			let anchor = work::Anchor {
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
	/// Right from the block's beginning through the end of every pallet's `on_finalize`; after the
	/// block it still names the last author, until the next block begins.
	fn author() -> Option<SubjectId> {
		CurrentAuthor::<T>::get()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_author(author: &SubjectId) {
		CurrentAuthor::<T>::put(author);
	}
}

impl<T: Config> OnTimestampSet<Moment> for Pallet<T> {
	fn on_timestamp_set(now: Moment) {
		if let Err(rule) = Self::do_set_time(now) {
			refuse_block(rule);
		}
	}
}
