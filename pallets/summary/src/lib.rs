//! Each party's own view: its relationships with their state, its notifications, its history.
//!
//! The other pallets tell this one what happened, through [`Summaries`]; it keeps one summary per
//! subject, so that somebody who opens their wallet reads what concerns them and nothing else.
//! Beside it stand the heads of the gatekeepers' access logs, which providers anchor here.
//!
//! ## Terminology
//!
//! - **Entry**: how one relationship stands for one subject, with the number of notifications that
//!   the subject has not acknowledged.
//! - **Pending**: the sum of these numbers over all entries of a subject.
//! - **Activity**: the history of a subject, numbered from zero without a gap.
//! - **Head**: how long the history is, and a running hash over all of it.
//! - **Anchor**: the Merkle root of a whole access log, with the number of receipts it covers.
//!
//! ## Properties guaranteed
//!
//! - Telling the pallet something never fails, and costs the same however long a history is: a push
//!   writes one entry and removes one, and nothing iterates.
//! - A history that somebody exported hashes to the head, also after its entries left the state.
//! - The number of pending notifications is the sum over the entries at every moment.
//! - Anchored logs grow without a gap: an anchor begins where the one before it ended.
//! - An alarm is about a record that the relationship holds, so that none can be raised where the
//!   patient never accepted the provider.
//! - Every change fires an event, which is the subject's notification.
//!
//! [`Summaries`]: medrec_primitives::traits::Summaries
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

pub use pallet::*;
pub use types::AnchorHead;
pub use weights::WeightInfo;

mod impls;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

