//! A runtime of this pallet alone, with a registrar and relationships that are tables.

use crate as pallet_summary;
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{assert_ok, derive_impl, parameter_types};
use medrec_primitives::{
	identity::{Role, SubjectId},
	record::RecordId,
	relationship::RelationshipId,
	traits::{Clock, Relationships, Subjects},
	Moment, H256,
};
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;

type Block = frame_system::mocking::MockBlock<Test>;

/// Accounts that the mock registrar knows, and one that it does not.
pub const PATIENT: u64 = 1;
pub const PROVIDER: u64 = 2;
pub const GATEKEEPER: u64 = 3;
pub const VIEWER: u64 = 4;
pub const OTHER_PROVIDER: u64 = 5;
pub const STRANGER: u64 = 9;

/// The one relationship: between [`PATIENT`] and [`PROVIDER`].
pub const RELATIONSHIP: RelationshipId = H256::repeat_byte(0xaa);

/// The one record, which it holds.
pub const RECORD: RecordId = H256::repeat_byte(0x11);

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Summary: pallet_summary,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

parameter_types! {
	pub static Now: Moment = 1_000;
	pub static Retention: u32 = 4;
	pub static AnchorRetention: u32 = 3;
	/// Accounts with the subject they control, and its role.
	pub static Accounts: BTreeMap<u64, (SubjectId, Role)> = BTreeMap::new();
	/// Accounts with the provider for which they may act.
	pub static Stewards: BTreeMap<u64, SubjectId> = BTreeMap::new();
	pub static Suspended: BTreeSet<SubjectId> = BTreeSet::new();
	pub static Parties: BTreeMap<RelationshipId, (SubjectId, SubjectId)> = BTreeMap::new();
	/// Which records each relationship holds.
	pub static Records: BTreeSet<(RelationshipId, RecordId)> = BTreeSet::new();
}

impl pallet_summary::Config for Test {
	type Subjects = MockSubjects;
	type Relationships = MockRelationships;
	type Clock = MockClock;
	type Retention = Retention;
	type AnchorRetention = AnchorRetention;
	type WeightInfo = ();
}

/// The registrar.
pub struct MockSubjects;

impl Subjects<u64> for MockSubjects {
	fn active(account: &u64) -> Option<(SubjectId, Role)> {
		let (subject, role) = Accounts::get().get(account).copied()?;
		(!Suspended::get().contains(&subject)).then_some((subject, role))
	}

	fn role(subject: &SubjectId) -> Option<Role> {
		let (_, role) = Accounts::get().into_values().find(|(known, _)| known == subject)?;
		(!Suspended::get().contains(subject)).then_some(role)
	}

	fn acting_provider(account: &u64) -> Option<SubjectId> {
		let provider = Stewards::get().get(account).copied()?;
		(!Suspended::get().contains(&provider)).then_some(provider)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_subject(account: &u64, role: Role) -> SubjectId {
		register(*account, role);
		subject(*account)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_acting_provider(account: &u64) -> SubjectId {
		register(*account, Role::Device);
		Stewards::mutate(|stewards| stewards.insert(*account, subject(PROVIDER)));
		subject(PROVIDER)
	}
}

/// The relationships.
pub struct MockRelationships;

impl Relationships for MockRelationships {
	fn parties(relationship: &RelationshipId) -> Option<(SubjectId, SubjectId)> {
		Parties::get().get(relationship).copied()
	}

	fn holds(relationship: &RelationshipId, record: &RecordId) -> bool {
		Records::get().contains(&(*relationship, *record))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_relationship(patient: &SubjectId, provider: &SubjectId) -> RelationshipId {
		Parties::mutate(|parties| parties.insert(RELATIONSHIP, (*patient, *provider)));
		RELATIONSHIP
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_record(relationship: &RelationshipId) -> RecordId {
		Records::mutate(|records| records.insert((*relationship, RECORD)));
		RECORD
	}
}

/// The clock.
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

/// The subject that `account` controls.
pub fn subject(account: u64) -> SubjectId {
	H256::from_low_u64_be(account)
}

/// Makes `account` control a subject of this role.
pub fn register(account: u64, role: Role) {
	Accounts::mutate(|accounts| accounts.insert(account, (subject(account), role)));
	if role == Role::Provider {
		Stewards::mutate(|stewards| stewards.insert(account, subject(account)));
	}
}

/// Lets time pass.
pub fn wait(time: Moment) {
	Now::mutate(|now| *now += time);
}

/// A block in which the mock's subjects are known and nothing has happened yet.
pub struct ExtBuilder;

impl ExtBuilder {
	/// The state, in block 1 so that events are kept.
	pub fn build() -> TestExternalities {
		Now::set(1_000);
		Retention::set(4);
		AnchorRetention::set(3);
		Accounts::set(BTreeMap::new());
		Stewards::set(BTreeMap::new());
		Suspended::set(BTreeSet::new());
		register(PATIENT, Role::Patient);
		register(PROVIDER, Role::Provider);
		register(GATEKEEPER, Role::Device);
		register(VIEWER, Role::Clinician);
		register(OTHER_PROVIDER, Role::Provider);
		Stewards::mutate(|stewards| stewards.insert(GATEKEEPER, subject(PROVIDER)));
		Parties::set([(RELATIONSHIP, (subject(PATIENT), subject(PROVIDER)))].into());
		Records::set([(RELATIONSHIP, RECORD)].into());

		let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let mut state = TestExternalities::new(storage);
		state.execute_with(|| System::set_block_number(1));
		state
	}

	/// Runs `test`, then checks the invariants.
	pub fn build_and_execute(test: impl FnOnce()) {
		Self::build().execute_with(|| {
			test();
			assert_ok!(Summary::do_try_state());
		});
	}
}
