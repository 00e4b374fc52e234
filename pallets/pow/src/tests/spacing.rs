//! The spacing of an author's blocks.

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

/// The number of blocks by others before an author may mine again.
fn gap(miners: u64) -> u64 {
	ExtBuilder::default().miners(miners).build_and_execute(|| {
		mine_on_time(miner(0));
		for other in 1..=miners {
			if panic_message(|| mine_on_time(miner(0))).is_none() {
				return other - 1;
			}
			mine_on_time(miner(other));
		}
		panic!("the author may not mine again");
	})
}

#[test]
fn half_of_the_miners_mine_before_an_author_mines_again() {
	for (miners, expected) in
		[(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2), (7, 3), (16, 7), (17, 8)]
	{
		assert_eq!(gap(miners), expected, "{miners}");
	}
}

#[test]
fn the_diversity_ranges_from_no_miners_to_all_miners() {
	ExtBuilder::default().miners(4).build_and_execute(|| {
		Diversity::set(Permill::one());
		for round in 0..3 {
			for number in 0..4 {
				mine_on_time(miner(number));
				for other in (0..4).filter(|other| round > 0 && *other != (number + 1) % 4) {
					let message = panic_message(|| mine_on_time(miner(other)));
					assert_eq!(message, Some(Rule::TooSoon.to_string()));
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
fn after_ten_target_times_any_active_miner_may_mine() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		let relaxed = NOW + 10 * TARGET;
		assert_eq!(panic_message(|| mine(miner(0), relaxed - 1)), Some(Rule::TooSoon.to_string()));
		mine(miner(0), relaxed);
		// The pause counts from the last block.
		assert_eq!(
			panic_message(|| mine(miner(0), relaxed + TARGET)),
			Some(Rule::TooSoon.to_string())
		);
		mine(miner(0), relaxed + 10 * TARGET);
		assert_eq!(
			panic_message(|| mine(miner(5), relaxed + 100 * TARGET)),
			Some(Rule::AuthorNotMiner.to_string())
		);
	});
}

#[test]
fn a_time_that_breaks_the_spacing_changes_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		begin_with(vec![author_digest(miner(0))]);
		assert_noop!(Pallet::<Test>::do_set_time(NOW + TARGET), Rule::TooSoon);
		assert_eq!(LastTime::<Test>::get(), NOW);
	});
}

#[test]
fn the_spacing_shrinks_with_the_number_of_miners() {
	ExtBuilder::default().miners(5).build_and_execute(|| {
		mine_on_time(miner(0));
		mine_on_time(miner(1));
		assert_eq!(panic_message(|| mine_on_time(miner(0))), Some(Rule::TooSoon.to_string()));
		suspend_miner(4);
		mine_on_time(miner(0));
	});
}

#[test]
fn the_first_block_may_come_from_any_miner_at_any_time() {
	for time in [0, 1, NOW, u64::MAX] {
		ExtBuilder::default().build_and_execute(|| mine(miner(4), time));
	}
}

#[test]
fn outside_of_a_block_a_time_may_be_set_without_an_author() {
	ExtBuilder::default().build_and_execute(|| Pow::on_timestamp_set(NOW));
}

#[test]
#[should_panic = "the block's author mined too recently"]
fn the_hook_panics_if_the_author_mined_too_recently() {
	ExtBuilder::default().build_and_execute(|| {
		mine_on_time(miner(0));
		begin_with(vec![author_digest(miner(0))]);
		Pow::on_timestamp_set(NOW + TARGET);
		Pow::on_finalize(2);
	});
}
