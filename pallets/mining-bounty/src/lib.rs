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
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[allow(clippy::expect_used, unused_qualifications, reason = "the pallet macro writes some")]
#[frame_support::pallet]
pub mod pallet {
	use super::WeightInfo;
	use alloc::boxed::Box;
	use frame_support::{
		dispatch::{GetDispatchInfo, PostDispatchInfo},
		pallet_prelude::*,
		traits::{IsSubType, Time},
	};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		authority::Actor,
		bounty::{
			AnswerCommitment, Bounty, BountyId, BountyStanding, Dataset, DatasetId, Offer, Rules,
		},
		identity::SubjectId,
		traits::{Authorship, Summaries},
		Moment,
	};
	use sp_runtime::traits::Dispatchable;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Datasets, bounties and standings.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// The configuration of the pallet.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The calls that may carry a bounty: all calls of the runtime.
		type RuntimeCall: Parameter
			+ Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
			+ GetDispatchInfo
			+ IsSubType<Call<Self>>
			+ IsType<<Self as frame_system::Config>::RuntimeCall>
			+ From<Call<Self>>;

		/// The active subject that signed.
		type ActorOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Actor>;

		/// Looks up the author of the current block.
		type Authorship: Authorship;

		/// The time of the current block.
		type Time: Time<Moment = Moment>;

		/// Receives notifications of earned, answered and defaulted bounties. `()` discards them.
		type Summaries: Summaries;

		/// The longest time between an offer and its expiry, in milliseconds. At zero, no offer is
		/// valid.
		#[pallet::constant]
		type MaxPeriod: Get<Moment>;

		/// The weights of the calls.
		type WeightInfo: WeightInfo;

		/// Prepares the state of other pallets for benchmarks.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: medrec_primitives::traits::BenchmarkHelper<Self::AccountId>;
	}

	/// The datasets of all providers.
	#[pallet::storage]
	pub type Datasets<T: Config> = StorageMap<_, Blake2_128Concat, DatasetId, Dataset>;

	/// All bounties that were ever offered.
	#[pallet::storage]
	pub type Bounties<T: Config> = StorageMap<_, Blake2_128Concat, BountyId, Bounty>;

	/// The bounties of each owner.
	#[pallet::storage]
	pub type BountiesOf<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, SubjectId, Blake2_128Concat, BountyId, ()>;

	/// The standing of each provider with an answered or defaulted bounty.
	#[pallet::storage]
	pub type Standings<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, BountyStanding, ValueQuery>;

	/// The number of bounties that were offered. It is part of the ID of the next one.
	#[pallet::storage]
	pub type NextBounty<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// The events of the pallet.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider registered a dataset or replaced its rules.
		DatasetRegistered {
			/// The dataset.
			dataset: DatasetId,
			/// Its provider.
			provider: SubjectId,
		},
		/// A bounty was offered, and the author of the block owns it.
		Offered {
			/// The bounty.
			bounty: BountyId,
			/// The provider that owes the answer.
			provider: SubjectId,
			/// The miner that may collect the answer.
			owner: SubjectId,
			/// The dataset of the aggregate.
			dataset: DatasetId,
		},
		/// A provider committed to the answer of a bounty.
		Answered {
			/// The bounty.
			bounty: BountyId,
			/// SHA3-256 of the answer's canonical JSON (RFC 8785).
			commitment: AnswerCommitment,
		},
		/// A bounty was not answered in time.
		Defaulted {
			/// The bounty.
			bounty: BountyId,
			/// The provider that owed the answer.
			provider: SubjectId,
		},
	}

	/// The errors of the pallet.
	#[pallet::error]
	pub enum Error<T> {
		/// The account that signs may not do this.
		NotAuthorized,
		/// The bounty does not exist.
		NotFound,
		/// The dataset does not exist.
		DatasetNotFound,
		/// The rules name no template, allow groups that are too small, or have no budget or no
		/// period.
		InvalidRules,
		/// The rules of the dataset do not name the template.
		TemplateNotInDataset,
		/// The offer costs nothing, has expired, or expires too late.
		InvalidOffer,
		/// The cost exceeds what is left of the dataset's budget in this period.
		BudgetExhausted,
		/// The block has no author.
		NoAuthor,
		/// The call that carries the bounty is a `with_bounty` itself.
		Nested,
		/// The bounty was already answered or defaulted.
		NotOpen,
		/// The bounty has not expired.
		NotExpired,
		/// The counter of bounties has reached its maximum.
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
		/// Creates a dataset with these rules, or replaces the rules of the sender's own dataset. A
		/// replacement keeps the beginning of the running period and what was spent in it.
		///
		/// ## Origin
		/// A provider.
		///
		/// ## Errors
		/// - [`Error::NotAuthorized`]: the sender is not a provider, or the dataset belongs to
		///   another one.
		/// - [`Error::InvalidRules`]: the rules have no template, no budget or no period, or
		///   `smallest_group` is below [`medrec_primitives::bounty::SMALLEST_GROUP`].
		///
		/// ## Events
		/// - [`Event::DatasetRegistered`]
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_dataset())]
		pub fn register_dataset(
			origin: OriginFor<T>,
			dataset: DatasetId,
			rules: Rules,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_register_dataset(actor, dataset, rules)?)
		}

		/// Dispatches `call` as the sender and, if it succeeds, offers a bounty, which the author of
		/// the block owns. If either fails, neither takes effect.
		///
		/// ## Origin
		/// A provider, or its gatekeeper, before and after `call`.
		///
		/// ## Errors
		/// - [`Error::NotAuthorized`]: the sender is neither, or the dataset belongs to another
		///   provider.
		/// - [`Error::Nested`]: `call` is a `with_bounty`. One deeper in `call` fails with
		///   [`frame_system::Error::CallFiltered`].
		/// - [`Error::DatasetNotFound`]: the dataset does not exist.
		/// - [`Error::TemplateNotInDataset`]: the rules of the dataset do not name the template.
		/// - [`Error::InvalidOffer`]: `cost` is zero, or `expires_at` is not after the time of the
		///   block, or later than [`Config::MaxPeriod`] after it.
		/// - [`Error::BudgetExhausted`]: `cost` exceeds what is left of the budget.
		/// - [`Error::NoAuthor`]: the block has no author.
		/// - [`Error::Overflow`]: the counter of bounties has reached its maximum.
		/// - The error of `call`.
		///
		/// ## Events
		/// - The events of `call`
		/// - [`Event::Offered`]
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
			let actor = T::ActorOrigin::ensure_origin(origin.clone())?;
			Self::do_with_bounty(origin, actor, *call, offer)
		}

		/// Commits the provider to the answer of a bounty. An answer after the expiry counts
		/// unless the bounty is marked as defaulted.
		///
		/// ## Origin
		/// The provider that owes the answer, or its gatekeeper.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the bounty does not exist.
		/// - [`Error::NotAuthorized`]: the sender is neither its provider nor the gatekeeper.
		/// - [`Error::NotOpen`]: the bounty was already answered or defaulted.
		///
		/// ## Events
		/// - [`Event::Answered`]
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::commit_answer())]
		pub fn commit_answer(
			origin: OriginFor<T>,
			bounty: BountyId,
			commitment: AnswerCommitment,
		) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_commit_answer(actor, bounty, commitment)?)
		}

		/// Marks an expired bounty as defaulted, which counts against its provider.
		///
		/// ## Origin
		/// An active subject.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the bounty does not exist.
		/// - [`Error::NotOpen`]: the bounty was already answered or defaulted.
		/// - [`Error::NotExpired`]: the bounty has not expired.
		///
		/// ## Events
		/// - [`Event::Defaulted`]
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::mark_defaulted())]
		pub fn mark_defaulted(origin: OriginFor<T>, bounty: BountyId) -> DispatchResult {
			let actor = T::ActorOrigin::ensure_origin(origin)?;
			Ok(Self::do_mark_defaulted(actor.subject, bounty)?)
		}
	}
}
