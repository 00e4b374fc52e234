//! The JSON-RPC methods beyond those of `sc-service`.

mod medrec;
mod mining;
mod pool;

use crate::{
	mining::SharedStatus,
	types::{Backend, Components, GrandpaLink},
};
use jsonrpsee::{types::ErrorObjectOwned, RpcModule};
use medrec::{Medrec, MedrecServer};
use medrec_primitives::{AccountId, Nonce};
use medrec_runtime::{opaque::Block, Hash};
use mining::{Mining, MiningServer};
use pool::{PoolEvents, PoolEventsServer};
use sc_consensus_grandpa::FinalityProofProvider;
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_service::TaskManager;
use sp_api::ApiError;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// The methods `system_accountNextIndex`, `system_dryRun`, `grandpa_*`, `medrec_*` and
/// `mining_status`.
///
/// # Errors
///
/// Fails if two methods have the same name.
pub fn module(
	node: &Components,
	backend: Arc<Backend>,
	link: &GrandpaLink,
	status: SharedStatus,
	tasks: &TaskManager,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
	let (client, pool) = (node.client.clone(), node.pool.clone());
	let executor = Arc::new(tasks.spawn_handle());
	let authorities = link.shared_authority_set();
	let proofs = FinalityProofProvider::new_for_service(backend, Some(authorities.clone()));
	let grandpa = Grandpa::new(
		executor.clone(),
		authorities.clone(),
		node.voter_state.clone(),
		link.justification_stream(),
		proofs,
	);
	let system = System::<_, _, Block>::new(client.clone(), pool.clone());

	let mut module = RpcModule::new(());
	module.merge(SystemApiServer::<Hash, AccountId, Nonce>::into_rpc(system))?;
	module.merge(grandpa.into_rpc())?;
	module.merge(Medrec { client: client.clone() }.into_rpc())?;
	module.merge(PoolEvents { pool, executor }.into_rpc())?;
	module.merge(Mining { client, status }.into_rpc())?;
	Ok(module)
}

/// The error code of [`runtime_error`], outside of the range that JSON-RPC reserves.
const RUNTIME_ERROR: i32 = 7001;

/// The error of a runtime call that fails, for example at a block whose state was pruned.
fn runtime_error(error: ApiError) -> ErrorObjectOwned {
	ErrorObjectOwned::owned(RUNTIME_ERROR, "the runtime call failed", Some(error.to_string()))
}
