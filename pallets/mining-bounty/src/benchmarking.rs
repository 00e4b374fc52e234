//! Benchmarks of the calls. What a provider's gatekeeper may do is measured with it as caller, which
//! takes more looking up than the provider itself.

use crate::{Bounties, BountiesOf, Call, Config, Datasets, NextBounty, Pallet, Standings};
use alloc::boxed::Box;
use frame_benchmarking::v2::*;
use frame_support::{traits::Get, BoundedVec, Hashable};
use frame_system::RawOrigin;
use medrec_primitives::{
	bounty::{
		Bounty, BountyId, BountyState, Dataset, DatasetId, Offer, Parameters, Rules, Statistic,
		MAX_TEMPLATES, SMALLEST_GROUP,
	},
	identity::{Role, SubjectId},
	traits::{Authorship, Clock, Subjects},
	Moment, H256,
};

const NOW: Moment = 1_000_000;
const DATASET: DatasetId = H256::repeat_byte(0xda);
const BOUNTY: BountyId = H256::repeat_byte(0xb0);

/// The template of this number.
fn template(number: u32) -> H256 {
	H256(number.blake2_256())
}

fn rules() -> Rules {
	let templates = (0..MAX_TEMPLATES).map(template);
	Rules {
		templates: BoundedVec::truncate_from(templates.collect()),
		smallest_group: SMALLEST_GROUP,
		budget: u64::MAX,
		period: 1,
	}
}

fn offer<T: Config>() -> Offer {
	Offer {
		dataset: DATASET,
		// The one that is found last.
		template: template(MAX_TEMPLATES.saturating_sub(1)),
		parameters: Parameters {
			statistic: Statistic::Mean { field: 1 },
			group_by: BoundedVec::truncate_from([2, 3].into()),
		},
		cost: 1,
		expires_at: NOW.saturating_add(T::MaxPeriod::get()),
	}
}

/// Gives `provider` a dataset whose period is over.
fn dataset<T: Config>(provider: SubjectId) -> Result<(), BenchmarkError> {
	T::Clock::benchmark_set(NOW)?;
	let dataset = Dataset { provider, rules: rules(), period_start: 0, spent: 1 };
	Datasets::<T>::insert(DATASET, dataset);
	Ok(())
}

/// A miner that owns an open bounty of `provider`, which expires now. Returns the miner.
fn bounty<T: Config>(provider: SubjectId) -> SubjectId {
	let owner = T::Subjects::benchmark_subject(&account("miner", 0, 0), Role::Researcher);
	let offer = Offer { expires_at: NOW, ..offer::<T>() };
	let bounty = Bounty { provider, owner, offer, offered_at: 0, state: BountyState::Open };
	Bounties::<T>::insert(BOUNTY, bounty);
	BountiesOf::<T>::insert(owner, BOUNTY, ());
	NextBounty::<T>::put(1);
	owner
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_dataset() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		dataset::<T>(T::Subjects::benchmark_subject(&caller, Role::Provider))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), DATASET, rules());

		assert_eq!(Datasets::<T>::get(DATASET).map(|dataset| dataset.spent), Some(1));
		Ok(())
	}

	/// The call that carries the bounty is a cheap one that a gatekeeper may make. Its weight is added
	/// to this, so that this is a little too much.
	#[benchmark]
	fn with_bounty() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::Subjects::benchmark_acting_provider(&caller);
		dataset::<T>(provider)?;
		let author = bounty::<T>(provider);
		T::Authorship::benchmark_author(&author);
		let call = Call::commit_answer { bounty: BOUNTY, commitment: H256::repeat_byte(1) };

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), Box::new(call.into()), offer::<T>());

		assert_eq!(Pallet::<T>::bounties_of(&author, None).len(), 2);
		assert_eq!(Standings::<T>::get(provider).answered, 1);
		Ok(())
	}

	#[benchmark]
	fn commit_answer() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::Subjects::benchmark_acting_provider(&caller);
		dataset::<T>(provider)?;
		bounty::<T>(provider);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), BOUNTY, H256::repeat_byte(1));

		assert_eq!(Standings::<T>::get(provider).answered, 1);
		Ok(())
	}

	#[benchmark]
	fn mark_defaulted() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::Subjects::benchmark_subject(&account("provider", 0, 0), Role::Provider);
		dataset::<T>(provider)?;
		T::Subjects::benchmark_subject(&caller, Role::Patient);
		bounty::<T>(provider);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), BOUNTY);

		assert_eq!(Standings::<T>::get(provider).defaulted, 1);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::ExtBuilder::build(), crate::mock::Test);
}
