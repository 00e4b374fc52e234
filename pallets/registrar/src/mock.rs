//! A runtime of System and the registrar, and helpers for its tests.

use crate::{self as pallet_registrar, Config, Organisation, Pallet};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, ConstU64},
	weights::Weight,
};
use frame_system::EnsureRoot;
use medrec_primitives::{
	authority::Actor,
	identity::{FinalityKey, Gatekeeper, Identifier, Name, Profile, Role, Status, SubjectId},
	summary::ActivityKind,
	traits::OnProvidersChanged,
	AccountId, Signature,
};
use sp_core::{sr25519, Pair};
use sp_io::TestExternalities;
use sp_runtime::{traits::Verify, TryRuntimeError};

pub use pallet_testing::{BuildAndExecute, MockSummaries, MockTime, NOW};

type Block = frame_system::mocking::MockBlock<Test>;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Registrar: pallet_registrar,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type AccountId = AccountId;
	type Block = Block;
	type Lookup = sp_runtime::traits::IdentityLookup<AccountId>;
}

/// The accounts of the active providers with their finality keys.
pub type ActiveProviders = Vec<(AccountId, Option<FinalityKey>)>;

parameter_types! {
	/// The notices that [`MockReceiver`] received, oldest first.
	pub static Notices: Vec<ActiveProviders> = Vec::new();
}

/// Records the changes of the active providers.
pub struct MockReceiver;

/// The weight of a notice.
pub const NOTICE_WEIGHT: Weight = Weight::from_parts(7_000_000, 700);

impl OnProvidersChanged<AccountId> for MockReceiver {
	fn on_providers_changed(providers: &[(AccountId, Option<FinalityKey>)]) {
		Notices::mutate(|notices| notices.push(providers.to_vec()));
	}

	fn weight() -> Weight {
		NOTICE_WEIGHT
	}
}

impl Config for Test {
	type CouncilOrigin = EnsureRoot<AccountId>;
	type Time = MockTime;
	type Summaries = MockSummaries;
	type OnProvidersChanged = MockReceiver;
	type Signature = Signature;
	type Public = <Signature as Verify>::Signer;
	type MaxIdentifiers = ConstU32<3>;
	type Quota = ConstU32<5>;
	type ProtectiveQuota = ConstU32<2>;
	type QuotaWindow = ConstU64<1_000>;
	type WeightInfo = ();
}

/// The provider "alpha", with finality key 1.
pub const ALPHA: u16 = 1;
/// The provider "beta", without a finality key.
pub const BETA: u16 = 2;
/// The researcher "rho", with mining key 3.
pub const RHO: u16 = 3;
/// A patient of alpha, if enrolled.
pub const PATIENT: u16 = 4;
/// A device of alpha, if enrolled.
pub const DEVICE: u16 = 5;
/// An account that controls no subject.
pub const STRANGER: u16 = 6;
/// The researcher "sigma", if admitted by [`admit_sigma`].
pub const SIGMA: u16 = 7;

/// The key pair with this number.
pub fn pair(number: u16) -> sr25519::Pair {
	sr25519::Pair::from_seed(&key(number))
}

/// The account with this number.
pub fn account(number: u16) -> AccountId {
	pair(number).public().into()
}

/// The signed origin of the account with this number.
pub fn signed(number: u16) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(number))
}

/// The origin of the council.
pub fn council() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

/// The key with this number, of any kind.
pub fn key<K: From<[u8; 32]>>(number: u16) -> K {
	let mut bytes = [0; 32];
	bytes[..2].copy_from_slice(&number.to_be_bytes());
	bytes.into()
}

/// The identifier with this number.
pub fn identifier(number: u16) -> Identifier {
	key(number)
}

/// `text` as a name, valid or not.
pub fn name(text: &str) -> Name {
	Name::try_from(text.as_bytes().to_vec()).unwrap()
}

/// A profile with this finality key.
pub fn voting(number: u16) -> Profile {
	Profile { finality_key: Some(key(number)), ..Profile::default() }
}

/// A profile with this mining key.
pub fn mining(number: u16) -> Profile {
	Profile { mining_key: Some(key(number)), ..Profile::default() }
}

/// A profile with this gatekeeper.
pub fn guarded(device: SubjectId) -> Profile {
	let url = b"https://gate.example.org".to_vec().try_into().unwrap();
	Profile { gatekeeper: Some(Gatekeeper { url, device }), ..Profile::default() }
}

