//! A runtime of System and this pallet, whose neighbours keep what they know in storage too, so
//! that a change of theirs is seen when storage must not change.

use crate as pallet_ppr;
use frame_support::{derive_impl, parameter_types, storage_alias, Blake2_128Concat};
use medrec_primitives::{
	identity::{Role, SubjectId},
	record::{Pointer, RecordId, Release},
	relationship::{
		Effect, Grant, GrantId, Grantee, Purpose, Purposes, Relationship, RelationshipId, Scope,
	},
	summary::{ActivityKind, EntryRole, EntryState},
	traits, Moment, H256,
};
use sp_runtime::BuildStorage;

type Block = frame_system::mocking::MockBlock<Test>;
pub type AccountId = u64;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Ppr: pallet_ppr,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

parameter_types! {
	pub const MaxRecords: u32 = 4;
	pub const MaxNotes: u32 = 2;
	pub const MaxGrants: u32 = 5;
	pub const MaxGrantsPerGrantee: u32 = 3;
}

impl crate::Config for Test {
	type Subjects = Registry;
	type Clock = Clock;
	type Summaries = Summary;
	type MaxRecords = MaxRecords;
	type MaxNotes = MaxNotes;
	type MaxGrants = MaxGrants;
	type MaxGrantsPerGrantee = MaxGrantsPerGrantee;
	type WeightInfo = ();
}

/// The accounts of the cast. `subject(account)` is the subject that an account controls.
pub const HOSPITAL: AccountId = 1;
pub const OTHER_HOSPITAL: AccountId = 2;
pub const GATEKEEPER: AccountId = 3;
pub const PATIENT: AccountId = 11;
pub const OTHER_PATIENT: AccountId = 12;
pub const DOCTOR: AccountId = 21;
pub const OTHER_DOCTOR: AccountId = 22;
pub const RESEARCHER: AccountId = 31;
/// Controls no subject.
pub const STRANGER: AccountId = 99;

/// When the tests begin.
pub const NOW: Moment = 1_700_000_000_000;

#[storage_alias]
type Roles = StorageMap<Mock, Blake2_128Concat, SubjectId, Role>;
#[storage_alias]
type Suspended = StorageMap<Mock, Blake2_128Concat, SubjectId, ()>;
/// Devices with the provider whose profile names them as gatekeeper.
#[storage_alias]
type Gatekeepers = StorageMap<Mock, Blake2_128Concat, SubjectId, SubjectId>;
#[storage_alias]
type Time = StorageValue<Mock, Moment>;
#[storage_alias]
pub type Entries =
	StorageMap<Mock, Blake2_128Concat, (SubjectId, RelationshipId), (EntryRole, EntryState, u32)>;
#[storage_alias]
type Notes = StorageValue<Mock, Vec<Note>>;

/// For whom, by whom, in which relationship, what.
pub type Note = (SubjectId, Option<SubjectId>, Option<RelationshipId>, ActivityKind);

/// The subject that `account` controls.
pub fn subject(account: AccountId) -> SubjectId {
	H256::from_low_u64_be(account)
}

/// The subject that `account` controls, as a grantee.
pub fn viewer(account: AccountId) -> Grantee {
	Grantee::Subject(subject(account))
}

/// Takes all power from a subject, or gives it back.
pub fn set_suspended(account: AccountId, suspended: bool) {
	if suspended {
		Suspended::insert(subject(account), ());
	} else {
		Suspended::remove(subject(account));
	}
}

pub struct Registry;

impl traits::Subjects<AccountId> for Registry {
	fn active(account: &AccountId) -> Option<(SubjectId, Role)> {
		let subject = subject(*account);
		Self::role(&subject).map(|role| (subject, role))
	}

	fn role(subject: &SubjectId) -> Option<Role> {
		(!Suspended::contains_key(subject)).then(|| Roles::get(subject)).flatten()
	}

