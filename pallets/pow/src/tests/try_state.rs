//! Each broken invariant is found.

use crate::{
	mock::*,
	pallet::{Anchor, CurrentDifficulty, LastMined, LastTime, Parameters},
};
use medrec_primitives::work::U256;
use sp_runtime::TryRuntimeError;

/// The error of the check after `breaking` has changed a valid chain of two blocks.
fn error_of(breaking: impl FnOnce()) -> TryRuntimeError {
	ExtBuilder::default().build().execute_with(|| {
		mine_on_time(miner(0));
		mine_on_time(miner(1));
		Pow::do_try_state().expect("the invariants hold");
		breaking();
		Pow::do_try_state().expect_err("an invariant is broken")
	})
}

#[test]
fn parameters_are_not_zero() {
	let error = error_of(|| Parameters::<Test>::mutate(|it| it.target_block_time = 0));
	assert_eq!(error, "the target block time is zero".into());
	let error = error_of(|| Parameters::<Test>::mutate(|it| it.minimum_difficulty = U256::zero()));
	assert_eq!(error, "the minimum difficulty is zero".into());
}

#[test]
fn the_difficulty_is_not_below_the_floor() {
	let error = error_of(|| CurrentDifficulty::<Test>::put(U256::from(FLOOR - 1)));
	assert_eq!(error, "the difficulty is below the floor".into());
}

#[test]
fn the_anchor_is_a_mined_block() {
	let error = error_of(|| Anchor::<Test>::mutate(|anchor| anchor.as_mut().unwrap().height = 3));
	assert_eq!(error, "the anchor is a later block".into());
	let error =
		error_of(|| Anchor::<Test>::mutate(|anchor| anchor.as_mut().unwrap().target = U256::MAX));
	assert_eq!(error, "the anchor is below the floor".into());
	let error = error_of(Anchor::<Test>::kill);
	assert_eq!(error, "the anchor does not match the mined blocks".into());
}

#[test]
fn each_block_has_one_miner() {
	let error = error_of(|| LastMined::<Test>::insert(miner(2), 2));
	assert_eq!(error, "two miners mined the same block".into());
	for block in [0, 3] {
		let error = error_of(|| LastMined::<Test>::insert(miner(2), block));
		assert_eq!(error, "the last block of a miner does not exist".into());
	}
}

#[test]
fn no_time_without_a_block_is_stored() {
	ExtBuilder::default().build().execute_with(|| {
		LastTime::<Test>::put(NOW);
		assert_eq!(Pow::do_try_state(), Err("a time without a block is stored".into()));
	});
}
