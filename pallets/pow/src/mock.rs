//! A runtime of the system and this pallet, and what tests do with it.

use crate::{
	pallet::{GenesisConfig, LastTime, Pallet},
	types::POW_ENGINE_ID,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU64, Hooks, OnTimestampSet},
	weights::Weight,
};
use medrec_primitives::{
	identity::{MiningKey, SubjectId},
	traits::{Authorship, Miners},
	work::U256,
	Moment,
};
use parity_scale_codec::Encode;
use sp_core::H256;
use sp_runtime::{BuildStorage, Digest, DigestItem, Permill};

pub type Block = frame_system::mocking::MockBlock<Test>;

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
	pub static ActiveMiners: Vec<SubjectId> = Vec::new();
	pub static Diversity: Permill = Permill::from_percent(50);
}

/// Miners whose keys are their subjects.
pub struct MockMiners;

impl Miners for MockMiners {
	fn miners() -> Vec<(SubjectId, MiningKey)> {
		ActiveMiners::get().into_iter().map(|miner| (miner, miner.0)).collect()
	}

	fn count() -> u32 {
		ActiveMiners::get().len() as u32
	}

	fn key(miner: &SubjectId) -> Option<MiningKey> {
		ActiveMiners::get().contains(miner).then_some(miner.0)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_miner(seed: u32) -> SubjectId {
		let miner = H256::from_low_u64_be(u64::from(seed) + 1_000_000);
		ActiveMiners::mutate(|miners| miners.push(miner));
		miner
	}
}

impl crate::Config for Test {
	type Miners = MockMiners;
	type HalfLifeBlocks = ConstU64<20>;
	type Diversity = Diversity;
	type RelaxAfter = ConstU64<10>;
	type WeightInfo = ();
}

/// The target time of the mock chain.
pub const TARGET: Moment = 10_000;

/// The difficulty of its first block.
pub const INITIAL: u64 = 1_000_000;

/// The difficulty below which none falls.
pub const FLOOR: u64 = 1_000;

/// When its first block is mined.
pub const START: Moment = 1_700_000_000_000;

/// Miner `number`.
pub fn miner(number: u64) -> SubjectId {
	H256::from_low_u64_be(number + 1)
}

/// The item of a header that names `author`.
pub fn names(author: SubjectId) -> DigestItem {
	DigestItem::PreRuntime(POW_ENGINE_ID, author.encode())
}

/// Begins the next block, with these items in its header.
pub fn begin_with(logs: Vec<DigestItem>) -> Weight {
	let number = System::block_number() + 1;
	System::initialize(&number, &H256::zero(), &Digest { logs });
	Pow::on_initialize(number)
}

/// Executes the next block.
pub fn mine(author: SubjectId, time: Moment) {
	begin_with(vec![names(author)]);
	assert_eq!(<Pallet<Test> as Authorship>::author(), Some(author));
	Pow::on_timestamp_set(time);
	Pow::on_finalize(System::block_number());
	assert_eq!(<Pallet<Test> as Authorship>::author(), Some(author));
}

/// Executes the next block, on schedule.
pub fn mine_on_time(author: SubjectId) {
	let last = LastTime::<Test>::get();
	mine(author, if last == 0 { START } else { last + TARGET });
}

/// What `block` panics with; none if it does not. What it wrote before is taken back, as that of an
/// invalid block.
pub fn refusal(block: impl FnOnce()) -> Option<String> {
	let result = frame_support::storage::with_storage_layer(|| {
		let block = std::panic::AssertUnwindSafe(block);
		std::panic::catch_unwind(block).map_err(|panic| {
			let message = panic.downcast::<String>().expect("the message is formatted");
			message.leak() as &'static str
		})?;
		Ok::<_, sp_runtime::DispatchError>(())
	});
	match result {
		Ok(()) => None,
		Err(sp_runtime::DispatchError::Other(message)) => Some(message.into()),
		Err(other) => panic!("{other:?}"),
	}
}

/// A chain of `miners` miners, 5 unless told.
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

	pub fn build(self) -> sp_io::TestExternalities {
		ActiveMiners::set((0..self.miners).map(miner).collect());
		Diversity::set(Permill::from_percent(50));
		let genesis = RuntimeGenesisConfig { system: Default::default(), pow: self.genesis };
		genesis.build_storage().expect("the genesis is valid").into()
	}

	/// Runs a test, and checks the invariants after it.
	pub fn build_and_execute<R>(self, test: impl FnOnce() -> R) -> R {
		self.build().execute_with(|| {
			let result = test();
			Pow::do_try_state().expect("the invariants hold");
			result
		})
	}
}

/// An empty chain, for benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub fn new_test_ext() -> sp_io::TestExternalities {
	ExtBuilder::default().build()
}
