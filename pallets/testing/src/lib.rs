//! Mocks shared by the pallets' unit tests: the registrar, the relationships, the summaries, the
//! author of a block, and the time.
//!
//! The mocks keep their state in storage, under the prefix `Testing`. A failed call therefore rolls
//! their state back, and `assert_noop!` sees a change of it.
//!
//! Accounts are `u64`. [`new_test_ext`] registers one cast of subjects for all tests: [`PROVIDER`]
//! with its [`GATEKEEPER`], [`OTHER_PROVIDER`], [`PATIENT`], [`OTHER_PATIENT`], [`CLINICIAN`],
//! [`OTHER_CLINICIAN`], [`MINER`] and [`OTHER_MINER`]. [`STRANGER`] controls no subject.
//!
//! This crate names no pallet: a pallet's unit tests cannot use a crate that depends on that pallet,
//! since cargo would build the pallet's types twice.

mod authorship;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod registrar;
mod relationships;
mod summaries;
mod time;

pub use authorship::MockAuthorship;
pub use registrar::{
	register, register_gatekeeper, set_suspended, signed, subject, MockRegistrar, CLINICIAN,
	GATEKEEPER, MINER, OTHER_CLINICIAN, OTHER_MINER, OTHER_PATIENT, OTHER_PROVIDER, PATIENT,
	PROVIDER, STRANGER,
};
pub use relationships::MockRelationships;
pub use summaries::{MockSummaries, Note};
pub use time::{MockTime, NOW};

use sp_io::TestExternalities;
use sp_runtime::{BuildStorage, TryRuntimeError};

/// The accounts of the mock runtimes.
pub type AccountId = u64;

/// The state of `genesis` in block 1 at the time [`NOW`], with the cast registered and [`MINER`] as
/// the author. Events are recorded from block 1 on.
pub fn new_test_ext<T: frame_system::Config>(genesis: impl BuildStorage) -> TestExternalities {
	let mut state = TestExternalities::new(genesis.build_storage().expect("the genesis is valid"));
	state.execute_with(|| {
		frame_system::Pallet::<T>::set_block_number(1u32.into());
		MockTime::set(NOW);
		registrar::register_cast();
		MockAuthorship::set(Some(subject(MINER)));
	});
	state
}

/// What each pallet's `ExtBuilder` does.
pub trait BuildAndExecute: Sized {
	/// The state in which a test begins.
	fn build(self) -> TestExternalities;

	/// Checks the pallet's invariants.
	fn try_state() -> Result<(), TryRuntimeError>;

	/// Runs `test`, then checks the invariants.
	fn build_and_execute<R>(self, test: impl FnOnce() -> R) -> R {
		self.build().execute_with(|| {
			let result = test();
			Self::try_state().expect("the invariants hold");
			result
		})
	}
}
