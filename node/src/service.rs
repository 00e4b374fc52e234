//! A node's parts and how they are joined.
//!
//! Blocks are imported through two layers, `Pow(Grandpa(client))`: work orders them, the votes of
//! providers make them final.

mod finality;
mod full;
mod network;
mod partial;
mod pipeline;
mod seal_first;
mod telemetry;
mod voter;

use crate::{keys::DevIdentity, mining::Settings};
use medrec_consensus::MedrecPow;
use medrec_runtime::{opaque::Block, RuntimeApi};
use sc_executor::WasmExecutor;

pub use full::run;
pub use partial::new_partial;
pub use pipeline::GrandpaLink;

/// What a runtime may call of its host.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = sp_io::SubstrateHostFunctions;

/// What a runtime may call of its host.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions =
	(sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);

/// The chain and its state.
pub type Client = sc_service::TFullClient<Block, RuntimeApi, WasmExecutor<HostFunctions>>;

/// Where they are kept.
pub type Backend = sc_service::TFullBackend<Block>;

/// Transactions that wait to be mined.
pub type Pool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;

/// The rules of work.
pub type Algorithm = MedrecPow<Block, Client>;

/// Which chain is the best: the one with the most work, as the import decided.
pub type SelectChain = sc_consensus::LongestChain<Backend, Block>;

/// What a node does beyond following.
#[derive(Clone, Debug, Default)]
pub struct Options {
	/// How to mine, if at all.
	pub mining: Option<Settings>,
	/// Which parts of a development chain to dev_identity.
	pub dev_identity: Vec<DevIdentity>,
}
