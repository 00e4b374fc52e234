//! Configuration of blocks, accounts, time and batches.

use crate::{
	calls::CallFilter, Block, PalletInfo, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin,
	RuntimeTask, VERSION,
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
use medrec_primitives::{BlockNumber, Moment};
use sp_runtime::Perbill;
use sp_version::RuntimeVersion;

/// The share of a block for ordinary transactions. The rest is reserved for protective calls.
const NORMAL_RATIO: Perbill = Perbill::from_percent(75);

/// The maximum execution time of a block, in picoseconds: half of the shortest block time, a second, so
/// that blocks have time to propagate.
const MAX_BLOCK_REF_TIME: u64 = WEIGHT_REF_TIME_PER_MILLIS.saturating_mul(500);

/// The maximum length of a block, in bytes.
const MAX_BLOCK_LENGTH: u32 = 2 * 1024 * 1024;

parameter_types! {
	/// The number of recent block hashes in the state, which bounds the era of transactions.
	pub const BlockHashCount: BlockNumber = 2400;
	/// The version of this runtime.
	pub const Version: RuntimeVersion = VERSION;
	/// The weight limits of blocks.
	pub RuntimeBlockWeights: BlockWeights = BlockWeights::with_sensible_defaults(
		Weight::from_parts(MAX_BLOCK_REF_TIME, u64::MAX),
		NORMAL_RATIO,
	);
	/// The length limits of blocks.
	pub RuntimeBlockLength: BlockLength =
		BlockLength::builder()
			.max_length(MAX_BLOCK_LENGTH)
			.modify_max_length_for_class(DispatchClass::Normal, |max| *max = NORMAL_RATIO * *max)
			.build();
	/// The SS58 prefix of addresses. It is not in the registry of SS58 prefixes.
	pub const Ss58Prefix: u16 = 7336;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type BaseCallFilter = CallFilter;
	type Block = Block;
	type BlockWeights = RuntimeBlockWeights;
	type BlockLength = RuntimeBlockLength;
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
