//! What the gatekeeper asks of the chain.

use async_trait::async_trait;
use medrec_protocol::wire::BlockRef;
use medrec_primitives::{
	bounty::{Bounty, BountyId, Dataset},
	identity::{EncryptionKey, SubjectId},
	record::{RecordId, RecordPointer},
	relationship::{Grant, GrantId, Relationship, RelationshipId},
	summary::Anchor,
	AccountId, BlockNumber, Moment, H256,
};
use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
	time::Duration,
};

/// A block that the chain's state was read at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Head {
	/// Its number.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: H256,
	/// Its time.
	pub time: Moment,
}

impl From<Head> for BlockRef {
	fn from(head: Head) -> BlockRef {
		BlockRef { number: head.number, hash: head.hash }
	}
}

/// A relationship with everything in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelationshipFacts {
	/// The relationship.
	pub relationship: Relationship,
	/// Its records.
	pub records: HashMap<RecordId, RecordPointer>,
	/// The grants in it.
	pub grants: BTreeMap<GrantId, Grant>,
}

/// Who an account is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Requester {
	/// Its subject.
	pub subject: SubjectId,
	/// Where to seal answers for it.
	pub encryption_key: Option<EncryptionKey>,
	/// Whether it may act, at the final block and at the best one with what waits in the pool.
	pub active: bool,
}

/// What one head says of one requester in one relationship.
#[derive(Clone, Debug)]
pub struct Snapshot {
	/// The head.
	pub head: Head,
	/// Whether the requester may act.
	pub active: bool,
	/// The relationship, if it is one of this provider's.
	pub relationship: Option<Arc<RelationshipFacts>>,
}

/// Everything by which access is decided.
#[derive(Clone, Debug)]
pub struct AccessContext {
	/// What is final.
	pub finalized: Snapshot,
	/// What the best block says, with what the transactions in the pool take away.
	pub best: Snapshot,
}

/// A bounty with the dataset that it was offered over.
#[derive(Clone, Debug)]
pub struct BountyFacts {
	/// The bounty.
	pub bounty: Bounty,
	/// The dataset.
	pub dataset: Dataset,
}

/// How much of a log is anchored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anchored {
	/// How many receipts the anchors cover.
	pub size: u64,
	/// The last anchor, if the state still holds it.
	pub last: Option<Anchor>,
}

/// Where the view of the chain stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status {
	/// The chain's genesis block, once a node was reached.
	pub genesis: Option<H256>,
	/// The provider for which this gatekeeper acts, once the chain names it as its gatekeeper.
	pub provider: Option<SubjectId>,
	/// The gatekeeper's own subject.
	pub device: Option<SubjectId>,
	/// Whether the node is being heard.
	pub connected: bool,
	/// The best block, once the state at it is known.
	pub best: Option<Head>,
	/// The final block, once the state at it is known.
	pub finalized: Option<Head>,
}

/// Why nothing can be decided by the view of the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Stale {
	/// The node is not being heard.
	#[error("the node is not reached")]
	Unreachable,
	/// The state of the chain is not known yet.
	#[error("the state of the chain is still being read")]
	Loading,
	/// The chain does not name this gatekeeper.
	#[error("the chain does not name this gatekeeper's key in its provider's profile")]
	NotEnrolled,
	/// The best block is too old.
	#[error("the best block is too old")]
	Old,
	/// The best block lies in the future.
	#[error("the best block lies in the future: the clock here is slow")]
	ClockOff,
}

/// A view that is fit to decide by.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
	/// The chain's genesis block.
	pub genesis: H256,
	/// The provider for which this gatekeeper acts.
	pub provider: SubjectId,
	/// The gatekeeper's own subject.
	pub device: SubjectId,
	/// The best block.
	pub best: Head,
	/// The final block.
	pub finalized: Head,
}

