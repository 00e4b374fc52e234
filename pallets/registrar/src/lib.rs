#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod genesis;
mod impls;
mod lookup;
#[cfg(test)]
mod mock;
mod profiles;
mod quota;
mod standing;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
pub mod types;
pub mod weights;

pub use genesis::Organisation;
pub use pallet::*;
pub use types::{QuotaClass, AdmissionError};
pub use weights::WeightInfo;

// What the macro writes has paths in full, and some `expect` of its own.
#[allow(clippy::expect_used, unused_qualifications)]
#[frame_support::pallet]
pub mod pallet {
	use super::{types, Organisation, WeightInfo};
	use alloc::vec::Vec;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use medrec_primitives::{
		identity::{
			EncryptionKey, FinalityKey, Identifier, MiningKey, Name, Profile, Role, Status,
			Subject, SubjectId,
		},
		traits::{Clock, OnProvidersChanged, Summaries, MAX_MINERS, MAX_PROVIDERS},
		Moment,
	};
	use sp_runtime::traits::{IdentifyAccount, Verify};

	/// The version of the storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The registrar.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the registrar needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who admits organisations and sets their status. If it can never be met, the
		/// organisations of genesis are the only ones.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The time that is noted at registration and by which quotas are counted.
		type Clock: Clock;

		/// Keeps the history of subjects. With `()` there is none.
		type Summaries: Summaries;

		/// Told of each change of the active providers. With `()` nobody is.
		type OnProvidersChanged: OnProvidersChanged<Self::AccountId>;

		/// What an account signs its consent to a rotation with.
		type Signature: Verify<Signer = Self::Public> + Parameter;

		/// The public keys of [`Config::Signature`].
		type Public: IdentifyAccount<AccountId = Self::AccountId>;

		/// How many identifiers may be bound to one subject. At zero, none.
		#[pallet::constant]
		type MaxIdentifiers: Get<u32>;

		/// How many ordinary calls a subject has per window. At zero, none.
		#[pallet::constant]
		type Quota: Get<u32>;

		/// How many protective calls a subject has per window. At zero, none.
		#[pallet::constant]
		type ProtectiveQuota: Get<u32>;

		/// How long a window is, in milliseconds. At zero, quotas do not bind.
		#[pallet::constant]
		type QuotaWindow: Get<Moment>;

		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// All subjects there ever were.
	#[pallet::storage]
	pub type Subjects<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, Subject<T::AccountId>, OptionQuery>;

	/// The subject that an account controls; none for those of retired subjects.
	#[pallet::storage]
	pub type SubjectOf<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, SubjectId, OptionQuery>;

	/// The accounts that were bound once and are not any more.
	#[pallet::storage]
	pub type FormerAccounts<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, (), OptionQuery>;

	/// The organisation of a name. A retired organisation keeps its name.
	#[pallet::storage]
	pub type Names<T: Config> = StorageMap<_, Blake2_128Concat, Name, SubjectId, OptionQuery>;

	/// The name of an organisation.
	#[pallet::storage]
	pub type NameOf<T: Config> = StorageMap<_, Blake2_128Concat, SubjectId, Name, OptionQuery>;

	/// The subject to which an identifier is bound.
	#[pallet::storage]
	pub type Identifiers<T: Config> =
		StorageMap<_, Blake2_128Concat, Identifier, SubjectId, OptionQuery>;

	/// How many identifiers are bound to a subject.
	#[pallet::storage]
	pub type IdentifierCount<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, u32, ValueQuery>;

	/// What an organisation that is not retired tells of itself.
	#[pallet::storage]
	pub type Profiles<T: Config> = StorageMap<_, Blake2_128Concat, SubjectId, Profile, OptionQuery>;

	/// The active providers.
	#[pallet::storage]
	pub type Providers<T: Config> =
		StorageValue<_, BoundedVec<SubjectId, ConstU32<MAX_PROVIDERS>>, ValueQuery>;

	/// The active researchers that have a mining key.
	#[pallet::storage]
	pub type Miners<T: Config> =
		StorageValue<_, BoundedVec<SubjectId, ConstU32<MAX_MINERS>>, ValueQuery>;

	/// The researcher that holds a mining key.
	#[pallet::storage]
	pub type MiningKeys<T: Config> =
		StorageMap<_, Blake2_128Concat, MiningKey, SubjectId, OptionQuery>;

