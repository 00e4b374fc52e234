//! The check of the seal, before any other step of the import.

use async_trait::async_trait;
use medrec_runtime::{opaque::Block, Header};
use sc_consensus::{BlockCheckParams, BlockImport, BlockImportParams, ImportResult};
use sc_consensus_pow::{Error as PowError, PowAlgorithm};
use sp_consensus::{BlockOrigin, Error as ConsensusError};
use sp_consensus_pow::POW_ENGINE_ID;
use sp_runtime::{generic::BlockId, traits::Header as _, DigestItem};

const LOG_TARGET: &str = "pow";

/// Rejects a block whose seal does not meet the difficulty of its parent or is not by a miner of its
/// parent's state.
///
/// The proof-of-work import calls the runtime to check the inherents, for which the runtime decodes the
/// whole block, and verifies the seal afterwards. Up to there, a block has proven no more than the
/// minimum difficulty, under any key.
///
/// Left to the proof-of-work import are blocks on a parent whose state is not available, blocks that
/// are imported without execution, and the node's own blocks.
#[derive(Clone)]
pub struct SealCheck<Inner, Algorithm> {
	inner: Inner,
	algorithm: Algorithm,
}

impl<Inner, Algorithm: PowAlgorithm<Block>> SealCheck<Inner, Algorithm> {
	/// A check by `algorithm` before the import by `inner`.
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
		let result = self.algorithm.difficulty(parent).and_then(|difficulty| {
			self.algorithm.verify(&BlockId::Hash(parent), &pre_hash, author, seal, difficulty)
		});
		match result {
			Ok(true) => Ok(()),
			Ok(false) => Err(PowError::InvalidSeal),
			Err(error) => {
				log::debug!(target: LOG_TARGET, "Cannot check the seal of {pre_hash:?} before its import: {error}");
				Ok(())
			},
		}
	}
}

/// The author in the header's pre-runtime digest.
fn author(header: &Header) -> Result<Option<&[u8]>, PowError<Block>> {
	let mut authors = header.digest().logs().iter().filter_map(|item| match item {
		DigestItem::PreRuntime(POW_ENGINE_ID, author) => Some(author.as_slice()),
		_ => None,
	});
	let author = authors.next();
	match authors.next() {
		None => Ok(author),
		Some(_) => Err(PowError::MultiplePreRuntimeDigests),
	}
}

#[async_trait]
impl<Inner, Algorithm> BlockImport<Block> for SealCheck<Inner, Algorithm>
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

	/// Counts imported blocks.
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

	/// Accepts one seal, by one author, on one known parent.
	struct TestAlgorithm;

	impl PowAlgorithm<Block> for TestAlgorithm {
		type Difficulty = Difficulty;

		fn difficulty(&self, parent: Hash) -> Result<Difficulty, PowError<Block>> {
			if parent == PARENT {
				Ok(DIFFICULTY.into())
			} else {
				Err(PowError::Runtime("its state is not available".into()))
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

	/// A block of a peer with this seal.
	fn block(seal: &[u8]) -> BlockImportParams<Block> {
		let none = Default::default();
		let mut header = Header::new(2, none, none, PARENT, Default::default());
		header.digest.push(DigestItem::PreRuntime(POW_ENGINE_ID, AUTHOR.into()));
		let mut block = BlockImportParams::new(BlockOrigin::NetworkBroadcast, header);
		block.body = Some(Vec::new());
		block.post_digests.push(DigestItem::Seal(POW_ENGINE_ID, seal.into()));
		block
	}

	/// The result of the import, and whether the block passed the check.
	async fn import(
		block: BlockImportParams<Block>,
	) -> (Result<ImportResult, ConsensusError>, bool) {
		let counter = Counter::default();
		let result = SealCheck::new(counter.clone(), TestAlgorithm).import_block(block).await;
		(result, counter.0.load(Ordering::SeqCst) > 0)
	}

	async fn assert_rejected(block: BlockImportParams<Block>, reason: &str) {
		let (result, passed) = import(block).await;
		let error = result.expect_err(reason).to_string();
		assert!(error.contains(reason), "{error}");
		assert!(!passed, "{reason}");
	}

	async fn assert_passed(block: BlockImportParams<Block>) {
		let (result, passed) = import(block).await;
		assert!(passed && result.is_ok(), "{result:?}");
	}

	#[tokio::test]
	async fn a_block_with_a_valid_seal_is_imported() {
		assert_passed(block(SEAL)).await;
	}

	#[tokio::test]
	async fn a_block_with_an_invalid_seal_is_rejected_before_the_import() {
		assert_rejected(block(b"junk"), "invalid seal").await;
	}

	#[tokio::test]
	async fn a_block_without_a_seal_or_with_two_authors_is_rejected_before_the_import() {
		let mut unsealed = block(SEAL);
		unsealed.post_digests.clear();
		assert_rejected(unsealed, "unsealed").await;
		let mut doubled = block(SEAL);
		doubled.header.digest.push(DigestItem::PreRuntime(POW_ENGINE_ID, AUTHOR.into()));
		assert_rejected(doubled, "Multiple pre-runtime digests").await;
	}

	#[tokio::test]
	async fn without_the_state_of_its_parent_a_block_is_left_to_the_import() {
		let mut orphan = block(b"junk");
		orphan.header.parent_hash = Hash::repeat_byte(2);
		assert_passed(orphan).await;
	}

	#[tokio::test]
	async fn a_block_without_execution_is_left_to_the_import() {
		let mut skipped = block(b"junk");
		skipped.state_action = StateAction::Skip;
		assert_passed(skipped).await;
		let mut header_only = block(b"junk");
		header_only.body = None;
		assert_passed(header_only).await;
	}

	#[tokio::test]
	async fn an_own_block_is_left_to_the_import() {
		let mut own = block(b"junk");
		own.origin = BlockOrigin::Own;
		assert_passed(own).await;
	}
}
