//! Benchmarks of the hooks.

use crate::*;
use frame_benchmarking::v2::*;
use frame_support::traits::{Hooks, OnTimestampSet};
use frame_system::pallet_prelude::BlockNumberFor;
use medrec_primitives::{identity::SubjectId, traits::BenchmarkHelper};
use parity_scale_codec::Encode;
use sp_runtime::{traits::One, DigestItem};

/// The number of miners besides the author.
const OTHERS: u32 = 63;

/// Adds the author and the other miners.
fn author<T: Config>() -> SubjectId {
	for seed in 1..=OTHERS {
		T::BenchmarkHelper::miner(seed);
	}
	T::BenchmarkHelper::miner(0)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn on_initialize() {
		let author = author::<T>();
		let item = DigestItem::PreRuntime(POW_ENGINE_ID, author.encode());
		frame_system::Pallet::<T>::deposit_log(item);

		#[block]
		{
			Pallet::<T>::on_initialize(One::one());
		}

		assert_eq!(CurrentAuthor::<T>::get(), Some(author));
	}

	#[benchmark]
	fn on_timestamp_set() {
		let author = author::<T>();
		CurrentAuthor::<T>::put(author);
		LastMined::<T>::insert(author, BlockNumberFor::<T>::one());
		LastTime::<T>::put(1);
		// A block far from the author's last one, so that the spacing is checked and kept.
		frame_system::Pallet::<T>::set_block_number(OTHERS.saturating_mul(2).into());

		#[block]
		{
			Pallet::<T>::on_timestamp_set(2);
		}

		assert_eq!(CurrentTime::<T>::get(), Some(2));
	}

	#[benchmark]
	fn on_finalize() {
		let author = author::<T>();
		CurrentAuthor::<T>::put(author);
		CurrentTime::<T>::put(1_000);

		#[block]
		{
			Pallet::<T>::on_finalize(One::one());
		}

		assert_eq!(LastTime::<T>::get(), 1_000);
		assert!(Anchor::<T>::exists());
	}

	impl_benchmark_test_suite!(
		Pallet,
		pallet_testing::BuildAndExecute::build(mock::ExtBuilder::default()),
		mock::Test
	);
}
