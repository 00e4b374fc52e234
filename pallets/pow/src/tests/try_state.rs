//! Each invariant is checked.

use crate::{
	mock::*,
	pallet::{Anchor, CurrentDifficulty, LastMined, LastTime, Parameters},
};
use medrec_primitives::work::U256;
use sp_runtime::TryRuntimeError;

/// What the check says once `spoil` has been at a chain of two blocks.
fn spoiled(spoil: impl FnOnce()) -> TryRuntimeError {
	ExtBuilder::default().build().execute_with(|| {
		mine_on_time(miner(0));
		mine_on_time(miner(1));
		Pow::do_try_state().expect("the invariants hold");
		spoil();
		Pow::do_try_state().expect_err("an invariant is broken")
	})
}

#[test]
fn parameters_are_not_zero() {
	let error = spoiled(|| Parameters::<Test>::mutate(|it| it.target_block_time = 0));
	assert_eq!(error, "there is no target time".into());
	let error = spoiled(|| Parameters::<Test>::mutate(|it| it.minimum_difficulty = U256::zero()));
	assert_eq!(error, "there is no floor".into());
}

#[test]
fn the_difficulty_is_not_below_the_floor() {
	let error = spoiled(|| CurrentDifficulty::<Test>::put(U256::from(FLOOR - 1)));
	assert_eq!(error, "the difficulty is below the floor".into());
}

#[test]
fn the_anchor_is_a_past_block() {
	let error = spoiled(|| {
		Anchor::<Test>::mutate(|anchor| anchor.as_mut().expect("somebody mined").height = 3)
	});
	assert_eq!(error, "the anchor is of a later block".into());
	let error = spoiled(|| {
		Anchor::<Test>::mutate(|anchor| anchor.as_mut().expect("somebody mined").target = U256::MAX)
	});
	assert_eq!(error, "the anchor is below the floor".into());
	let error = spoiled(Anchor::<Test>::kill);
	assert_eq!(error, "the anchor is not of a mined block".into());
}

#[test]
fn each_block_was_mined_by_one() {
	let error = spoiled(|| LastMined::<Test>::insert(miner(2), 2));
	assert_eq!(error, "two miners mined one block".into());
	for block in [0, 3] {
		let error = spoiled(|| LastMined::<Test>::insert(miner(2), block));
		assert_eq!(error, "somebody mined a block that is not there".into());
	}
}

#[test]
fn there_is_no_time_without_a_block() {
	ExtBuilder::default().build().execute_with(|| {
		LastTime::<Test>::put(START);
		assert_eq!(Pow::do_try_state(), Err("there is a time without a block".into()));
	});
}
