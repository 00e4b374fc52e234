//! A runtime of System and this pallet.

use crate as pallet_summary;
use frame_support::{derive_impl, parameter_types};
use medrec_primitives::{record::RecordId, relationship::RelationshipId};
use sp_io::TestExternalities;
use sp_runtime::TryRuntimeError;

pub use pallet_testing::*;

type Block = frame_system::mocking::MockBlock<Test>;

/// An active relationship between [`PATIENT`] and [`PROVIDER`].
pub const RELATIONSHIP: RelationshipId = RelationshipId::repeat_byte(0xaa);

/// A relationship that does not exist, unless a test inserts it.
pub const OTHER_RELATIONSHIP: RelationshipId = RelationshipId::repeat_byte(0xbb);

/// The one record that [`RELATIONSHIP`] holds.
pub const RECORD: RecordId = RecordId::repeat_byte(0x11);

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
	pub static Retention: u32 = 4;
	pub static AnchorRetention: u32 = 3;
}

impl pallet_summary::Config for Test {
	type ActorOrigin = MockRegistrar;
	type Relationships = MockRelationships;
	type Time = MockTime;
	type Retention = Retention;
	type AnchorRetention = AnchorRetention;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = MockRegistrar;
}

/// Builds a chain on which nothing has happened yet.
pub struct ExtBuilder;

impl BuildAndExecute for ExtBuilder {
	fn build(self) -> TestExternalities {
		Retention::set(4);
		AnchorRetention::set(3);
		let mut state = new_test_ext::<Test>(RuntimeGenesisConfig::default());
		state.execute_with(|| {
			MockRelationships::insert(RELATIONSHIP, subject(PATIENT), subject(PROVIDER));
			MockRelationships::insert_record(RELATIONSHIP, RECORD);
		});
		state
	}

	fn try_state() -> Result<(), TryRuntimeError> {
		Summary::do_try_state()
	}
}
