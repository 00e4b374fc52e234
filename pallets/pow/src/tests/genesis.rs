//! The genesis and its validity.

use crate::{
	mock::*,
	pallet::{GenesisConfig, Parameters},
	types,
};
use medrec_primitives::work::U256;

#[test]
fn the_genesis_sets_parameters_and_difficulty() {
	ExtBuilder::default().build_and_execute(|| {
		let expected =
			types::Parameters { target_block_time: TARGET, minimum_difficulty: U256::from(FLOOR) };
		assert_eq!(Parameters::<Test>::get(), expected);
		assert_eq!(Pow::difficulty(), U256::from(INITIAL));
	});
}

#[test]
fn the_default_genesis_is_valid() {
	let genesis = GenesisConfig::<Test>::default();
	ExtBuilder::default()
		.target_block_time(genesis.target_block_time)
		.initial_difficulty(genesis.initial_difficulty)
		.minimum_difficulty(genesis.minimum_difficulty)
		.build_and_execute(|| {
			assert_eq!(Parameters::<Test>::get(), Default::default());
			assert_eq!(Pow::difficulty(), genesis.initial_difficulty);
		});
}

#[test]
#[should_panic = "the genesis has no target time or a difficulty below its floor"]
fn a_target_time_of_zero_is_invalid() {
	ExtBuilder::default().target_block_time(0).build();
}

#[test]
#[should_panic = "the genesis has no target time or a difficulty below its floor"]
fn a_floor_of_zero_is_invalid() {
	ExtBuilder::default().minimum_difficulty(0).build();
}

#[test]
#[should_panic = "the genesis has no target time or a difficulty below its floor"]
fn an_initial_difficulty_below_the_floor_is_invalid() {
	ExtBuilder::default().initial_difficulty(FLOOR - 1).build();
}
