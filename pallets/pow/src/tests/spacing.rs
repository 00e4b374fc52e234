//! No author mines too often.

use crate::{
	mock::*,
	pallet::{LastTime, Pallet},
	types::Rule,
};
use frame_support::{
	assert_noop,
	traits::{Hooks, OnTimestampSet},
};
use sp_runtime::Permill;

/// How many blocks others must mine before an author may again.
fn gap(miners: u64) -> u64 {
	ExtBuilder::default().miners(miners).build_and_execute(|| {
		mine_on_time(miner(0));
		for other in 1..=miners {
			if refusal(|| mine_on_time(miner(0))).is_none() {
				return other - 1;
			}
			mine_on_time(miner(other));
		}
		panic!("it never may");
	})
}

#[test]
fn half_of_the_miners_mine_before_one_does_again() {
	for (miners, expected) in
		[(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2), (7, 3), (16, 7), (17, 8)]
	{
		assert_eq!(gap(miners), expected, "{miners}");
	}
}

#[test]
fn the_whole_or_none_of_the_miners_can_be_asked_for() {
	ExtBuilder::default().miners(4).build_and_execute(|| {
		Diversity::set(Permill::one());
		for round in 0..3 {
			for number in 0..4 {
				mine_on_time(miner(number));
				for other in (0..4).filter(|other| round > 0 && *other != (number + 1) % 4) {
					let refused = refusal(|| mine_on_time(miner(other)));
					assert_eq!(refused, Some(Rule::TooSoon.to_string()));
				}
			}
		}
		Diversity::set(Permill::zero());
		for _ in 0..5 {
			mine_on_time(miner(3));
		}
	});
}

#[test]
fn a_lone_miner_mines_every_block() {
	ExtBuilder::default().miners(1).build_and_execute(|| {
		for _ in 0..30 {
			mine_on_time(miner(0));
		}
	});
}

#[test]
fn after_ten_target_times_any_active_miner_may() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		let relaxed = START + 10 * TARGET;
		assert_eq!(refusal(|| mine(miner(0), relaxed - 1)), Some(Rule::TooSoon.to_string()));
		mine(miner(0), relaxed);
		// It counts from the last block, and starts anew.
		assert_eq!(refusal(|| mine(miner(0), relaxed + TARGET)), Some(Rule::TooSoon.to_string()));
		mine(miner(0), relaxed + 10 * TARGET);
		assert_eq!(
			refusal(|| mine(miner(5), relaxed + 100 * TARGET)),
			Some(Rule::AuthorNotMiner.to_string())
		);
	});
}

#[test]
fn a_refused_time_leaves_no_trace() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		begin_with(vec![names(miner(0))]);
		assert_noop!(Pallet::<Test>::do_set_time(START + TARGET), Rule::TooSoon);
		assert_eq!(LastTime::<Test>::get(), START);
	});
}

#[test]
fn when_miners_leave_the_spacing_shrinks_with_them() {
	ExtBuilder::default().miners(5).build_and_execute(|| {
		mine_on_time(miner(0));
		mine_on_time(miner(1));
		assert_eq!(refusal(|| mine_on_time(miner(0))), Some(Rule::TooSoon.to_string()));
		ActiveMiners::set((0..4).map(miner).collect());
		mine_on_time(miner(0));
	});
}

#[test]
fn the_first_block_may_come_from_anybody_at_any_time() {
	for time in [0, 1, START, u64::MAX] {
		ExtBuilder::default().build_and_execute(|| mine(miner(4), time));
	}
}

#[test]
fn outside_of_blocks_a_time_may_be_set_without_author() {
	ExtBuilder::default().build_and_execute(|| Pow::on_timestamp_set(START));
}

#[test]
#[should_panic = "the block's author mined too recently"]
fn the_hook_panics_if_the_author_mined_too_recently() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		begin_with(vec![names(miner(0))]);
		Pow::on_timestamp_set(START + TARGET);
		Pow::on_finalize(2);
	});
}