	/// The provider that holds a finality key.
	#[pallet::storage]
	pub type FinalityKeys<T: Config> =
		StorageMap<_, Blake2_128Concat, FinalityKey, SubjectId, OptionQuery>;

	/// How many subjects there ever were.
	#[pallet::storage]
	pub type NextSubject<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// How much of its quotas a subject has used.
	#[pallet::storage]
	pub type Usage<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectId, types::Usage, OptionQuery>;

	/// The organisations that a chain begins with.
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
			super::genesis::build::<T>(Role::Provider, &self.providers);
			super::genesis::build::<T>(Role::Researcher, &self.researchers);
		}
	}

	/// What the registrar tells of its changes.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The council admitted an organisation.
		Admitted {
			/// Its subject.
			subject: SubjectId,
			/// What it is.
			role: Role,
			/// Its name.
			name: Name,
			/// The account that controls it.
			account: T::AccountId,
		},
		/// A provider enrolled a subject.
		Enrolled {
			/// The subject.
			subject: SubjectId,
			/// What it is.
			role: Role,
			/// The provider.
			sponsor: SubjectId,
			/// The account that controls it.
			account: T::AccountId,
		},
		/// An identifier stands for a subject.
		IdentifierBound {
			/// The identifier.
			identifier: Identifier,
			/// The subject.
			subject: SubjectId,
		},
		/// An identifier stands for nobody any more.
		IdentifierUnbound {
			/// The identifier.
			identifier: Identifier,
			/// The subject it stood for.
			subject: SubjectId,
		},
		/// An organisation has a new profile.
		ProfileSet {
			/// The organisation.
			subject: SubjectId,
		},
		/// A subject has a new encryption key, or none any more.
		EncryptionKeySet {
			/// The subject.
			subject: SubjectId,
		},
		/// Another account controls a subject.
		AccountRotated {
			/// The subject.
			subject: SubjectId,
			/// The account that did.
			from: T::AccountId,
			/// The account that does.
			to: T::AccountId,
		},
		/// A subject has a new status.
		StatusSet {
			/// The subject.
			subject: SubjectId,
			/// Its status.
			status: Status,
		},
	}

	/// Why a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such subject or identifier.
		NotFound,
		/// The sender has no active subject, or not one that may do this.
		NotAuthorized,
		/// The account controls a subject already.
		AccountTaken,
		/// The account was bound once, and cannot be bound again.
		AccountSpent,
		/// Another part of the chain still needs the account, so it cannot be let go.
		AccountInUse,
		/// The name is not made as names are.
		InvalidName,
		/// The name is, or was, another organisation's.
		NameTaken,
		/// Subjects of this role are not enrolled by providers.
		InvalidRole,
		/// The identifier is bound already.
		IdentifierTaken,
		/// The subject has as many identifiers as it may.
		TooManyIdentifiers,
		/// The profile tells what organisations of this role do not have.
		InvalidProfile,
		/// The gatekeeper is not an active device of this provider.
		InvalidGatekeeper,
		/// The key is another organisation's.
		KeyTaken,
		/// The new account does not sign its consent.
		InvalidProof,
		/// The chain has as many active providers as it may.
		TooManyProviders,
		/// The chain has as many active miners as it may.
		TooManyMiners,
		/// No other provider is active.
		LastProvider,
		/// The subject is retired, which is final.
		Retired,
		/// The subject has this status already.
		StatusUnchanged,
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
		/// `InvalidName`, `NameTaken`, `AccountTaken`, `AccountSpent`, `InvalidProfile` (a mining
		/// key), `InvalidGatekeeper` (a new provider has no devices), `KeyTaken`,
		/// `TooManyProviders`.
		///
		/// ## Events
		/// `Admitted`.
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
			Ok(Self::do_admit_provider(account, name, profile)?)
		}

		/// Admits a researcher that `account` controls. With a mining key, it may mine.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Errors
		/// `InvalidName`, `NameTaken`, `AccountTaken`, `AccountSpent`, `InvalidProfile` (a
		/// gatekeeper or a finality key), `KeyTaken`, `TooManyMiners`.
		///
		/// ## Events
		/// `Admitted`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::admit_researcher(MAX_MINERS))]
		pub fn admit_researcher(
			origin: OriginFor<T>,
			account: T::AccountId,
			name: Name,
			profile: Profile,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Ok(Self::do_admit_researcher(account, name, profile)?)
		}

		/// Registers a patient, clinician or device that `account` controls, with the sender as its
		/// sponsor.
		///
		/// ## Origin
		/// An active provider.
		///
		/// ## Errors
		/// `NotAuthorized`, `InvalidRole`, `AccountTaken`, `AccountSpent`, `IdentifierTaken`,
		/// `TooManyIdentifiers`.
		///
		/// ## Events
		/// `Enrolled`, and `IdentifierBound` with an identifier.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::enroll())]
		pub fn enroll(
			origin: OriginFor<T>,
			account: T::AccountId,
			role: Role,
			identifier: Option<Identifier>,
			encryption_key: Option<EncryptionKey>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Ok(Self::do_enroll(&who, account, role, identifier, encryption_key)?)
		}

		/// Lets an identifier stand for a subject that is not retired.
		///
		/// ## Origin
		/// The subject's sponsor, active.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorized`, `Retired`, `IdentifierTaken`, `TooManyIdentifiers`.
		///
		/// ## Events
		/// `IdentifierBound`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::bind_identifier())]
		pub fn bind_identifier(
			origin: OriginFor<T>,
			subject: SubjectId,
			identifier: Identifier,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Ok(Self::do_bind_identifier(&who, subject, identifier)?)
		}

		/// Lets an identifier stand for nobody. It may be bound again.
		///
		/// ## Origin
		/// The sponsor, active, of the subject that it stands for.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorized`.
		///
		/// ## Events
		/// `IdentifierUnbound`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::unbind_identifier())]
		pub fn unbind_identifier(origin: OriginFor<T>, identifier: Identifier) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Ok(Self::do_unbind_identifier(&who, identifier)?)
		}

		/// Sets what the sender's organisation tells of itself, as a whole. Keys that it leaves out
		/// are free for others.
		///
		/// ## Origin
		/// An active provider or researcher.
		///
		/// ## Errors
		/// `NotAuthorized`, `InvalidProfile`, `InvalidGatekeeper`, `KeyTaken`, `TooManyMiners`.
		///
		/// ## Events
		/// `ProfileSet`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_profile(MAX_PROVIDERS))]
		pub fn set_profile(origin: OriginFor<T>, profile: Profile) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Ok(Self::do_set_profile(&who, profile)?)
		}

		/// Sets the key to which answers for the sender are sealed, or none.
		///
		/// ## Origin
		/// An active subject.
		///
		/// ## Errors
		/// `NotAuthorized`.
		///
		/// ## Events
		/// `EncryptionKeySet`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::set_encryption_key())]
		pub fn set_encryption_key(
			origin: OriginFor<T>,
			key: Option<EncryptionKey>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Ok(Self::do_set_encryption_key(&who, key)?)
		}

		/// Hands the sender's subject to `new_account`. All that hangs on the subject stays. The
		/// sender's account is never bound again.
		///
		/// `proof` is the new account's signature over [`Pallet::rotation_message`], as it is or
		/// between `<Bytes>` and `</Bytes>`.
		///
		/// ## Origin
		/// An active subject.
		///
		/// ## Errors
		/// `NotAuthorized`, `AccountTaken`, `AccountSpent`, `InvalidProof`, `AccountInUse`.
		///
		/// ## Events
		/// `AccountRotated`.
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
			let who = ensure_signed(origin)?;
			Ok(Self::do_rotate_account(&who, new_account, proof)?)
		}

		/// Suspends a subject, makes it active again, or retires it for good. To take power away is
		/// of the operational class; to give it back is a call like any other.
		///
		/// ## Origin
		/// The council for organisations, the active sponsor for those it enrolled, and every
		/// active subject to retire itself.
		///
		/// ## Errors
		/// `NotFound`, `NotAuthorized`, `Retired`, `StatusUnchanged`, `LastProvider`,
		/// `TooManyProviders` and `TooManyMiners` (becoming active), `AccountInUse` (retiring).
		///
		/// ## Events
		/// `StatusSet`.
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
			let by = Self::ensure_authority(origin)?;
			Ok(Self::do_set_status(by, subject, status)?)
		}
	}
}
