//! The seal of a block is checked before anything else is done for the block.

use async_trait::async_trait;
use medrec_runtime::{opaque::Block, Header};
use sc_consensus::{BlockCheckParams, BlockImport, BlockImportParams, ImportResult};
use sc_consensus_pow::{Error as PowError, PowAlgorithm};
use sp_consensus::{BlockOrigin, Error as ConsensusError};
use sp_consensus_pow::POW_ENGINE_ID;
use sp_runtime::{generic::BlockId, traits::Header as _, DigestItem};

const LOG_TARGET: &str = "pow";

/// Refuses blocks whose seal is not what their parent demands, before they cost anything.
///
/// The work layer first has the runtime look at what every block must hold, for which the runtime
/// reads the whole block, and checks the seal only then. Until there, a block has shown no more than
/// the floor of work, under any key. Here, before it takes its turn, it must show the work that its
/// parent demands, by a miner of the parent's.
///
/// What the parent cannot be asked about, since its state is not kept, is left to the work layer; so
/// are blocks that are imported without being executed, and the node's own.
#[derive(Clone)]
pub struct SealFirst<Inner, Algorithm> {
	inner: Inner,
	algorithm: Algorithm,
}

impl<Inner, Algorithm: PowAlgorithm<Block>> SealFirst<Inner, Algorithm> {
	/// A check by the rules of `algorithm` in front of `inner`.
	pub fn new(inner: Inner, algorithm: Algorithm) -> Self {
		Self { inner, algorithm }
	}

	fn check(&self, block: &BlockImportParams<Block>) -> Result<(), PowError<Block>> {
		let executes = block.body.is_some() && !block.state_action.skip_execution_checks();
		if block.origin == BlockOrigin::Own || !executes {
			return Ok(());
		}
		let Some(DigestItem::Seal(POW_ENGINE_ID, seal)) = block.post_digests.last() else {
			return Err(PowError::HeaderUnsealed(block.post_hash()));
		};
		let author = author(&block.header)?;
		let parent = *block.header.parent_hash();
		let pre_hash = block.header.hash();
		let verdict = self.algorithm.difficulty(parent).and_then(|difficulty| {
			self.algorithm.verify(&BlockId::Hash(parent), &pre_hash, author, seal, difficulty)
		});
		match verdict {
			Ok(true) => Ok(()),
			Ok(false) => Err(PowError::InvalidSeal),
			Err(error) => {
				log::debug!(target: LOG_TARGET, "{pre_hash:?} is not checked early: {error}");
				Ok(())
			},
		}
	}
}

/// The author that the header names.
fn author(header: &Header) -> Result<Option<&[u8]>, PowError<Block>> {
	let mut named = header.digest().logs().iter().filter_map(|item| match item {
		DigestItem::PreRuntime(POW_ENGINE_ID, author) => Some(author.as_slice()),
		_ => None,
	});
	let author = named.next();
	match named.next() {
		None => Ok(author),
		Some(_) => Err(PowError::MultiplePreRuntimeDigests),
	}
}

