//! Benchmarks of the calls, with histories and logs at their retention bounds. The caller is a
//! gatekeeper: its origin takes the most reads, since its provider is looked up.

use crate::*;
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Get};
use frame_system::RawOrigin;
use medrec_primitives::{
	identity::{Role, SubjectId},
	relationship::RelationshipId,
	summary::{
		ActivityEntry, ActivityHead, ActivityKind, EntryRole, EntryState, LogAnchor, LogRoot,
	},
	traits::{BenchmarkHelper, Summaries},
};
use sp_runtime::DispatchError;

/// Fills the history of `subject`, so that its next entry removes one.
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
	fn acknowledge() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::BenchmarkHelper::acting_provider(&caller);
		let origin = RawOrigin::Signed(caller.clone());
		let viewer = T::ActorOrigin::ensure_origin(origin.clone().into())
			.map_err(DispatchError::from)?
			.subject;
		let patient = T::BenchmarkHelper::subject(&account("patient", 0, 0), Role::Patient);
		let relationship = T::BenchmarkHelper::relationship(&patient, &provider);
		// A second entry with a notification, so that the sum is written and not removed.
		let other = RelationshipId::repeat_byte(0xee);
		for relationship in [&relationship, &other] {
			let (role, state) = (EntryRole::Viewer, EntryState::Shared);
			Pallet::<T>::set_entry(&viewer, relationship, role, state, true);
		}

		#[extrinsic_call]
		_(origin, relationship);

		assert!(Entries::<T>::get(viewer, relationship).is_some_and(|entry| entry.pending == 0));
		assert_eq!(Pending::<T>::get(viewer), 1);
		Ok(())
	}

	#[benchmark]
	fn anchor_access_log() {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::BenchmarkHelper::acting_provider(&caller);
		let next = u64::from(T::AnchorRetention::get()).max(1);
		Anchors::<T>::insert(provider, 0, LogAnchor { size: 1, ..Default::default() });
		AnchorHeads::<T>::insert(provider, AnchorHead { next, size: next });

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), LogRoot::repeat_byte(1), next, u32::MAX);

		let size = next.saturating_add(u32::MAX.into());
		assert_eq!(AnchorHeads::<T>::get(provider).size, size);
	}

	#[benchmark]
	fn raise_alarm() {
		let caller: T::AccountId = whitelisted_caller();
		let provider = T::BenchmarkHelper::acting_provider(&caller);
		let patient = T::BenchmarkHelper::subject(&account("patient", 0, 0), Role::Patient);
		let relationship = T::BenchmarkHelper::relationship(&patient, &provider);
		let record = T::BenchmarkHelper::record(&relationship);
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

	impl_benchmark_test_suite!(
		Pallet,
		pallet_testing::BuildAndExecute::build(mock::ExtBuilder),
		mock::Test
	);
}