	fn acting_provider(account: &AccountId) -> Option<SubjectId> {
		let provider = match Self::active(account)? {
			(provider, Role::Provider) => provider,
			(device, Role::Device) => Gatekeepers::get(device)?,
			_ => return None,
		};
		(Self::role(&provider) == Some(Role::Provider)).then_some(provider)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_subject(account: &AccountId, role: Role) -> SubjectId {
		Roles::insert(subject(*account), role);
		subject(*account)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_acting_provider(account: &AccountId) -> SubjectId {
		Roles::insert(subject(*account), Role::Device);
		Gatekeepers::insert(subject(*account), subject(HOSPITAL));
		subject(HOSPITAL)
	}
}

pub struct Clock;

impl Clock {
	pub fn set(now: Moment) {
		Time::put(now);
	}

	pub fn advance(by: Moment) {
		Time::put(<Self as traits::Clock>::now() + by);
	}
}

impl traits::Clock for Clock {
	fn now() -> Moment {
		Time::get().unwrap_or_default()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_set(now: Moment) -> sp_runtime::DispatchResult {
		Time::put(now);
		Ok(())
	}
}

pub struct Summary;

impl traits::Summaries for Summary {
	fn note(
		subject: &SubjectId,
		by: Option<&SubjectId>,
		relationship: Option<&RelationshipId>,
		kind: ActivityKind,
	) {
		let mut notes = Notes::get().unwrap_or_default();
		notes.push((*subject, by.copied(), relationship.copied(), kind));
		Notes::put(notes);
	}

	fn set_entry(
		subject: &SubjectId,
		relationship: &RelationshipId,
		role: EntryRole,
		state: EntryState,
		notify: bool,
	) {
		let pending = Entries::get((subject, relationship)).map_or(0, |entry| entry.2);
		let pending = pending + u32::from(notify);
		Entries::insert((subject, relationship), (role, state, pending));
	}

	fn notify(subject: &SubjectId, relationship: &RelationshipId) {
		let (role, state, pending) = Entries::get((subject, relationship)).expect("entry exists");
		Entries::insert((subject, relationship), (role, state, pending + 1));
	}

	fn remove_entry(subject: &SubjectId, relationship: &RelationshipId) {
		assert!(Entries::contains_key((subject, relationship)));
		Entries::remove((subject, relationship));
	}
}

/// How `relationship` stands in the summary of who controls `account`, with what is pending there.
pub fn entry(
	account: AccountId,
	relationship: RelationshipId,
) -> Option<(EntryRole, EntryState, u32)> {
	Entries::get((subject(account), relationship))
}

/// Forgets the notes so far.
pub fn clear_notes() {
	Notes::kill();
}

/// The notes since [`clear_notes`], each checked to be about `relationship`: for whom, by whom,
/// what.
pub fn notes(relationship: RelationshipId) -> Vec<(SubjectId, SubjectId, ActivityKind)> {
	let notes = Notes::get().unwrap_or_default();
	notes
		.into_iter()
		.map(|(to, by, about, kind)| {
			assert_eq!(about, Some(relationship));
			(to, by.expect("somebody acted"), kind)
		})
		.collect()
}

/// Builds the externalities of a test.
#[derive(Default)]
pub struct ExtBuilder;

impl ExtBuilder {
	pub fn build(self) -> sp_io::TestExternalities {
		let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let mut ext = sp_io::TestExternalities::new(storage);
		ext.execute_with(|| {
			System::set_block_number(1);
			Clock::set(NOW);
			for (account, role) in [
				(HOSPITAL, Role::Provider),
				(OTHER_HOSPITAL, Role::Provider),
				(GATEKEEPER, Role::Device),
				(PATIENT, Role::Patient),
				(OTHER_PATIENT, Role::Patient),
				(DOCTOR, Role::Clinician),
				(OTHER_DOCTOR, Role::Clinician),
				(RESEARCHER, Role::Researcher),
			] {
				Roles::insert(subject(account), role);
			}
			Gatekeepers::insert(subject(GATEKEEPER), subject(HOSPITAL));
		});
		ext
	}

	/// Runs `test`, and then checks the invariants of the pallet.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			Ppr::do_try_state().unwrap();
		});
	}
}

