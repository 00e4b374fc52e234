//! A full node.

use super::{
	banner::Banner, finality, informant, network, new_partial, pipeline::Pipeline, ports, voter,
};
use crate::{
	keys::{self, DevIdentity},
	logs, metrics, mining, rpc,
	types::{Backend, Client, Components},
};
use medrec_runtime::{opaque::Block, Hash};
use sc_consensus_grandpa::SharedVoterState;
use sc_network::{
	config::{NetworkBackendType, SyncMode},
	Litep2pNetworkBackend, NetworkBackend, NetworkWorker,
};
use sc_service::{Configuration, Error, PartialComponents, SpawnTasksParams, TaskManager};

/// Starts a node with the keys of `identities`, which mines if there are settings for it. It runs until
/// the tasks are dropped or an essential one ends.
///
/// # Errors
///
/// Fails if a component cannot start, for ports that are taken ([`ports::claim`]), for keys that the chain does not allow ([`keys::prepare`],
/// [`keys::check_chain`]), and for sync modes that do not verify the proof of work.
pub async fn run(
	mut config: Configuration,
	mining: Option<mining::Settings>,
	identities: &[DevIdentity],
) -> Result<TaskManager, Error> {
	if !matches!(config.network.sync_mode, SyncMode::Full) {
		return Err(Error::Application(
			"other sync modes do not verify the proof of work of every block: use --sync full"
				.into(),
		));
	}
	// The runtime has no offchain workers and no session keys that derive from a seed.
	config.offchain_worker.enabled = false;
	config.dev_key_seed = None;
	ports::claim(&mut config)?;
	match config.network.network_backend {
		NetworkBackendType::Litep2p => start::<Litep2pNetworkBackend>(config, mining, identities),
		NetworkBackendType::Libp2p => {
			start::<NetworkWorker<Block, Hash>>(config, mining, identities)
		},
	}
}

fn start<N: NetworkBackend<Block, Hash>>(
	config: Configuration,
	mining: Option<mining::Settings>,
	identities: &[DevIdentity],
) -> Result<TaskManager, Error> {
	let PartialComponents {
		client,
		backend,
		task_manager: mut tasks,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool: pool,
		other: (Pipeline { import, algorithm, grandpa }, mut telemetry),
	} = new_partial(&config)?;
	let keystore = keystore_container.keystore();
	let chain = config.chain_spec.chain_type();
	keys::prepare(&keystore, &chain, identities)
		.and_then(|()| keys::check_chain(&client, &chain))
		// The tasks of the components end with them, and would be logged as failed.
		.inspect_err(|_| logs::stop())?;

	let (params, votes) =
		network::prepare::<N>(&config, client.clone(), pool.clone(), import_queue, &tasks);
	let (network, system_rpc_tx, tx_handler_controller, sync, _) =
		sc_service::build_network(params)?;
	let node = Components {
		client,
		algorithm,
		select_chain,
		pool,
		import,
		sync,
		keystore,
		voter_state: SharedVoterState::empty(),
		telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
	};
	let status = mining::SharedStatus::default();
	let methods = rpc::module(&node, backend.clone(), &grandpa, status.clone(), &tasks)?;

	let banner = Banner::new(&config, mining.is_some());
	let registry = config.prometheus_registry().cloned();
	if let Some(registry) = &registry {
		metrics::register_build_info(registry)?;
	}
	finality::start_monitor(&node, &tasks, registry.as_ref())?;
	voter::start(&config, &node, network.clone(), votes, grandpa, &tasks)?;
	// All that the RPC serves exists by now.
	let handlers = sc_service::spawn_tasks::<_, Backend, _, _, Client>(SpawnTasksParams {
		config,
		client: node.client.clone(),
		backend,
		task_manager: &mut tasks,
		keystore: node.keystore.clone(),
		transaction_pool: node.pool.clone(),
		rpc_builder: Box::new(move |_| Ok(methods.clone())),
		network: network.clone(),
		system_rpc_tx,
		tx_handler_controller,
		sync_service: node.sync.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;
	banner.log(&node, handlers.listen_addresses(), network, &tasks);
	informant::start(&node, &tasks);
	if let Some(settings) = mining {
		mining::start(node, settings, status, &tasks, registry.as_ref())?;
	}
	Ok(tasks)
}
