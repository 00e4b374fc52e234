//! Each party's own view: its relationships with their state, its notifications, its history.

use crate::{
	bytes32,
	bounty::BountyId,
	identity::{Status, SubjectId},
	record::RecordId,
	relationship::{GrantId, RelationshipId},
	Moment,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

bytes32! {
	/// The running hash over a subject's history (see [`ActivityHead::push`]).
	ActivityHash;

	/// The Merkle root over the receipts of an access log (see [`crate::merkle`]).
	LogRoot;
}

/// As what somebody stands in a relationship.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryRole {
	/// The records are theirs.
	Patient,
	/// They keep the records.
	Provider,
	/// Something was shared with them.
	Viewer,
}

/// How a relationship stands, for one who looks at their summary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
	/// Proposed, and not yet answered.
	Proposed,
	/// In force.
	Active,
	/// The patient said no.
	Declined,
	/// It ended.
	Terminated,
	/// Shared with a viewer.
	Shared,
}

/// One relationship in a summary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
pub struct Entry {
	/// As what the subject stands in it.
	pub role: EntryRole,
	/// How it stands.
	pub state: EntryState,
	/// How many notifications were not acknowledged.
	pub pending: u32,
	/// When it last changed.
	pub last: Moment,
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityKind {
	/// The subject was registered.
	Registered,
	/// Its account changed.
	AccountRotated,
	/// Its status changed.
	StatusChanged(Status),
	/// A relationship was proposed.
	Proposed,
	/// A proposal was taken back.
	Withdrawn,
	/// A proposal was accepted.
	Accepted,
	/// A proposal was declined.
	Declined,
	/// A relationship ended.
	Terminated,
	/// A record was posted.
	RecordPosted(RecordId),
	/// A record has a new version.
	RecordAmended(RecordId),
	/// A grant was given.
	Granted(GrantId),
	/// A refusal was given.
	Denied(GrantId),
	/// A grant or a refusal was taken back or given up.
	Revoked(GrantId),
	/// The consent to research changed.
	ResearchConsentChanged,
	/// A record in the provider's database does not match its commitment.
	IntegrityAlarm(RecordId),
	/// A bounty was earned.
	BountyEarned(BountyId),
	/// A bounty was answered.
	BountyAnswered(BountyId),
	/// A bounty was not answered in time.
	BountyDefaulted(BountyId),
}

/// One entry of a subject's history.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ActivityEntry {
	/// When.
	pub at: Moment,
	/// Who did it; none where the chain itself did.
	pub by: Option<SubjectId>,
	/// In which relationship, if in one.
	pub relationship: Option<RelationshipId>,
	/// What.
	pub kind: ActivityKind,
}

/// Where a subject's history stands: how many entries there ever were, and a running hash over all
/// of them, so that any exported history can be proven though its entries left the state.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ActivityHead {
	/// The number of the next entry.
	pub next: u64,
	/// See [`ActivityHead::push`]; zero for an empty history.
	pub hash: ActivityHash,
}

impl ActivityHead {
	/// The head after `entry`: `hash' = SHA3-256(hash || SCALE(entry))`.
	pub fn push(self, entry: &ActivityEntry) -> ActivityHead {
		ActivityHead {
			next: self.next.saturating_add(1),
			hash: ActivityHash(crate::merkle::sha3(&[self.hash.as_bytes(), &entry.encode()]).0),
		}
	}
}

/// An anchored head of a gatekeeper's access log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Anchor {
	/// The Merkle root over all `size` receipts (see [`crate::merkle`]).
	pub root: LogRoot,
	/// How many receipts the log holds.
	pub size: u64,
	/// When it was anchored.
	pub at: Moment,
}
