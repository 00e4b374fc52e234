//! Benchmarks of the calls. The caller is a gatekeeper where the call admits one: its origin takes the
//! most reads, since its provider is looked up.

use crate::*;
use alloc::boxed::Box;
use frame_benchmarking::v2::*;
use frame_support::{traits::Get, BoundedVec, Hashable};
use frame_system::RawOrigin;
use medrec_primitives::{
	bounty::{
		AnswerCommitment, Bounty, BountyId, BountyState, Dataset, DatasetId, Offer, Parameters,
		Rules, Statistic, MAX_TEMPLATES, SMALLEST_GROUP,
	},
	identity::{Role, SubjectId},
	record::TemplateHash,
	traits::BenchmarkHelper,
	Moment,
};

const NOW: Moment = 1_000_000;
const DATASET: DatasetId = DatasetId::repeat_byte(0xda);
const BOUNTY: BountyId = BountyId::repeat_byte(0xb0);

/// The template of this number.
fn template(number: u32) -> TemplateHash {
	TemplateHash(number.blake2_256())
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
		// The last template of the rules, so that the search reads all.
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
fn dataset<T: Config>(provider: SubjectId) {
	T::BenchmarkHelper::set_time(NOW);
	let dataset = Dataset { provider, rules: rules(), period_start: 0, spent: 1 };
	Datasets::<T>::insert(DATASET, dataset);
}

/// Stores an open bounty of `provider` that expires now. Returns its owner, a new miner.
fn bounty<T: Config>(provider: SubjectId) -> SubjectId {
	let owner = T::BenchmarkHelper::subject(&account("miner", 0, 0), Role::Researcher);
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
	fn register_dataset() {
		let caller: T::AccountId = whitelisted_caller();
		dataset::<T>(T::BenchmarkHelper::subject(&caller, Role::Provider));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), DATASET, rules());

		assert_eq!(Datasets::<T>::get(DATASET).map(|dataset| dataset.spent), Some(1));
	}

	/// The call that carries the bounty is a cheap one that a gatekeeper may make. Its weight counts
	/// twice, here and in the call's own weight, which errs to the safe side.
	#[benchmark]
	fn with_bounty() {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::BenchmarkHelper::acting_provider(&caller);
		dataset::<T>(provider);
		let author = bounty::<T>(provider);
		T::BenchmarkHelper::set_author(&author);
		let call =
			Call::commit_answer { bounty: BOUNTY, commitment: AnswerCommitment::repeat_byte(1) };

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), Box::new(call.into()), offer::<T>());

		assert_eq!(Pallet::<T>::bounties_of(&author, None).len(), 2);
		assert_eq!(Standings::<T>::get(provider).answered, 1);
	}

	#[benchmark]
	fn commit_answer() {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::BenchmarkHelper::acting_provider(&caller);
		dataset::<T>(provider);
		bounty::<T>(provider);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), BOUNTY, AnswerCommitment::repeat_byte(1));

		assert_eq!(Standings::<T>::get(provider).answered, 1);
	}

	#[benchmark]
	fn mark_defaulted() {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::BenchmarkHelper::acting_provider(&caller);
		dataset::<T>(provider);
		bounty::<T>(provider);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), BOUNTY);

		assert_eq!(Standings::<T>::get(provider).defaulted, 1);
	}

	impl_benchmark_test_suite!(
		Pallet,
		pallet_testing::BuildAndExecute::build(mock::ExtBuilder),
		mock::Test
	);
}
