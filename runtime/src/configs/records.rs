//! Who is who, relationships, summaries and bounties.

use super::{ChainClock, CouncilAndVoters, CouncilMajority};
use crate::{Pow, Ppr, Registrar, Runtime, RuntimeCall, Summary};
use frame_support::traits::{ConstU32, ConstU64};
use medrec_primitives::{Moment, Signature};

const MINUTE: Moment = 60_000;
const DAY: Moment = 24 * 60 * MINUTE;

impl pallet_registrar::Config for Runtime {
	type CouncilOrigin = CouncilMajority;
	type Clock = ChainClock;
	type Summaries = Summary;
	type OnProvidersChanged = CouncilAndVoters;
	type Signature = Signature;
	type Public = <Signature as sp_runtime::traits::Verify>::Signer;
	type MaxIdentifiers = ConstU32<16>;
	type Quota = ConstU32<600>;
	type ProtectiveQuota = ConstU32<600>;
	type QuotaWindow = ConstU64<{ 10 * MINUTE }>;
	type WeightInfo = pallet_registrar::weights::SubstrateWeight<Runtime>;
}

impl pallet_ppr::Config for Runtime {
	type Subjects = Registrar;
	type Clock = ChainClock;
	type Summaries = Summary;
	type MaxRecords = ConstU32<100_000>;
	type MaxNotes = ConstU32<1_000>;
	type MaxGrants = ConstU32<1_000>;
	type MaxGrantsPerGrantee = ConstU32<16>;
	type WeightInfo = pallet_ppr::weights::SubstrateWeight<Runtime>;
}

impl pallet_summary::Config for Runtime {
	type Subjects = Registrar;
	type Relationships = Ppr;
	type Clock = ChainClock;
	type Retention = ConstU32<1_000>;
	type AnchorRetention = ConstU32<1_000>;
	type WeightInfo = pallet_summary::weights::SubstrateWeight<Runtime>;
}

impl pallet_mining_bounty::Config for Runtime {
	type RuntimeCall = RuntimeCall;
	type Subjects = Registrar;
	type Authorship = Pow;
	type Clock = ChainClock;
	type Summaries = Summary;
	type MaxPeriod = ConstU64<{ 365 * DAY }>;
	type WeightInfo = pallet_mining_bounty::weights::SubstrateWeight<Runtime>;
}
