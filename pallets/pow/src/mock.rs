//! A runtime of System and this pallet.

use crate::{
	pallet::{GenesisConfig, LastTime, Pallet},
	types::POW_ENGINE_ID,
};
use frame_support::{
	derive_impl, parameter_types,
	storage::with_transaction_unchecked,
	traits::{ConstU64, Hooks, OnTimestampSet},
	weights::Weight,
};
use medrec_primitives::{
	identity::{Role, SubjectId},
	traits::Authorship,
	work::U256,
	Moment,
};
use parity_scale_codec::Encode;
use sp_core::H256;
use sp_io::TestExternalities;
use sp_runtime::{BuildStorage, Digest, DigestItem, Permill, TransactionOutcome, TryRuntimeError};
use std::panic::{catch_unwind, AssertUnwindSafe};

pub use pallet_testing::*;

type Block = frame_system::mocking::MockBlock<Test>;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Pow: crate,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

parameter_types! {
	pub static Diversity: Permill = Permill::from_percent(50);
}

impl crate::Config for Test {
	type Miners = MockRegistrar;
	type HalfLifeBlocks = ConstU64<20>;
	type Diversity = Diversity;
	type RelaxAfter = ConstU64<10>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = MockRegistrar;
}

/// The target time between blocks.
pub const TARGET: Moment = 10_000;

/// The difficulty of the first block.
pub const INITIAL: u64 = 1_000_000;

/// The minimum difficulty.
pub const FLOOR: u64 = 1_000;

/// The account of miner `number`.
fn miner_account(number: u64) -> AccountId {
	number + 1
}

/// The subject of miner `number`.
pub fn miner(number: u64) -> SubjectId {
	subject(miner_account(number))
}

/// Suspends miner `number`.
pub fn suspend_miner(number: u64) {
	set_suspended(miner_account(number), true);
}

/// The pre-runtime digest that names `author`.
pub fn author_digest(author: SubjectId) -> DigestItem {
	DigestItem::PreRuntime(POW_ENGINE_ID, author.encode())
}

/// Begins the next block, with these items in the digest of its header.
pub fn begin_with(logs: Vec<DigestItem>) -> Weight {
	let number = System::block_number() + 1;
	System::initialize(&number, &H256::zero(), &Digest { logs });
	Pow::on_initialize(number)
}

/// Executes the next block.
pub fn mine(author: SubjectId, time: Moment) {
	begin_with(vec![author_digest(author)]);
	assert_eq!(<Pallet<Test> as Authorship>::author(), Some(author));
	Pow::on_timestamp_set(time);
	Pow::on_finalize(System::block_number());
	assert_eq!(<Pallet<Test> as Authorship>::author(), Some(author));
}

/// Executes the next block one target time after the last, the first one at [`NOW`].
pub fn mine_on_time(author: SubjectId) {
	let last = LastTime::<Test>::get();
	mine(author, if last == 0 { NOW } else { last + TARGET });
}

/// The message with which `block` panics, `None` if it does not. A block that panics is rolled back.
pub fn panic_message(block: impl FnOnce()) -> Option<String> {
	with_transaction_unchecked(|| match catch_unwind(AssertUnwindSafe(block)) {
		Ok(()) => TransactionOutcome::Commit(None),
		Err(panic) => {
			let message = panic.downcast::<String>().expect("the message is formatted");
			TransactionOutcome::Rollback(Some(*message))
		},
	})
}

/// Builds a chain of `miners` miners, 5 by default.
pub struct ExtBuilder {
	miners: u64,
	genesis: GenesisConfig<Test>,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		let genesis = GenesisConfig {
			target_block_time: TARGET,
			initial_difficulty: U256::from(INITIAL),
			minimum_difficulty: U256::from(FLOOR),
			..Default::default()
		};
		ExtBuilder { miners: 5, genesis }
	}
}

impl ExtBuilder {
	pub fn miners(mut self, miners: u64) -> Self {
		self.miners = miners;
		self
	}

	pub fn initial_difficulty(mut self, difficulty: impl Into<U256>) -> Self {
		self.genesis.initial_difficulty = difficulty.into();
		self
	}

	pub fn minimum_difficulty(mut self, difficulty: impl Into<U256>) -> Self {
		self.genesis.minimum_difficulty = difficulty.into();
		self
	}

	pub fn target_block_time(mut self, time: Moment) -> Self {
		self.genesis.target_block_time = time;
		self
	}
}

impl BuildAndExecute for ExtBuilder {
	/// The chain before its first block, without the cast of [`pallet_testing::new_test_ext`].
	fn build(self) -> TestExternalities {
		Diversity::set(Permill::from_percent(50));
		let genesis = RuntimeGenesisConfig { system: Default::default(), pow: self.genesis };
		let mut state = TestExternalities::new(genesis.build_storage().expect("it is valid"));
		state.execute_with(|| {
			for number in 0..self.miners {
				register(miner_account(number), Role::Researcher);
			}
		});
		state
	}

	fn try_state() -> Result<(), TryRuntimeError> {
		Pow::do_try_state()
	}
}
