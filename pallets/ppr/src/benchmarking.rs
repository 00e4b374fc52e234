//! Benchmarks of the calls in their worst cases, and set-up for the benchmarks of other pallets.

use crate::*;
use alloc::collections::BTreeSet;
use frame_benchmarking::{account, v2::*};
use frame_support::{
	traits::{EnsureOrigin, Get},
	BoundedVec, Hashable,
};
use frame_system::RawOrigin;
use medrec_primitives::{
	identity::{Role, SubjectId},
	record::{
		Category, Commitment, Pointer, RecordId, RecordPointer, Release, TemplateHash, MAX_HANDLE,
	},
	relationship::{
		Effect, Grant, GrantId, Grantee, Purpose, Purposes, Relationship, RelationshipId,
		RelationshipState, ResearchConsent, Scope, MAX_CONSENT_CATEGORIES, MAX_SCOPE_RECORDS,
	},
	summary::{ActivityKind, EntryRole, EntryState},
	traits::{BenchmarkHelper, Summaries},
	Moment,
};
use sp_runtime::DispatchError;

const NOW: Moment = 1_700_000_000_000;

/// The subjects of a benchmark and their accounts. The viewer is a gatekeeper, the subject that takes
/// the most reads to look up.
struct Cast<AccountId> {
	patient: AccountId,
	patient_id: SubjectId,
	provider: AccountId,
	provider_id: SubjectId,
	viewer: AccountId,
	viewer_id: SubjectId,
	/// The provider whose gatekeeper the viewer is.
	viewer_provider_id: SubjectId,
}

fn cast<T: Config>() -> Result<Cast<T::AccountId>, BenchmarkError> {
	T::BenchmarkHelper::set_time(NOW);
	let [patient, provider, viewer]: [T::AccountId; 3] =
		["patient", "provider", "viewer"].map(|name| account(name, 0, 0));
	let patient_id = T::BenchmarkHelper::subject(&patient, Role::Patient);
	let provider_id = T::BenchmarkHelper::subject(&provider, Role::Provider);
	let viewer_provider_id = T::BenchmarkHelper::acting_provider(&viewer);
	let origin = RawOrigin::Signed(viewer.clone()).into();
	let viewer_id = T::ActorOrigin::ensure_origin(origin).map_err(DispatchError::from)?.subject;
	Ok(Cast { patient, patient_id, provider, provider_id, viewer, viewer_id, viewer_provider_id })
}

/// A cast in which the viewer is the gatekeeper of the provider of the relationship.
fn cast_with_gatekeeper<T: Config>() -> Result<Cast<T::AccountId>, BenchmarkError> {
	let cast = cast::<T>()?;
	Ok(Cast { provider_id: cast.viewer_provider_id, ..cast })
}

/// Inserts an active relationship, and the entries of its parties.
pub fn relationship<T: Config>(patient: &SubjectId, provider: &SubjectId) -> RelationshipId {
	let state = RelationshipState::Active;
	let id = Pallet::<T>::insert(*provider, *patient, state, ActivityKind::Accepted);
	id.unwrap_or_default()
}

/// Adds a record of the maximum size to the relationship.
pub fn record<T: Config>(id: &RelationshipId) -> RecordId {
	let record = RecordId::repeat_byte(2);
	let provider = Relationships::<T>::get(id).map(|relationship| relationship.provider);
	let inserted = provider.map(|provider| insert_record::<T>(provider, *id, record));
	assert!(matches!(inserted, Some(Ok(()))), "the relationship does not exist");
	record
}

/// The largest consent.
fn consent() -> Result<ResearchConsent, BenchmarkError> {
	let categories = (0..MAX_CONSENT_CATEGORIES as u16).map(Category).collect::<BTreeSet<_>>();
	let categories = categories.try_into().map_err(|_| "too many categories")?;
	Ok(ResearchConsent::Categories(categories))
}

/// An active relationship of the maximum size.
fn active<T: Config>(cast: &Cast<T::AccountId>) -> Result<RelationshipId, BenchmarkError> {
	let id = relationship::<T>(&cast.patient_id, &cast.provider_id);
	edit::<T>(id, |relationship| relationship.research = consent().unwrap_or_default())?;
	Ok(id)
}

fn edit<T: Config>(
	id: RelationshipId,
	change: impl FnOnce(&mut Relationship),
) -> Result<(), BenchmarkError> {
	let mut relationship = Relationships::<T>::get(id).ok_or("the relationship does not exist")?;
	change(&mut relationship);
	Relationships::<T>::insert(id, relationship);
	Ok(())
}

