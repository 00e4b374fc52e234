//! Bounties that providers attach to their transactions and the authors of blocks earn.
//!
//! The chain knows no fees. What a provider gives for having its transactions mined is an aggregate
//! over its records, offered with the transaction and owned by the miner of the block that holds
//! it. An offer is typed and holds no query text; the answer is computed once, at the provider, and
//! only a commitment to it reaches the chain.
//!
//! ## Terminology
//!
//! - **Dataset**: what a provider offers aggregates of, with the rules by which it does.
//! - **Budget**: how much privacy a dataset may spend in a period. Every offer costs some of it.
//! - **Bounty**: one offer, with its owner. It is open until it is answered, or defaulted.
//! - **Standing**: how many bounties a provider answered, and how many it let expire.
//!
//! ## Properties guaranteed
//!
//! - A bounty and the call it rewards stand or fall together: both happen or neither does.
//! - The budget is debited when the bounty is offered. Within one period no more is spent than the
//!   rules allow at the time of each offer, whether or not an answer ever comes.
//! - A bounty has exactly one owner, the author of its block, from the beginning and for ever.
//! - A bounty is answered once or defaulted once, and never both.
//! - A provider cannot escape its standing: anybody active may mark what it let expire.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

pub use pallet::*;
pub use weights::WeightInfo;

