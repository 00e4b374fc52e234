//! What the gatekeeper tells the chain.

use async_trait::async_trait;
use medrec_protocol::wire::BlockRef;
use medrec_primitives::{
	bounty::{BountyId, Offer},
	record::{Commitment, Pointer, RecordId, Release},
	relationship::RelationshipId,
	H256,
};

/// A record to post, or a new version of one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordPost {
	/// Whether the chain holds an earlier version.
	pub amends: bool,
	/// In which relationship.
	pub relationship: RelationshipId,
	/// The record.
	pub record: RecordId,
	/// What it is committed to.
	pub commitment: Commitment,
	/// Where it is found.
	pub pointer: Pointer,
	/// Its category.
	pub category: u16,
	/// Whether its content may be shown.
	pub release: Release,
}

/// One transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Write {
	/// Posts records: all of them or none. With an offer, in the same transaction.
	Records(Vec<RecordPost>, Option<Offer>),
	/// Anchors the log of receipts.
	Anchor {
		/// The root over all of them.
		root: H256,
		/// How many were anchored before.
		first: u64,
		/// How many are anchored by this.
		count: u32,
	},
	/// Tells the patient that a record does not match its commitment.
	Alarm {
		/// In which relationship.
		relationship: RelationshipId,
		/// The record.
		record: RecordId,
	},
	/// Commits to the answer to a bounty.
	Answer {
		/// The bounty.
		bounty: BountyId,
		/// The hash of the answer.
		commitment: H256,
	},
}

impl Write {
	/// A word for what it is.
	pub fn kind(&self) -> &'static str {
		match self {
			Write::Records(..) => "records",
			Write::Anchor { .. } => "anchor",
			Write::Alarm { .. } => "alarm",
			Write::Answer { .. } => "answer",
		}
	}
}

/// Why a transaction did not become final.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WriteError {
	/// It was included, and refused: sending it again changes nothing.
	#[error("the chain refused it: {0}")]
	Refused(String),
	/// It was not included, or it is not known what became of it. It may be sent again, once it was
	/// looked up whether it took effect.
	#[error("it was not included: {0}")]
	NotIncluded(String),
}

/// How long to wait for a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wait {
	/// Until a block of the best chain holds it, which may yet be retracted.
	Included,
	/// Until a final block holds it.
	Final,
}

/// Tells the chain.
#[async_trait]
pub trait Writer: Send + Sync {
	/// Sends one transaction and waits for it. Returns the block that holds it.
	async fn write(&self, write: Write, wait: Wait) -> Result<BlockRef, WriteError>;
}
