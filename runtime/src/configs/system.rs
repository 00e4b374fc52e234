//! Blocks, accounts, time and batches.

use crate::{
	calls::Allowed, Block, Hash, Nonce, PalletInfo, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeOrigin, RuntimeTask, VERSION,
};
use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::{ConstU32, ConstU64},
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MILLIS},
		Weight,
	},
};
use frame_system::limits::{BlockLength, BlockWeights};
use medrec_primitives::{traits::Clock, AccountId, BlockNumber, Moment};
use sp_runtime::{traits::AccountIdLookup, Perbill};
use sp_version::RuntimeVersion;

/// What of a block ordinary transactions may fill. The rest is kept for protective calls.
const NORMAL_RATIO: Perbill = Perbill::from_percent(75);

/// How long a block may take to execute, so that blocks of a second have time to travel.
const BLOCK_EXECUTION: u64 = WEIGHT_REF_TIME_PER_MILLIS.saturating_mul(500);

/// How many bytes of transactions a block may hold.
const BLOCK_BYTES: u32 = 2 * 1024 * 1024;

parameter_types! {
	/// How many blocks back a transaction may refer.
	pub const BlockHashCount: BlockNumber = 2400;
	/// The version of this runtime.
	pub const Version: RuntimeVersion = VERSION;
	/// The weights of blocks.
	pub RuntimeBlockWeights: BlockWeights = BlockWeights::with_sensible_defaults(
		Weight::from_parts(BLOCK_EXECUTION, u64::MAX),
		NORMAL_RATIO,
	);
	/// The lengths of blocks.
	pub RuntimeBlockLength: BlockLength =
		BlockLength::builder()
			.max_length(BLOCK_BYTES)
			.modify_max_length_for_class(DispatchClass::Normal, |max| *max = NORMAL_RATIO * *max)
			.build();
	/// The prefix of addresses; not one that another chain has registered.
	pub const Ss58Prefix: u16 = 7336;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type BaseCallFilter = Allowed;
	type Block = Block;
	type BlockWeights = RuntimeBlockWeights;
	type BlockLength = RuntimeBlockLength;
	type AccountId = AccountId;
	type AccountData = ();
	type Nonce = Nonce;
	type Hash = Hash;
	type Lookup = AccountIdLookup<AccountId, ()>;
	type BlockHashCount = BlockHashCount;
	type DbWeight = ParityDbWeight;
	type Version = Version;
	type SS58Prefix = Ss58Prefix;
	type MaxConsumers = ConstU32<16>;
}

impl pallet_timestamp::Config for Runtime {
	type Moment = Moment;
	type OnTimestampSet = crate::Pow;
	type MinimumPeriod = ConstU64<1>;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = crate::OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

/// The clock of the chain.
pub struct ChainClock;

impl Clock for ChainClock {
	fn now() -> Moment {
		pallet_timestamp::Now::<Runtime>::get()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_set(now: Moment) -> sp_runtime::DispatchResult {
		pallet_timestamp::Now::<Runtime>::put(now);
		Ok(())
	}
}
