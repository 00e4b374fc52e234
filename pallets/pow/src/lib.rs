//! # Difficulty and authorship of proof of work
//!
//! Each block names its miner, and the next block is as hard to find as the clock demands.
//!
//! ## Terminology
//!
//! - **Author**: the miner that the block's one pre-runtime digest names. It is of engine
//!   [`POW_ENGINE_ID`] and holds a `SubjectId` in SCALE. That the author did mine the block is proven
//!   by the seal, which the node checks and this pallet never sees.
//! - **Difficulty**: the expected number of hashes to find a block; see
//!   [`medrec_primitives::work`].
//! - **Anchor**: the first block of the chain, from which the schedule counts.
//! - **Spacing**: with `n` active miners and diversity `d`, an author must not have mined any of the
//!   last `ceil(n * d) - 1` blocks. It is **relaxed** for a block whose time is at least
//!   [`Config::RelaxAfter`] target times after that of its parent, so that the chain never waits for
//!   miners that are gone.
//!
//! ## Properties
//!
//! - A block has exactly one author, which is an active miner at the parent block. Its header has no
//!   other pre-runtime digest, of whatever engine, into which the miner could write.
//! - No author breaks the spacing. To take part costs work; it does not buy more than a share.
//! - The difficulty follows aserti3-2d: it depends on the anchor and on the height and time of the
//!   last block, and on nothing between them. It never falls below the floor, and nothing else
//!   clamps it.
//! - A block that breaks one of these rules panics and is thereby invalid. Nothing else here panics,
//!   but for a genesis or a configuration that could not start a chain.
//!
//! The pallet has no calls and deposits no events: all it does is a consequence of the block's
//! header and time.
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
		impls::refuse_block,
		types::{self, Rule},
		WeightInfo,
	};
	use core::marker::PhantomData;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		identity::SubjectId,
		traits::Miners,
		work::{self, Difficulty},
		Moment,
	};
	use sp_runtime::Permill;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime. `OnTimestampSet` of the timestamp pallet must be this
	/// pallet, and the timestamp pallet must stand before it.
	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Who may mine.
		type Miners: Miners;

		/// By how many target times the chain must lag for the difficulty to halve, or lead for it
		/// to double. More than zero.
		#[pallet::constant]
		type HalfLifeBlocks: Get<u64>;

		/// The share of active miners that must have mined, the author among them, before it mines
		/// again. With zero there is no spacing.
		#[pallet::constant]
		type Diversity: Get<Permill>;

		/// After how many target times without a block any active miner may mine the next. With
		/// zero there is no spacing.
		#[pallet::constant]
		type RelaxAfter: Get<u64>;

		/// What the hooks cost.
		type WeightInfo: WeightInfo;
	}

	/// What the genesis fixed for the life of the chain.
	#[pallet::storage]
	pub type Parameters<T> = StorageValue<_, types::Parameters, ValueQuery>;

	/// The block from which the schedule counts: the first. None before it.
	#[pallet::storage]
	pub type Anchor<T> = StorageValue<_, work::Anchor, OptionQuery>;

	/// The difficulty of the next block. It is zero, which no work meets, only without a genesis.
	#[pallet::storage]
	pub type CurrentDifficulty<T> = StorageValue<_, Difficulty, ValueQuery>;

	/// The author of the block that is being executed, and after it, until the next begins, of the
	/// last one.
	#[pallet::storage]
	pub type CurrentAuthor<T> = StorageValue<_, SubjectId, OptionQuery>;

	/// The time of the block that is being executed, once it is set. It leaves with the block.
	#[pallet::storage]
	pub type CurrentTime<T> = StorageValue<_, Moment, OptionQuery>;

	/// The number of the last block that each miner mined. It holds no more miners than were ever
	/// admitted.
	#[pallet::storage]
	pub type LastMined<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, BlockNumberFor<T>, OptionQuery>;

	/// The time of the last block; zero before the first.
	#[pallet::storage]
	pub type LastTime<T> = StorageValue<_, Moment, ValueQuery>;

	/// How a chain begins.
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// The time between blocks that is aimed at, in milliseconds. More than zero.
		pub target_block_time: Moment,
		/// The difficulty of the first block. At least the minimum.
		pub initial_difficulty: Difficulty,
		/// The difficulty below which none falls. More than zero.
		pub minimum_difficulty: Difficulty,
		/// Nothing; it names the runtime.
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
			let GenesisConfig {
				target_block_time,
				initial_difficulty,
				minimum_difficulty,
				_config,
			} = *self;
			if target_block_time == 0
				|| minimum_difficulty.is_zero()
				|| initial_difficulty < minimum_difficulty
			{
				refuse_block(Rule::Genesis);
			}
			Parameters::<T>::put(types::Parameters { target_block_time, minimum_difficulty });
			CurrentDifficulty::<T>::put(initial_difficulty);
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Takes the author from the header. The weight is that of all the pallet does in a block.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			if let Err(rule) = Self::do_set_author() {
				refuse_block(rule);
			}
			T::WeightInfo::on_initialize()
				.saturating_add(T::WeightInfo::on_timestamp_set())
				.saturating_add(T::WeightInfo::on_finalize())
		}

		/// Remembers who mined when, and sets the difficulty of the next block.
		fn on_finalize(number: BlockNumberFor<T>) {
			if let Err(rule) = Self::do_close_block(number) {
				refuse_block(rule);
			}
		}

		fn integrity_test() {
			assert!(T::HalfLifeBlocks::get() > 0, "the difficulty must follow the clock");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
