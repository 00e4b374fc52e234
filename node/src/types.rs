//! The concrete types of the node's components.

use medrec_consensus::MedrecPow;
use medrec_runtime::{opaque::Block, RuntimeApi};
use sc_executor::WasmExecutor;

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
