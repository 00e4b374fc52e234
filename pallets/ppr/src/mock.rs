//! A runtime of System and this pallet, and helpers for its tests.

use crate as pallet_ppr;
use frame_support::{derive_impl, traits::ConstU32};
use medrec_primitives::{
	identity::SubjectId,
	record::{Category, Commitment, Pointer, RecordId, Release, TemplateHash},
	relationship::{
		Effect, Grant, GrantId, Grantee, Purpose, Purposes, Relationship, RelationshipId, Scope,
	},
	summary::{ActivityKind, EntryRole, EntryState},
};
use sp_runtime::{DispatchResult, TryRuntimeError};

pub use pallet_testing::*;

type Block = frame_system::mocking::MockBlock<Test>;

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

impl crate::Config for Test {
	type ActorOrigin = MockRegistrar;
	type Subjects = MockRegistrar;
	type Time = MockTime;
	type Summaries = MockSummaries;
	type MaxRecords = ConstU32<4>;
	type MaxNotes = ConstU32<2>;
	type MaxGrants = ConstU32<5>;
	type MaxGrantsPerGrantee = ConstU32<3>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = MockRegistrar;
}

/// The subject of `account`, as a grantee.
pub fn viewer(account: AccountId) -> Grantee {
	Grantee::Subject(subject(account))
}

/// The entry of `relationship` in the summary of `account`, with the number of its notifications.
pub fn entry(
	account: AccountId,
	relationship: RelationshipId,
) -> Option<(EntryRole, EntryState, u32)> {
	MockSummaries::entry(account, relationship)
}

/// The notes since the last `MockSummaries::clear_notes`, which must concern `relationship`: whose
/// history, who acted, what happened.
pub fn notes(relationship: RelationshipId) -> Vec<(SubjectId, SubjectId, ActivityKind)> {
	let note = |(subject, by, about, kind): Note| {
		assert_eq!(about, Some(relationship));
		(subject, by.expect("a subject acted"), kind)
	};
	MockSummaries::notes().into_iter().map(note).collect()
}

/// Builds the state in which a test begins.
pub struct ExtBuilder;

impl BuildAndExecute for ExtBuilder {
	fn build(self) -> sp_io::TestExternalities {
		new_test_ext::<Test>(RuntimeGenesisConfig::default())
	}

	fn try_state() -> Result<(), TryRuntimeError> {
		Ppr::do_try_state()
	}
}

/// The latest relationship of the pair.
pub fn latest(provider: AccountId, patient: AccountId) -> RelationshipId {
	crate::Pairs::<Test>::get(subject(provider), subject(patient)).unwrap()
}

/// The stored relationship.
pub fn stored(id: RelationshipId) -> Relationship {
	crate::Relationships::<Test>::get(id).unwrap()
}

/// A relationship that the provider proposed to the patient.
pub fn proposed() -> RelationshipId {
	Ppr::propose(signed(PROVIDER), subject(PATIENT)).unwrap();
	latest(PROVIDER, PATIENT)
}

/// An active relationship of the provider with the patient.
pub fn active() -> RelationshipId {
	let id = proposed();
	Ppr::accept(signed(PATIENT), id).unwrap();
	id
}

/// A terminated relationship of the provider with the patient.
pub fn terminated() -> RelationshipId {
	let id = active();
	Ppr::terminate(signed(PATIENT), id).unwrap();
	id
}

/// The pointer of all records.
pub fn pointer() -> Pointer {
	Pointer { template: TemplateHash::repeat_byte(7), handle: b"42".to_vec().try_into().unwrap() }
}

/// The ID of the record with this number.
pub fn record(number: u8) -> RecordId {
	RecordId::repeat_byte(number)
}

/// Posts a released record of category 1 by `account`.
pub fn post(account: AccountId, id: RelationshipId, number: u8) -> DispatchResult {
	Ppr::post_record(
		signed(account),
		id,
		record(number),
		Commitment::repeat_byte(0xc0),
		pointer(),
		Category(1),
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

/// A scope of fields of one record.
pub fn fields<const N: usize>(number: u8, fields: [u16; N]) -> Scope {
	let fields = std::collections::BTreeSet::from(fields).try_into().unwrap();
	Scope::Fields { record: record(number), fields }
}

fn newest(id: RelationshipId, account: AccountId) -> GrantId {
	*crate::GrantsOf::<Test>::get(id, viewer(account)).last().unwrap()
}

/// Permits `account` everything for treatment.
pub fn permitted(id: RelationshipId, account: AccountId) -> GrantId {
	let purposes = purposes([Purpose::Treat]);
	Ppr::grant(signed(PATIENT), id, viewer(account), Scope::All, purposes, None, None).unwrap();
	newest(id, account)
}

/// Denies `account` everything.
pub fn denied(id: RelationshipId, account: AccountId) -> GrantId {
	Ppr::deny(signed(PATIENT), id, viewer(account), Scope::All, None, None).unwrap();
	newest(id, account)
}

/// The grant that [`permitted`] or [`denied`] stores at [`NOW`].
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
