//! A runtime of this pallet, with a registrar and an author that are tables, and [`probe`], whose
//! calls do what bounties may be attached to.

use crate as pallet_mining_bounty;
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{assert_ok, derive_impl, parameter_types, traits::ConstU64};
use medrec_primitives::{
	identity::{Role, SubjectId},
	relationship::RelationshipId,
	summary::{ActivityKind, EntryRole, EntryState},
	traits::{Authorship, Clock, Subjects, Summaries},
	Moment, H256,
};
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;

type Block = frame_system::mocking::MockBlock<Test>;

/// Accounts that the mock registrar knows, and one that it does not.
pub const PROVIDER: u64 = 1;
pub const GATEKEEPER: u64 = 2;
pub const OTHER_PROVIDER: u64 = 3;
pub const MINER: u64 = 4;
pub const OTHER_MINER: u64 = 5;
pub const PATIENT: u64 = 6;
pub const STRANGER: u64 = 9;

/// The longest time to answer.
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
	type BaseCallFilter = OneForbidden;
}

parameter_types! {
	pub static Now: Moment = 1_000;
	/// Accounts with the subject they control, and its role.
	pub static Accounts: BTreeMap<u64, (SubjectId, Role)> = BTreeMap::new();
	/// Accounts with the provider for which they may act.
	pub static Stewards: BTreeMap<u64, SubjectId> = BTreeMap::new();
	pub static Suspended: BTreeSet<SubjectId> = BTreeSet::new();
	pub static Author: Option<SubjectId> = None;
	/// What summaries were told: of whom, by whom, what.
	pub static Notes: Vec<(SubjectId, Option<SubjectId>, ActivityKind)> = Vec::new();
}

impl pallet_mining_bounty::Config for Test {
	type RuntimeCall = RuntimeCall;
	type Subjects = MockSubjects;
	type Authorship = MockAuthorship;
	type Clock = MockClock;
	type Summaries = MockSummaries;
	type MaxPeriod = ConstU64<MAX_PERIOD>;
	type WeightInfo = ();
}

impl probe::Config for Test {
	type RuntimeCall = RuntimeCall;
}

/// Forbids one call to everybody, so that tests see that the filter is asked.
pub struct OneForbidden;

impl frame_support::traits::Contains<RuntimeCall> for OneForbidden {
	fn contains(call: &RuntimeCall) -> bool {
		!matches!(call, RuntimeCall::Probe(probe::Call::forbidden {}))
	}
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

/// The author of the block.
pub struct MockAuthorship;

impl Authorship for MockAuthorship {
	fn author() -> Option<SubjectId> {
		Author::get()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_author(author: &SubjectId) {
		Author::set(Some(*author));
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

/// Writes down what it is told.
pub struct MockSummaries;

impl Summaries for MockSummaries {
	fn note(
		subject: &SubjectId,
		by: Option<&SubjectId>,
		_: Option<&RelationshipId>,
		kind: ActivityKind,
	) {
		Notes::mutate(|notes| notes.push((*subject, by.copied(), kind)));
	}

	fn set_entry(_: &SubjectId, _: &RelationshipId, _: EntryRole, _: EntryState, _: bool) {}
	fn notify(_: &SubjectId, _: &RelationshipId) {}
	fn remove_entry(_: &SubjectId, _: &RelationshipId) {}
}

/// Calls that succeed, fail, cost less than they were announced to, hide others, or take the
/// sender's power away.
#[allow(unused_qualifications, reason = "the pallet macro writes some")]
#[frame_support::pallet(dev_mode)]
pub mod probe {
	use frame_support::{
		dispatch::{DispatchErrorWithPostInfo, GetDispatchInfo, PostDispatchInfo},
		pallet_prelude::*,
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::Dispatchable;

	/// What `set` and `fail` are announced to weigh.
	pub const ANNOUNCED: Weight = Weight::from_parts(5_000_000, 500);
	/// What they turn out to weigh.
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

	/// Who sent the last `set`.
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
			super::Suspended::set([super::subject(super::PROVIDER)].into());
			Ok(())
		}
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

/// A block of [`MINER`], in which the mock's subjects are known and nothing has happened yet.
pub struct ExtBuilder;

impl ExtBuilder {
	/// The state, in block 1 so that events are kept.
	pub fn build() -> TestExternalities {
		Now::set(1_000);
		Accounts::set(BTreeMap::new());
		Stewards::set(BTreeMap::new());
		Suspended::set(BTreeSet::new());
		Author::set(Some(subject(MINER)));
		Notes::set(Vec::new());
		register(PROVIDER, Role::Provider);
		register(GATEKEEPER, Role::Device);
		register(OTHER_PROVIDER, Role::Provider);
		register(MINER, Role::Researcher);
		register(OTHER_MINER, Role::Researcher);
		register(PATIENT, Role::Patient);
		Stewards::mutate(|stewards| stewards.insert(GATEKEEPER, subject(PROVIDER)));

		let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let mut state = TestExternalities::new(storage);
		state.execute_with(|| System::set_block_number(1));
		state
	}

	/// Runs `test`, then checks the invariants.
	pub fn build_and_execute(test: impl FnOnce()) {
		Self::build().execute_with(|| {
			test();
			assert_ok!(MiningBounty::do_try_state());
		});
	}
}
