//! Configuration of subjects, relationships, summaries and bounties.

use super::{CouncilAndVoters, CouncilMajority};
use crate::{Pow, Ppr, Registrar, Runtime, RuntimeCall, Summary, Timestamp};
use frame_support::traits::{ConstU32, ConstU64};
use medrec_primitives::{Moment, Signature};
use pallet_registrar::EnsureActor;
use sp_runtime::traits::Verify;

const MINUTE: Moment = 60_000;
const DAY: Moment = 24 * 60 * MINUTE;

impl pallet_registrar::Config for Runtime {
	type CouncilOrigin = CouncilMajority;
	type Time = Timestamp;
	type Summaries = Summary;
	type OnProvidersChanged = CouncilAndVoters;
	type Signature = Signature;
	type Public = <Signature as Verify>::Signer;
	type MaxIdentifiers = ConstU32<16>;
	type Quota = ConstU32<600>;
	type ProtectiveQuota = ConstU32<600>;
	type QuotaWindow = ConstU64<{ 10 * MINUTE }>;
	type WeightInfo = pallet_registrar::weights::SubstrateWeight<Runtime>;
}

impl pallet_ppr::Config for Runtime {
	type ActorOrigin = EnsureActor<Runtime>;
	type Subjects = Registrar;
	type Time = Timestamp;
	type Summaries = Summary;
	type MaxRecords = ConstU32<100_000>;
	type MaxNotes = ConstU32<1_000>;
	type MaxGrants = ConstU32<1_000>;
	type MaxGrantsPerGrantee = ConstU32<16>;
	type WeightInfo = pallet_ppr::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::BenchmarkSetup;
}

impl pallet_summary::Config for Runtime {
	type ActorOrigin = EnsureActor<Runtime>;
	type Relationships = Ppr;
	type Time = Timestamp;
	type Retention = ConstU32<1_000>;
	type AnchorRetention = ConstU32<1_000>;
	type WeightInfo = pallet_summary::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::BenchmarkSetup;
}

impl pallet_mining_bounty::Config for Runtime {
	type RuntimeCall = RuntimeCall;
	type ActorOrigin = EnsureActor<Runtime>;
	type Authorship = Pow;
	type Time = Timestamp;
	type Summaries = Summary;
	type MaxPeriod = ConstU64<{ 365 * DAY }>;
	type WeightInfo = pallet_mining_bounty::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::BenchmarkSetup;
}
