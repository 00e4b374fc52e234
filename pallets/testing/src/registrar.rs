//! The registrar: subjects with their accounts and roles, gatekeepers, miners.

use crate::AccountId;
use frame_support::{
	storage_alias,
	traits::{EnsureOrigin, OriginTrait},
	Blake2_128Concat,
};
use medrec_primitives::{
	authority::Actor,
	identity::{MiningKey, Role, SubjectId},
	traits::{Miners, Subjects},
};

/// A provider whose gatekeeper is [`GATEKEEPER`].
pub const PROVIDER: AccountId = 1;
/// A provider without a gatekeeper.
pub const OTHER_PROVIDER: AccountId = 2;
/// A device that [`PROVIDER`] names as its gatekeeper.
pub const GATEKEEPER: AccountId = 3;
/// A patient.
pub const PATIENT: AccountId = 11;
/// Another patient.
pub const OTHER_PATIENT: AccountId = 12;
/// A clinician.
pub const CLINICIAN: AccountId = 21;
/// Another clinician.
pub const OTHER_CLINICIAN: AccountId = 22;
/// A researcher that mines; the author of the block unless a test sets another.
pub const MINER: AccountId = 31;
/// Another researcher that mines.
pub const OTHER_MINER: AccountId = 32;
/// An account that controls no subject.
pub const STRANGER: AccountId = 99;

#[storage_alias]
type Roles = StorageMap<Testing, Blake2_128Concat, SubjectId, Role>;

#[storage_alias]
type Suspended = StorageMap<Testing, Blake2_128Concat, SubjectId, ()>;

/// Devices with the provider whose profile names them as its gatekeeper.
#[storage_alias]
type Gatekeepers = StorageMap<Testing, Blake2_128Concat, SubjectId, SubjectId>;

/// The origin of a transaction that `account` signed.
pub fn signed<O: OriginTrait<AccountId = AccountId>>(account: AccountId) -> O {
	O::signed(account)
}

/// The subject that `account` controls, if it is registered.
pub fn subject(account: AccountId) -> SubjectId {
	SubjectId::from_low_u64_be(account)
}

/// Makes `account` control an active subject of this role. Returns the subject.
pub fn register(account: AccountId, role: Role) -> SubjectId {
	Roles::insert(subject(account), role);
	set_suspended(account, false);
	subject(account)
}

/// Makes `account` control an active device that [`PROVIDER`] names as its gatekeeper. Returns the
/// subject of the provider.
pub fn register_gatekeeper(account: AccountId) -> SubjectId {
	let device = register(account, Role::Device);
	Gatekeepers::insert(device, subject(PROVIDER));
	subject(PROVIDER)
}

/// Suspends the subject of `account`, or makes it active again.
pub fn set_suspended(account: AccountId, suspended: bool) {
	Suspended::set(subject(account), suspended.then_some(()));
}

/// Registers the accounts that this module names.
pub(crate) fn register_cast() {
	for (role, accounts) in [
		(Role::Provider, [PROVIDER, OTHER_PROVIDER]),
		(Role::Patient, [PATIENT, OTHER_PATIENT]),
		(Role::Clinician, [CLINICIAN, OTHER_CLINICIAN]),
		(Role::Researcher, [MINER, OTHER_MINER]),
	] {
		for account in accounts {
			register(account, role);
		}
	}
	register_gatekeeper(GATEKEEPER);
}

/// The registrar, which tests fill by [`register`]. Every active researcher is a miner; the bytes of
/// its subject are its mining key.
///
/// As an origin it accepts the signature of an active subject's account.
pub struct MockRegistrar;

impl Subjects for MockRegistrar {
	fn role(subject: &SubjectId) -> Option<Role> {
		Roles::get(subject).filter(|_| !Suspended::contains_key(subject))
	}
}

impl Miners for MockRegistrar {
	fn miners() -> Vec<(SubjectId, MiningKey)> {
		Roles::iter_keys().filter_map(|miner| Self::key(&miner).map(|key| (miner, key))).collect()
	}

	fn count() -> u32 {
		Self::miners().len() as u32
	}

	fn key(miner: &SubjectId) -> Option<MiningKey> {
		(Self::role(miner) == Some(Role::Researcher)).then_some(MiningKey(miner.0))
	}
}

impl<O: OriginTrait<AccountId = AccountId>> EnsureOrigin<O> for MockRegistrar {
	type Success = Actor;

	fn try_origin(origin: O) -> Result<Actor, O> {
		let actor = origin.as_signer().and_then(|account| {
			let id = subject(*account);
			let provider =
				|| Gatekeepers::get(id).filter(|id| Self::role(id) == Some(Role::Provider));
			Some(Actor::new(id, Self::role(&id)?, provider))
		});
		actor.ok_or(origin)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<O, ()> {
		register(PROVIDER, Role::Provider);
		Ok(O::signed(PROVIDER))
	}
}
