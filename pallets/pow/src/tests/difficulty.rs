//! The difficulty follows aserti3-2d.

use crate::{
	mock::*,
	pallet::{Anchor, LastTime, Parameters},
};
use medrec_primitives::work::{target_of, ScheduleAnchor, U256};

#[test]
fn the_first_block_is_the_anchor_and_keeps_the_difficulty() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Anchor::<Test>::get(), None);
		assert_eq!(Pow::difficulty(), U256::from(INITIAL));
		assert_eq!(Parameters::<Test>::get().target_block_time, TARGET);
		mine(miner(0), NOW);
		let anchor = ScheduleAnchor {
			height: 1,
			parent_time: NOW - TARGET,
			target: target_of(U256::from(INITIAL)),
		};
		assert_eq!(Anchor::<Test>::get(), Some(anchor));
		assert_eq!(Pow::difficulty(), U256::from(INITIAL));

		mine(miner(1), NOW + 3);
		assert_eq!(Anchor::<Test>::get(), Some(anchor));
	});
}

#[test]
fn the_difficulty_stays_on_schedule() {
	ExtBuilder::default().miners(1).build_and_execute(|| {
		for _ in 0..200 {
			mine_on_time(miner(0));
			assert_eq!(Pow::difficulty(), U256::from(INITIAL));
		}
	});
}

#[test]
fn a_lead_of_twenty_blocks_doubles_the_difficulty_and_a_lag_halves_it() {
	ExtBuilder::default().miners(1).build_and_execute(|| {
		mine(miner(0), NOW);
		for _ in 0..20 {
			mine(miner(0), LastTime::<Test>::get() + 1);
		}
		let doubled = Pow::difficulty();
		assert!(doubled > U256::from(2 * INITIAL - 1_000), "{doubled}");
		assert!(doubled < U256::from(2 * INITIAL + 1_000), "{doubled}");

		// The schedule has the block after the 22nd at 220 s. Twenty target times more are a lag of 20.
		mine(miner(0), NOW + 41 * TARGET);
		assert_eq!(Pow::difficulty(), U256::from(INITIAL / 2));
	});
}

#[test]
fn the_blocks_between_the_anchor_and_the_last_have_no_effect() {
	let after = |times: &[u64]| {
		ExtBuilder::default().miners(1).build_and_execute(|| {
			for time in times {
				mine(miner(0), NOW + time);
			}
			Pow::difficulty()
		})
	};
	assert_eq!(after(&[0, 1, 2, 99_000]), after(&[0, 40_000, 98_999, 99_000]));
}

#[test]
fn the_difficulty_never_falls_below_the_floor_and_rises_from_there() {
	ExtBuilder::default().miners(1).build_and_execute(|| {
		mine(miner(0), NOW);
		mine(miner(0), NOW + 1_000_000 * TARGET);
		assert_eq!(Pow::difficulty(), U256::from(FLOOR));
	});
	ExtBuilder::default().miners(1).initial_difficulty(FLOOR).build_and_execute(|| {
		for _ in 0..50 {
			mine(miner(0), LastTime::<Test>::get() + 1);
		}
		assert!(Pow::difficulty() > U256::from(FLOOR));
	});
}

#[test]
fn extreme_times_keep_the_difficulty_within_its_range() {
	ExtBuilder::default().miners(1).build_and_execute(|| {
		// The time of its parent would be negative and counts as zero: a lead of one target time.
		mine(miner(0), 0);
		assert!(Pow::difficulty() >= U256::from(INITIAL));
		mine(miner(0), u64::MAX);
		assert_eq!(Pow::difficulty(), U256::from(FLOOR));
		mine(miner(0), u64::MAX);
	});
	ExtBuilder::default()
		.miners(1)
		.target_block_time(u64::MAX)
		.initial_difficulty(U256::MAX)
		.minimum_difficulty(U256::MAX)
		.build_and_execute(|| {
			for time in [0, 1, u64::MAX] {
				mine(miner(0), time);
				assert_eq!(Pow::difficulty(), U256::MAX);
			}
		});
}
