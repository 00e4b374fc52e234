//! The components of a node and their connections.
//!
//! Blocks are imported through two layers, `Pow(Grandpa(client))`: proof of work orders them, the votes
//! of providers finalise them.

mod finality;
mod full;
mod network;
mod partial;
mod pipeline;
mod seal_check;
mod telemetry;
mod voter;

use crate::{keys::DevIdentity, mining::Settings};
use medrec_consensus::MedrecPow;
use medrec_runtime::{opaque::Block, RuntimeApi};
use sc_executor::WasmExecutor;

pub use full::run;
pub use partial::new_partial;
pub use pipeline::GrandpaLink;

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

/// The options of a node beyond those of `sc-cli`.
#[derive(Clone, Debug, Default)]
pub struct Options {
	/// The settings of the miner, `None` if the node does not mine.
	pub mining: Option<Settings>,
	/// The identities of a development chain whose keys the node uses.
	pub dev_identity: Vec<DevIdentity>,
}
