#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
pub mod types;
pub mod weights;

pub use pallet::*;
pub use types::{Rule, POW_ENGINE_ID};
pub use weights::WeightInfo;

#[allow(clippy::expect_used, unused_qualifications, reason = "the pallet macro writes some")]
#[frame_support::pallet]
pub mod pallet {
	use crate::{
		impls::enforce,
		types::{self, Rule},
		WeightInfo,
	};
	use core::marker::PhantomData;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		identity::SubjectId,
		traits::Miners,
		work::{Difficulty, ScheduleAnchor},
		Moment,
	};
	use sp_runtime::Permill;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Authors, their spacing, and the difficulty.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// The configuration of the pallet. The timestamp pallet must precede it in the runtime, with this
	/// pallet as its `OnTimestampSet`.
	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The active miners.
		type Miners: Miners;

		/// The delay, in target block times, that halves the difficulty; the same lead doubles it.
		/// More than zero.
		#[pallet::constant]
		type HalfLifeBlocks: Get<u64>;

		/// The share of the active miners, rounded up, of whom each mines a block before the first
		/// of them mines again. At zero, there is no spacing.
		#[pallet::constant]
		type Diversity: Get<Permill>;

		/// The time without a block, in target block times, after which any active miner may mine
		/// the next. At zero, there is no spacing.
		#[pallet::constant]
		type RelaxAfter: Get<u64>;

		/// The weights of the hooks.
		type WeightInfo: WeightInfo;

		/// Prepares the state of other pallets for benchmarks.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: medrec_primitives::traits::BenchmarkHelper<Self::AccountId>;
	}

	/// The parameters of the genesis, which never change.
	#[pallet::storage]
	pub type Parameters<T> = StorageValue<_, types::Parameters, ValueQuery>;

	/// The block from which the schedule counts: the first of the chain, `None` before it.
	#[pallet::storage]
	pub type Anchor<T> = StorageValue<_, ScheduleAnchor>;

	/// The difficulty of the next block. Zero, which no work meets, only without a genesis.
	#[pallet::storage]
	pub type CurrentDifficulty<T> = StorageValue<_, Difficulty, ValueQuery>;

	/// The author of the current block. After the block it stays until the next one begins.
	#[pallet::storage]
	pub type CurrentAuthor<T> = StorageValue<_, SubjectId>;

	/// The time of the current block, from the timestamp inherent to the end of the block.
	#[pallet::storage]
	pub type CurrentTime<T> = StorageValue<_, Moment>;

	/// The number of the last block of each miner. It has at most one entry for every miner that was
	/// ever admitted.
	#[pallet::storage]
	pub type LastMined<T: Config> = StorageMap<_, Blake2_128Concat, SubjectId, BlockNumberFor<T>>;

	/// The time of the last block, zero before the first.
	#[pallet::storage]
	pub type LastTime<T> = StorageValue<_, Moment, ValueQuery>;

	/// The genesis of a chain.
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// The target time between blocks, in milliseconds. More than zero.
		pub target_block_time: Moment,
		/// The difficulty of the first block. At least the minimum difficulty.
		pub initial_difficulty: Difficulty,
		/// The minimum difficulty. More than zero.
		pub minimum_difficulty: Difficulty,
		/// The runtime type; no data.
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			let types::Parameters { target_block_time, minimum_difficulty } = Default::default();
			GenesisConfig {
				target_block_time,
				initial_difficulty: minimum_difficulty,
				minimum_difficulty,
				_config: PhantomData,
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			let Self { target_block_time, initial_difficulty, minimum_difficulty, .. } = *self;
			let valid = target_block_time > 0
				&& !minimum_difficulty.is_zero()
				&& initial_difficulty >= minimum_difficulty;
			enforce(valid.then_some(()).ok_or(Rule::Genesis));
			Parameters::<T>::put(types::Parameters { target_block_time, minimum_difficulty });
			CurrentDifficulty::<T>::put(initial_difficulty);
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Reads the author from the header. Returns the weight of all hooks of the block.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			enforce(Self::do_set_author());
			T::WeightInfo::on_initialize()
				.saturating_add(T::WeightInfo::on_timestamp_set())
				.saturating_add(T::WeightInfo::on_finalize())
		}

		/// Stores the author's last block and sets the difficulty of the next one.
		fn on_finalize(number: BlockNumberFor<T>) {
			enforce(Self::do_close_block(number));
		}

		fn integrity_test() {
			assert!(
				T::HalfLifeBlocks::get() > 0,
				"HalfLifeBlocks is zero; the difficulty would not follow the time"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
