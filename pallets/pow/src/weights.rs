//! Weights of `pallet_pow`, measured by its benchmarks; `scripts/weights` writes this file.
//!
//! STEPS: `20`, REPEAT: `10`, WORST CASE MAP SIZE: `1000000`

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::ParityDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_pow`.
pub trait WeightInfo {
	fn on_initialize() -> Weight;
	fn on_timestamp_set() -> Weight;
	fn on_finalize() -> Weight;
}

/// Weights for `pallet_pow` over the database of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Registrar::Subjects` (r:1 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentAuthor` (r:0 w:1)
	/// Proof: `Pow::CurrentAuthor` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	fn on_initialize() -> Weight {
		// Minimum execution time: 17_376_000 picoseconds.
		Weight::from_parts(18_939_000, 4399)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Pow::CurrentAuthor` (r:1 w:0)
	/// Proof: `Pow::CurrentAuthor` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	/// Storage: `Pow::Parameters` (r:1 w:0)
	/// Proof: `Pow::Parameters` (`max_values`: Some(1), `max_size`: Some(40), added: 535, mode: `MaxEncodedLen`)
	/// Storage: `Pow::LastTime` (r:1 w:0)
	/// Proof: `Pow::LastTime` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Miners` (r:1 w:0)
	/// Proof: `Registrar::Miners` (`max_values`: Some(1), `max_size`: Some(8194), added: 8689, mode: `MaxEncodedLen`)
	/// Storage: `Pow::LastMined` (r:1 w:0)
	/// Proof: `Pow::LastMined` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentTime` (r:0 w:1)
	/// Proof: `Pow::CurrentTime` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	fn on_timestamp_set() -> Weight {
		// Minimum execution time: 17_697_000 picoseconds.
		Weight::from_parts(19_189_000, 9679)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Pow::CurrentAuthor` (r:1 w:0)
	/// Proof: `Pow::CurrentAuthor` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentTime` (r:1 w:1)
	/// Proof: `Pow::CurrentTime` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Pow::Parameters` (r:1 w:0)
	/// Proof: `Pow::Parameters` (`max_values`: Some(1), `max_size`: Some(40), added: 535, mode: `MaxEncodedLen`)
	/// Storage: `Pow::Anchor` (r:1 w:1)
	/// Proof: `Pow::Anchor` (`max_values`: Some(1), `max_size`: Some(48), added: 543, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentDifficulty` (r:1 w:1)
	/// Proof: `Pow::CurrentDifficulty` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	/// Storage: `Pow::LastTime` (r:0 w:1)
	/// Proof: `Pow::LastTime` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Pow::LastMined` (r:0 w:1)
	/// Proof: `Pow::LastMined` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	fn on_finalize() -> Weight {
		// Minimum execution time: 15_223_000 picoseconds.
		Weight::from_parts(16_765_000, 1533)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
}

// For tests.
impl WeightInfo for () {
	/// Storage: `Registrar::Subjects` (r:1 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentAuthor` (r:0 w:1)
	/// Proof: `Pow::CurrentAuthor` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	fn on_initialize() -> Weight {
		// Minimum execution time: 17_376_000 picoseconds.
		Weight::from_parts(18_939_000, 4399)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(2_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(1_u64))
	}
	/// Storage: `Pow::CurrentAuthor` (r:1 w:0)
	/// Proof: `Pow::CurrentAuthor` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	/// Storage: `Pow::Parameters` (r:1 w:0)
	/// Proof: `Pow::Parameters` (`max_values`: Some(1), `max_size`: Some(40), added: 535, mode: `MaxEncodedLen`)
	/// Storage: `Pow::LastTime` (r:1 w:0)
	/// Proof: `Pow::LastTime` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Miners` (r:1 w:0)
	/// Proof: `Registrar::Miners` (`max_values`: Some(1), `max_size`: Some(8194), added: 8689, mode: `MaxEncodedLen`)
	/// Storage: `Pow::LastMined` (r:1 w:0)
	/// Proof: `Pow::LastMined` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentTime` (r:0 w:1)
	/// Proof: `Pow::CurrentTime` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	fn on_timestamp_set() -> Weight {
		// Minimum execution time: 17_697_000 picoseconds.
		Weight::from_parts(19_189_000, 9679)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(5_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(1_u64))
	}
	/// Storage: `Pow::CurrentAuthor` (r:1 w:0)
	/// Proof: `Pow::CurrentAuthor` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentTime` (r:1 w:1)
	/// Proof: `Pow::CurrentTime` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Pow::Parameters` (r:1 w:0)
	/// Proof: `Pow::Parameters` (`max_values`: Some(1), `max_size`: Some(40), added: 535, mode: `MaxEncodedLen`)
	/// Storage: `Pow::Anchor` (r:1 w:1)
	/// Proof: `Pow::Anchor` (`max_values`: Some(1), `max_size`: Some(48), added: 543, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentDifficulty` (r:1 w:1)
	/// Proof: `Pow::CurrentDifficulty` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	/// Storage: `Pow::LastTime` (r:0 w:1)
	/// Proof: `Pow::LastTime` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Pow::LastMined` (r:0 w:1)
	/// Proof: `Pow::LastMined` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	fn on_finalize() -> Weight {
		// Minimum execution time: 15_223_000 picoseconds.
		Weight::from_parts(16_765_000, 1533)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(5_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(5_u64))
	}
}
