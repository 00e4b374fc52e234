//! What the gatekeeper reads of the chain.

use medrec_primitives::{
	bounty::{Bounty, Dataset},
	identity::{EncryptionKey, SubjectId},
	record::{RecordId, RecordPointer},
	relationship::{Grant, GrantId, Relationship},
	summary::LogAnchor,
	BlockNumber, Moment, H256,
};
use medrec_protocol::wire::BlockRef;
use std::{
	collections::{BTreeMap, HashMap},
	sync::Arc,
	time::Duration,
};

/// A block at which the state was read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Head {
	/// Its height; the genesis block has 0.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: H256,
	/// Its timestamp.
	pub time: Moment,
}

impl From<Head> for BlockRef {
	fn from(head: Head) -> BlockRef {
		BlockRef { number: head.number, hash: head.hash }
	}
}

/// A relationship with its records and grants.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelationshipFacts {
	/// The relationship.
	pub relationship: Relationship,
	/// Its records.
	pub records: HashMap<RecordId, RecordPointer>,
	/// Its permissions and denials.
	pub grants: BTreeMap<GrantId, Grant>,
}

/// The subject that controls the account of a requester.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequesterFacts {
	/// The subject.
	pub subject: SubjectId,
	/// The key to which answers for the subject are sealed, at the final block.
	pub encryption_key: Option<EncryptionKey>,
	/// Whether the subject is active at the final block and at the best one, and no pending call
	/// suspends it.
	pub active: bool,
}

/// The state of a requester and a relationship at one head.
#[derive(Clone, Debug)]
pub struct Snapshot {
	/// The head.
	pub head: Head,
	/// Whether the requester is active.
	pub active: bool,
	/// The relationship, `None` if this provider has no such relationship.
	pub relationship: Option<Arc<RelationshipFacts>>,
}

/// The state by which access is decided.
#[derive(Clone, Debug)]
pub struct AccessContext {
	/// The final block.
	pub finalized: Snapshot,
	/// The best block, narrowed by the protective calls in the pool.
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

/// The anchored part of an access log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anchored {
	/// How many receipts the anchors cover.
	pub size: u64,
	/// The last anchor, if the state still holds it.
	pub last: Option<LogAnchor>,
}

/// The progress of the view of the chain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status {
	/// The hash of the genesis block, `None` until a node was reached.
	pub genesis: Option<H256>,
	/// The acting provider, `None` unless the chain names this gatekeeper in its profile.
	pub provider: Option<SubjectId>,
	/// The gatekeeper's own subject.
	pub device: Option<SubjectId>,
	/// Whether the node answers.
	pub connected: bool,
	/// The best block, `None` until its state was read.
	pub best: Option<Head>,
	/// The final block, `None` until its state was read.
	pub finalized: Option<Head>,
}

/// The reason why the view of the chain cannot be used for decisions.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Stale {
	/// The node does not answer.
	#[error("the node cannot be reached")]
	Unreachable,
	/// The state is being read for the first time, or again from the beginning.
	#[error("the state of the chain is still being read")]
	Loading,
	/// No profile of an active provider names this gatekeeper.
	#[error("no provider's profile on the chain names this gatekeeper's key")]
	NotEnrolled,
	/// The best block is older than `chain.max_head_age_s`.
	#[error("the best block is too old")]
	Old,
	/// The best block is ahead of this machine's clock by more than `chain.clock_tolerance_s`.
	#[error("the best block's timestamp is in the future; check this machine's clock")]
	ClockOff,
}

/// A view that can be used for decisions.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
	/// The hash of the genesis block.
	pub genesis: H256,
	/// The acting provider.
	pub provider: SubjectId,
	/// The gatekeeper's own subject.
	pub device: SubjectId,
	/// The best block.
	pub best: Head,
	/// The final block.
	pub finalized: Head,
}

impl Status {
	/// The view, if it can be used for decisions at `now`. See `Status::check_age`.
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
		self.check_age(now, max_age, tolerance)?;
		Ok(Fresh { genesis, provider, device, best, finalized })
	}

	/// Checks that the best block is at most `max_age` old and at most `tolerance` in the future.
	pub(super) fn check_age(
		&self,
		now: Moment,
		max_age: Duration,
		tolerance: Duration,
	) -> Result<(), Stale> {
		let best = self.best.ok_or(Stale::Loading)?;
		let millis = |span: Duration| Moment::try_from(span.as_millis()).unwrap_or(Moment::MAX);
		if now.saturating_sub(best.time) > millis(max_age) {
			return Err(Stale::Old);
		}
		if best.time.saturating_sub(now) > millis(tolerance) {
			return Err(Stale::ClockOff);
		}
		Ok(())
	}
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
			provider: Some(SubjectId::default()),
			device: Some(SubjectId::default()),
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
	fn an_incomplete_view_is_stale() {
		let good = status(0);
		assert_eq!(fresh(&Status { connected: false, ..good }, 0), Err(Stale::Unreachable));
		assert_eq!(fresh(&Status { finalized: None, ..good }, 0), Err(Stale::Loading));
		assert_eq!(fresh(&Status { provider: None, ..good }, 0), Err(Stale::NotEnrolled));
		assert_eq!(fresh(&Status::default(), 0), Err(Stale::Unreachable));
	}
}
