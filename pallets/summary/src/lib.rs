#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::AnchorHead;
pub use weights::WeightInfo;

#[allow(clippy::expect_used, unused_qualifications, reason = "the pallet macro writes some")]
#[frame_support::pallet]
pub mod pallet {
	use super::{AnchorHead, WeightInfo};
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		authority::Actor,
		identity::SubjectId,
		record::RecordId,
		relationship::RelationshipId,
		summary::{ActivityEntry, ActivityHead, ActivityKind, Entry, LogAnchor, LogRoot},
		traits::Relationships,
		Moment,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Summaries of subjects and anchors of access logs.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// The configuration of the pallet.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The active subject that signed.
		type ActorOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Actor>;

		/// Looks up relationships and their records.
		type Relationships: Relationships;

		/// The time of the current block.
		type Time: Time<Moment = Moment>;

		/// The number of entries of each history that stay in the state. At zero, only the head is
		/// stored. It may be raised at any time; to lower it takes a migration, since a new entry
		/// removes one old entry and not more.
		#[pallet::constant]
		type Retention: Get<u32>;

		/// The number of anchors of each access log that stay in the state, under the same rules as
		/// [`Config::Retention`].
		#[pallet::constant]
		type AnchorRetention: Get<u32>;

		/// The weights of the calls.
		type WeightInfo: WeightInfo;

		/// Prepares the state of other pallets for benchmarks.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: medrec_primitives::traits::BenchmarkHelper<Self::AccountId>;
	}

	/// The entries of each subject, by relationship.
	#[pallet::storage]
	pub type Entries<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, SubjectId, Blake2_128Concat, RelationshipId, Entry>;

	/// The sum of a subject's pending notifications over its entries. Zero is not stored.
	#[pallet::storage]
	pub type Pending<T: Config> = StorageMap<_, Blake2_128Concat, SubjectId, u32, ValueQuery>;

	/// The newest entries of each subject's history, by number.
	#[pallet::storage]
	pub type Activity<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, SubjectId, Twox64Concat, u64, ActivityEntry>;

	/// The length of each subject's history and the hash over all of it.
	#[pallet::storage]
	pub type ActivityHeads<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, ActivityHead, ValueQuery>;

	/// The newest anchors of each provider's access log, by number.
	#[pallet::storage]
	pub type Anchors<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, SubjectId, Twox64Concat, u64, LogAnchor>;

	/// The number of each provider's anchors and of the receipts that they cover.
	#[pallet::storage]
	pub type AnchorHeads<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, AnchorHead, ValueQuery>;

	/// The events of the pallet.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A subject's history has a new entry.
		Noted {
			/// The subject.
			subject: SubjectId,
			/// The number of the entry.
			number: u64,
			/// The kind of activity.
			kind: ActivityKind,
			/// The relationship, `None` for an activity outside of relationships.
			relationship: Option<RelationshipId>,
		},
		/// A subject has acknowledged the notifications of a relationship.
		Acknowledged {
			/// The subject.
			subject: SubjectId,
			/// The relationship.
			relationship: RelationshipId,
		},
		/// A provider's access log was anchored.
		Anchored {
			/// The provider.
			provider: SubjectId,
			/// The Merkle root over all receipts of the log.
			root: LogRoot,
			/// The number of the first receipt that no earlier anchor covers.
			first: u64,
			/// The number of receipts added since the last anchor.
			count: u32,
			/// The number of receipts in the log.
			size: u64,
		},
		/// A provider reported a record in its database that does not match its commitment.
		AlarmRaised {
			/// The relationship that holds the record.
			relationship: RelationshipId,
			/// The record.
			record: RecordId,
			/// The provider.
			provider: SubjectId,
		},
	}

	/// The errors of the pallet.
	#[pallet::error]
	pub enum Error<T> {
		/// The account that signs may not do this.
		NotAuthorized,
		/// The subject has no such relationship.
		NotFound,
		/// The receipts do not begin where the last anchor ended.
		Gap,
		/// The anchor adds no receipt.
		Empty,
		/// The log would be longer than a proof can span.
		Full,
		/// The relationship does not hold the record.
		RecordNotFound,
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
		/// Clears the pending notifications in the sender's entry of `relationship`.
		///
		/// ## Origin
		/// An active subject with an entry of the relationship.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the subject has no entry of the relationship.
		///
		/// ## Events
		/// - [`Event::Acknowledged`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::acknowledge())]
		pub fn acknowledge(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_acknowledge(actor.subject, relationship)?)
		}

		/// Anchors the access log of a provider, which has grown by `count` receipts since the last
		/// anchor.
		///
		/// `root` is the Merkle root over all `first + count` receipts, by
		/// [`medrec_primitives::merkle`]. A consistency proof shows that every log anchored earlier
		/// is a prefix of this one.
		///
		/// ## Origin
		/// A provider, or its gatekeeper.
		///
		/// ## Errors
		/// - [`Error::NotAuthorized`]: the sender is neither.
		/// - [`Error::Empty`]: `count` is zero.
		/// - [`Error::Gap`]: `first` is not the number of receipts that are already anchored.
		/// - [`Error::Full`]: the log would be longer than a proof can span.
		///
		/// ## Events
		/// - [`Event::Anchored`]
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::anchor_access_log())]
		pub fn anchor_access_log(
			origin: OriginFor<T>,
			root: LogRoot,
			first: u64,
			count: u32,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_anchor_access_log(actor, root, first, count)?)
		}

		/// Reports that the content of `record` in the provider's database does not match its
		/// commitment. The patient is notified, and both histories note it.
		///
		/// ## Origin
		/// The provider of the relationship, or its gatekeeper.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the relationship does not exist.
		/// - [`Error::NotAuthorized`]: the sender is neither its provider nor the gatekeeper.
		/// - [`Error::RecordNotFound`]: the relationship does not hold the record.
		///
		/// ## Events
		/// - [`Event::Noted`], for the patient and for the provider
		/// - [`Event::AlarmRaised`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::raise_alarm())]
		pub fn raise_alarm(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			record: RecordId,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_raise_alarm(actor, relationship, record)?)
		}
	}
}