/// The latest relationship of the two.
pub fn latest(provider: AccountId, patient: AccountId) -> RelationshipId {
	crate::Pairs::<Test>::get(subject(provider), subject(patient)).unwrap()
}

/// A relationship as it is stored.
pub fn stored(id: RelationshipId) -> Relationship {
	crate::Relationships::<Test>::get(id).unwrap()
}

/// Lets the hospital propose to the patient.
pub fn proposed() -> RelationshipId {
	Ppr::propose(RuntimeOrigin::signed(HOSPITAL), subject(PATIENT)).unwrap();
	latest(HOSPITAL, PATIENT)
}

/// Makes an active relationship of the hospital with the patient.
pub fn active() -> RelationshipId {
	let id = proposed();
	Ppr::accept(RuntimeOrigin::signed(PATIENT), id).unwrap();
	id
}

/// Makes a terminated relationship of the hospital with the patient.
pub fn terminated() -> RelationshipId {
	let id = active();
	Ppr::terminate(RuntimeOrigin::signed(PATIENT), id).unwrap();
	id
}

/// Where the content of a record is, for tests.
pub fn pointer() -> Pointer {
	Pointer { template: H256::repeat_byte(7), handle: b"42".to_vec().try_into().unwrap() }
}

/// The id of a record by its number.
pub fn record(number: u8) -> RecordId {
	H256::repeat_byte(number)
}

/// Lets `account` post a released record of category 1.
pub fn post(account: AccountId, id: RelationshipId, number: u8) -> sp_runtime::DispatchResult {
	Ppr::post_record(
		RuntimeOrigin::signed(account),
		id,
		record(number),
		H256::repeat_byte(0xc0),
		pointer(),
		1,
		Release::Released,
	)
}

/// A set of purposes.
pub fn purposes<const N: usize>(purposes: [Purpose; N]) -> Purposes {
	std::collections::BTreeSet::from(purposes).try_into().unwrap()
}

/// A scope of whole records.
pub fn records<const N: usize>(numbers: [u8; N]) -> Scope {
	let records = std::collections::BTreeSet::from(numbers.map(record));
	Scope::Records(records.try_into().unwrap())
}

/// A scope of some fields of a record.
pub fn fields<const N: usize>(number: u8, fields: [u16; N]) -> Scope {
	let fields = std::collections::BTreeSet::from(fields).try_into().unwrap();
	Scope::Fields { record: record(number), fields }
}

fn newest(id: RelationshipId, account: AccountId) -> GrantId {
	*crate::GrantsOf::<Test>::get(id, viewer(account)).last().unwrap()
}

/// Lets the patient permit `account` to see everything for treatment.
pub fn permitted(id: RelationshipId, account: AccountId) -> GrantId {
	Ppr::grant(
		RuntimeOrigin::signed(PATIENT),
		id,
		viewer(account),
		Scope::All,
		purposes([Purpose::Treat]),
		None,
		None,
	)
	.unwrap();
	newest(id, account)
}

/// Lets the patient refuse `account` everything.
pub fn refused(id: RelationshipId, account: AccountId) -> GrantId {
	let origin = RuntimeOrigin::signed(PATIENT);
	Ppr::deny(origin, id, viewer(account), Scope::All, None, None).unwrap();
	newest(id, account)
}

/// A permit or refusal by [`permitted`] or [`refused`] at the beginning of the tests.
pub fn plain(account: AccountId, effect: Effect) -> Grant {
	Grant {
		grantee: viewer(account),
		effect,
		scope: Scope::All,
		purposes: match effect {
			Effect::Permit => purposes([Purpose::Treat]),
			Effect::Deny => purposes([]),
		},
		not_before: NOW,
		expires_at: None,
		given_at: NOW,
	}
}