/// The subject that this account controls.
pub fn id(number: u16) -> SubjectId {
	Registrar::subject_of(&account(number)).unwrap()
}

/// The active subject that this account controls, with its role.
pub fn active(number: u16) -> Option<(SubjectId, Role)> {
	Registrar::actor(&account(number)).map(|actor| (actor.subject, actor.role))
}

/// The provider on whose behalf this account acts.
pub fn acting_provider(number: u16) -> Option<SubjectId> {
	Registrar::actor(&account(number)).and_then(|Actor { acting_provider, .. }| acting_provider)
}

/// Enrolls a subject that the account `number` controls.
pub fn enroll(sponsor: u16, number: u16, role: Role) -> SubjectId {
	Registrar::enroll(signed(sponsor), account(number), role, None, None).unwrap();
	id(number)
}

/// Admits a second miner, so that the first may go.
pub fn admit_sigma() -> SubjectId {
	Registrar::admit_researcher(council(), account(SIGMA), name("sigma"), mining(SIGMA)).unwrap();
	id(SIGMA)
}

/// Sets the status of a subject, as the council or its sponsor.
pub fn set_status(by: RuntimeOrigin, subject: SubjectId, status: Status) {
	Registrar::set_status(by, subject, status).unwrap();
}

/// The signature by which the account `number` takes over the subject of the account `from`.
pub fn proof(from: u16, number: u16) -> Signature {
	let message = Pallet::<Test>::rotation_message(&id(from), &account(from));
	pair(number).sign(&message).into()
}

/// Removes and returns the events of the registrar.
pub fn events() -> Vec<pallet_registrar::Event<Test>> {
	let events = System::read_events_for_pallet();
	System::reset_events();
	events
}

/// Removes and returns the notes: whose history, who acted, what happened.
pub fn notes() -> Vec<(SubjectId, Option<SubjectId>, ActivityKind)> {
	let notes = MockSummaries::notes().into_iter().map(|(subject, by, relationship, kind)| {
		assert_eq!(relationship, None, "the registrar knows no relationships");
		(subject, by, kind)
	});
	let notes = notes.collect();
	MockSummaries::clear_notes();
	notes
}

/// The active providers as they are stored.
fn active_providers() -> ActiveProviders {
	let of = |id| {
		let profile = pallet_registrar::Profiles::<Test>::get(id).unwrap();
		(Registrar::subject(&id).unwrap().account, profile.finality_key)
	};
	pallet_registrar::Providers::<Test>::get().into_iter().map(of).collect()
}

/// Builds the state in which a test begins.
pub struct ExtBuilder {
	providers: Vec<Organisation<AccountId>>,
	researchers: Vec<Organisation<AccountId>>,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		let mut alpha = Organisation::new(account(ALPHA), "alpha");
		alpha.finality_key = Some(key(ALPHA));
		let mut rho = Organisation::new(account(RHO), "rho");
		rho.mining_key = Some(key(RHO));
		Self::of(vec![alpha, Organisation::new(account(BETA), "beta")], vec![rho])
	}
}

impl ExtBuilder {
	/// A genesis of these organisations.
	pub fn of(
		providers: Vec<Organisation<AccountId>>,
		researchers: Vec<Organisation<AccountId>>,
	) -> Self {
		Self { providers, researchers }
	}
}

impl BuildAndExecute for ExtBuilder {
	fn build(self) -> TestExternalities {
		let Self { providers, researchers } = self;
		Notices::set(Vec::new());
		let mut ext = pallet_testing::new_test_ext::<Test>(RuntimeGenesisConfig {
			system: Default::default(),
			registrar: pallet_registrar::GenesisConfig { providers, researchers },
		});
		ext.register_extension(sp_keystore::KeystoreExt::new(
			sp_keystore::testing::MemoryKeystore::new(),
		));
		ext.execute_with(MockSummaries::clear_notes);
		ext
	}

	/// Checks the invariants of the storage, and that the last notice, if any, holds the active
	/// providers.
	fn try_state() -> Result<(), TryRuntimeError> {
		assert!(MockSummaries::has_no_entries(), "the registrar makes no entries");
		assert!(Notices::get().last().is_none_or(|last| *last == active_providers()));
		Registrar::do_try_state()
	}
}