mod impls;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
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
	use super::WeightInfo;
	use alloc::boxed::Box;
	use frame_support::{
		dispatch::{GetDispatchInfo, PostDispatchInfo},
		pallet_prelude::*,
		traits::IsSubType,
	};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		bounty::{Bounty, BountyId, BountyStanding, Dataset, DatasetId, Offer, Rules},
		identity::SubjectId,
		traits::{Authorship, Clock, Subjects, Summaries},
		Moment, H256,
	};
	use sp_runtime::traits::Dispatchable;

	/// The version of the layout of this pallet's storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Keeps datasets, bounties and standings.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of its runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The calls that may carry a bounty: all of the runtime's.
		type RuntimeCall: Parameter
			+ Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
			+ GetDispatchInfo
			+ IsSubType<Call<Self>>
			+ IsType<<Self as frame_system::Config>::RuntimeCall>
			+ From<Call<Self>>;

		/// Tells which subject an account controls, and for which provider it may act.
		type Subjects: Subjects<Self::AccountId>;

		/// Tells who mined the block that is being executed.
		type Authorship: Authorship;

		/// Tells the time.
		type Clock: Clock;

		/// Is told what becomes of bounties.
		type Summaries: Summaries;

		/// The longest time that a provider may take to answer. With zero nothing can be offered.
		#[pallet::constant]
		type MaxPeriod: Get<Moment>;

		/// What the calls weigh.
		type WeightInfo: WeightInfo;
	}

	/// What providers offer aggregates of.
	#[pallet::storage]
	pub type Datasets<T: Config> = StorageMap<_, Blake2_128Concat, DatasetId, Dataset, OptionQuery>;

	/// Every bounty that was offered.
	#[pallet::storage]
	pub type Bounties<T: Config> = StorageMap<_, Blake2_128Concat, BountyId, Bounty, OptionQuery>;

	/// The bounties of each owner.
	#[pallet::storage]
	pub type BountiesOf<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		SubjectId,
		Blake2_128Concat,
		BountyId,
		(),
		OptionQuery,
	>;

	/// How each provider kept its promises.
	#[pallet::storage]
	pub type Standings<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, BountyStanding, ValueQuery>;

	/// How many bounties were offered.
	#[pallet::storage]
	pub type NextBounty<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider registered a dataset, or changed its rules.
		DatasetRegistered {
			/// Which dataset.
			dataset: DatasetId,
			/// Whose.
			provider: SubjectId,
		},
		/// A bounty was offered, and earned by the author of the block.
		Offered {
			/// Which bounty.
			bounty: BountyId,
			/// Who owes the answer.
			provider: SubjectId,
			/// Who may collect it.
			owner: SubjectId,
			/// Over which dataset.
			dataset: DatasetId,
		},
		/// A bounty was answered.
		Answered {
			/// Which bounty.
			bounty: BountyId,
			/// SHA3-256 of the answer's canonical JSON.
			commitment: H256,
		},
		/// A bounty was not answered in time.
		Defaulted {
			/// Which bounty.
			bounty: BountyId,
			/// Who owed the answer.
			provider: SubjectId,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The sender is not an active subject, or not one that may do this.
		NotAuthorized,
		/// There is no such bounty.
		NotFound,
		/// There is no such dataset.
		DatasetNotFound,
		/// The rules name no template, allow groups that are too small, or have no budget or no
		/// period.
		InvalidRules,
		/// The dataset does not span the template.
		TemplateNotInDataset,
		/// The offer costs nothing, has expired already, or promises too late an answer.
		InvalidOffer,
		/// The dataset has not enough budget left in this period.
		BudgetExhausted,
		/// Nobody is known to have mined this block.
		NoAuthor,
		/// A call with a bounty cannot carry another one.
		Nested,
		/// The bounty was answered or defaulted already.
		NotOpen,
		/// The bounty may still be answered in time.
		NotExpired,
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
		/// Registers `dataset` with these rules. If it is the sender's already, its rules are
		/// replaced; what was spent in the running period stays spent, and the period keeps the
		/// moment at which it began.
		///
		/// ## Origin
		/// Signed by an active provider itself.
		///
		/// ## Errors
		/// - `NotAuthorized`: the sender is not an active provider, or the dataset is another's.
		/// - `InvalidRules`: no template, `smallest_group` under `SMALLEST_GROUP`, no budget, or no
		///   period.
		///
		/// ## Events
		/// - `DatasetRegistered`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_dataset())]
		pub fn register_dataset(
			origin: OriginFor<T>,
			dataset: DatasetId,
			rules: Rules,
		) -> DispatchResult {
			let provider = Self::ensure_provider(origin)?;
			Self::do_register_dataset(provider, dataset, rules).map_err(Into::into)
		}

		/// Dispatches `call` as the sender and, if it succeeds, offers a bounty, which belongs to
		/// the author of this block. If either fails, neither happens. It weighs what it does
		/// itself and what `call` weighs, and is of the class of `call`.
		///
		/// ## Origin
		/// Signed by an active provider, or by the gatekeeper that its profile names; `call` must
		/// leave it that.
		///
		/// ## Errors
		/// - `NotAuthorized`: the sender is neither, or the dataset is another provider's.
		/// - `Nested`: `call` is a `with_bounty` itself. One that is hidden deeper is filtered by
		///   the system.
		/// - `DatasetNotFound`: there is no such dataset.
		/// - `TemplateNotInDataset`: the dataset does not span the template.
		/// - `InvalidOffer`: `cost` is zero, or `expires_at` is not after now, or later than
		///   `MaxPeriod` from now.
		/// - `BudgetExhausted`: the dataset has not that much budget left in this period.
		/// - `NoAuthor`: nobody is known to have mined this block.
		/// - Whatever error `call` ends in.
		///
		/// ## Events
		/// - Those of `call`.
		/// - `Offered`.
		#[pallet::call_index(1)]
		#[pallet::weight({
			let info = call.get_dispatch_info();
			(T::WeightInfo::with_bounty().saturating_add(info.call_weight), info.class)
		})]
		pub fn with_bounty(
			origin: OriginFor<T>,
			call: Box<<T as Config>::RuntimeCall>,
			offer: Offer,
		) -> DispatchResultWithPostInfo {
			let (who, provider) = Self::ensure_steward(origin.clone())?;
			Self::do_with_bounty(origin, who, provider, *call, offer)
		}

		/// Commits the provider to the answer of a bounty. It may come late, as long as nobody
		/// marked the bounty as defaulted.
		///
		/// ## Origin
		/// Signed by the provider that owes the answer, or by the gatekeeper that its profile names.
		///
		/// ## Errors
		/// - `NotAuthorized`: the sender is neither.
		/// - `NotFound`: there is no such bounty.
		/// - `NotOpen`: it was answered or defaulted already.
		///
		/// ## Events
		/// - `Answered`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::commit_answer())]
		pub fn commit_answer(
			origin: OriginFor<T>,
			bounty: BountyId,
			commitment: H256,
		) -> DispatchResult {
			let (_, provider) = Self::ensure_steward(origin)?;
			Self::do_commit_answer(provider, bounty, commitment).map_err(Into::into)
		}

		/// Says that a bounty was not answered in time, which counts against its provider.
		///
		/// ## Origin
		/// Signed by any active subject.
		///
		/// ## Errors
		/// - `NotAuthorized`: the sender is not an active subject.
		/// - `NotFound`: there is no such bounty.
		/// - `NotOpen`: it was answered or defaulted already.
		/// - `NotExpired`: the moment `expires_at` of the offer has not come.
		///
		/// ## Events
		/// - `Defaulted`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::mark_defaulted())]
		pub fn mark_defaulted(origin: OriginFor<T>, bounty: BountyId) -> DispatchResult {
			let subject = Self::ensure_active(origin)?;
			Self::do_mark_defaulted(subject, bounty).map_err(Into::into)
		}
	}
}
