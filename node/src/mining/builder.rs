//! RecentTemplates the blocks that are then mined.

use super::miner::Miner;
use crate::service::{Algorithm, Client, Pool};
use medrec_primitives::{identity::SubjectId, work::Difficulty, H256};
use medrec_runtime::{opaque::Block, Header};
use parity_scale_codec::Encode;
use sc_basic_authorship::ProposerFactory;
use sc_consensus::{BlockImportParams, StateAction, StorageChanges};
use sc_consensus_pow::{PowAlgorithm, PowIntermediate, INTERMEDIATE_KEY};
use sp_consensus::{BlockOrigin, Environment, Proposal, ProposeArgs, Proposer};
use sp_consensus_pow::POW_ENGINE_ID;
use sp_inherents::InherentDataProvider;
use sp_runtime::{traits::Block as _, Digest, DigestItem};
use std::time::Duration;

/// How long it may take to fill a block.
const LONGEST: Duration = Duration::from_secs(1);

/// Why a block could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The difficulty is not known.
	#[error("the difficulty is not known: {0}")]
	Difficulty(#[from] sc_consensus_pow::Error<Block>),
	/// What every block holds could not be made.
	#[error("the time of the block could not be set: {0}")]
	Inherents(#[from] sp_inherents::Error),
	/// The runtime did not build the block.
	#[error("the runtime did not build it: {0}")]
	Runtime(#[from] sp_blockchain::Error),
}

/// A block that lacks nothing but its seal.
pub struct BlockTemplate {
	/// The block that it follows.
	pub parent: H256,
	/// Its hash without the seal.
	pub pre_hash: H256,
	/// What its work must meet.
	pub difficulty: Difficulty,
	/// Who seals it.
	pub miner: Miner,
	proposal: Proposal<Block>,
}

impl BlockTemplate {
	/// What is imported once the seal is found.
	pub fn sealed(self, seal: Vec<u8>) -> BlockImportParams<Block> {
		let (header, body) = self.proposal.block.deconstruct();
		let mut params = BlockImportParams::new(BlockOrigin::Own, header);
		params.post_digests.push(DigestItem::Seal(POW_ENGINE_ID, seal));
		params.body = Some(body);
		// The runtime ran when the block was built; it need not run again.
		params.state_action =
			StateAction::ApplyChanges(StorageChanges::Changes(self.proposal.storage_changes));
		let known = PowIntermediate { difficulty: Some(self.difficulty) };
		params.insert_intermediate(INTERMEDIATE_KEY, known);
		params
	}
}

/// RecentTemplates blocks. Clones build side by side.
#[derive(Clone)]
pub struct Builder {
	proposers: ProposerFactory<Pool, Client>,
	algorithm: Algorithm,
}

impl Builder {
	/// A builder that takes transactions and difficulties from these.
	pub fn new(proposers: ProposerFactory<Pool, Client>, algorithm: Algorithm) -> Self {
		Self { proposers, algorithm }
	}

	/// RecentTemplates the block of `miner` that follows `parent`, with the transactions that wait now.
	pub async fn build(mut self, parent: Header, miner: Miner) -> Result<BlockTemplate, Error> {
		let hash = parent.hash();
		let difficulty = self.algorithm.difficulty(hash)?;
		let time = sp_timestamp::InherentDataProvider::from_system_time();
		let proposer = self.proposers.init(&parent).await?;
		let proposal = proposer
			.propose(ProposeArgs {
				inherent_data: time.create_inherent_data().await?,
				inherent_digests: authored_by(miner.subject),
				max_duration: LONGEST,
				..Default::default()
			})
			.await?;
		let pre_hash = proposal.block.header().hash();
		Ok(BlockTemplate { parent: hash, pre_hash, difficulty, miner, proposal })
	}
}

/// The digest by which a header names its author.
fn authored_by(miner: SubjectId) -> Digest {
	Digest { logs: vec![DigestItem::PreRuntime(POW_ENGINE_ID, miner.encode())] }
}
