//! The components of a node, and their concrete types.

use medrec_consensus::MedrecPow;
use medrec_runtime::{opaque::Block, RuntimeApi};
use sc_consensus::BoxBlockImport;
use sc_consensus_grandpa::SharedVoterState;
use sc_executor::WasmExecutor;
use sc_network_sync::SyncingService;
use sc_telemetry::TelemetryHandle;
use sp_keystore::KeystorePtr;
use std::sync::Arc;

/// The host functions that a runtime may call.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = sp_io::SubstrateHostFunctions;

/// The host functions that a runtime may call.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions =
	(sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);

/// The client of the chain, with its state.
pub type Client = sc_service::TFullClient<Block, RuntimeApi, WasmExecutor<HostFunctions>>;

/// The database of the chain.
pub type Backend = sc_service::TFullBackend<Block>;

/// The transaction pool.
pub type Pool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;

/// The proof-of-work algorithm.
pub type Algorithm = MedrecPow<Block, Client>;

/// Selects the best chain, which the import sets to the one with the most work.
pub type SelectChain = sc_consensus::LongestChain<Backend, Block>;

/// The link from the block import to the GRANDPA voter.
pub type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, Client, SelectChain>;

/// The components of a running node that the miner, the voter and the RPC methods use.
pub struct Components {
	/// The client of the chain.
	pub client: Arc<Client>,
	/// The proof-of-work algorithm.
	pub algorithm: Algorithm,
	/// Selects the best block.
	pub select_chain: SelectChain,
	/// The transaction pool.
	pub pool: Arc<Pool>,
	/// Imports the node's own blocks.
	pub import: BoxBlockImport<Block>,
	/// Reports whether the node is syncing, and requests justifications.
	pub sync: Arc<SyncingService<Block>>,
	/// Holds the keys of the miner and of the voter.
	pub keystore: KeystorePtr,
	/// The state of the voter, which the voter fills in.
	pub voter_state: SharedVoterState,
	/// Receives telemetry, `None` if the configuration names no server.
	pub telemetry: Option<TelemetryHandle>,
}
