//! Benchmarks of the calls, each with histories and logs that are full. What a provider's gatekeeper
//! may do is measured with it as caller, which takes more looking up than the provider itself.

use crate::{
	Activity, ActivityHeads, AnchorHead, AnchorHeads, Anchors, Call, Config, Entries, Pallet,
	Pending,
};
use frame_benchmarking::v2::*;
use frame_support::traits::Get;
use frame_system::RawOrigin;
use medrec_primitives::{
	identity::{Role, SubjectId},
	summary::{ActivityEntry, ActivityHead, ActivityKind, Anchor, EntryRole, EntryState},
	traits::{Relationships, Subjects, Summaries},
	H256,
};

/// Makes the next push to the history of `subject` drop an entry.
fn fill<T: Config>(subject: &SubjectId) {
	let kind = ActivityKind::Registered;
	let entry = ActivityEntry { at: 0, by: None, relationship: None, kind };
	let hash = ActivityHead::default().push(&entry).hash;
	Activity::<T>::insert(subject, 0, entry);
	ActivityHeads::<T>::insert(subject, ActivityHead { next: T::Retention::get().into(), hash });
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn acknowledge() {
		let caller: T::AccountId = whitelisted_caller();
		let patient = T::Subjects::benchmark_subject(&caller, Role::Patient);
		let provider = T::Subjects::benchmark_subject(&account("provider", 0, 0), Role::Provider);
		let relationship = T::Relationships::benchmark_relationship(&patient, &provider);
		// Pending elsewhere too, so that the sum is written and not removed.
		let other = H256::repeat_byte(0xee);
		for seen in [&relationship, &other] {
			let (role, state) = (EntryRole::Patient, EntryState::Active);
			Pallet::<T>::set_entry(&patient, seen, role, state, true);
		}

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), relationship);

		assert!(Entries::<T>::get(patient, relationship).is_some_and(|entry| entry.pending == 0));
		assert_eq!(Pending::<T>::get(patient), 1);
	}

	#[benchmark]
	fn anchor_access_log() {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::Subjects::benchmark_acting_provider(&caller);
		let next = u64::from(T::AnchorRetention::get()).max(1);
		Anchors::<T>::insert(provider, 0, Anchor { size: 1, ..Default::default() });
		AnchorHeads::<T>::insert(provider, AnchorHead { next, size: next });

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), H256::repeat_byte(1), next, u32::MAX);

		let size = next.saturating_add(u32::MAX.into());
		assert_eq!(AnchorHeads::<T>::get(provider).size, size);
	}

	#[benchmark]
	fn raise_alarm() {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::Subjects::benchmark_acting_provider(&caller);
		let patient = T::Subjects::benchmark_subject(&account("patient", 0, 0), Role::Patient);
		let relationship = T::Relationships::benchmark_relationship(&patient, &provider);
		let record = T::Relationships::benchmark_record(&relationship);
		let (role, state) = (EntryRole::Patient, EntryState::Active);
		Pallet::<T>::set_entry(&patient, &relationship, role, state, true);
		fill::<T>(&patient);
		fill::<T>(&provider);
		let before = Pending::<T>::get(patient);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), relationship, record);

		assert_eq!(Pending::<T>::get(patient), before.saturating_add(1));
		assert_eq!(Activity::<T>::get(patient, 0), None);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::ExtBuilder::build(), crate::mock::Test);
}
