//! A runtime of the system and the registrar alone, and the words its tests use.

use crate::{self as pallet_registrar, Config, Organisation, Pallet};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, ConstU64},
	weights::Weight,
};
use frame_system::EnsureRoot;
use medrec_primitives::{
	identity::{FinalityKey, Name, Profile, Role, Status, SubjectId},
	relationship::RelationshipId,
	summary::{ActivityKind, EntryRole, EntryState},
	traits::{Clock, OnProvidersChanged, Summaries},
	AccountId, Moment, Signature, H256,
};
use sp_core::{sr25519, Pair};
use sp_runtime::{traits::Verify, BuildStorage};

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

/// What a listener was told: the active providers' accounts and votes.
pub type Told = Vec<(AccountId, Option<FinalityKey>)>;

/// What a summary was told: of whom, by whom, what.
pub type Note = (SubjectId, Option<SubjectId>, ActivityKind);

parameter_types! {
	/// The time.
	pub static Now: Moment = 1_000;
	/// What the summaries were told, in order.
	pub static Notes: Vec<Note> = Vec::new();
	/// What the listener was told, in order.
	pub static Tellings: Vec<Told> = Vec::new();
}

/// A clock that tests set.
pub struct MockClock;

impl Clock for MockClock {
	fn now() -> Moment {
		Now::get()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_set(now: Moment) -> sp_runtime::DispatchResult {
		Now::set(now);
		Ok(())
	}
}

/// Summaries that remember their notes.
pub struct MockSummaries;

impl Summaries for MockSummaries {
	fn note(
		subject: &SubjectId,
		by: Option<&SubjectId>,
		relationship: Option<&RelationshipId>,
		kind: ActivityKind,
	) {
		assert!(relationship.is_none(), "the registrar knows of no relationships");
		Notes::mutate(|notes| notes.push((*subject, by.copied(), kind)));
	}

	fn set_entry(_: &SubjectId, _: &RelationshipId, _: EntryRole, _: EntryState, _: bool) {
		unreachable!("the registrar makes no entries")
	}

	fn notify(_: &SubjectId, _: &RelationshipId) {
		unreachable!("the registrar makes no entries")
	}

	fn remove_entry(_: &SubjectId, _: &RelationshipId) {
		unreachable!("the registrar makes no entries")
	}
}

/// A listener that remembers what it was told.
pub struct MockListener;

/// What it weighs to tell it.
pub const TELLING: Weight = Weight::from_parts(7_000_000, 700);

impl OnProvidersChanged<AccountId> for MockListener {
	fn on_providers_changed(providers: &[(AccountId, Option<FinalityKey>)]) {
		Tellings::mutate(|tellings| tellings.push(providers.to_vec()));
	}

	fn weight() -> Weight {
		TELLING
	}
}

impl Config for Test {
	type CouncilOrigin = EnsureRoot<AccountId>;
	type Clock = MockClock;
	type Summaries = MockSummaries;
	type OnProvidersChanged = MockListener;
	type Signature = Signature;
	type Public = <Signature as Verify>::Signer;
	type MaxIdentifiers = ConstU32<3>;
	type Quota = ConstU32<5>;
	type ProtectiveQuota = ConstU32<2>;
	type QuotaWindow = ConstU64<1_000>;
	type WeightInfo = ();
}

/// The provider "alpha", which votes, with key 1.
pub const ALPHA: u16 = 1;
/// The provider "beta", which does not.
pub const BETA: u16 = 2;
/// The researcher "rho", which mines, with key 3.
pub const RHO: u16 = 3;
/// A patient of alpha's, if enrolled.
pub const PATIENT: u16 = 4;
/// A device of alpha's, if enrolled.
pub const DEVICE: u16 = 5;
/// Somebody whom the chain does not know.
pub const STRANGER: u16 = 6;

/// The key pair of this number.
pub fn pair(number: u16) -> sr25519::Pair {
	sr25519::Pair::from_seed(&key(number))
}

/// The account of this number.
pub fn account(number: u16) -> AccountId {
	pair(number).public().into()
}

/// The signed origin of this account.
pub fn signed(number: u16) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(number))
}

/// The origin of the council.
pub fn council() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

