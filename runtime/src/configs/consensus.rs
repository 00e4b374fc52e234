//! Configuration of proof of work, finality, and the council of providers.

use super::RuntimeBlockWeights;
use crate::{Council, Grandpa, Registrar, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin};
use alloc::vec::Vec;
use frame_support::{
	parameter_types,
	traits::{ChangeMembers, ConstU32, ConstU64, Get},
	weights::Weight,
};
use frame_system::{EnsureNever, EnsureRoot};
use medrec_primitives::{
	identity::FinalityKey,
	traits::{OnProvidersChanged, MAX_PROVIDERS},
	AccountId, BlockNumber,
};
use pallet_collective::{Instance1, WeightInfo};
use sp_consensus_grandpa::AuthorityList;
use sp_core::ed25519;
use sp_runtime::{Perbill, Permill};

impl pallet_pow::Config for Runtime {
	type Miners = Registrar;
	type HalfLifeBlocks = ConstU64<20>;
	type Diversity = Diversity;
	type RelaxAfter = ConstU64<10>;
	type WeightInfo = pallet_pow::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::BenchmarkSetup;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = ConstU32<MAX_PROVIDERS>;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<0>;
	type KeyOwnerProof = sp_core::Void;
	type EquivocationReportSystem = ();
}

parameter_types! {
	/// The share of active miners that must have mined before an author mines again.
	pub const Diversity: Permill = Permill::from_percent(50);
	/// The number of blocks for which a motion is open: a week of blocks of ten seconds.
	pub const MotionDuration: BlockNumber = 7 * 24 * 360;
	/// The maximum weight of a motion.
	pub MaxProposalWeight: Weight =
		Perbill::from_percent(50) * RuntimeBlockWeights::get().max_block;
}

/// The council: one vote per active provider. Only [`CouncilAndVoters`] sets its members.
impl pallet_collective::Config<Instance1> for Runtime {
	type RuntimeOrigin = RuntimeOrigin;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type MotionDuration = MotionDuration;
	type MaxProposals = ConstU32<64>;
	type MaxMembers = ConstU32<MAX_PROVIDERS>;
	type DefaultVote = pallet_collective::MoreThanMajorityThenPrimeDefaultVote;
	type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
	type SetMembersOrigin = EnsureNever<()>;
	type MaxProposalWeight = MaxProposalWeight;
	type DisapproveOrigin = EnsureRoot<AccountId>;
	type KillOrigin = EnsureRoot<AccountId>;
	type Consideration = ();
}

/// The origin of a motion that more than half of the council approved.
pub type CouncilMajority = pallet_collective::EnsureProportionMoreThan<AccountId, Instance1, 1, 2>;

/// Updates the members of the council and the GRANDPA authorities when the active providers change.
pub struct CouncilAndVoters;

impl OnProvidersChanged<AccountId> for CouncilAndVoters {
	fn on_providers_changed(providers: &[(AccountId, Option<FinalityKey>)]) {
		let members = members_of(providers);
		let before = pallet_collective::Members::<Runtime, Instance1>::get();
		if members != before {
			<Council as ChangeMembers<AccountId>>::set_members_sorted(&members, &before);
		}
		set_authorities(authorities_of(providers));
	}

	/// The weight of `pallet_collective`'s call `set_members`, which does the same work, with the maximum
	/// number of members and open motions: a member that leaves also loses its votes on each of them.
	/// The registrar's own benchmarks run without motions.
	fn weight() -> Weight {
		type Collective = <Runtime as pallet_collective::Config<Instance1>>::WeightInfo;
		let motions = <Runtime as pallet_collective::Config<Instance1>>::MaxProposals::get();
		Collective::set_members(MAX_PROVIDERS, MAX_PROVIDERS, motions)
	}
}

/// The members of the council for these providers, in ascending order as the collective keeps them.
pub fn members_of(providers: &[(AccountId, Option<FinalityKey>)]) -> Vec<AccountId> {
	let mut members: Vec<_> = providers.iter().map(|(account, _)| account.clone()).collect();
	members.sort();
	members
}

/// The GRANDPA authorities for these providers: the finality keys in the providers' order, each with a
/// weight of one.
pub fn authorities_of(providers: &[(AccountId, Option<FinalityKey>)]) -> AuthorityList {
	let keys = providers.iter().filter_map(|(_, key)| *key);
	keys.map(|key| (ed25519::Public::from_raw(key.0).into(), 1)).collect()
}

/// Schedules `authorities` to become the GRANDPA authorities at the end of this block. An empty set is
/// ignored, because no voter could finalise the block that ends it.
///
/// This is the only place that writes storage of `pallet_grandpa`. Its public function
/// `schedule_change` rejects a second change in the same block, and leaves the set ID to
/// `pallet_session`, which this runtime does not have. Here a further change replaces the pending one,
/// a change back cancels it, and the set ID rises by one per block with a change.
fn set_authorities(authorities: AuthorityList) {
	if authorities.is_empty() {
		return;
	}
	let was_pending = pallet_grandpa::PendingChange::<Runtime>::take().is_some();
	let is_pending = authorities != Grandpa::grandpa_authorities()
		&& Grandpa::schedule_change(authorities, 0, None).is_ok();
	if was_pending != is_pending {
		pallet_grandpa::CurrentSetId::<Runtime>::mutate(|id| {
			*id = if is_pending { id.saturating_add(1) } else { id.saturating_sub(1) }
		});
	}
}
