//! What the view asks of a node.

use super::{Anchored, Head, Protective, Update};
use async_trait::async_trait;
use medrec_primitives::{
	bounty::{BountyId, DatasetId},
	identity::SubjectId,
	record::RecordId,
	relationship::{GrantId, RelationshipId},
	AccountId, H256,
};

/// A storage entry that a block may have changed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Touched {
	/// A subject.
	Subject(SubjectId),
	/// A relationship itself.
	Relationship(RelationshipId),
	/// A relationship with everything in it.
	Everything(RelationshipId),
	/// A record.
	Record(RelationshipId, RecordId),
	/// A grant.
	Grant(RelationshipId, GrantId),
	/// A dataset.
	Dataset(DatasetId),
	/// A bounty.
	Bounty(BountyId),
}

/// A block with what it may have changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Block {
	/// The block.
	pub head: Head,
	/// The block before it.
	pub parent: H256,
	/// What it may have changed.
	pub touched: Vec<Touched>,
}

/// The two ends of the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ends {
	/// The best block.
	pub best: H256,
	/// The final block.
	pub finalized: H256,
}

/// As whom the gatekeeper's account acts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Enrolment {
	/// Its own subject, which is active.
	pub device: SubjectId,
	/// The active provider whose profile names it.
	pub provider: SubjectId,
}

/// The node did not answer, or not with what was asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the node: {0}")]
pub struct SourceError(pub String);

/// A node.
#[async_trait]
pub trait Source: Send + Sync {
	/// The hash of the genesis block.
	async fn genesis(&self) -> Result<H256, SourceError>;

	/// The ends of the chain.
	async fn ends(&self) -> Result<Ends, SourceError>;

	/// A block.
	async fn block(&self, hash: &H256) -> Result<Block, SourceError>;

	/// As whom `account` acts at the block `at`, if it is a provider's gatekeeper.
	async fn enrolment(
		&self,
		at: &H256,
		account: &AccountId,
	) -> Result<Option<Enrolment>, SourceError>;

	/// All subjects at the block `at`, and what is of `provider`: relationships with everything in
	/// them, datasets and bounties.
	async fn load(&self, at: &H256, provider: &SubjectId) -> Result<Vec<Update>, SourceError>;

	/// What was touched, as it reads at the block `at`, in that order. Of relationships that are not
	/// of `provider` nothing but that need be read.
	async fn read(
		&self,
		at: &H256,
		provider: &SubjectId,
		touched: &[Touched],
	) -> Result<Vec<Update>, SourceError>;

	/// The calls in the node's pool that take access away, with their senders.
	async fn pending(&self) -> Result<Vec<(AccountId, Protective)>, SourceError>;

	/// What is anchored of the log of `provider` at the block `at`.
	async fn anchored(&self, at: &H256, provider: &SubjectId) -> Result<Anchored, SourceError>;

	/// Returns when there may be a new block or a new transaction, and after a second at the latest.
	async fn changed(&self);
}