/// The mining key, finality key or encryption key of this number.
pub fn key(number: u16) -> [u8; 32] {
	let mut key = [0; 32];
	key[..2].copy_from_slice(&number.to_be_bytes());
	key
}

/// The identifier of this number.
pub fn identifier(number: u16) -> H256 {
	H256(key(number))
}

/// A name.
pub fn name(text: &str) -> Name {
	Name::try_from(text.as_bytes().to_vec()).unwrap()
}

/// A profile with a vote on finality.
pub fn voting(number: u16) -> Profile {
	Profile { finality_key: Some(key(number)), ..Profile::default() }
}

/// A profile with a mining key.
pub fn mining(number: u16) -> Profile {
	Profile { mining_key: Some(key(number)), ..Profile::default() }
}

/// A profile with this gatekeeper.
pub fn guarded(device: SubjectId) -> Profile {
	let url = b"https://gate.example.org".to_vec().try_into().unwrap();
	let gatekeeper = Some(medrec_primitives::identity::Gatekeeper { url, device });
	Profile { gatekeeper, ..Profile::default() }
}

/// The subject that this account controls.
pub fn id(number: u16) -> SubjectId {
	Registrar::subject_of(&account(number)).unwrap()
}

/// Enrolls a subject that the account `number` controls.
pub fn enroll(sponsor: u16, number: u16, role: Role) -> SubjectId {
	Registrar::enroll(signed(sponsor), account(number), role, None, None).unwrap();
	id(number)
}

/// Sets the status of a subject, as the council or its sponsor.
pub fn set_status(by: RuntimeOrigin, subject: SubjectId, status: Status) {
	Registrar::set_status(by, subject, status).unwrap();
}

/// What the account `number` signs to take over the subject of account `from`.
pub fn proof(from: u16, number: u16) -> Signature {
	let message = Pallet::<Test>::rotation_message(&id(from), &account(from));
	pair(number).sign(&message).into()
}

/// The events of the registrar since they were last asked for.
pub fn events() -> Vec<pallet_registrar::Event<Test>> {
	let events = System::read_events_for_pallet();
	System::reset_events();
	events
}

/// What the listener must have been told last.
pub fn active_providers() -> Told {
	pallet_registrar::Providers::<Test>::get()
		.into_iter()
		.map(|id| {
			let profile = pallet_registrar::Profiles::<Test>::get(id).unwrap();
			(Registrar::subject(&id).unwrap().account, profile.finality_key)
		})
		.collect()
}

/// Whether the listener knows what it should; fine as long as it was told nothing.
pub fn check_listener() {
	if let Some(last) = Tellings::get().last() {
		assert_eq!(*last, active_providers());
	}
}

/// Makes chains to test on.
pub struct ExtBuilder {
	providers: Vec<Organisation<AccountId>>,
	researchers: Vec<Organisation<AccountId>>,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		let mut alpha = Organisation::new(account(ALPHA), "alpha");
		alpha.finality_key = Some(H256(key(ALPHA)));
		let mut rho = Organisation::new(account(RHO), "rho");
		rho.mining_key = Some(H256(key(RHO)));
		Self::of(vec![alpha, Organisation::new(account(BETA), "beta")], vec![rho])
	}
}

impl ExtBuilder {
	/// A chain that begins with these organisations.
	pub fn of(
		providers: Vec<Organisation<AccountId>>,
		researchers: Vec<Organisation<AccountId>>,
	) -> Self {
		Self { providers, researchers }
	}

	/// The state at the first block.
	pub fn build(self) -> sp_io::TestExternalities {
		Now::set(1_000);
		Notes::set(Vec::new());
		Tellings::set(Vec::new());
		let Self { providers, researchers } = self;
		let genesis = RuntimeGenesisConfig {
			system: Default::default(),
			registrar: pallet_registrar::GenesisConfig { providers, researchers },
		};
		let mut ext = sp_io::TestExternalities::new(genesis.build_storage().unwrap());
		ext.register_extension(sp_keystore::KeystoreExt::new(
			sp_keystore::testing::MemoryKeystore::new(),
		));
		ext.execute_with(|| System::set_block_number(1));
		ext
	}

	/// Runs a test, and then checks what always holds.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			Notes::set(Vec::new());
			test();
			Registrar::do_try_state().unwrap();
			check_listener();
		});
	}
}