#[async_trait]
impl<Inner, Algorithm> BlockImport<Block> for SealFirst<Inner, Algorithm>
where
	Inner: BlockImport<Block, Error = ConsensusError> + Send + Sync,
	Algorithm: PowAlgorithm<Block> + Send + Sync,
{
	type Error = ConsensusError;

	async fn check_block(
		&self,
		block: BlockCheckParams<Block>,
	) -> Result<ImportResult, Self::Error> {
		self.inner.check_block(block).await
	}

	async fn import_block(
		&self,
		block: BlockImportParams<Block>,
	) -> Result<ImportResult, Self::Error> {
		self.check(&block)?;
		self.inner.import_block(block).await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::work::Difficulty;
	use medrec_runtime::Hash;
	use sc_consensus::StateAction;
	use std::sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	};

	const PARENT: Hash = Hash::repeat_byte(1);
	const DIFFICULTY: u64 = 7;
	const AUTHOR: &[u8] = b"author";
	const SEAL: &[u8] = b"seal";

	/// Counts what is imported.
	#[derive(Clone, Default)]
	struct Counter(Arc<AtomicUsize>);

	#[async_trait]
	impl BlockImport<Block> for Counter {
		type Error = ConsensusError;

		async fn check_block(
			&self,
			_: BlockCheckParams<Block>,
		) -> Result<ImportResult, Self::Error> {
			Ok(ImportResult::imported(false))
		}

		async fn import_block(
			&self,
			_: BlockImportParams<Block>,
		) -> Result<ImportResult, Self::Error> {
			self.0.fetch_add(1, Ordering::SeqCst);
			Ok(ImportResult::imported(true))
		}
	}

	/// Takes one seal, by one author, on the one parent that it knows.
	struct Rules;

	impl PowAlgorithm<Block> for Rules {
		type Difficulty = Difficulty;

		fn difficulty(&self, parent: Hash) -> Result<Difficulty, PowError<Block>> {
			if parent == PARENT {
				Ok(DIFFICULTY.into())
			} else {
				Err(PowError::Runtime("its state is not kept".into()))
			}
		}

		fn verify(
			&self,
			parent: &BlockId<Block>,
			pre_hash: &Hash,
			author: Option<&[u8]>,
			seal: &Vec<u8>,
			difficulty: Difficulty,
		) -> Result<bool, PowError<Block>> {
			assert_eq!((*parent, difficulty), (BlockId::Hash(PARENT), DIFFICULTY.into()));
			assert_eq!(*pre_hash, block(SEAL).header.hash());
			Ok(author == Some(AUTHOR) && seal == SEAL)
		}
	}

	/// A block as it comes from a peer, with this seal.
	fn block(seal: &[u8]) -> BlockImportParams<Block> {
		let none = Default::default();
		let mut header = Header::new(2, none, none, PARENT, Default::default());
		header.digest.push(DigestItem::PreRuntime(POW_ENGINE_ID, AUTHOR.into()));
		let mut block = BlockImportParams::new(BlockOrigin::NetworkBroadcast, header);
		block.body = Some(Vec::new());
		block.post_digests.push(DigestItem::Seal(POW_ENGINE_ID, seal.into()));
		block
	}

	/// What comes of the block, and whether it went past the check.
	async fn import(
		block: BlockImportParams<Block>,
	) -> (Result<ImportResult, ConsensusError>, bool) {
		let counter = Counter::default();
		let result = SealFirst::new(counter.clone(), Rules).import_block(block).await;
		(result, counter.0.load(Ordering::SeqCst) > 0)
	}

	async fn assert_refused(block: BlockImportParams<Block>, why: &str) {
		let (result, passed) = import(block).await;
		let error = result.expect_err(why).to_string();
		assert!(error.contains(why), "{error}");
		assert!(!passed, "{why}");
	}

	async fn assert_passed(block: BlockImportParams<Block>) {
		let (result, passed) = import(block).await;
		assert!(passed && result.is_ok(), "{result:?}");
	}

	#[tokio::test]
	async fn a_block_with_the_seal_that_its_parent_demands_goes_on() {
		assert_passed(block(SEAL)).await;
	}

	#[tokio::test]
	async fn a_block_with_another_seal_costs_nothing_more() {
		assert_refused(block(b"junk"), "invalid seal").await;
	}

	#[tokio::test]
	async fn a_block_without_a_seal_or_with_two_authors_costs_nothing_more() {
		let mut unsealed = block(SEAL);
		unsealed.post_digests.clear();
		assert_refused(unsealed, "unsealed").await;
		let mut doubled = block(SEAL);
		doubled.header.digest.push(DigestItem::PreRuntime(POW_ENGINE_ID, AUTHOR.into()));
		assert_refused(doubled, "Multiple pre-runtime digests").await;
	}

	#[tokio::test]
	async fn where_the_parent_cannot_be_asked_the_work_layer_decides() {
		let mut orphan = block(b"junk");
		orphan.header.parent_hash = Hash::repeat_byte(2);
		assert_passed(orphan).await;
	}

	#[tokio::test]
	async fn what_is_not_executed_is_left_to_the_work_layer() {
		let mut skipped = block(b"junk");
		skipped.state_action = StateAction::Skip;
		assert_passed(skipped).await;
		let mut header_only = block(b"junk");
		header_only.body = None;
		assert_passed(header_only).await;
	}

	#[tokio::test]
	async fn the_nodes_own_blocks_are_left_to_the_work_layer() {
		let mut own = block(b"junk");
		own.origin = BlockOrigin::Own;
		assert_passed(own).await;
	}
}
