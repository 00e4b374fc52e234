//! The check of a block's seal before its import, and the lock of the import.

use async_trait::async_trait;
use medrec_runtime::{opaque::Block, Header};
use sc_consensus::{BlockCheckParams, BlockImport, BlockImportParams, ImportResult};
use sc_consensus_pow::{Error as PowError, PowAlgorithm};
use sp_consensus::{BlockOrigin, Error as ConsensusError};
use sp_consensus_pow::POW_ENGINE_ID;
use sp_runtime::{generic::BlockId, traits::Header as _, DigestItem};
use std::sync::Arc;
use tokio::sync::Mutex;

const LOG_TARGET: &str = "pow";

/// Checks the seal of a block, and then imports one block at a time.
///
/// The check rejects a block whose seal does not meet the difficulty of its parent or is not by a miner
/// of its parent's state. The proof-of-work import calls the runtime to check the inherents, for which
/// the runtime decodes the whole block, and verifies the seal afterwards. Until then, a block has
/// proven no more than the minimum difficulty, under any key. Left to the proof-of-work import are
/// blocks on a parent whose state is not available, blocks that are imported without execution, and the
/// node's own blocks.
///
/// The proof-of-work import compares a block with the best one before the client imports it. If the
/// node's own block and one of a peer were imported concurrently, both could win against the same best
/// block, and the one with less total work could become the best.
#[derive(Clone)]
pub struct CheckedImport<Inner, Algorithm> {
	inner: Inner,
	algorithm: Algorithm,
	/// Held during an import by `inner`.
	lock: Arc<Mutex<()>>,
}

impl<Inner, Algorithm: PowAlgorithm<Block>> CheckedImport<Inner, Algorithm> {
	/// A check by `algorithm` before the import by `inner`.
	pub fn new(inner: Inner, algorithm: Algorithm) -> Self {
		Self { inner, algorithm, lock: Arc::default() }
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
				log::debug!(target: LOG_TARGET, "Cannot check {pre_hash:?} before its import: {error}");
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
impl<Inner, Algorithm> BlockImport<Block> for CheckedImport<Inner, Algorithm>
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
		// Before the lock, so that invalid blocks do not delay valid ones.
		self.check(&block)?;
		let _guard = self.lock.lock().await;
		self.inner.import_block(block).await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::FutureExt;
	use medrec_primitives::work::Difficulty;
	use medrec_runtime::Hash;
	use sc_consensus::StateAction;
	use std::sync::atomic::{AtomicUsize, Ordering};

	const PARENT: Hash = Hash::repeat_byte(1);
	const DIFFICULTY: u64 = 7;
	const AUTHOR: &[u8] = b"author";
	const SEAL: &[u8] = b"seal";

	/// Counts concurrent imports.
	#[derive(Clone, Default)]
	struct Counter {
		running: Arc<AtomicUsize>,
		max_running: Arc<AtomicUsize>,
	}

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
			let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
			self.max_running.fetch_max(running, Ordering::SeqCst);
			tokio::task::yield_now().await;
			self.running.fetch_sub(1, Ordering::SeqCst);
			Ok(ImportResult::imported(true))
		}
	}

	/// Accepts one seal, by one author, on one known parent.
	#[derive(Clone)]
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
		let result = CheckedImport::new(counter.clone(), TestAlgorithm).import_block(block).await;
		(result, counter.max_running.load(Ordering::SeqCst) > 0)
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

	#[tokio::test]
	async fn blocks_are_imported_one_at_a_time() {
		let counter = Counter::default();
		let import = CheckedImport::new(counter.clone(), TestAlgorithm);
		let other = import.clone();
		let imports = (0..8).map(|n| if n % 2 == 0 { &import } else { &other });
		let results =
			futures::future::join_all(imports.map(|import| import.import_block(block(SEAL)))).await;
		assert!(results.iter().all(Result::is_ok));
		assert_eq!(counter.max_running.load(Ordering::SeqCst), 1);
	}

	#[tokio::test]
	async fn an_invalid_block_does_not_wait_for_the_import_of_another() {
		let import = CheckedImport::new(Counter::default(), TestAlgorithm);
		let _importing = import.lock.lock().await;
		let result = import.import_block(block(b"junk")).now_or_never();
		assert!(matches!(result, Some(Err(_))), "{result:?}");
	}
}
