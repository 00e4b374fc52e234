//! How pallets speak to one another. Each pallet declares what it needs of others by one of these
//! traits and names no other pallet; the runtime joins them.

use crate::{
	identity::{FinalityKey, MiningKey, Role, SubjectId},
	record::RecordId,
	relationship::RelationshipId,
	summary::{ActivityKind, EntryRole, EntryState},
	Moment,
};
use alloc::vec::Vec;
#[cfg(feature = "runtime-benchmarks")]
use sp_runtime::DispatchResult;
use sp_runtime::Weight;

/// What the registrar tells of subjects. Only active subjects are told of: one that is suspended
/// has no power anywhere, at once.
pub trait Subjects<AccountId> {
	/// The active subject that `account` controls, with its role.
	fn active(account: &AccountId) -> Option<(SubjectId, Role)>;

	/// The role of `subject`, if it is active.
	fn role(subject: &SubjectId) -> Option<Role>;

	/// The active provider on whose behalf `account` may post and amend records, anchor the log,
	/// raise alarms, offer bounties and commit answers: the provider itself, or the gatekeeper that
	/// its profile names.
	fn acting_provider(account: &AccountId) -> Option<SubjectId>;

	/// Makes `account` control a new active subject of this role, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_subject(account: &AccountId, role: Role) -> SubjectId;

	/// Makes `account` control a new active device that an active provider's profile names as its
	/// gatekeeper, for benchmarks. It is the acting_provider that costs most to find. Returns the provider.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_acting_provider(account: &AccountId) -> SubjectId;
}

/// What the registrar tells of miners.
pub trait Miners {
	/// The active organisations that have a mining key, at most [`crate::traits::MAX_MINERS`].
	fn miners() -> Vec<(SubjectId, MiningKey)>;

	/// How many they are.
	fn count() -> u32;

	/// The mining key of `miner`, if it is active and has one.
	fn key(miner: &SubjectId) -> Option<MiningKey>;

	/// Makes `miner` an active miner, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_miner(seed: u32) -> SubjectId;
}

/// The most miners a chain has.
pub const MAX_MINERS: u32 = 256;

/// The most providers a chain has.
pub const MAX_PROVIDERS: u32 = 100;

/// Told when the set of active providers, or one of their finality keys, has changed. It is told
/// the whole set.
pub trait OnProvidersChanged<AccountId> {
	/// `providers` are the accounts of active providers, each with its vote on finality.
	fn on_providers_changed(providers: &[(AccountId, Option<FinalityKey>)]);

	/// What it weighs at most to be told of other accounts, beyond what the teller's own benchmarks
	/// see. Those are run where the listener has nothing to bring into line.
	fn weight() -> Weight {
		Weight::zero()
	}
}

impl<AccountId> OnProvidersChanged<AccountId> for () {
	fn on_providers_changed(_: &[(AccountId, Option<FinalityKey>)]) {}
}

/// Who mined the block that is being executed.
pub trait Authorship {
	/// The miner, or none outside of a block.
	fn author() -> Option<SubjectId>;

	/// Makes `author` the miner of this block, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_author(_author: &SubjectId) {}
}

/// Keeps everybody's summary. The keeper never refuses: a full history drops its oldest entry.
pub trait Summaries {
	/// Adds to the history of `subject`; `by` is who did it.
	fn note(
		subject: &SubjectId,
		by: Option<&SubjectId>,
		relationship: Option<&RelationshipId>,
		kind: ActivityKind,
	);

	/// Sets how `relationship` stands in the summary of `subject`, and counts one more notification
	/// there if `notify`.
	fn set_entry(
		subject: &SubjectId,
		relationship: &RelationshipId,
		role: EntryRole,
		state: EntryState,
		notify: bool,
	);

	/// Counts one more notification in an entry that exists.
	fn notify(subject: &SubjectId, relationship: &RelationshipId);

	/// Takes `relationship` out of the summary of `subject`.
	fn remove_entry(subject: &SubjectId, relationship: &RelationshipId);
}

impl Summaries for () {
	fn note(_: &SubjectId, _: Option<&SubjectId>, _: Option<&RelationshipId>, _: ActivityKind) {}
	fn set_entry(_: &SubjectId, _: &RelationshipId, _: EntryRole, _: EntryState, _: bool) {}
	fn notify(_: &SubjectId, _: &RelationshipId) {}
	fn remove_entry(_: &SubjectId, _: &RelationshipId) {}
}

/// What the relationships tell of themselves.
pub trait Relationships {
	/// The patient and the provider of a relationship.
	fn parties(relationship: &RelationshipId) -> Option<(SubjectId, SubjectId)>;

	/// Whether the relationship holds this record, in whatever state it is.
	fn holds(relationship: &RelationshipId, record: &RecordId) -> bool;

	/// Makes an active relationship between the two, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_relationship(patient: &SubjectId, provider: &SubjectId) -> RelationshipId;

	/// Makes the relationship hold a record, as large as records may be, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_record(relationship: &RelationshipId) -> RecordId;
}

/// The clock of the chain, in Unix milliseconds.
pub trait Clock {
	/// The time of the block that is being executed.
	fn now() -> Moment;

	/// Sets the time, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_set(now: Moment) -> DispatchResult;
}