fn proposed<T: Config>(cast: &Cast<T::AccountId>) -> Result<RelationshipId, BenchmarkError> {
	let origin = RawOrigin::Signed(cast.provider.clone()).into();
	Pallet::<T>::propose(origin, cast.patient_id)?;
	Pairs::<T>::get(cast.provider_id, cast.patient_id).ok_or("the pair has no relationship".into())
}

fn state<T: Config>(id: RelationshipId) -> Option<RelationshipState> {
	Relationships::<T>::get(id).map(|relationship| relationship.state)
}

fn pointer() -> Result<Pointer, BenchmarkError> {
	let handle = alloc::vec![1u8; MAX_HANDLE as usize];
	let handle = handle.try_into().map_err(|_| "the handle is too long")?;
	Ok(Pointer { template: TemplateHash::repeat_byte(7), handle })
}

fn numbered<Id: From<[u8; 32]>>(number: u32) -> Id {
	number.blake2_256().into()
}

fn insert_record<T: Config>(
	author: SubjectId,
	id: RelationshipId,
	record: RecordId,
) -> Result<(), BenchmarkError> {
	let pointer = RecordPointer {
		author,
		pointer: pointer()?,
		commitment: Commitment::repeat_byte(1),
		version: 1,
		category: Category(1),
		release: Release::Released,
		posted_at: NOW,
	};
	Records::<T>::insert(id, record, pointer);
	edit::<T>(id, |relationship| relationship.records = relationship.records.saturating_add(1))
}

/// Adds `count` records to the relationship. Returns a scope that names them all.
fn scope<T: Config>(
	cast: &Cast<T::AccountId>,
	id: RelationshipId,
	count: u32,
) -> Result<Scope, BenchmarkError> {
	if count == 0 {
		return Ok(Scope::All);
	}
	let mut records = BTreeSet::new();
	for number in 0..count {
		insert_record::<T>(cast.provider_id, id, numbered(number))?;
		records.insert(numbered(number));
	}
	Ok(Scope::Records(records.try_into().map_err(|_| "the scope is too large")?))
}

fn purposes() -> Result<Purposes, BenchmarkError> {
	let purposes = BTreeSet::from(Purpose::ALL);
	Ok(purposes.try_into().map_err(|_| "too many purposes")?)
}

