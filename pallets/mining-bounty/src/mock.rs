//! A runtime of System, this pallet and [`probe`].

use crate as pallet_mining_bounty;
use frame_support::{
	derive_impl,
	traits::{ConstU64, Contains},
};
use medrec_primitives::Moment;
use sp_io::TestExternalities;
use sp_runtime::TryRuntimeError;

pub use pallet_testing::*;

type Block = frame_system::mocking::MockBlock<Test>;

/// The longest time between an offer and its expiry.
pub const MAX_PERIOD: Moment = 10_000;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		MiningBounty: pallet_mining_bounty,
		Probe: probe,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type BaseCallFilter = ForbidsOne;
}

impl pallet_mining_bounty::Config for Test {
	type RuntimeCall = RuntimeCall;
	type ActorOrigin = MockRegistrar;
	type Authorship = MockAuthorship;
	type Time = MockTime;
	type Summaries = MockSummaries;
	type MaxPeriod = ConstU64<MAX_PERIOD>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = MockRegistrar;
}

impl probe::Config for Test {
	type RuntimeCall = RuntimeCall;
}

/// Forbids [`probe::Call::forbidden`] to every sender.
pub struct ForbidsOne;

impl Contains<RuntimeCall> for ForbidsOne {
	fn contains(call: &RuntimeCall) -> bool {
		!matches!(call, RuntimeCall::Probe(probe::Call::forbidden {}))
	}
}

/// Calls to attach a bounty to. They succeed, fail, weigh less than announced, dispatch another call,
/// or suspend the sender's provider.
#[allow(unused_qualifications, reason = "the pallet macro writes some")]
#[frame_support::pallet(dev_mode)]
pub mod probe {
	use frame_support::{
		dispatch::{DispatchErrorWithPostInfo, GetDispatchInfo, PostDispatchInfo},
		pallet_prelude::*,
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::Dispatchable;

	/// The weight of `set` and `fail` before dispatch.
	pub const ANNOUNCED: Weight = Weight::from_parts(5_000_000, 500);
	/// Their weight after dispatch.
	pub const ACTUAL: Weight = Weight::from_parts(2_000_000, 200);

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		type RuntimeCall: Parameter
			+ Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
			+ GetDispatchInfo;
	}

	#[pallet::storage]
	pub type Number<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// The sender of the last `set`.
	#[pallet::storage]
	pub type Sender<T: Config> = StorageValue<_, T::AccountId, OptionQuery>;

	#[pallet::error]
	pub enum Error<T> {
		Failed,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		#[pallet::weight((ANNOUNCED, DispatchClass::Operational))]
		pub fn set(origin: OriginFor<T>, number: u32) -> DispatchResultWithPostInfo {
			Sender::<T>::put(ensure_signed(origin)?);
			Number::<T>::put(number);
			Ok(Some(ACTUAL).into())
		}

		#[pallet::weight(ANNOUNCED)]
		pub fn fail(_origin: OriginFor<T>) -> DispatchResultWithPostInfo {
			Number::<T>::put(1);
			let post_info = Some(ACTUAL).into();
			Err(DispatchErrorWithPostInfo { post_info, error: Error::<T>::Failed.into() })
		}

		#[pallet::weight(call.get_dispatch_info().call_weight)]
		pub fn forward(
			origin: OriginFor<T>,
			call: Box<<T as Config>::RuntimeCall>,
		) -> DispatchResultWithPostInfo {
			call.dispatch(origin)
		}

		#[pallet::weight(Weight::zero())]
		pub fn forbidden(_origin: OriginFor<T>) -> DispatchResult {
			Ok(())
		}

		#[pallet::weight(Weight::zero())]
		pub fn suspend_provider(_origin: OriginFor<T>) -> DispatchResult {
			pallet_testing::set_suspended(pallet_testing::PROVIDER, true);
			Ok(())
		}
	}
}

/// Builds a chain without datasets and bounties.
pub struct ExtBuilder;

impl BuildAndExecute for ExtBuilder {
	fn build(self) -> TestExternalities {
		new_test_ext::<Test>(RuntimeGenesisConfig::default())
	}

	fn try_state() -> Result<(), TryRuntimeError> {
		MiningBounty::do_try_state()
	}
}
