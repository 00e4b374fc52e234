//! The set-up of benchmarks. The stored types are in [`medrec_primitives::bounty`].

use medrec_primitives::{
	identity::{Role, SubjectId},
	Moment,
};

/// Prepares the state of other pallets for benchmarks.
pub trait BenchmarkHelper<AccountId> {
	/// Makes `account` control a new active subject of this role.
	fn subject(account: &AccountId, role: Role) -> SubjectId;

	/// Makes `account` control the gatekeeper of an active provider, which takes more reads to find
	/// than the provider itself. Returns the provider.
	fn acting_provider(account: &AccountId) -> SubjectId;

	/// Makes `author` the author of the block.
	fn set_author(author: &SubjectId);

	/// Sets the time.
	fn set_time(now: Moment);
}
