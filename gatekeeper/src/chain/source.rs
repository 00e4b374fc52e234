//! Reads of a node that the view needs.

use super::{Anchored, Head, Registration, Update};
use async_trait::async_trait;
use medrec_client::chain::RuntimeCall;
use medrec_primitives::{
	bounty::{BountyId, DatasetId},
	identity::{Identifier, SubjectId},
	record::RecordId,
	relationship::{GrantId, RelationshipId},
	AccountId, H256,
};

/// A storage entry that a block may have changed.
#[derive(Clone, Copy, Debug)]
#[derive(Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Touched {
	/// A subject.
	Subject(SubjectId),
	/// An identifier.
	Identifier(Identifier),
	/// A relationship itself.
	Relationship(RelationshipId),
	/// A relationship with its records and grants.
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

/// A block with the entries that it may have changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Block {
	/// The block.
	pub head: Head,
	/// The hash of its parent.
	pub parent: H256,
	/// The entries, in the order of the block's events.
	pub touched: Vec<Touched>,
}

/// The hashes of the two heads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HeadHashes {
	/// The best block.
	pub best: H256,
	/// The final block.
	pub finalized: H256,
}

/// The node did not answer, or its answer cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the chain cannot be read: {0}")]
pub struct SourceError(pub String);

/// A node.
#[async_trait]
pub trait Source: Send + Sync {
	/// The hash of the genesis block.
	async fn genesis(&self) -> Result<H256, SourceError>;

	/// The best and the final head.
	async fn heads(&self) -> Result<HeadHashes, SourceError>;

	/// A block by its hash.
	async fn block(&self, hash: &H256) -> Result<Block, SourceError>;

	/// What the block `at` holds of `account`.
	async fn registration(
		&self,
		at: &H256,
		account: &AccountId,
	) -> Result<Registration, SourceError>;

	/// All subjects and identifiers at the block `at`, and the relationships of `provider` with their
	/// records and grants, its datasets and its bounties.
	async fn load(&self, at: &H256, provider: &SubjectId) -> Result<Vec<Update>, SourceError>;

	/// The values of the `touched` entries at the block `at`, in that order. Of a relationship of
	/// another provider than `provider`, records and grants may be left out.
	async fn read(
		&self,
		at: &H256,
		provider: &SubjectId,
		touched: &[Touched],
	) -> Result<Vec<Update>, SourceError>;

	/// The protective calls in the node's transaction pool, with their signers. Calls within batches
	/// are listed by themselves.
	async fn pending(&self) -> Result<Vec<(AccountId, RuntimeCall)>, SourceError>;

	/// The anchored part of the access log of `provider` at the block `at`.
	async fn anchored(&self, at: &H256, provider: &SubjectId) -> Result<Anchored, SourceError>;

	/// Returns when there may be a new block or transaction, at the latest after one second.
	async fn changed(&self);
}
