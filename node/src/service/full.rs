//! A full node.

use super::{finality, network, new_partial, partial::Extras, voter::Voter, Options};
use crate::{
	keys, mining, rpc,
	types::{Backend, Client},
};
use medrec_runtime::{opaque::Block, Hash};
use sc_network::{
	config::{NetworkBackendType, SyncMode},
	Litep2pNetworkBackend, NetworkBackend, NetworkWorker,
};
use sc_service::{Configuration, Error, PartialComponents, SpawnTasksParams, TaskManager};

/// Starts a node. It runs until the tasks are dropped or an essential one ends.
///
/// # Errors
///
/// Fails if a component cannot start, for keys that the chain does not allow ([`keys::prepare`],
/// [`keys::check_chain`]), and for sync modes that do not verify the proof of work.
pub async fn run(mut config: Configuration, options: Options) -> Result<TaskManager, Error> {
	if !matches!(config.network.sync_mode, SyncMode::Full) {
		return Err(Error::Application(
			"other sync modes do not verify the proof of work of every block: use --sync full"
				.into(),
		));
	}
	// The runtime has no offchain workers and no session keys that derive from a seed.
	config.offchain_worker.enabled = false;
	config.dev_key_seed = None;
	match config.network.network_backend {
		NetworkBackendType::Litep2p => start::<Litep2pNetworkBackend>(config, options),
		NetworkBackendType::Libp2p => start::<NetworkWorker<Block, Hash>>(config, options),
	}
}

fn start<N: NetworkBackend<Block, Hash>>(
	config: Configuration,
	options: Options,
) -> Result<TaskManager, Error> {
	let PartialComponents {
		client,
		backend,
		mut task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool: pool,
		other: Extras { block_import: import, algorithm, grandpa, mut telemetry },
	} = new_partial(&config)?;
	let keystore = keystore_container.keystore();
	let chain_type = config.chain_spec.chain_type();
	keys::prepare(&keystore, &chain_type, &options.dev_identity)?;
	keys::check_chain(&client, &chain_type)?;

	let registry = config.prometheus_registry().cloned();
	let handle = telemetry.as_ref().map(|telemetry| telemetry.handle());
	let (params, votes) =
		network::prepare::<N>(&config, client.clone(), pool.clone(), import_queue, &task_manager)?;
	let (network, system_rpc_tx, tx_handler_controller, sync, _) =
		sc_service::build_network(params)?;
	let voter = Voter::new(&config, votes, network.clone(), sync.clone(), &keystore, &handle);
	let rpc = rpc::Components::new(client.clone(), pool.clone(), backend.clone(), &grandpa);
	let (status, voter_state) = (rpc.status.clone(), rpc.voter_state.clone());
	sc_service::spawn_tasks::<_, Backend, _, _, Client>(SpawnTasksParams {
		config,
		client: client.clone(),
		backend,
		task_manager: &mut task_manager,
		keystore: keystore.clone(),
		transaction_pool: pool.clone(),
		rpc_builder: Box::new(move |tasks| rpc::module(&rpc, tasks).map_err(Into::into)),
		network,
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	let monitor = finality::monitor(client.clone(), sync.clone(), registry.as_ref())?;
	task_manager.spawn_handle().spawn("finality-monitor", None, monitor);
	if let Some(voter) = voter {
		voter.start(grandpa, voter_state, pool.clone(), &task_manager)?;
	}
	if let Some(settings) = options.mining {
		let components = mining::Components {
			client,
			algorithm,
			select_chain,
			pool,
			import,
			sync,
			keystore,
			telemetry: handle,
		};
		mining::start(components, settings, status, &task_manager, registry.as_ref())?;
	}
	Ok(task_manager)
}
