//! Summaries: the relationships, notifications and history of one subject.

use crate::{
	bounty::BountyId,
	bytes32,
	identity::{Status, SubjectId},
	record::RecordId,
	relationship::{GrantId, RelationshipId, RelationshipState},
	Moment,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

bytes32! {
	/// The running hash over the history of a subject (see [`ActivityHead::push`]).
	ActivityHash;

	/// The Merkle root over the receipts of an access log (see [`crate::merkle`]).
	LogRoot;
}

/// The part of a subject in a relationship.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryRole {
	/// The patient.
	Patient,
	/// The provider that keeps the records.
	Provider,
	/// A grantee with at least one permission, now or before.
	Viewer,
}

/// The state of a relationship as one subject sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
	/// The relationship is proposed.
	Proposed,
	/// The relationship is active.
	Active,
	/// The patient declined the relationship.
	Declined,
	/// The relationship ended; for a viewer, the last permission was revoked.
	Terminated,
	/// The viewer has a permission, in force or not.
	Shared,
}

impl From<RelationshipState> for EntryState {
	fn from(state: RelationshipState) -> Self {
		match state {
			RelationshipState::Proposed => EntryState::Proposed,
			RelationshipState::Active => EntryState::Active,
			RelationshipState::Declined => EntryState::Declined,
			RelationshipState::Terminated => EntryState::Terminated,
		}
	}
}

/// The entry of a relationship in the summary of a subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
pub struct Entry {
	/// The part of the subject.
	pub role: EntryRole,
	/// The state of the relationship.
	pub state: EntryState,
	/// The number of notifications that are not acknowledged.
	pub pending: u32,
	/// The time of the last change.
	pub last: Moment,
}

/// The kind of an activity.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityKind {
	/// The subject was registered.
	Registered,
	/// Another account controls the subject.
	AccountRotated,
	/// The subject has this new status.
	StatusChanged(Status),
	/// A relationship was proposed.
	Proposed,
	/// The provider withdrew a proposal.
	Withdrawn,
	/// The patient accepted a proposal.
	Accepted,
	/// The patient declined a proposal.
	Declined,
	/// A party terminated the relationship.
	Terminated,
	/// A record or a note was posted.
	RecordPosted(RecordId),
	/// A record or a note has a new version.
	RecordAmended(RecordId),
	/// The patient gave a permission.
	Granted(GrantId),
	/// The patient gave a denial.
	Denied(GrantId),
	/// A grant was revoked by the patient, or given up by its grantee.
	Revoked(GrantId),
	/// The patient set the consent to research.
	ResearchConsentChanged,
	/// A record in the provider's database does not match its commitment.
	IntegrityAlarm(RecordId),
	/// The subject earned a bounty.
	BountyEarned(BountyId),
	/// A bounty was answered.
	BountyAnswered(BountyId),
	/// A bounty was not answered in time.
	BountyDefaulted(BountyId),
}

/// One entry in the history of a subject.
#[derive(Clone, Debug, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ActivityEntry {
	/// The time.
	pub at: Moment,
	/// The subject that acted, `None` for the council and for the chain itself.
	pub by: Option<SubjectId>,
	/// The relationship, if the activity concerns one.
	pub relationship: Option<RelationshipId>,
	/// The activity.
	pub kind: ActivityKind,
}

/// The head of a subject's history: the number of entries and a running hash over them. It proves an
/// exported history whose entries are no longer in the state.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ActivityHead {
	/// The number of entries so far, which is the number of the next entry.
	pub next: u64,
	/// The running hash over all entries; zero for an empty history.
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

/// An anchored head of the access log of a gatekeeper.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct LogAnchor {
	/// The Merkle root over all `size` receipts (see [`crate::merkle`]).
	pub root: LogRoot,
	/// The number of receipts in the log.
	pub size: u64,
	/// The time of the anchor.
	pub at: Moment,
}
