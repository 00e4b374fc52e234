//! Work, finality, and the council of providers.

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
use sp_runtime::{Perbill, Permill};

impl pallet_pow::Config for Runtime {
	type Miners = Registrar;
	type HalfLifeBlocks = ConstU64<20>;
	type Diversity = Diversity;
	type RelaxAfter = ConstU64<10>;
	type WeightInfo = pallet_pow::weights::SubstrateWeight<Runtime>;
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
	/// The share of miners of whose blocks one must wait before mining again.
	pub const Diversity: Permill = Permill::from_percent(50);
	/// How long a motion is open.
	pub const MotionDuration: BlockNumber = 7 * 24 * 360;
	/// How much of a block a motion may take.
	pub MaxProposalWeight: Weight =
		Perbill::from_percent(50) * RuntimeBlockWeights::get().max_block;
}

/// The providers, each with one vote. Its members follow the registrar and nothing else sets them.
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

/// More than half of the providers.
pub type CouncilMajority = pallet_collective::EnsureProportionMoreThan<AccountId, Instance1, 1, 2>;

/// Makes the council and the voters on finality follow the registrar's active providers.
pub struct CouncilAndVoters;

impl OnProvidersChanged<AccountId> for CouncilAndVoters {
	fn on_providers_changed(providers: &[(AccountId, Option<FinalityKey>)]) {
		let members = members_of(providers);
		let before = pallet_collective::Members::<Runtime, Instance1>::get();
		if members != before {
			<Council as ChangeMembers<AccountId>>::set_members_sorted(&members, &before);
		}
		set_voters(voters_of(providers));
	}

	/// A change of members takes the votes of those who left out of every open motion, and the
	/// registrar is measured with none open. This is what the collective itself measured for its own
	/// call that does the same work, `set_members`, with as many members and open motions as there
	/// may be: the votes of each motion read and written once, and the time to go through them.
	fn weight() -> Weight {
		type Collective = <Runtime as pallet_collective::Config<Instance1>>::WeightInfo;
		let motions = <Runtime as pallet_collective::Config<Instance1>>::MaxProposals::get();
		Collective::set_members(MAX_PROVIDERS, MAX_PROVIDERS, motions)
	}
}

/// The members of the council if these are the providers, in the order in which it keeps them.
pub fn members_of(providers: &[(AccountId, Option<FinalityKey>)]) -> Vec<AccountId> {
	let mut members: Vec<_> = providers.iter().map(|(account, _)| account.clone()).collect();
	members.sort();
	members
}

/// The voters on finality if these are the providers: those that have a key, in their order.
pub fn voters_of(providers: &[(AccountId, Option<FinalityKey>)]) -> AuthorityList {
	let keys = providers.iter().filter_map(|(_, key)| *key);
	keys.map(|key| (sp_core::ed25519::Public::from_raw(key).into(), 1)).collect()
}

/// Schedules a change of the voters at the end of this block. A set without voters is never set:
/// the last ones go on, since nobody could finalise the change that brings new ones.
fn set_voters(voters: AuthorityList) {
	if voters.is_empty() || voters == Grandpa::grandpa_authorities() {
		// A change that this same block scheduled before is taken back.
		if !voters.is_empty() && pallet_grandpa::PendingChange::<Runtime>::take().is_some() {
			pallet_grandpa::CurrentSetId::<Runtime>::mutate(|id| *id = id.saturating_sub(1));
		}
		return;
	}
	let pending = pallet_grandpa::PendingChange::<Runtime>::mutate(|pending| {
		let Some(pending) = pending else { return false };
		if let Ok(next) = voters.clone().try_into() {
			pending.next_authorities = next;
		}
		true
	});
	// A new set has a new number, however often one block changes it.
	if !pending && Grandpa::schedule_change(voters, 0, None).is_ok() {
		pallet_grandpa::CurrentSetId::<Runtime>::mutate(|id| *id = id.saturating_add(1));
	}
}
