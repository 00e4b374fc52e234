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
pub mod types;
pub mod weights;

use frame_support::pallet_macros::import_section;

pub use impls::EnsureActor;
pub use pallet::*;
pub use types::{AdmissionError, Organisation, QuotaClass};
pub use weights::WeightInfo;

/// The pallet: configuration, storage, events, errors and calls.
#[allow(clippy::expect_used, unused_qualifications, reason = "the pallet macro writes some")]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{
		types::{self, Organisation},
		EnsureActor, WeightInfo,
	};
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		identity::{
			EncryptionKey, FinalityKey, Identifier, MiningKey, Name, Profile, Role, Status,
			Subject, SubjectId,
		},
		traits::{OnProvidersChanged, Summaries, MAX_MINERS, MAX_PROVIDERS},
		Moment,
	};
	use sp_runtime::traits::{IdentifyAccount, Verify};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The registrar.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// The configuration of the registrar.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The origin that admits organisations and sets their status. Without one that can be met,
		/// the organisations of genesis remain the only ones.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The time of the current block.
		type Time: Time<Moment = Moment>;

		/// Receives the history of subjects. `()` discards it.
		type Summaries: Summaries;

		/// Receives every change of the active providers. `()` discards it.
		type OnProvidersChanged: OnProvidersChanged<Self::AccountId>;

		/// The signature of the proof in [`Pallet::rotate_account`].
		type Signature: Verify<Signer = Self::Public> + Parameter;

		/// The public key of [`Config::Signature`].
		type Public: IdentifyAccount<AccountId = Self::AccountId>;

		/// The maximum number of identifiers of one subject.
		#[pallet::constant]
		type MaxIdentifiers: Get<u32>;

		/// The number of ordinary calls of one subject per window.
		#[pallet::constant]
		type Quota: Get<u32>;

		/// The number of protective calls of one subject per window.
		#[pallet::constant]
		type ProtectiveQuota: Get<u32>;

		/// The length of a window in milliseconds. At zero, every call opens a new window.
		#[pallet::constant]
		type QuotaWindow: Get<Moment>;

		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// All subjects, including suspended and retired ones.
	#[pallet::storage]
	pub type Subjects<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, Subject<T::AccountId>>;

	/// The subject that an account controls. Subjects that are retired have no account.
	#[pallet::storage]
	pub type SubjectOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, SubjectId>;

	/// The accounts that were bound to a subject and are not any more.
	#[pallet::storage]
	pub type FormerAccounts<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, ()>;

	/// The organisation of each name. A retired organisation keeps its name.
	#[pallet::storage]
	pub type Names<T: Config> = StorageMap<_, Blake2_128Concat, Name, SubjectId>;

	/// The name of each organisation.
	#[pallet::storage]
	pub type NameOf<T: Config> = StorageMap<_, Blake2_128Concat, SubjectId, Name>;

	/// The subject to which an identifier is bound.
	#[pallet::storage]
	pub type Identifiers<T: Config> = StorageMap<_, Blake2_128Concat, Identifier, SubjectId>;

	/// The number of identifiers bound to a subject.
	#[pallet::storage]
	pub type IdentifierCount<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, u32, ValueQuery>;

	/// The profiles of the organisations that are not retired.
	#[pallet::storage]
	pub type Profiles<T: Config> = StorageMap<_, Blake2_128Concat, SubjectId, Profile>;

	/// The active providers, in the order in which they became active.
	#[pallet::storage]
	pub type Providers<T: Config> =
		StorageValue<_, BoundedVec<SubjectId, ConstU32<MAX_PROVIDERS>>, ValueQuery>;

	/// The active researchers that have a mining key.
	#[pallet::storage]
	pub type Miners<T: Config> =
		StorageValue<_, BoundedVec<SubjectId, ConstU32<MAX_MINERS>>, ValueQuery>;

	/// The researcher, active or suspended, that holds a mining key.
	#[pallet::storage]
	pub type MiningKeys<T: Config> = StorageMap<_, Blake2_128Concat, MiningKey, SubjectId>;

	/// The provider, active or suspended, that holds a finality key.
	#[pallet::storage]
	pub type FinalityKeys<T: Config> = StorageMap<_, Blake2_128Concat, FinalityKey, SubjectId>;

	/// The number of registrations so far. It is part of the ID of the next subject.
	#[pallet::storage]
	pub type NextSubject<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// The calls that a subject has made in its latest window.
	#[pallet::storage]
	pub type Usage<T: Config> = StorageMap<_, Blake2_128Concat, SubjectId, types::Usage>;

	/// The organisations of the first block. An invalid one stops the build of the genesis.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The providers. They have no gatekeeper yet.
		pub providers: Vec<Organisation<T::AccountId>>,
		/// The researchers.
		pub researchers: Vec<Organisation<T::AccountId>>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::build_genesis(Role::Provider, &self.providers);
			Pallet::<T>::build_genesis(Role::Researcher, &self.researchers);
		}
	}

	/// The errors of the registrar.
	#[pallet::error]
	pub enum Error<T> {
		/// The subject or identifier does not exist.
		NotFound,
		/// The account that signs may not do this.
		NotAuthorized,
		/// The account already controls a subject.
		AccountTaken,
		/// The account was bound before and is never bound again.
		AccountSpent,
		/// Another pallet still refers to the account, so it cannot be released.
		AccountInUse,
		/// The name does not match `[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?`.
		InvalidName,
		/// The name belongs to another organisation, active or not.
		NameTaken,
		/// Providers do not enroll subjects of this role.
		InvalidRole,
		/// The identifier is already bound.
		IdentifierTaken,
		/// The subject has the maximum number of identifiers.
		TooManyIdentifiers,
		/// The profile has a field that this role does not have.
		InvalidProfile,
		/// The gatekeeper is not an active device of this provider.
		InvalidGatekeeper,
		/// The key belongs to another organisation.
		KeyTaken,
		/// The proof is not the new account's signature over the rotation message.
		InvalidProof,
		/// The chain has the maximum number of active providers.
		TooManyProviders,
		/// The chain has the maximum number of active miners.
		TooManyMiners,
		/// The call would leave the chain without an active provider.
		LastProvider,
		/// The subject is retired, which is final.
		Retired,
		/// The subject already has this status.
		StatusUnchanged,
		/// The call would leave the chain without an active miner.
		LastMiner,
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
		/// Admits a provider that `account` controls.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Errors
		/// - [`Error::InvalidName`], [`Error::NameTaken`]: the name cannot be given.
		/// - [`Error::AccountTaken`], [`Error::AccountSpent`]: the account cannot be bound.
		/// - [`Error::InvalidProfile`]: the profile has a mining key.
		/// - [`Error::InvalidGatekeeper`]: the profile has a gatekeeper; a new provider has no device.
		/// - [`Error::KeyTaken`]: another provider holds the finality key.
		/// - [`Error::TooManyProviders`]
		///
		/// ## Events
		/// - [`Event::Admitted`]
		#[pallet::call_index(0)]
		#[pallet::weight(
			T::WeightInfo::admit_provider(MAX_PROVIDERS)
				.saturating_add(T::OnProvidersChanged::weight())
		)]
		pub fn admit_provider(
			origin: OriginFor<T>,
			account: T::AccountId,
			name: Name,
			profile: Profile,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Ok(Self::do_admit(account, Role::Provider, name, profile)?)
		}

		/// Admits a researcher that `account` controls. With a mining key it may mine.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Errors
		/// - [`Error::InvalidName`], [`Error::NameTaken`]: the name cannot be given.
		/// - [`Error::AccountTaken`], [`Error::AccountSpent`]: the account cannot be bound.
		/// - [`Error::InvalidProfile`]: the profile has a gatekeeper or a finality key.
		/// - [`Error::KeyTaken`]: another researcher holds the mining key.
		/// - [`Error::TooManyMiners`]
		///
		/// ## Events
		/// - [`Event::Admitted`]
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::admit_researcher(MAX_MINERS))]
		pub fn admit_researcher(
			origin: OriginFor<T>,
			account: T::AccountId,
			name: Name,
			profile: Profile,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Ok(Self::do_admit(account, Role::Researcher, name, profile)?)
		}

		/// Registers a patient, clinician or device that `account` controls. The sender becomes its
		/// sponsor.
		///
		/// ## Origin
		/// A provider.
		///
		/// ## Errors
		/// - [`Error::NotAuthorized`]: the sender is not a provider.
		/// - [`Error::InvalidRole`]: the role is provider or researcher.
		/// - [`Error::AccountTaken`], [`Error::AccountSpent`]: the account cannot be bound.
		/// - [`Error::IdentifierTaken`], [`Error::TooManyIdentifiers`]: the identifier cannot be bound.
		///
		/// ## Events
		/// - [`Event::Enrolled`]
		/// - [`Event::IdentifierBound`], if there is an identifier
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::enroll())]
		pub fn enroll(
			origin: OriginFor<T>,
			account: T::AccountId,
			role: Role,
			identifier: Option<Identifier>,
			encryption_key: Option<EncryptionKey>,
		) -> DispatchResult {
			let actor = EnsureActor::<T>::ensure_origin(origin)?;
			Ok(Self::do_enroll(actor, account, role, identifier, encryption_key)?)
		}

		/// Binds an identifier to a subject that is not retired.
		///
		/// ## Origin
		/// The sponsor of the subject.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the subject does not exist.
		/// - [`Error::NotAuthorized`]: the sender is not its sponsor.
		/// - [`Error::Retired`]
		/// - [`Error::IdentifierTaken`], [`Error::TooManyIdentifiers`]: the identifier cannot be bound.
		///
		/// ## Events
		/// - [`Event::IdentifierBound`]
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::bind_identifier())]
		pub fn bind_identifier(
			origin: OriginFor<T>,
			subject: SubjectId,
			identifier: Identifier,
		) -> DispatchResult {
			let actor = EnsureActor::<T>::ensure_origin(origin)?;
			Ok(Self::do_bind_identifier(actor, subject, identifier)?)
		}

		/// Unbinds an identifier, which may then be bound again.
		///
		/// ## Origin
		/// The sponsor of the subject to which the identifier is bound.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the identifier is not bound.
		/// - [`Error::NotAuthorized`]: the sender is not the sponsor.
		///
		/// ## Events
		/// - [`Event::IdentifierUnbound`]
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::unbind_identifier())]
		pub fn unbind_identifier(origin: OriginFor<T>, identifier: Identifier) -> DispatchResult {
			let actor = EnsureActor::<T>::ensure_origin(origin)?;
			Ok(Self::do_unbind_identifier(actor, identifier)?)
		}

		/// Replaces the profile of the sender. Keys that the new profile leaves out are free for
		/// others.
		///
		/// ## Origin
		/// An organisation.
		///
		/// ## Errors
		/// - [`Error::NotAuthorized`]: the sender is not an organisation.
		/// - [`Error::InvalidProfile`]: the profile has a field that the role does not have.
		/// - [`Error::InvalidGatekeeper`]: the gatekeeper is not an active device of the sender.
		/// - [`Error::KeyTaken`]: another organisation holds one of the keys.
		/// - [`Error::TooManyMiners`]: the sender would become a miner, and there is no room.
		/// - [`Error::LastMiner`]: the sender is the only miner, and the profile has no mining key.
		///
		/// ## Events
		/// - [`Event::ProfileSet`]
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_profile(MAX_PROVIDERS))]
		pub fn set_profile(origin: OriginFor<T>, profile: Profile) -> DispatchResult {
			let actor = EnsureActor::<T>::ensure_origin(origin)?;
			Ok(Self::do_set_profile(actor, profile)?)
		}

		/// Sets the key to which answers for the sender are sealed. `None` removes it.
		///
		/// ## Origin
		/// An active subject.
		///
		/// ## Errors
		/// None.
		///
		/// ## Events
		/// - [`Event::EncryptionKeySet`]
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::set_encryption_key())]
		pub fn set_encryption_key(
			origin: OriginFor<T>,
			key: Option<EncryptionKey>,
		) -> DispatchResult {
			let actor = EnsureActor::<T>::ensure_origin(origin)?;
			Ok(Self::do_set_encryption_key(actor, key)?)
		}

		/// Moves the sender's subject to `new_account`. Relationships, grants and keys stay with the
		/// subject. The former account is never bound again.
		///
		/// `proof` is the new account's signature over [`Pallet::rotation_message`], plain or
		/// between `<Bytes>` and `</Bytes>`.
		///
		/// ## Origin
		/// An active subject.
		///
		/// ## Errors
		/// - [`Error::AccountTaken`], [`Error::AccountSpent`]: the new account cannot be bound.
		/// - [`Error::InvalidProof`]
		/// - [`Error::AccountInUse`]: the former account cannot be released.
		///
		/// ## Events
		/// - [`Event::AccountRotated`]
		#[pallet::call_index(7)]
		#[pallet::weight((
			T::WeightInfo::rotate_account(MAX_PROVIDERS)
				.saturating_add(T::OnProvidersChanged::weight()),
			DispatchClass::Operational,
		))]
		pub fn rotate_account(
			origin: OriginFor<T>,
			new_account: T::AccountId,
			proof: T::Signature,
		) -> DispatchResult {
			let actor = EnsureActor::<T>::ensure_origin(origin)?;
			Ok(Self::do_rotate_account(actor, new_account, proof)?)
		}

		/// Suspends a subject, makes it active again, or retires it.
		///
		/// ## Origin
		/// The council for organisations, the sponsor for subjects that it enrolled, and each subject
		/// to retire itself.
		///
		/// ## Errors
		/// - [`Error::NotFound`]: the subject does not exist.
		/// - [`Error::NotAuthorized`]: the sender is none of these.
		/// - [`Error::Retired`], [`Error::StatusUnchanged`]: the status cannot change so.
		/// - [`Error::LastProvider`], [`Error::LastMiner`]: the subject must stay active.
		/// - [`Error::TooManyProviders`], [`Error::TooManyMiners`]: the subject cannot become active.
		/// - [`Error::AccountInUse`]: the account of a retiring subject cannot be released.
		///
		/// ## Events
		/// - [`Event::StatusSet`]
		#[pallet::call_index(8)]
		#[pallet::weight((
			T::WeightInfo::set_status(MAX_PROVIDERS)
				.saturating_add(T::OnProvidersChanged::weight()),
			match status {
				Status::Active => DispatchClass::Normal,
				Status::Suspended | Status::Retired => DispatchClass::Operational,
			},
		))]
		pub fn set_status(
			origin: OriginFor<T>,
			subject: SubjectId,
			status: Status,
		) -> DispatchResult {
			let by = Self::ensure_status_origin(origin)?;
			Ok(Self::do_set_status(by, subject, status)?)
		}
	}
}