#[allow(clippy::expect_used, unused_qualifications, reason = "the pallet macro writes some")]
#[frame_support::pallet]
pub mod pallet {
	use super::{AnchorHead, WeightInfo};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		identity::SubjectId,
		record::RecordId,
		relationship::RelationshipId,
		summary::{ActivityEntry, ActivityHead, ActivityKind, Anchor, Entry},
		traits::{Clock, Relationships, Subjects},
		H256,
	};

	/// The version of the layout of this pallet's storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Keeps the summaries of all subjects.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of its runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Tells which subject an account controls, and for which provider it may act.
		type Subjects: Subjects<Self::AccountId>;

		/// Tells between whom a relationship is, and which records it holds.
		type Relationships: Relationships;

		/// Tells the time.
		type Clock: Clock;

		/// How many entries of its history each subject keeps in the state. With zero none is kept,
		/// and only the head tells of it. It may be raised at any time; lowering it needs a
		/// migration, since a push removes one entry and not more.
		#[pallet::constant]
		type Retention: Get<u32>;

		/// How many anchors of its access log each provider keeps in the state. With zero none is
		/// kept, and only the number of receipts tells of them. The same holds for changing it.
		#[pallet::constant]
		type AnchorRetention: Get<u32>;

		/// What the calls weigh.
		type WeightInfo: WeightInfo;
	}

	/// How each relationship stands for each subject that it concerns.
	#[pallet::storage]
	pub type Entries<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		SubjectId,
		Blake2_128Concat,
		RelationshipId,
		Entry,
		OptionQuery,
	>;

	/// How many notifications a subject has not acknowledged: the sum over its entries. Zero is not
	/// stored.
	#[pallet::storage]
	pub type Pending<T: Config> = StorageMap<_, Blake2_128Concat, SubjectId, u32, ValueQuery>;

	/// The youngest part of each subject's history, by number.
	#[pallet::storage]
	pub type Activity<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		SubjectId,
		Twox64Concat,
		u64,
		ActivityEntry,
		OptionQuery,
	>;

	/// How long each subject's history is, and the hash over all of it.
	#[pallet::storage]
	pub type ActivityHeads<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, ActivityHead, ValueQuery>;

	/// The youngest anchors of each provider's access log, by number.
	#[pallet::storage]
	pub type Anchors<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, SubjectId, Twox64Concat, u64, Anchor, OptionQuery>;

	/// How many anchors each provider made, and how many receipts they cover.
	#[pallet::storage]
	pub type AnchorHeads<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, AnchorHead, ValueQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A subject's history has a new entry.
		Noted {
			/// Whose history.
			subject: SubjectId,
			/// The number of the entry.
			number: u64,
			/// What happened.
			kind: ActivityKind,
			/// In which relationship, if in one.
			relationship: Option<RelationshipId>,
		},
		/// A subject has seen what happened in a relationship.
		Acknowledged {
			/// Who.
			subject: SubjectId,
			/// In which relationship.
			relationship: RelationshipId,
		},
		/// A provider's access log was anchored.
		Anchored {
			/// Whose log.
			provider: SubjectId,
			/// The Merkle root over all receipts of the log.
			root: H256,
			/// The number of the first receipt that no earlier anchor covers.
			first: u64,
			/// How many receipts were added since.
			count: u32,
			/// How many receipts the log holds.
			size: u64,
		},
		/// A provider found that a record in its database does not match its commitment.
		AlarmRaised {
			/// In which relationship.
			relationship: RelationshipId,
			/// Which record.
			record: RecordId,
			/// Which provider.
			provider: SubjectId,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The sender is not an active subject, or not one that may do this.
		NotAuthorized,
		/// There is no such relationship, or it is not in the sender's summary.
		NotFound,
		/// The receipts do not begin where the last anchor ended.
		Gap,
		/// An anchor must add at least one receipt.
		Empty,
		/// The log would hold more receipts than a proof can span.
		Full,
		/// The relationship holds no such record.
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
		/// Says that the sender has seen what happened in `relationship`: its entry has no pending
		/// notifications any more.
		///
		/// ## Origin
		/// Signed by any active subject in whose summary the relationship is.
		///
		/// ## Errors
		/// - `NotAuthorized`: the sender is not an active subject.
		/// - `NotFound`: the relationship is not in the sender's summary.
		///
		/// ## Events
		/// - `Acknowledged`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::acknowledge())]
		pub fn acknowledge(origin: OriginFor<T>, relationship: RelationshipId) -> DispatchResult {
			let subject = Self::ensure_active(origin)?;
			Self::do_acknowledge(subject, relationship).map_err(Into::into)
		}

		/// Anchors the access log of the sender's provider, which has grown by `count` receipts
		/// since the last anchor.
		///
		/// `root` is the Merkle root over all `first + count` receipts, in the shape of RFC 6962
		/// (`medrec_primitives::merkle`), so that every log anchored earlier can be proven to be a
		/// prefix of this one.
		///
		/// ## Origin
		/// Signed by an active provider, or by the gatekeeper that its profile names.
		///
		/// ## Errors
		/// - `NotAuthorized`: the sender is neither.
		/// - `Empty`: `count` is zero.
		/// - `Gap`: `first` is not the number of receipts that are anchored already.
		/// - `Full`: the log would hold more receipts than a proof can span.
		///
		/// ## Events
		/// - `Anchored`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::anchor_access_log())]
		pub fn anchor_access_log(
			origin: OriginFor<T>,
			root: H256,
			first: u64,
			count: u32,
		) -> DispatchResult {
			let provider = Self::ensure_steward(origin)?;
			Self::do_anchor_access_log(provider, root, first, count).map_err(Into::into)
		}

		/// Says that `record` in the database of the sender's provider does not match its
		/// commitment. The patient is notified, and the histories of both tell of it.
		///
		/// ## Origin
		/// Signed by the provider of the relationship, or by the gatekeeper that its profile names.
		///
		/// ## Errors
		/// - `NotAuthorized`: the sender is neither.
		/// - `NotFound`: there is no such relationship.
		/// - `RecordNotFound`: the relationship holds no such record.
		///
		/// ## Events
		/// - `Noted` for the patient and for the provider.
		/// - `AlarmRaised`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::raise_alarm())]
		pub fn raise_alarm(
			origin: OriginFor<T>,
			relationship: RelationshipId,
			record: RecordId,
		) -> DispatchResult {
			let provider = Self::ensure_steward(origin)?;
			Self::do_raise_alarm(provider, relationship, record).map_err(Into::into)
		}
	}
}
