//! Relationships between patients and providers, the records in them, and who else may see those.
//!
//! # Terminology
//!
//! - **Relationship**: one provider keeps records for one patient. The provider proposes it, the
//!   patient accepts or declines it, and either may terminate it.
//! - **Record**: a pointer to something in the provider's database, with a commitment to its
//!   content. The provider posts records; the patient may post notes of their own.
//! - **Grant**: what the patient says about somebody else's access, over some scope, for a time.
//!   A *permit* opens the scope for named purposes; a *refusal* closes it for every purpose.
//!
//! # Properties
//!
//! - Nobody but the patient widens access: a grantee may give up a permit, and never a refusal.
//! - At most one relationship of a provider with a patient is proposed or active.
//! - A relationship that the patient has not accepted holds no records and no grants.
//! - Nobody can fill a bound that belongs to somebody else: records are counted apart from the
//!   patient's own notes, and only the patient gives grants.
//! - Nobody is told by this pallet that they are refused.
//! - Access is decided by [`medrec_primitives::access::decide`] and nowhere else; see
//!   [`Pallet::check_access`].
//! - A subject that is not active can do nothing here, and is answered [`Error::NotAuthorized`].
//! - A call that fails changes nothing.
//!
//! The invariants of storage are listed at `do_try_state`.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
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

