//! How blocks come in: `Pow(Grandpa(client))`, the seal checked first, one at a time.

use super::{
	finality::JUSTIFICATION_PERIOD, seal_first::SealFirst, Algorithm, Client, SelectChain,
};
use async_trait::async_trait;
use medrec_primitives::{
	work::{Difficulty, U256},
	Moment,
};
use medrec_runtime::opaque::Block;
use parity_scale_codec::DecodeAll;
use sc_client_api::StorageProvider;
use sc_consensus::{
	BlockCheckParams, BlockImport, BlockImportParams, BoxBlockImport, DefaultImportQueue,
	ImportResult,
};
use sc_consensus_pow::PowBlockImport;
use sc_service::{Error, TaskManager};
use sc_telemetry::TelemetryHandle;
use sp_blockchain::HeaderBackend;
use sp_core::storage::StorageKey;
use sp_io::hashing::twox_128;
use std::sync::Arc;
use substrate_prometheus_endpoint::Registry;
use tokio::sync::Mutex;

/// What joins the import to the voter.
pub type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, Client, SelectChain>;

/// The import of blocks, and what it is joined to.
pub struct Pipeline {
	/// Where the node's own blocks go.
	pub import: BoxBlockImport<Block>,
	/// Where the blocks of others go.
	pub queue: DefaultImportQueue<Block>,
	/// The rules of work.
	pub algorithm: Algorithm,
	/// What joins the import to the voter.
	pub grandpa: GrandpaLink,
}

/// RecentTemplates the layers of the import.
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
	let algorithm = Algorithm::new(client.clone(), floor(&client)?);
	let work_import = OneAtATime::new(PowBlockImport::new(
		grandpa_import.clone(),
		client,
		algorithm.clone(),
		0,
		select_chain,
		|_, ()| async { Ok(sp_timestamp::InherentDataProvider::from_system_time()) },
	));
	// In front of the turns, so that junk does not make good blocks wait.
	let import = SealFirst::new(work_import, algorithm.clone());
	let queue = sc_consensus_pow::import_queue(
		Box::new(import.clone()),
		Some(Box::new(grandpa_import)),
		algorithm.clone(),
		&tasks.spawn_essential_handle(),
		registry,
	)?;
	Ok(Pipeline { import: Box::new(import), queue, algorithm, grandpa })
}

/// The difficulty below which none falls on this chain. Its genesis fixed it.
fn floor(client: &Client) -> Result<Difficulty, Error> {
	let stored = client.storage(client.info().best_hash, &parameters_key())?;
	stored
		.and_then(|data| floor_in(&data.0))
		.ok_or_else(|| Error::Application("the genesis of this chain has no rules of work".into()))
}

/// Where the pallet of work keeps what genesis fixed.
fn parameters_key() -> StorageKey {
	StorageKey([twox_128(b"Pow"), twox_128(b"Parameters")].concat())
}

/// The floor is the second of two parameters; the first is the time between blocks.
fn floor_in(mut parameters: &[u8]) -> Option<Difficulty> {
	let (_, floor) = <(Moment, U256)>::decode_all(&mut parameters).ok()?;
	(!floor.is_zero()).then_some(floor)
}

/// Imports one block at a time.
///
/// The work layer reads what the best block is before the client imports. Were the node's own block
/// and one from the network imported side by side, both could be found better than the same best
/// block, and the lighter of the two could stay.
struct OneAtATime<Inner> {
	inner: Inner,
	turn: Arc<Mutex<()>>,
}

impl<Inner> OneAtATime<Inner> {
	fn new(inner: Inner) -> Self {
		Self { inner, turn: Arc::default() }
	}
}

impl<Inner: Clone> Clone for OneAtATime<Inner> {
	fn clone(&self) -> Self {
		Self { inner: self.inner.clone(), turn: self.turn.clone() }
	}
}

#[async_trait]
impl<Inner: BlockImport<Block> + Send + Sync> BlockImport<Block> for OneAtATime<Inner> {
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
		let _turn = self.turn.lock().await;
		self.inner.import_block(block).await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use parity_scale_codec::Encode;
	use std::sync::atomic::{AtomicUsize, Ordering};

	#[test]
	fn the_floor_is_found_where_genesis_puts_it() {
		use sc_service::ChainSpec as _;
		let spec = crate::chain_spec::load("dev").expect("the runtime is built in");
		let storage = spec.as_storage_builder().build_storage().expect("the genesis builds");
		let parameters = storage.top.get(&parameters_key().0).expect("it has parameters");
		let floor = floor_in(parameters).expect("they are what is expected");
		assert!(floor > U256::one() && floor < U256::from(1_000_000), "{floor}");
	}

	#[test]
	fn senseless_parameters_are_refused() {
		assert_eq!(floor_in(&[]), None);
		assert_eq!(floor_in(&(1u64, U256::zero()).encode()), None);
		assert_eq!(floor_in(&(1u64, U256::one(), 0u8).encode()), None);
	}

	/// Notes how many imports ran side by side.
	#[derive(Clone, Default)]
	struct Crowd {
		inside: Arc<AtomicUsize>,
		most: Arc<AtomicUsize>,
	}

	#[async_trait]
	impl BlockImport<Block> for Crowd {
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
			let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
			self.most.fetch_max(inside, Ordering::SeqCst);
			tokio::task::yield_now().await;
			self.inside.fetch_sub(1, Ordering::SeqCst);
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
		let crowd = Crowd::default();
		let import = OneAtATime::new(crowd.clone());
		let other = import.clone();
		let imports = (0..8).map(|n| if n % 2 == 0 { &import } else { &other });
		let results =
			futures::future::join_all(imports.map(|import| import.import_block(block()))).await;
		assert!(results.iter().all(Result::is_ok));
		assert_eq!(crowd.most.load(Ordering::SeqCst), 1);
	}
}
