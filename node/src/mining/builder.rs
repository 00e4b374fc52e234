//! Builds block templates.

use super::miner::Miner;
use crate::types::{Algorithm, Client, Pool};
use medrec_primitives::{work::Difficulty, H256};
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

/// The time limit for adding transactions to a template.
const MAX_BUILD_TIME: Duration = Duration::from_secs(1);

/// An error that prevents a template from being built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The difficulty is unknown.
	#[error("cannot get the difficulty: {0}")]
	Difficulty(#[from] sc_consensus_pow::Error<Block>),
	/// The timestamp inherent could not be created.
	#[error("cannot create the timestamp inherent: {0}")]
	Inherents(#[from] sp_inherents::Error),
	/// The runtime could not build the block.
	#[error("the runtime cannot build the block: {0}")]
	Runtime(#[from] sp_blockchain::Error),
}

/// A block that is complete except for its seal.
pub struct BlockTemplate {
	/// The hash of the parent block.
	pub parent: H256,
	/// The hash of the header without the seal.
	pub pre_hash: H256,
	/// The difficulty that the seal must meet.
	pub difficulty: Difficulty,
	/// The miner that the header names as its author.
	pub miner: Miner,
	proposal: Proposal<Block>,
}

impl BlockTemplate {
	/// The import parameters of the block with this seal.
	pub fn sealed(self, seal: Vec<u8>) -> BlockImportParams<Block> {
		let (header, body) = self.proposal.block.deconstruct();
		let mut params = BlockImportParams::new(BlockOrigin::Own, header);
		params.post_digests.push(DigestItem::Seal(POW_ENGINE_ID, seal));
		params.body = Some(body);
		// The runtime executed the block when the template was built; the import need not repeat it.
		params.state_action =
			StateAction::ApplyChanges(StorageChanges::Changes(self.proposal.storage_changes));
		let intermediate = PowIntermediate { difficulty: Some(self.difficulty) };
		params.insert_intermediate(INTERMEDIATE_KEY, intermediate);
		params
	}
}

/// Builds block templates. Clones build independently of one another.
#[derive(Clone)]
pub struct Builder {
	proposers: ProposerFactory<Pool, Client>,
	algorithm: Algorithm,
}

impl Builder {
	/// A builder with the transactions of `proposers` and the difficulty of `algorithm`.
	pub fn new(proposers: ProposerFactory<Pool, Client>, algorithm: Algorithm) -> Self {
		Self { proposers, algorithm }
	}

	/// Builds a template of `miner` on `parent`, with the transactions that are ready now.
	pub async fn build(mut self, parent: Header, miner: Miner) -> Result<BlockTemplate, Error> {
		let hash = parent.hash();
		let difficulty = self.algorithm.difficulty(hash)?;
		let time = sp_timestamp::InherentDataProvider::from_system_time();
		// By this digest the header names its author.
		let author = DigestItem::PreRuntime(POW_ENGINE_ID, miner.subject.encode());
		let proposer = self.proposers.init(&parent).await?;
		let proposal = proposer
			.propose(ProposeArgs {
				inherent_data: time.create_inherent_data().await?,
				inherent_digests: Digest { logs: vec![author] },
				max_duration: MAX_BUILD_TIME,
				..Default::default()
			})
			.await?;
		let pre_hash = proposal.block.header().hash();
		Ok(BlockTemplate { parent: hash, pre_hash, difficulty, miner, proposal })
	}
}