/// The pallet itself: configuration, storage, events, errors and calls.
#[allow(clippy::expect_used, unused_qualifications, reason = "the pallet macro writes some")]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{
		types::{Posting, Terms},
		WeightInfo,
	};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		identity::SubjectId,
		record::{Commitment, Pointer, RecordId, RecordPointer, Release},
		relationship::{
			Effect, Grant, GrantId, Grantee, Purposes, Relationship, RelationshipId,
			ResearchConsent, Scope,
		},
		traits::{Clock, Subjects, Summaries},
		Moment,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Relationships, records and grants.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of its runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who is who.
		type Subjects: Subjects<Self::AccountId>;

		/// What time it is.
		type Clock: Clock;

		/// Who is told what happened. With `()`, nobody is.
		type Summaries: Summaries;

		/// How many records a provider may post in one relationship.
		#[pallet::constant]
		type MaxRecords: Get<u32>;

		/// How many notes a patient may post in one relationship.
		#[pallet::constant]
		type MaxNotes: Get<u32>;

		/// How many grants, permits and refusals together, one relationship may hold. Grants that
		/// have expired count until they are revoked.
		#[pallet::constant]
		type MaxGrants: Get<u32>;

		/// How many of them one grantee may have.
		#[pallet::constant]
		type MaxGrantsPerGrantee: Get<u32>;

		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// The relationships. One that was withdrawn is gone; all others stay.
	#[pallet::storage]
	pub type Relationships<T: Config> =
		StorageMap<_, Blake2_128Concat, RelationshipId, Relationship>;

	/// The latest relationship of a provider (first key) with a patient (second key). None if there
	/// never was one, or if the latest was withdrawn.
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

	/// The grants of each relationship, also those that have expired.
	#[pallet::storage]
	pub type Grants<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, RelationshipId, Blake2_128Concat, GrantId, Grant>;

	/// The grants of each relationship by grantee, in the order in which they were given.
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

	/// The number that goes into the id of the next relationship.
	#[pallet::storage]
	pub type NextRelationship<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// The number that goes into the id of the next grant.
	#[pallet::storage]
	pub type NextGrant<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// Why a call was refused.
	#[pallet::error]
	#[derive(PartialEq, Eq)]
	pub enum Error<T> {
		/// There is no such relationship, or no such grant in it.
		NotFound,
		/// The signer controls no active subject, or not one that may do this.
		NotAuthorized,
		/// There already is one: an open relationship of this pair, or a record of this id.
		AlreadyExists,
		/// The relationship is not, or no longer, waiting for an answer.
		NotProposed,
		/// The relationship is not, or no longer, active.
		NotActive,
		/// There is no such active patient.
		PatientNotFound,
		/// There is no such record in the relationship.
		RecordNotFound,
		/// There is no such active subject or group.
		GranteeNotFound,
		/// The patient and the provider of a relationship are given no grants in it.
		GranteeIsParty,
		/// A permit must name a purpose.
		EmptyPurposes,
		/// A scope by records or fields must name one.
		EmptyScope,
		/// The grant would end before it begins, or has ended already.
		EmptyPeriod,
		/// The relationship holds as many records as it may.
		TooManyRecords,
		/// The relationship holds as many of the patient's notes as it may.
		TooManyNotes,
		/// The relationship, or this grantee in it, has as many grants as it may.
		TooManyGrants,
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
		/// Proposes to keep records for `patient`. After a relationship of the two was declined,
		/// terminated or withdrawn, a new one may be proposed, with a new id.
		///
		/// ## Origin
		/// The account of an active provider.
		///
		/// ## Errors
		/// - [`Error::NotAuthorized`]: the signer is not an active provider.
		/// - [`Error::PatientNotFound`]: `patient` is not an active patient.
		/// - [`Error::AlreadyExists`]: a relationship of the two is proposed or active.
		///
		/// ## Events
		/// [`Event::Proposed`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::propose())]
		pub fn propose(origin: OriginFor<T>, patient: SubjectId) -> DispatchResult {
			let provider = Self::ensure_provider(origin)?;
			Self::do_propose(provider, patient)
		}

		/// Takes a proposal back, as if it had never been made.
		///
		/// ## Origin
		/// The account of the relationship's provider.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship.
		/// - [`Error::NotAuthorized`]: it is not the signer's, or they are not active.
		/// - [`Error::NotProposed`]: the patient has answered.
		///
		/// ## Events
		/// [`Event::Withdrawn`]
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			Self::do_withdraw(by, relationship)
		}

		/// Accepts a proposal. From now on the provider may post records.
		///
		/// ## Origin
		/// The account of the relationship's patient.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship.
		/// - [`Error::NotAuthorized`]: the signer is not its patient, or not active.
		/// - [`Error::NotProposed`]: it was answered already.
		///
		/// ## Events
		/// [`Event::Accepted`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::accept())]
		pub fn accept(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			Self::do_accept(by, relationship)
		}

		/// Declines a proposal.
		///
		/// ## Origin
		/// The account of the relationship's patient.
		///
		/// ## Errors
		/// As [`Pallet::accept`].
		///
		/// ## Events
		/// [`Event::Declined`]
		#[pallet::call_index(3)]
		#[pallet::weight((T::WeightInfo::decline(), DispatchClass::Operational))]
		pub fn decline(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			Self::do_decline(by, relationship)
		}

		/// Ends a relationship. Its records stay readable to the patient and to nobody else, and no
		/// grant in it has an effect any more.
		///
		/// ## Origin
		/// The account of the relationship's patient or provider.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship.
		/// - [`Error::NotAuthorized`]: the signer is no party of it, or not active.
		/// - [`Error::NotActive`]: it is not active.
		///
		/// ## Events
		/// [`Event::Terminated`]
		#[pallet::call_index(4)]
		#[pallet::weight((T::WeightInfo::terminate(), DispatchClass::Operational))]
		pub fn terminate(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			Self::do_terminate(by, relationship)
		}

		/// Posts a record of the provider's, or a note of the patient's own.
		///
		/// ## Origin
		/// The account of the relationship's provider or of its gatekeeper, or of the patient.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship.
		/// - [`Error::NotAuthorized`]: the signer is none of these, or not active.
		/// - [`Error::NotActive`]: the relationship is not active.
		/// - [`Error::AlreadyExists`]: it holds a record of this id.
		/// - [`Error::TooManyRecords`], [`Error::TooManyNotes`]: it is full.
		///
		/// ## Events
		/// [`Event::RecordPosted`]
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::post_record())]
		pub fn post_record(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			record: RecordId,
			commitment: Commitment,
			pointer: Pointer,
			category: u16,
			release: Release,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let posting = Posting { commitment, pointer, category, release };
			Self::do_post_record(&who, relationship, record, posting)
		}

		/// Replaces a record by a new version. Grants that name the record cover the new version.
		///
		/// ## Origin
		/// As [`Pallet::post_record`], on the side of the record's author: the provider's records
		/// are amended by the provider or its gatekeeper, the patient's notes by the patient.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship.
		/// - [`Error::NotAuthorized`]: the signer is no party of it or not active, or the record is
		///   the other party's.
		/// - [`Error::NotActive`]: the relationship is not active.
		/// - [`Error::RecordNotFound`]: it holds no such record.
		///
		/// ## Events
		/// [`Event::RecordAmended`]
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::amend_record())]
		pub fn amend_record(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			record: RecordId,
			commitment: Commitment,
			pointer: Pointer,
			category: u16,
			release: Release,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let posting = Posting { commitment, pointer, category, release };
			Self::do_amend_record(&who, relationship, record, posting)
		}

		/// Permits `grantee` to see `scope` for `purposes`, from `not_before` (inclusive; now if
		/// none) until `expires_at` (exclusive; as long as the relationship if none).
		///
		/// ## Origin
		/// The account of the relationship's patient.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship.
		/// - [`Error::NotAuthorized`]: the signer is not its patient, or not active.
		/// - [`Error::NotActive`]: the relationship is not active.
		/// - [`Error::EmptyPurposes`], [`Error::EmptyScope`], [`Error::EmptyPeriod`]: the grant
		///   would permit nothing.
		/// - [`Error::GranteeNotFound`], [`Error::GranteeIsParty`]: `grantee` is not active, or has
		///   no need of a grant. There are no groups yet.
		/// - [`Error::RecordNotFound`]: `scope` names a record that the relationship does not hold.
		/// - [`Error::TooManyGrants`]: the relationship, or `grantee` in it, has no room.
		///
		/// ## Events
		/// [`Event::Granted`]
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::grant(crate::types::named_records(scope)))]
		pub fn grant(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			grantee: Grantee,
			scope: Scope,
			purposes: Purposes,
			not_before: Option<Moment>,
			expires_at: Option<Moment>,
		) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			let terms = Terms { scope, purposes, not_before, expires_at };
			Self::do_give(by, relationship, grantee, Effect::Permit, terms)
		}

		/// Refuses `grantee` everything in `scope` for every purpose, whatever else permits it,
		/// from `not_before` until `expires_at` as in [`Pallet::grant`].
		///
		/// ## Origin
		/// The account of the relationship's patient.
		///
		/// ## Errors
		/// As [`Pallet::grant`], but for [`Error::EmptyPurposes`].
		///
		/// ## Events
		/// [`Event::Denied`]
		#[pallet::call_index(8)]
		#[pallet::weight((T::WeightInfo::deny(crate::types::named_records(scope)), DispatchClass::Operational))]
		pub fn deny(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			grantee: Grantee,
			scope: Scope,
			not_before: Option<Moment>,
			expires_at: Option<Moment>,
		) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			let terms = Terms { scope, purposes: Purposes::new(), not_before, expires_at };
			Self::do_give(by, relationship, grantee, Effect::Deny, terms)
		}

		/// Takes back a permit or a refusal, in whatever state the relationship is.
		///
		/// ## Origin
		/// The account of the relationship's patient; for a permit, also of its grantee.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship, or no such grant in it.
		/// - [`Error::NotAuthorized`]: the signer is none of these, or not active.
		///
		/// ## Events
		/// [`Event::Revoked`]
		#[pallet::call_index(9)]
		#[pallet::weight((T::WeightInfo::revoke(T::MaxGrantsPerGrantee::get()), DispatchClass::Operational))]
		pub fn revoke(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			grant: GrantId,
		) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			Self::do_revoke(by, relationship, grant)
		}

		/// Takes back every permit of `grantee`, in whatever state the relationship is. Refusals
		/// stay, since to drop one would widen access.
		///
		/// ## Origin
		/// The account of the relationship's patient or of `grantee`.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship, or `grantee` has no permit in it.
		/// - [`Error::NotAuthorized`]: the signer is neither of these, or not active.
		///
		/// ## Events
		/// [`Event::Revoked`], once for each permit
		#[pallet::call_index(10)]
		#[pallet::weight((T::WeightInfo::revoke_all(T::MaxGrantsPerGrantee::get()), DispatchClass::Operational))]
		pub fn revoke_all(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			grantee: Grantee,
		) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			Self::do_revoke_all(by, relationship, grantee)
		}

		/// Says which of the patient's records in this relationship may count in aggregates.
		///
		/// ## Origin
		/// The account of the relationship's patient.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: there is no such relationship.
		/// - [`Error::NotAuthorized`]: the signer is not its patient, or not active.
		/// - [`Error::NotActive`]: the relationship is not active.
		///
		/// ## Events
		/// [`Event::ResearchConsentSet`]
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::set_research_consent())]
		pub fn set_research_consent(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			consent: ResearchConsent,
		) -> DispatchResult {
			let by = Self::ensure_subject(origin)?;
			Self::do_set_research_consent(by, relationship, consent)
		}
	}
}
