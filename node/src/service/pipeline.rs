//! The import of blocks: `Pow(Grandpa(client))`, preceded by a check of the seal, one block at a time.

use super::{finality::JUSTIFICATION_PERIOD, seal_check::SealCheck};
use crate::types::{Algorithm, Client, GrandpaLink, SelectChain};
use async_trait::async_trait;
use medrec_primitives::{runtime_api::MedrecApi, work::Difficulty};
use medrec_runtime::opaque::Block;
use sc_consensus::{
	BlockCheckParams, BlockImport, BlockImportParams, BoxBlockImport, DefaultImportQueue,
	ImportResult,
};
use sc_consensus_pow::PowBlockImport;
use sc_service::{Error, TaskManager};
use sc_telemetry::TelemetryHandle;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use std::sync::Arc;
use substrate_prometheus_endpoint::Registry;
use tokio::sync::Mutex;

/// The block import with its components.
pub struct Pipeline {
	/// Imports the node's own blocks.
	pub import: BoxBlockImport<Block>,
	/// Imports the blocks of peers.
	pub queue: DefaultImportQueue<Block>,
	/// The proof-of-work algorithm.
	pub algorithm: Algorithm,
	/// The link to the GRANDPA voter.
	pub grandpa: GrandpaLink,
}

/// Builds the block import.
///
/// # Errors
///
/// Fails if the state of GRANDPA cannot be loaded, or if the runtime does not return the chain's
/// minimum difficulty.
pub fn build(
	client: Arc<Client>,
	select_chain: SelectChain,
	tasks: &TaskManager,
	registry: Option<&Registry>,
	telemetry: Option<TelemetryHandle>,
) -> Result<Pipeline, Error> {
	let (grandpa_import, grandpa) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry,
	)?;
	let algorithm = Algorithm::new(client.clone(), minimum_difficulty(&client)?);
	let pow_import = SerialImport::new(PowBlockImport::new(
		grandpa_import.clone(),
		client,
		algorithm.clone(),
		0,
		select_chain,
		|_, ()| async { Ok(sp_timestamp::InherentDataProvider::from_system_time()) },
	));
	// Before the lock of the serial import, so that invalid blocks do not delay valid ones.
	let import = SealCheck::new(pow_import, algorithm.clone());
	let queue = sc_consensus_pow::import_queue(
		Box::new(import.clone()),
		Some(Box::new(grandpa_import)),
		algorithm.clone(),
		&tasks.spawn_essential_handle(),
		registry,
	)?;
	Ok(Pipeline { import: Box::new(import), queue, algorithm, grandpa })
}

/// The minimum difficulty, which the genesis fixes for the life of the chain.
fn minimum_difficulty(client: &Client) -> Result<Difficulty, Error> {
	client
		.runtime_api()
		.minimum_difficulty(client.info().best_hash)
		.map_err(|error| Error::Application(Box::new(error)))
		.and_then(ensure_not_zero)
}

/// No work meets a difficulty of zero, which a runtime returns if its genesis sets no minimum.
fn ensure_not_zero(difficulty: Difficulty) -> Result<Difficulty, Error> {
	if difficulty.is_zero() {
		return Err(Error::Application(
			"the genesis of this chain sets no minimum difficulty; correct the chain specification"
				.into(),
		));
	}
	Ok(difficulty)
}

/// Imports one block at a time.
///
/// The proof-of-work import compares a block with the best one before the client imports it. If the
/// node's own block and one of a peer were imported concurrently, both could win against the same best
/// block, and the one with less total work could become the best.
struct SerialImport<Inner> {
	inner: Inner,
	lock: Arc<Mutex<()>>,
}

impl<Inner> SerialImport<Inner> {
	fn new(inner: Inner) -> Self {
		Self { inner, lock: Arc::default() }
	}
}

impl<Inner: Clone> Clone for SerialImport<Inner> {
	fn clone(&self) -> Self {
		Self { inner: self.inner.clone(), lock: self.lock.clone() }
	}
}

#[async_trait]
impl<Inner: BlockImport<Block> + Send + Sync> BlockImport<Block> for SerialImport<Inner> {
	type Error = Inner::Error;

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
		let _guard = self.lock.lock().await;
		self.inner.import_block(block).await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::atomic::{AtomicUsize, Ordering};

	#[test]
	fn a_chain_without_a_minimum_difficulty_is_rejected() {
		assert!(ensure_not_zero(Difficulty::zero()).is_err());
		assert!(matches!(ensure_not_zero(Difficulty::one()), Ok(one) if one == Difficulty::one()));
	}

	/// Counts concurrent imports.
	#[derive(Clone, Default)]
	struct ImportCounter {
		running: Arc<AtomicUsize>,
		max_running: Arc<AtomicUsize>,
	}

	#[async_trait]
	impl BlockImport<Block> for ImportCounter {
		type Error = sp_consensus::Error;

		async fn check_block(
			&self,
			_: BlockCheckParams<Block>,
		) -> Result<ImportResult, Self::Error> {
			Ok(ImportResult::AlreadyInChain)
		}

		async fn import_block(
			&self,
			_: BlockImportParams<Block>,
		) -> Result<ImportResult, Self::Error> {
			let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
			self.max_running.fetch_max(running, Ordering::SeqCst);
			tokio::task::yield_now().await;
			self.running.fetch_sub(1, Ordering::SeqCst);
			Ok(ImportResult::AlreadyInChain)
		}
	}

	fn block() -> BlockImportParams<Block> {
		use sp_runtime::traits::Header;
		let none = Default::default();
		let header = medrec_runtime::Header::new(1, none, none, none, Default::default());
		BlockImportParams::new(sp_consensus::BlockOrigin::Own, header)
	}

	#[tokio::test]
	async fn blocks_are_imported_one_at_a_time() {
		let counter = ImportCounter::default();
		let import = SerialImport::new(counter.clone());
		let other = import.clone();
		let imports = (0..8).map(|n| if n % 2 == 0 { &import } else { &other });
		let results =
			futures::future::join_all(imports.map(|import| import.import_block(block()))).await;
		assert!(results.iter().all(Result::is_ok));
		assert_eq!(counter.max_running.load(Ordering::SeqCst), 1);
	}
}
