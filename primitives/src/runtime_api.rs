//! The interface of the runtime to nodes and clients.

use crate::{
	access::Decision,
	bounty::{Bounty, BountyId},
	identity::{Identifier, MiningKey, SubjectId},
	record::RecordId,
	relationship::{Purpose, RelationshipId},
	summary::Entry,
	work::Difficulty,
	AccountId, Moment,
};
use alloc::vec::Vec;

/// The maximum number of items in one page of a result.
pub const PAGE: u32 = 64;

sp_api::decl_runtime_apis! {
	/// Looks up subjects, relationships, bounties and access decisions.
	pub trait MedrecApi {
		/// The organisation with this name, whatever its status.
		fn resolve(name: Vec<u8>) -> Option<SubjectId>;

		/// The subject to which a provider bound this identifier, whatever its status.
		fn resolve_identifier(identifier: Identifier) -> Option<SubjectId>;

		/// The subject that this account controls, active or suspended.
		fn subject_of(account: AccountId) -> Option<SubjectId>;

		/// The result of [`crate::access::decide`] in the state of this block.
		fn check_access(
			requester: SubjectId,
			relationship: RelationshipId,
			record: RecordId,
			purpose: Purpose,
		) -> Decision;

		/// The entries in the summary of `subject` after `cursor`, in the order of storage, at most
		/// [`PAGE`]. The cursor of the next page is the last relationship of this one.
		fn relationships_of(
			subject: SubjectId,
			cursor: Option<RelationshipId>,
		) -> Vec<(RelationshipId, Entry)>;

		/// The number of notifications of all relationships that a subject has not acknowledged.
		fn pending_for(subject: SubjectId) -> u32;

		/// The bounties that `miner` owns after `cursor`, in pages as [`Self::relationships_of`].
		fn bounties_of(miner: SubjectId, cursor: Option<BountyId>) -> Vec<(BountyId, Bounty)>;

		/// The active miners with their mining keys.
		fn miners() -> Vec<(SubjectId, MiningKey)>;

		/// The earliest time of a block by this miner on top of this block, `None` if it is not an
		/// active miner.
		fn eligible(miner: SubjectId) -> Option<Moment>;

		/// The lowest difficulty that a block of this chain can have, fixed by the genesis.
		fn minimum_difficulty() -> Difficulty;
	}
}

/// Codes of `InvalidTransaction::Custom`: the sender may not send the transaction, which is rejected
/// before entering the pool. `InvalidTransaction::Call` rejects a call that no account may send.
pub mod tx_error {
	/// The account that signed controls no subject. A provider enrols people and devices; the
	/// council admits organisations.
	pub const NOT_REGISTERED: u8 = 1;
	/// The subject is suspended.
	pub const NOT_ACTIVE: u8 = 2;
	/// The subject has used up its quota. The quota is renewed when its window has passed.
	pub const QUOTA_EXHAUSTED: u8 = 3;
	/// The call is for members of the council, and the account has no seat.
	pub const NOT_IN_COUNCIL: u8 = 4;
}
