#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod events;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

use frame_support::pallet_macros::import_section;

pub use pallet::*;
pub use weights::WeightInfo;

/// The pallet: configuration, storage, events, errors and calls.
#[allow(clippy::expect_used, unused_qualifications, reason = "the pallet macro writes some")]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{
		types::{named_records, Terms},
		WeightInfo,
	};
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		authority::Actor,
		identity::SubjectId,
		record::{Category, Commitment, Pointer, Posting, RecordId, RecordPointer, Release},
		relationship::{
			Effect, Grant, GrantId, Grantee, Purposes, Relationship, RelationshipId,
			ResearchConsent, Scope,
		},
		traits::{Subjects, Summaries},
		Moment,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Relationships, records and grants.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// The configuration of the pallet.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The active subject that signed.
		type ActorOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Actor>;

		/// Looks up the roles of active subjects.
		type Subjects: Subjects;

		/// The time of the current block.
		type Time: Time<Moment = Moment>;

		/// Receives notifications of state changes. `()` discards them.
		type Summaries: Summaries;

		/// The maximum number of the provider's records in one relationship.
		#[pallet::constant]
		type MaxRecords: Get<u32>;

		/// The maximum number of the patient's notes in one relationship.
		#[pallet::constant]
		type MaxNotes: Get<u32>;

		/// The maximum number of grants in one relationship. Expired grants count until they are
		/// revoked.
		#[pallet::constant]
		type MaxGrants: Get<u32>;

		/// The maximum number of grants of one grantee in one relationship.
		#[pallet::constant]
		type MaxGrantsPerGrantee: Get<u32>;

		/// The weights of the calls.
		type WeightInfo: WeightInfo;

		/// Prepares the state of other pallets for benchmarks.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: medrec_primitives::traits::BenchmarkHelper<Self::AccountId>;
	}

	/// All relationships but withdrawn proposals.
	#[pallet::storage]
	pub type Relationships<T: Config> =
		StorageMap<_, Blake2_128Concat, RelationshipId, Relationship>;

	/// The latest relationship of a provider (first key) with a patient (second key), unless it was
	/// withdrawn.
	#[pallet::storage]
	pub type Pairs<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		SubjectId,
		Blake2_128Concat,
		SubjectId,
		RelationshipId,
	>;

	/// The records and notes of each relationship.
	#[pallet::storage]
	pub type Records<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		RelationshipId,
		Blake2_128Concat,
		RecordId,
		RecordPointer,
	>;

	/// The grants of each relationship, including expired ones.
	#[pallet::storage]
	pub type Grants<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, RelationshipId, Blake2_128Concat, GrantId, Grant>;

	/// The grants of each grantee in each relationship, oldest first.
	#[pallet::storage]
	pub type GrantsOf<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		RelationshipId,
		Blake2_128Concat,
		Grantee,
		BoundedVec<GrantId, T::MaxGrantsPerGrantee>,
		ValueQuery,
	>;

	/// The number of proposals so far. It is part of the ID of the next relationship.
	#[pallet::storage]
	pub type NextRelationship<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// The number of grants given so far. It is part of the ID of the next grant.
	#[pallet::storage]
	pub type NextGrant<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// The errors of the pallet.
	#[pallet::error]
	#[derive(PartialEq, Eq)]
	pub enum Error<T> {
		/// The relationship, or the grant in it, does not exist.
		NotFound,
		/// The account that signs may not do this.
		NotAuthorized,
		/// The pair has a relationship that is proposed or active, or the record ID is in use.
		AlreadyExists,
		/// The relationship is not proposed.
		NotProposed,
		/// The relationship is not active.
		NotActive,
		/// The subject is not an active patient.
		PatientNotFound,
		/// The relationship holds no such record.
		RecordNotFound,
		/// The grantee does not exist or is not active.
		GranteeNotFound,
		/// The grantee is the patient or the provider of the relationship.
		GranteeIsParty,
		/// The permission has no purpose.
		EmptyPurposes,
		/// The scope names no record, or no field.
		EmptyScope,
		/// The period ends before it begins, or has ended.
		EmptyPeriod,
		/// The relationship has the maximum number of records.
		TooManyRecords,
		/// The relationship has the maximum number of notes.
		TooManyNotes,
		/// The relationship, or the grantee in it, has the maximum number of grants.
		TooManyGrants,
		/// A counter has reached its maximum.
		Overflow,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Proposes a relationship with `patient`. After the last one was declined, withdrawn or
		/// terminated, the provider may propose a new one.
		///
		/// ## Origin
		/// A provider.
		///
		/// ## Errors
		/// - [`Error::NotAuthorized`]: the sender is not a provider.
		/// - [`Error::PatientNotFound`]: `patient` is not an active patient.
		/// - [`Error::AlreadyExists`]: the pair has a relationship that is proposed or active.
		///
		/// ## Events
		/// - [`Event::Proposed`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::propose())]
		pub fn propose(origin: OriginFor<T>, patient: SubjectId) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_propose(actor, patient)?)
		}

		/// Withdraws a proposal. The relationship is removed.
		///
		/// ## Origin
		/// The provider of the relationship.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is not its provider.
		/// - [`Error::NotProposed`]: the patient has answered.
		///
		/// ## Events
		/// - [`Event::Withdrawn`]
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_withdraw(actor, relationship)?)
		}

		/// Accepts a proposal. Records may then be posted.
		///
		/// ## Origin
		/// The patient of the relationship.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is not its patient.
		/// - [`Error::NotProposed`]: the patient has answered.
		///
		/// ## Events
		/// - [`Event::Accepted`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::accept())]
		pub fn accept(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_accept(actor, relationship)?)
		}

		/// Declines a proposal.
		///
		/// ## Origin
		/// The patient of the relationship.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is not its patient.
		/// - [`Error::NotProposed`]: the patient has answered.
		///
		/// ## Events
		/// - [`Event::Declined`]
		#[pallet::call_index(3)]
		#[pallet::weight((T::WeightInfo::decline(), DispatchClass::Operational))]
		pub fn decline(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_decline(actor, relationship)?)
		}

		/// Terminates a relationship. Its records are then readable to the patient only, whatever
		/// grants are stored.
		///
		/// ## Origin
		/// The patient or the provider of the relationship.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is not a party of it.
		/// - [`Error::NotActive`]
		///
		/// ## Events
		/// - [`Event::Terminated`]
		#[pallet::call_index(4)]
		#[pallet::weight((T::WeightInfo::terminate(), DispatchClass::Operational))]
		pub fn terminate(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_terminate(actor, relationship)?)
		}

		/// Posts a record of the provider, or a note of the patient.
		///
		/// ## Origin
		/// The provider of the relationship, its gatekeeper, or the patient.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is none of these.
		/// - [`Error::NotActive`]
		/// - [`Error::AlreadyExists`]: the relationship holds a record with this ID.
		/// - [`Error::TooManyRecords`], [`Error::TooManyNotes`]
		///
		/// ## Events
		/// - [`Event::RecordPosted`]
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::post_record())]
		pub fn post_record(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			record: RecordId,
			commitment: Commitment,
			pointer: Pointer,
			category: Category,
			release: Release,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			let posting = Posting { commitment, pointer, category, release };
			Ok(Self::do_post_record(actor, relationship, record, posting)?)
		}

		/// Replaces a record or a note by a new version. Grants that name the record cover the new
		/// version.
		///
		/// ## Origin
		/// The provider of the relationship or its gatekeeper for records, the patient for notes.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is none of these, or the other party is the author.
		/// - [`Error::NotActive`]
		/// - [`Error::RecordNotFound`]
		/// - [`Error::Overflow`]: the record has the highest possible version.
		///
		/// ## Events
		/// - [`Event::RecordAmended`]
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::amend_record())]
		pub fn amend_record(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			record: RecordId,
			commitment: Commitment,
			pointer: Pointer,
			category: Category,
			release: Release,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			let posting = Posting { commitment, pointer, category, release };
			Ok(Self::do_amend_record(actor, relationship, record, posting)?)
		}

		/// Permits `grantee` to read `scope` for `purposes`, from `not_before` (inclusive, by default
		/// now) until `expires_at` (exclusive, by default unlimited).
		///
		/// ## Origin
		/// The patient of the relationship.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is not its patient.
		/// - [`Error::NotActive`]
		/// - [`Error::EmptyPurposes`], [`Error::EmptyScope`], [`Error::EmptyPeriod`]
		/// - [`Error::GranteeNotFound`], [`Error::GranteeIsParty`]
		/// - [`Error::RecordNotFound`]: the relationship does not hold a record of the scope.
		/// - [`Error::TooManyGrants`]
		///
		/// ## Events
		/// - [`Event::Granted`]
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::grant(named_records(scope).len() as u32))]
		pub fn grant(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			grantee: Grantee,
			scope: Scope,
			purposes: Purposes,
			not_before: Option<Moment>,
			expires_at: Option<Moment>,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			let terms = Terms { scope, purposes, not_before, expires_at };
			Ok(Self::do_give(actor, relationship, grantee, Effect::Permit, terms)?)
		}

		/// Denies `grantee` the reading of `scope` for every purpose, whatever else is permitted, in
		/// a period as in [`Pallet::grant`].
		///
		/// ## Origin
		/// The patient of the relationship.
		///
		/// ## Errors
		/// As [`Pallet::grant`], without [`Error::EmptyPurposes`].
		///
		/// ## Events
		/// - [`Event::Denied`]
		#[pallet::call_index(8)]
		#[pallet::weight((T::WeightInfo::deny(named_records(scope).len() as u32), DispatchClass::Operational))]
		pub fn deny(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			grantee: Grantee,
			scope: Scope,
			not_before: Option<Moment>,
			expires_at: Option<Moment>,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			let terms = Terms { scope, purposes: Purposes::new(), not_before, expires_at };
			Ok(Self::do_give(actor, relationship, grantee, Effect::Deny, terms)?)
		}

		/// Revokes a permission or a denial, in any state of the relationship.
		///
		/// ## Origin
		/// The patient of the relationship, or the grantee of a permission.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship, or the grant in it, does not exist.
		/// - [`Error::NotAuthorized`]: the sender is none of these.
		///
		/// ## Events
		/// - [`Event::Revoked`]
		#[pallet::call_index(9)]
		#[pallet::weight((
			T::WeightInfo::revoke(T::MaxGrantsPerGrantee::get()),
			DispatchClass::Operational,
		))]
		pub fn revoke(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			grant: GrantId,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_revoke(actor, relationship, grant)?)
		}

		/// Revokes all permissions of `grantee`, in any state of the relationship. Denials stay.
		///
		/// ## Origin
		/// The patient of the relationship, or `grantee`.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist, or `grantee` has no permission.
		/// - [`Error::NotAuthorized`]: the sender is none of these.
		///
		/// ## Events
		/// - [`Event::Revoked`], for each permission
		#[pallet::call_index(10)]
		#[pallet::weight((
			T::WeightInfo::revoke_all(T::MaxGrantsPerGrantee::get()),
			DispatchClass::Operational,
		))]
		pub fn revoke_all(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			grantee: Grantee,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_revoke_all(actor, relationship, grantee)?)
		}

		/// Sets which records of the relationship may count in aggregates.
		///
		/// ## Origin
		/// The patient of the relationship.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is not its patient.
		/// - [`Error::NotActive`]
		///
		/// ## Events
		/// - [`Event::ResearchConsentSet`]
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::set_research_consent())]
		pub fn set_research_consent(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			consent: ResearchConsent,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_set_research_consent(actor, relationship, consent)?)
		}
	}
}