/// Gives the viewer `count` grants of this effect with the largest scope. Permissions have an entry in
/// the viewer's summary.
fn insert_grants<T: Config>(
	cast: &Cast<T::AccountId>,
	id: RelationshipId,
	effect: Effect,
	count: u32,
) -> Result<BoundedVec<GrantId, T::MaxGrantsPerGrantee>, BenchmarkError> {
	let grantee = Grantee::Subject(cast.viewer_id);
	let records = (0..MAX_SCOPE_RECORDS).map(numbered).collect::<BTreeSet<_>>();
	let scope = Scope::Records(records.try_into().map_err(|_| "the scope is too large")?);
	let mut held = GrantsOf::<T>::get(id, grantee);
	for _ in 0..count {
		let number = held.len() as u32;
		let grant = Grant {
			grantee,
			effect,
			scope: scope.clone(),
			purposes: match effect {
				Effect::Permit => purposes()?,
				Effect::Deny => Purposes::new(),
			},
			not_before: NOW,
			expires_at: None,
			given_at: NOW,
		};
		Grants::<T>::insert(id, numbered::<GrantId>(number), grant);
		held.try_push(numbered(number)).map_err(|_| "the viewer has too many grants")?;
	}
	GrantsOf::<T>::insert(id, grantee, held.clone());
	edit::<T>(id, |relationship| {
		relationship.grants = relationship.grants.saturating_add(count);
	})?;
	if effect == Effect::Permit {
		let (role, state) = (EntryRole::Viewer, EntryState::Shared);
		T::Summaries::set_entry(&cast.viewer_id, &id, role, state, true);
	}
	Ok(held)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn propose() -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		// A pair with an earlier relationship takes one more read.
		let past = active::<T>(&cast)?;
		edit::<T>(past, |relationship| relationship.state = RelationshipState::Terminated)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.provider), cast.patient_id);

		assert_ne!(Pairs::<T>::get(cast.provider_id, cast.patient_id), Some(past));
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = proposed::<T>(&cast)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.provider), id);

		assert_eq!(state::<T>(id), None);
		Ok(())
	}

	#[benchmark]
	fn accept() -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = proposed::<T>(&cast)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.patient), id);

		assert_eq!(state::<T>(id), Some(RelationshipState::Active));
		Ok(())
	}

	#[benchmark]
	fn decline() -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = proposed::<T>(&cast)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.patient), id);

		assert_eq!(state::<T>(id), Some(RelationshipState::Declined));
		Ok(())
	}

	#[benchmark]
	fn terminate() -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = active::<T>(&cast)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.provider), id);

		assert_eq!(state::<T>(id), Some(RelationshipState::Terminated));
		Ok(())
	}

	#[benchmark]
	fn post_record() -> Result<(), BenchmarkError> {
		let cast = cast_with_gatekeeper::<T>()?;
		let id = active::<T>(&cast)?;
		let record = RecordId::repeat_byte(2);
		let (commitment, pointer) = (Commitment::repeat_byte(3), pointer()?);
		let origin = RawOrigin::Signed(cast.viewer);

		#[extrinsic_call]
		_(origin, id, record, commitment, pointer, Category(1), Release::Released);

		assert!(Records::<T>::contains_key(id, record));
		Ok(())
	}

	#[benchmark]
	fn amend_record() -> Result<(), BenchmarkError> {
		let cast = cast_with_gatekeeper::<T>()?;
		let id = active::<T>(&cast)?;
		let record = record::<T>(&id);
		let (commitment, pointer) = (Commitment::repeat_byte(3), pointer()?);
		let origin = RawOrigin::Signed(cast.viewer);

		#[extrinsic_call]
		_(origin, id, record, commitment, pointer, Category(1), Release::Released);

		assert_eq!(Records::<T>::get(id, record).map(|pointer| pointer.version), Some(2));
		Ok(())
	}

	/// `n` is the number of records that the scope names.
	#[benchmark]
	fn grant(n: Linear<0, { MAX_SCOPE_RECORDS }>) -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = active::<T>(&cast)?;
		let others = T::MaxGrantsPerGrantee::get().saturating_sub(1);
		insert_grants::<T>(&cast, id, Effect::Deny, others)?;
		let (grantee, scope) = (Grantee::Subject(cast.viewer_id), scope::<T>(&cast, id, n)?);
		let (origin, end) = (RawOrigin::Signed(cast.patient), Some(NOW.saturating_add(2)));

		#[extrinsic_call]
		_(origin, id, grantee, scope, purposes()?, Some(NOW), end);

		assert!(GrantsOf::<T>::get(id, grantee).is_full());
		Ok(())
	}

	/// `n` is the number of records that the scope names.
	#[benchmark]
	fn deny(n: Linear<0, { MAX_SCOPE_RECORDS }>) -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = active::<T>(&cast)?;
		let others = T::MaxGrantsPerGrantee::get().saturating_sub(1);
		insert_grants::<T>(&cast, id, Effect::Permit, others)?;
		let (grantee, scope) = (Grantee::Subject(cast.viewer_id), scope::<T>(&cast, id, n)?);
		let (origin, end) = (RawOrigin::Signed(cast.patient), Some(NOW.saturating_add(2)));

		#[extrinsic_call]
		_(origin, id, grantee, scope, Some(NOW), end);

		assert!(GrantsOf::<T>::get(id, grantee).is_full());
		Ok(())
	}

	/// `g` is the number of grants of the grantee. All others are denials, so that each is read. The
	/// grantee gives up its last permission, which ends its entry and notifies the patient.
	#[benchmark]
	fn revoke(g: Linear<1, { T::MaxGrantsPerGrantee::get() }>) -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = active::<T>(&cast)?;
		insert_grants::<T>(&cast, id, Effect::Permit, 1)?;
		insert_grants::<T>(&cast, id, Effect::Deny, g.saturating_sub(1))?;

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.viewer), id, numbered(0));

		assert!(!Grants::<T>::contains_key(id, numbered::<GrantId>(0)));
		Ok(())
	}

	/// `g` is the number of grants of the grantee, all permissions, which it gives up.
	#[benchmark]
	fn revoke_all(g: Linear<1, { T::MaxGrantsPerGrantee::get() }>) -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = active::<T>(&cast)?;
		insert_grants::<T>(&cast, id, Effect::Permit, g)?;
		let grantee = Grantee::Subject(cast.viewer_id);

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.viewer), id, grantee);

		assert!(!GrantsOf::<T>::contains_key(id, grantee));
		Ok(())
	}

	#[benchmark]
	fn set_research_consent() -> Result<(), BenchmarkError> {
		let cast = cast::<T>()?;
		let id = active::<T>(&cast)?;
		let consent = consent()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.patient), id, consent.clone());

		assert_eq!(Relationships::<T>::get(id).map(|found| found.research), Some(consent));
		Ok(())
	}

	impl_benchmark_test_suite!(
		Pallet,
		pallet_testing::BuildAndExecute::build(mock::ExtBuilder),
		mock::Test
	);
}
