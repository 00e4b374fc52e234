//! Weights of `pallet_mining_bounty`, measured by its benchmarks; `scripts/weights` writes this file.
//!
//! STEPS: `20`, REPEAT: `10`, WORST CASE MAP SIZE: `1000000`

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::ParityDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_mining_bounty`.
pub trait WeightInfo {
	fn register_dataset() -> Weight;
	fn with_bounty() -> Weight;
	fn commit_answer() -> Weight;
	fn mark_defaulted() -> Weight;
}

/// Weights for `pallet_mining_bounty` over the database of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:1 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Datasets` (r:1 w:1)
	/// Proof: `MiningBounty::Datasets` (`max_values`: None, `max_size`: Some(1141), added: 3616, mode: `MaxEncodedLen`)
	fn register_dataset() -> Weight {
		// Minimum execution time: 21_543_000 picoseconds.
		Weight::from_parts(23_135_000, 4606)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Bounties` (r:1 w:2)
	/// Proof: `MiningBounty::Bounties` (`max_values`: None, `max_size`: Some(249), added: 2724, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Standings` (r:1 w:1)
	/// Proof: `MiningBounty::Standings` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// Storage: `Summary::ActivityHeads` (r:1 w:1)
	/// Proof: `Summary::ActivityHeads` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Datasets` (r:1 w:1)
	/// Proof: `MiningBounty::Datasets` (`max_values`: None, `max_size`: Some(1141), added: 3616, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentAuthor` (r:1 w:0)
	/// Proof: `Pow::CurrentAuthor` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::NextBounty` (r:1 w:1)
	/// Proof: `MiningBounty::NextBounty` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Activity` (r:0 w:4)
	/// Proof: `Summary::Activity` (`max_values`: None, `max_size`: Some(171), added: 2646, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::BountiesOf` (r:0 w:1)
	/// Proof: `MiningBounty::BountiesOf` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	fn with_bounty() -> Weight {
		// Minimum execution time: 90_415_000 picoseconds.
		Weight::from_parts(94_582_000, 6252)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(11_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Bounties` (r:1 w:1)
	/// Proof: `MiningBounty::Bounties` (`max_values`: None, `max_size`: Some(249), added: 2724, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Standings` (r:1 w:1)
	/// Proof: `MiningBounty::Standings` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// Storage: `Summary::ActivityHeads` (r:1 w:1)
	/// Proof: `Summary::ActivityHeads` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Activity` (r:0 w:2)
	/// Proof: `Summary::Activity` (`max_values`: None, `max_size`: Some(171), added: 2646, mode: `MaxEncodedLen`)
	fn commit_answer() -> Weight {
		// Minimum execution time: 47_071_000 picoseconds.
		Weight::from_parts(49_815_000, 6252)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Bounties` (r:1 w:1)
	/// Proof: `MiningBounty::Bounties` (`max_values`: None, `max_size`: Some(249), added: 2724, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Standings` (r:1 w:1)
	/// Proof: `MiningBounty::Standings` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// Storage: `Summary::ActivityHeads` (r:2 w:2)
	/// Proof: `Summary::ActivityHeads` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Activity` (r:0 w:4)
	/// Proof: `Summary::Activity` (`max_values`: None, `max_size`: Some(171), added: 2646, mode: `MaxEncodedLen`)
	fn mark_defaulted() -> Weight {
		// Minimum execution time: 56_595_000 picoseconds.
		Weight::from_parts(62_684_000, 6252)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
}

// For tests.
impl WeightInfo for () {
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:1 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Datasets` (r:1 w:1)
	/// Proof: `MiningBounty::Datasets` (`max_values`: None, `max_size`: Some(1141), added: 3616, mode: `MaxEncodedLen`)
	fn register_dataset() -> Weight {
		// Minimum execution time: 21_543_000 picoseconds.
		Weight::from_parts(23_135_000, 4606)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(3_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(1_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Bounties` (r:1 w:2)
	/// Proof: `MiningBounty::Bounties` (`max_values`: None, `max_size`: Some(249), added: 2724, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Standings` (r:1 w:1)
	/// Proof: `MiningBounty::Standings` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// Storage: `Summary::ActivityHeads` (r:1 w:1)
	/// Proof: `Summary::ActivityHeads` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Datasets` (r:1 w:1)
	/// Proof: `MiningBounty::Datasets` (`max_values`: None, `max_size`: Some(1141), added: 3616, mode: `MaxEncodedLen`)
	/// Storage: `Pow::CurrentAuthor` (r:1 w:0)
	/// Proof: `Pow::CurrentAuthor` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::NextBounty` (r:1 w:1)
	/// Proof: `MiningBounty::NextBounty` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Activity` (r:0 w:4)
	/// Proof: `Summary::Activity` (`max_values`: None, `max_size`: Some(171), added: 2646, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::BountiesOf` (r:0 w:1)
	/// Proof: `MiningBounty::BountiesOf` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	fn with_bounty() -> Weight {
		// Minimum execution time: 90_415_000 picoseconds.
		Weight::from_parts(94_582_000, 6252)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(11_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(11_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Bounties` (r:1 w:1)
	/// Proof: `MiningBounty::Bounties` (`max_values`: None, `max_size`: Some(249), added: 2724, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Standings` (r:1 w:1)
	/// Proof: `MiningBounty::Standings` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// Storage: `Summary::ActivityHeads` (r:1 w:1)
	/// Proof: `Summary::ActivityHeads` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Activity` (r:0 w:2)
	/// Proof: `Summary::Activity` (`max_values`: None, `max_size`: Some(171), added: 2646, mode: `MaxEncodedLen`)
	fn commit_answer() -> Weight {
		// Minimum execution time: 47_071_000 picoseconds.
		Weight::from_parts(49_815_000, 6252)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(8_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(5_u64))
	}
	/// Storage: `Registrar::SubjectOf` (r:1 w:0)
	/// Proof: `Registrar::SubjectOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Subjects` (r:2 w:0)
	/// Proof: `Registrar::Subjects` (`max_values`: None, `max_size`: Some(156), added: 2631, mode: `MaxEncodedLen`)
	/// Storage: `Registrar::Profiles` (r:1 w:0)
	/// Proof: `Registrar::Profiles` (`max_values`: None, `max_size`: Some(934), added: 3409, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Bounties` (r:1 w:1)
	/// Proof: `MiningBounty::Bounties` (`max_values`: None, `max_size`: Some(249), added: 2724, mode: `MaxEncodedLen`)
	/// Storage: `Timestamp::Now` (r:1 w:0)
	/// Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `MiningBounty::Standings` (r:1 w:1)
	/// Proof: `MiningBounty::Standings` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	/// Storage: `Summary::ActivityHeads` (r:2 w:2)
	/// Proof: `Summary::ActivityHeads` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `MaxEncodedLen`)
	/// Storage: `Summary::Activity` (r:0 w:4)
	/// Proof: `Summary::Activity` (`max_values`: None, `max_size`: Some(171), added: 2646, mode: `MaxEncodedLen`)
	fn mark_defaulted() -> Weight {
		// Minimum execution time: 56_595_000 picoseconds.
		Weight::from_parts(62_684_000, 6252)
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(9_u64))
			.saturating_add(<ParityDbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().writes(8_u64))
	}
}
