//! Stored types and the set-up of benchmarks.

#[cfg(feature = "runtime-benchmarks")]
use medrec_primitives::{
	identity::{Role, SubjectId},
	record::RecordId,
	relationship::RelationshipId,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The head of a provider's anchored access log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct AnchorHead {
	/// The number of the next anchor.
	pub next: u64,
	/// The number of receipts that the anchors cover, which is the number of the next receipt.
	pub size: u64,
}

/// Prepares the state of other pallets for benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper<AccountId> {
	/// Makes `account` control a new active subject of this role.
	fn subject(account: &AccountId, role: Role) -> SubjectId;

	/// Makes `account` control the gatekeeper of an active provider, which takes more reads to find
	/// than the provider itself. Returns the provider.
	fn acting_provider(account: &AccountId) -> SubjectId;

	/// Inserts an active relationship.
	fn relationship(patient: &SubjectId, provider: &SubjectId) -> RelationshipId;

	/// Adds a record of maximum size to the relationship.
	fn record(relationship: &RelationshipId) -> RecordId;
}
