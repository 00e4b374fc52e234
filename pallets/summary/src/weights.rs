//! Weights of `pallet_summary`, measured by its benchmarks; `scripts/weights` writes this file.
//!
//! STEPS: `20`, REPEAT: `10`, WORST CASE MAP SIZE: `1000000`

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::ParityDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_summary`.
pub trait WeightInfo {
	fn acknowledge() -> Weight;
	fn anchor_access_log() -> Weight;
	fn raise_alarm() -> Weight;
}

/// Weights for `pallet_summary` over the database of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Entries` (r:1 w:1)
	/// Proof: `Summary::Entries` (`max_values`: None, `max_size`: Some(110), added: 2585, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Pending` (r:1 w:1)
	/// Proof: `Summary::Pending` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	fn acknowledge() -> Weight {
		// Minimum execution time: 35_553_000 picoseconds.
		Weight::from_parts(37_497_000, 6252)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `Summary::AnchorHeads` (r:1 w:1)
	/// Proof: `Summary::AnchorHeads` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Anchors` (r:0 w:2)
	/// Proof: `Summary::Anchors` (`max_values`: None, `max_size`: Some(112), added: 2587, mode: `MaxEncodedLen`)
	fn anchor_access_log() -> Weight {
		// Minimum execution time: 31_137_000 picoseconds.
		Weight::from_parts(33_049_000, 6252)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `Ppr::Relationships` (r:1 w:0)
	/// Proof: `Ppr::Relationships` (`max_values`: None, `max_size`: Some(264), added: 2739, mode: `MaxEncodedLen`)
	/// Storage: `Ppr::Records` (r:1 w:0)
	/// Proof: `Ppr::Records` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	/// Storage: `Summary::ActivityHeads` (r:2 w:2)
	/// Proof: `Summary::ActivityHeads` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Entries` (r:1 w:1)
	/// Proof: `Summary::Entries` (`max_values`: None, `max_size`: Some(110), added: 2585, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Pending` (r:1 w:1)
	/// Proof: `Summary::Pending` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Activity` (r:0 w:4)
	/// Proof: `Summary::Activity` (`max_values`: None, `max_size`: Some(171), added: 2646, mode: `MaxEncodedLen`)
	fn raise_alarm() -> Weight {
		// Minimum execution time: 66_330_000 picoseconds.
		Weight::from_parts(69_684_000, 6252)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
}

// For tests.
impl WeightInfo for () {
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Entries` (r:1 w:1)
	/// Proof: `Summary::Entries` (`max_values`: None, `max_size`: Some(110), added: 2585, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Pending` (r:1 w:1)
	/// Proof: `Summary::Pending` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	fn acknowledge() -> Weight {
		// Minimum execution time: 35_553_000 picoseconds.
		Weight::from_parts(37_497_000, 6252)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(6_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(2_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `Summary::AnchorHeads` (r:1 w:1)
	/// Proof: `Summary::AnchorHeads` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Anchors` (r:0 w:2)
	/// Proof: `Summary::Anchors` (`max_values`: None, `max_size`: Some(112), added: 2587, mode: `MaxEncodedLen`)
	fn anchor_access_log() -> Weight {
		// Minimum execution time: 31_137_000 picoseconds.
		Weight::from_parts(33_049_000, 6252)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(6_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(3_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `Ppr::Relationships` (r:1 w:0)
	/// Proof: `Ppr::Relationships` (`max_values`: None, `max_size`: Some(264), added: 2739, mode: `MaxEncodedLen`)
	/// Storage: `Ppr::Records` (r:1 w:0)
	/// Proof: `Ppr::Records` (`max_values`: None, `max_size`: Some(337), added: 2812, mode: `MaxEncodedLen`)
	/// Storage: `Summary::ActivityHeads` (r:2 w:2)
	/// Proof: `Summary::ActivityHeads` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Entries` (r:1 w:1)
	/// Proof: `Summary::Entries` (`max_values`: None, `max_size`: Some(110), added: 2585, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Pending` (r:1 w:1)
	/// Proof: `Summary::Pending` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Activity` (r:0 w:4)
	/// Proof: `Summary::Activity` (`max_values`: None, `max_size`: Some(171), added: 2646, mode: `MaxEncodedLen`)
	fn raise_alarm() -> Weight {
		// Minimum execution time: 66_330_000 picoseconds.
		Weight::from_parts(69_684_000, 6252)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(11_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(8_u64))
	}
}
