//! What the runtime answers to nodes and clients.

use crate::{
	access::Decision,
	bounty::{Bounty, BountyId},
	identity::{Identifier, MiningKey, SubjectId},
	record::RecordId,
	relationship::{Purpose, RelationshipId},
	summary::Entry,
	AccountId, Moment,
};
use alloc::vec::Vec;

/// The most items one page of an answer holds.
pub const PAGE: u32 = 64;

sp_api::decl_runtime_apis! {
	/// Looks up who is who, what stands between them, and what they may see.
	pub trait MedrecApi {
		/// The organisation of this name.
		fn resolve(name: Vec<u8>) -> Option<SubjectId>;

		/// The subject to which a provider bound this identifier.
		fn resolve_identifier(identifier: Identifier) -> Option<SubjectId>;

		/// The subject that this account controls.
		fn subject_of(account: AccountId) -> Option<SubjectId>;

		/// What [`crate::access::decide`] says at this block.
		fn check_access(
			requester: SubjectId,
			relationship: RelationshipId,
			record: RecordId,
			purpose: Purpose,
		) -> Decision;

		/// The relationships in a subject's summary after `cursor`, in the order of storage, at most
		/// [`PAGE`] of them. The cursor of the next page is the last relationship of this one.
		fn relationships_of(
			subject: SubjectId,
			cursor: Option<RelationshipId>,
		) -> Vec<(RelationshipId, Entry)>;

		/// How many notifications a subject has not acknowledged, over all its relationships.
		fn pending_for(subject: SubjectId) -> u32;

		/// The bounties that a miner owns after `cursor`, as [`Self::relationships_of`].
		fn bounties_of(miner: SubjectId, cursor: Option<BountyId>) -> Vec<(BountyId, Bounty)>;

		/// The active miners and the keys that sign their seals.
		fn miners() -> Vec<(SubjectId, MiningKey)>;

		/// The first time at which a block of this miner may follow this block; none if it is not
		/// an active miner.
		fn eligible(miner: SubjectId) -> Option<Moment>;
	}
}

/// Codes of `InvalidTransaction::Custom` with which a transaction is refused at the door because of
/// who sent it. One is refused with `InvalidTransaction::Call` if nobody may make its call.
pub mod tx_error {
	/// No subject is bound to the account that signed. A provider enrols people and devices; the
	/// council admits organisations.
	pub const NOT_REGISTERED: u8 = 1;
	/// The subject is suspended or retired.
	pub const NOT_ACTIVE: u8 = 2;
	/// The subject sent as much as it may in this window; it may again when the window has passed.
	pub const QUOTA_EXHAUSTED: u8 = 3;
	/// The call addresses the council, in which the account has no seat.
	pub const NOT_IN_COUNCIL: u8 = 4;
}
