//! The interfaces between pallets. A pallet depends on these traits in place of other pallets, and the
//! runtime connects them.

use crate::{
	identity::{FinalityKey, MiningKey, Role, SubjectId},
	record::RecordId,
	relationship::{Relationship, RelationshipId},
	summary::{ActivityKind, EntryRole, EntryState},
};
use alloc::vec::Vec;
use sp_runtime::Weight;

/// The maximum number of active miners.
pub const MAX_MINERS: u32 = 256;

/// The maximum number of active providers.
pub const MAX_PROVIDERS: u32 = 100;

/// Looks up subjects. The registrar implements it.
pub trait Subjects {
	/// The role of `subject`, `None` unless the subject is active.
	fn role(subject: &SubjectId) -> Option<Role>;
}

/// Looks up miners: the active researchers with a mining key. The registrar implements it.
pub trait Miners {
	/// All miners, at most [`MAX_MINERS`].
	fn miners() -> Vec<(SubjectId, MiningKey)>;

	/// The number of miners.
	fn count() -> u32;

	/// The mining key of `miner`, `None` unless it is a miner.
	fn key(miner: &SubjectId) -> Option<MiningKey>;
}

/// Prepares the state of other pallets for the benchmarks of a pallet. The runtime implements it.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper<AccountId> {
	/// Makes `account` control an active subject of this role.
	fn subject(account: &AccountId, role: Role) -> SubjectId;

	/// Makes `account` control the gatekeeper of an active provider, which takes more reads to find
	/// than the provider itself. Returns the provider.
	fn acting_provider(account: &AccountId) -> SubjectId;

	/// Adds an active miner. Each `seed` gives another one.
	fn miner(seed: u32) -> SubjectId;

	/// Adds an active relationship.
	fn relationship(patient: &SubjectId, provider: &SubjectId) -> RelationshipId;

	/// Adds a record to the relationship.
	fn record(relationship: &RelationshipId) -> RecordId;

	/// Makes `author` the author of the current block.
	fn set_author(author: &SubjectId);

	/// Sets the time of the current block.
	fn set_time(now: crate::Moment);
}

/// Receives every change of the active providers, of their accounts and of their finality keys.
pub trait OnProvidersChanged<AccountId> {
	/// `providers` holds the accounts of all active providers, each with its finality key.
	fn on_providers_changed(providers: &[(AccountId, Option<FinalityKey>)]);

	/// The maximum weight of a notification with changed accounts. The benchmarks of the caller do
	/// not measure it: they run where the receiver has nothing to change.
	fn weight() -> Weight {
		Weight::zero()
	}
}

/// Names the author of the current block.
pub trait Authorship {
	/// The miner of the block that is being executed, `None` outside of a block.
	fn author() -> Option<SubjectId>;
}

/// Receives notifications of state changes, for the summaries of subjects. No
/// method fails: a full history drops its oldest entry.
pub trait Summaries {
	/// Appends `kind` to the history of `subject`. `by` is the subject that acted.
	fn note(
		subject: &SubjectId,
		by: Option<&SubjectId>,
		relationship: Option<&RelationshipId>,
		kind: ActivityKind,
	);

	/// Sets the entry of `relationship` in the summary of `subject`. With `notify`, the entry counts
	/// one more notification.
	fn set_entry(
		subject: &SubjectId,
		relationship: &RelationshipId,
		role: EntryRole,
		state: EntryState,
		notify: bool,
	);

	/// Counts one more notification in an existing entry.
	fn notify(subject: &SubjectId, relationship: &RelationshipId);

	/// Removes the entry of `relationship` from the summary of `subject`.
	fn remove_entry(subject: &SubjectId, relationship: &RelationshipId);
}

/// Looks up relationships. The ppr pallet implements it.
pub trait Relationships {
	/// The stored relationship.
	fn relationship(id: &RelationshipId) -> Option<Relationship>;

	/// Whether the relationship holds this record.
	fn has_record(id: &RelationshipId, record: &RecordId) -> bool;
}
