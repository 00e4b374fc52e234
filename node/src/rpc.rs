//! What the node answers to JSON-RPC beyond the standard methods.

mod medrec;
mod mining;

use crate::{
	mining::Status,
	service::{Backend, Client, GrandpaLink, Pool},
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

/// What answers are drawn from.
pub struct Context {
	/// The chain.
	client: Arc<Client>,
	/// Transactions that wait.
	pool: Arc<Pool>,
	/// How mining goes.
	pub status: Arc<Status>,
	/// Who votes on finality.
	authorities: SharedAuthoritySet<Hash, BlockNumber>,
	/// How the vote stands.
	pub voter_state: SharedVoterState,
	/// Proofs of finality as they come.
	justifications: GrandpaJustificationStream<Block>,
	/// Proofs of finality that are kept.
	proofs: Arc<FinalityProofProvider<Backend, Block>>,
}

impl Context {
	/// Draws from the chain and the pool, and from what the voter tells. Mining has not begun and
	/// the voter has not said anything yet.
	pub fn new(
		client: Arc<Client>,
		pool: Arc<Pool>,
		backend: Arc<Backend>,
		link: &GrandpaLink,
	) -> Self {
		let authorities = link.shared_authority_set();
		Self {
			client,
			pool,
			status: Arc::default(),
			authorities: authorities.clone(),
			voter_state: SharedVoterState::empty(),
			justifications: link.justification_stream(),
			proofs: FinalityProofProvider::new_for_service(backend, Some(authorities.clone())),
		}
	}
}

/// The node's own methods: `system_accountNextIndex` and `system_dryRun`, `grandpa_*`, `medrec_*`,
/// `mining_status`.
///
/// # Errors
///
/// If two methods have the same name.
pub fn module(
	context: &Context,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
	let Context { client, pool, status, .. } = context;
	let mut module = RpcModule::new(());
	let system = System::<_, _, Block>::new(client.clone(), pool.clone());
	module.merge(SystemApiServer::<Hash, AccountId, Nonce>::into_rpc(system))?;
	let grandpa = Grandpa::new(
		executor.clone(),
		context.authorities.clone(),
		context.voter_state.clone(),
		context.justifications.clone(),
		context.proofs.clone(),
	);
	module.merge(grandpa.into_rpc())?;
	module.merge(medrec::methods(client.clone(), pool.clone(), executor))?;
	module.merge(mining::methods(client.clone(), status.clone()))?;
	Ok(module)
}

/// The code of errors of the runtime, beside those that JSON-RPC reserves.
const RUNTIME_ERROR: i32 = 7001;

/// What a caller is told when the runtime does not answer: an unknown block, or one whose state
/// was pruned.
fn runtime_error(error: ApiError) -> ErrorObjectOwned {
	ErrorObjectOwned::owned(RUNTIME_ERROR, "the runtime does not answer", Some(error.to_string()))
}
