//! The transactions of the gatekeeper.

use crate::records::Post;
use async_trait::async_trait;
use medrec_client::chain::Until;
use medrec_primitives::{
	bounty::{AnswerCommitment, BountyId, Offer},
	record::RecordId,
	relationship::RelationshipId,
	summary::LogRoot,
};
use medrec_protocol::wire::BlockRef;

/// One transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Write {
	/// Posts or amends records, all of them or none, and offers a bounty with them if one is given.
	Records(Vec<Post>, Option<Offer>),
	/// Anchors the log of receipts.
	Anchor {
		/// The root over all receipts.
		root: LogRoot,
		/// The number of receipts that were anchored before.
		first: u64,
		/// The number of receipts that this anchor adds.
		count: u32,
	},
	/// Notifies the patient that a record does not match its commitment.
	Alarm {
		/// The relationship.
		relationship: RelationshipId,
		/// The record.
		record: RecordId,
	},
	/// Commits to the answer to a bounty.
	Answer {
		/// The bounty.
		bounty: BountyId,
		/// The hash of the answer.
		commitment: AnswerCommitment,
	},
}

impl Write {
	/// All kinds.
	pub const KINDS: [&str; 4] = ["records", "anchor", "alarm", "answer"];

	/// Its kind in logs and metrics, one of [`Write::KINDS`].
	pub fn kind(&self) -> &'static str {
		match self {
			Write::Records(..) => "records",
			Write::Anchor { .. } => "anchor",
			Write::Alarm { .. } => "alarm",
			Write::Answer { .. } => "answer",
		}
	}
}

/// Why a transaction had no effect.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WriteError {
	/// The pool rejected it as invalid, or its call failed. Sending it again changes nothing.
	#[error("the transaction failed: {0}")]
	Failed(String),
	/// It was not included, or that is not known. It may be sent again after a look at the chain for
	/// its effect.
	#[error("the transaction was not included: {0}")]
	NotIncluded(String),
}

/// Sends transactions to the chain.
#[async_trait]
pub trait Writer: Send + Sync {
	/// Sends one transaction and waits for inclusion or finality. Returns the block that holds it.
	async fn write(&self, write: Write, until: Until) -> Result<BlockRef, WriteError>;
}
