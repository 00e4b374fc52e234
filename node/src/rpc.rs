//! The JSON-RPC methods beyond those of `sc-service`.

mod medrec;
mod mining;

use crate::{
	mining::SharedStatus,
	types::{Backend, Client, GrandpaLink, Pool},
};
use jsonrpsee::{types::ErrorObjectOwned, RpcModule};
use medrec_primitives::{AccountId, BlockNumber, Nonce};
use medrec_runtime::{opaque::Block, Hash};
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sp_api::ApiError;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// The components of the node that the methods use.
pub struct Components {
	client: Arc<Client>,
	pool: Arc<Pool>,
	/// The status of the miner.
	pub status: SharedStatus,
	/// The state of the GRANDPA voter.
	pub voter_state: SharedVoterState,
	authorities: SharedAuthoritySet<Hash, BlockNumber>,
	justifications: GrandpaJustificationStream<Block>,
	proofs: Arc<FinalityProofProvider<Backend, Block>>,
}

impl Components {
	/// The components with an empty miner status and an empty voter state, which the miner and the
	/// voter fill in.
	pub fn new(
		client: Arc<Client>,
		pool: Arc<Pool>,
		backend: Arc<Backend>,
		link: &GrandpaLink,
	) -> Self {
		let authorities = link.shared_authority_set().clone();
		Self {
			client,
			pool,
			status: SharedStatus::default(),
			voter_state: SharedVoterState::empty(),
			justifications: link.justification_stream(),
			proofs: FinalityProofProvider::new_for_service(backend, Some(authorities.clone())),
			authorities,
		}
	}
}

/// The methods `system_accountNextIndex`, `system_dryRun`, `grandpa_*`, `medrec_*` and
/// `mining_status`.
///
/// # Errors
///
/// Fails if two methods have the same name.
pub fn module(
	components: &Components,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
	let Components { client, pool, status, .. } = components;
	let mut module = RpcModule::new(());
	let system = System::<_, _, Block>::new(client.clone(), pool.clone());
	module.merge(SystemApiServer::<Hash, AccountId, Nonce>::into_rpc(system))?;
	let grandpa = Grandpa::new(
		executor.clone(),
		components.authorities.clone(),
		components.voter_state.clone(),
		components.justifications.clone(),
		components.proofs.clone(),
	);
	module.merge(grandpa.into_rpc())?;
	module.merge(medrec::methods(client.clone(), pool.clone(), executor))?;
	module.merge(mining::methods(client.clone(), status.clone()))?;
	Ok(module)
}

/// The error code of [`runtime_error`], outside of the range that JSON-RPC reserves.
const RUNTIME_ERROR: i32 = 7001;

/// The error of a runtime call that fails, as for an unknown block or one whose state was pruned.
fn runtime_error(error: ApiError) -> ErrorObjectOwned {
	ErrorObjectOwned::owned(RUNTIME_ERROR, "the runtime does not answer", Some(error.to_string()))
}