impl Status {
	/// The view, if it is fit to decide by at `now`: the best block is at most `max_age` old and at
	/// most `tolerance` in the future.
	pub fn fresh(
		&self,
		now: Moment,
		max_age: Duration,
		tolerance: Duration,
	) -> Result<Fresh, Stale> {
		if !self.connected {
			return Err(Stale::Unreachable);
		}
		let (Some(genesis), Some(best), Some(finalized)) =
			(self.genesis, self.best, self.finalized)
		else {
			return Err(Stale::Loading);
		};
		let (Some(provider), Some(device)) = (self.provider, self.device) else {
			return Err(Stale::NotEnrolled);
		};
		let millis = |span: Duration| Moment::try_from(span.as_millis()).unwrap_or(Moment::MAX);
		if now.saturating_sub(best.time) > millis(max_age) {
			return Err(Stale::Old);
		}
		if best.time.saturating_sub(now) > millis(tolerance) {
			return Err(Stale::ClockOff);
		}
		Ok(Fresh { genesis, provider, device, best, finalized })
	}
}

/// What the chain says. Whatever is asked while a record is served is answered from memory.
#[async_trait]
pub trait ChainReader: Send + Sync {
	/// Where the view stands.
	fn status(&self) -> Status;

	/// The subject that `account` controls at the final block and still controls at the best one.
	/// It need not be active.
	fn requester(&self, account: &AccountId) -> Option<Requester>;

	/// What both heads say of `requester` in `relationship`; none while the state is not known.
	fn case(&self, requester: &SubjectId, relationship: &RelationshipId) -> Option<AccessContext>;

	/// The provider's relationships at the final block that the best block does not narrow: a
	/// consent to research counts only where both give it.
	fn relationships(&self) -> Vec<(RelationshipId, Arc<RelationshipFacts>)>;

	/// How many calls in the pool take access away.
	fn pending(&self) -> usize;

	/// What is anchored of the log of `provider` at the best block. This asks the node.
	async fn anchored(&self, provider: &SubjectId) -> Result<Anchored, Stale>;

	/// A bounty of the provider at the final block.
	fn bounty(&self, bounty: &BountyId) -> Option<BountyFacts>;

	/// The bounties that the provider owes an answer to, at the final and at the best block, those
	/// with the nearest deadline first.
	fn owed(&self) -> Vec<(BountyId, BountyFacts)>;
}

#[cfg(test)]
mod tests {
	use super::*;

	const AGE: Duration = Duration::from_secs(60);
	const TOLERANCE: Duration = Duration::from_secs(30);

	fn status(time: Moment) -> Status {
		let head = Some(Head { number: 1, hash: H256::zero(), time });
		Status {
			genesis: Some(H256::zero()),
			provider: Some(H256::zero()),
			device: Some(H256::zero()),
			connected: true,
			best: head,
			finalized: head,
		}
	}

	fn fresh(status: &Status, now: Moment) -> Result<(), Stale> {
		status.fresh(now, AGE, TOLERANCE).map(|_| ())
	}

	#[test]
	fn a_view_is_fresh_between_its_bounds() {
		assert_eq!(fresh(&status(100_000), 160_000), Ok(()));
		assert_eq!(fresh(&status(100_000), 160_001), Err(Stale::Old));
		assert_eq!(fresh(&status(130_000), 100_000), Ok(()));
		assert_eq!(fresh(&status(130_001), 100_000), Err(Stale::ClockOff));
	}

	#[test]
	fn a_view_that_misses_something_is_stale() {
		let good = status(0);
		assert_eq!(fresh(&Status { connected: false, ..good }, 0), Err(Stale::Unreachable));
		assert_eq!(fresh(&Status { finalized: None, ..good }, 0), Err(Stale::Loading));
		assert_eq!(fresh(&Status { provider: None, ..good }, 0), Err(Stale::NotEnrolled));
		assert_eq!(fresh(&Status::default(), 0), Err(Stale::Unreachable));
	}
}
