//! A running node.

use super::{
	finality::{self, JUSTIFICATION_PERIOD},
	new_partial,
	partial::Extras,
	Backend, Client, Options, Pool,
};
use crate::{keys, mining, rpc};
use medrec_runtime::{opaque::Block, Hash};
use sc_client_api::BlockBackend;
use sc_consensus_grandpa::{
	grandpa_peers_set_config, protocol_standard_name, run_grandpa_voter, FinalityProofProvider,
	GrandpaParams, SharedVoterState,
};
use sc_network::{
	config::{FullNetworkConfiguration, NetworkBackendType, SyncMode},
	service::traits::NetworkService,
	Litep2pNetworkBackend, NetworkBackend, NetworkWorker, NotificationService, ProtocolName,
};
use sc_network_sync::SyncingService;
use sc_service::{
	BuildNetworkParams, Configuration, Error, PartialComponents, SpawnTasksParams, TaskManager,
};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_keystore::KeystorePtr;
use std::sync::Arc;
use substrate_prometheus_endpoint::Registry;

/// Starts a node. It runs until the tasks are dropped or an essential one ends.
///
/// # Errors
///
/// If a part of it cannot start; also for keys that the chain does not allow ([`keys::prepare`])
/// and ways to sync that do not check the work.
pub async fn run(config: Configuration, options: Options) -> Result<TaskManager, Error> {
	match config.network.network_backend {
		NetworkBackendType::Litep2p => start::<Litep2pNetworkBackend>(config, options),
		NetworkBackendType::Libp2p => start::<NetworkWorker<Block, Hash>>(config, options),
	}
}

fn start<N: NetworkBackend<Block, Hash>>(
	mut config: Configuration,
	options: Options,
) -> Result<TaskManager, Error> {
	if !matches!(config.network.sync_mode, SyncMode::Full) {
		return Err(Error::Other("work is checked block by block: use --sync full".into()));
	}
	// There are no workers beside the chain, and no session keys to derive from a seed.
	config.offchain_worker.enabled = false;
	config.dev_key_seed = None;

	let PartialComponents {
		client,
		backend,
		mut task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool: pool,
		other: Extras { block_import, algorithm, grandpa, mut telemetry },
	} = new_partial(&config)?;
	let keystore = keystore_container.keystore();
	keys::prepare(&keystore, &config.chain_spec.chain_type(), &options.play)?;

	let registry = config.prometheus_registry().cloned();
	let mut net_config =
		FullNetworkConfiguration::<Block, Hash, N>::new(&config.network, registry.clone());
	let metrics = N::register_notification_metrics(registry.as_ref());
	let genesis =
		client.block_hash(0)?.ok_or_else(|| Error::Other("there is no genesis".into()))?;
	let protocol = protocol_standard_name(&genesis, &config.chain_spec);
	let (votes_config, votes) = grandpa_peers_set_config::<Block, N>(
		protocol.clone(),
		metrics.clone(),
		net_config.peer_store_handle(),
	);
	net_config.add_notification_protocol(votes_config);

	let (network, system_rpc_tx, tx_handler_controller, sync_service, _) =
		sc_service::build_network(BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: None,
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;

	let voter_state = SharedVoterState::empty();
	let status = Arc::new(mining::Status::default());
	let voter = (!config.disable_grandpa).then(|| Voter {
		config: voter_config(&config, protocol, &keystore, telemetry.as_ref().map(|t| t.handle())),
		network: network.clone(),
		sync: sync_service.clone(),
		votes,
		state: voter_state.clone(),
		pool: pool.clone(),
		registry: registry.clone(),
	});
	let rpc_builder = {
		let context = rpc::Context {
			client: client.clone(),
			pool: pool.clone(),
			status: status.clone(),
			authorities: grandpa.shared_authority_set().clone(),
			voter_state,
			justifications: grandpa.justification_stream(),
			proofs: FinalityProofProvider::new_for_service(
				backend.clone(),
				Some(grandpa.shared_authority_set().clone()),
			),
		};
		Box::new(move |executor| rpc::module(&context, executor).map_err(Into::into))
	};

	sc_service::spawn_tasks::<_, Backend, _, _, Client>(SpawnTasksParams {
		config,
		client: client.clone(),
		backend,
		task_manager: &mut task_manager,
		keystore: keystore.clone(),
		transaction_pool: pool.clone(),
		rpc_builder,
		network,
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync_service.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	let watch = finality::watch(client.clone(), sync_service.clone(), registry.as_ref())?;
	task_manager.spawn_handle().spawn("finality-watch", None, watch);
	if let Some(voter) = voter {
		voter.start(grandpa, &task_manager)?;
	}
	if let Some(settings) = options.mining {
		let parts = mining::Parts {
			client,
			algorithm,
			select_chain,
			pool,
			import: block_import,
			sync: sync_service,
			keystore,
			telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
		};
		mining::start(parts, settings, status, &task_manager, registry.as_ref())?;
	}
	Ok(task_manager)
}

/// What a voter on finality needs. A node without a key among the voters follows the votes.
struct Voter {
	config: sc_consensus_grandpa::Config,
	network: Arc<dyn NetworkService>,
	sync: Arc<SyncingService<Block>>,
	votes: Box<dyn NotificationService>,
	state: SharedVoterState,
	pool: Arc<Pool>,
	registry: Option<Registry>,
}

impl Voter {
	/// Starts to vote, or to follow the votes.
	///
	/// Votes are for the best block itself. The usual rules hold them back (two blocks behind the
	/// best, three quarters of what is not final), so that voters seldom vote apart. Here a grant
	/// counts when its block is final, and blocks are far apart against the time that votes travel;
	/// where voters do see different best blocks, the votes agree on the last block before the fork,
	/// which is about what the rules would have said.
	fn start(self, link: finality::Link, tasks: &TaskManager) -> Result<(), Error> {
		let telemetry = self.config.telemetry.clone();
		let voter = run_grandpa_voter(GrandpaParams {
			config: self.config,
			link,
			network: self.network,
			sync: self.sync,
			notification_service: self.votes,
			voting_rule: (),
			prometheus_registry: self.registry,
			shared_voter_state: self.state,
			telemetry,
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(self.pool),
		})?;
		tasks.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
		Ok(())
	}
}

fn voter_config(
	config: &Configuration,
	protocol_name: ProtocolName,
	keystore: &KeystorePtr,
	telemetry: Option<TelemetryHandle>,
) -> sc_consensus_grandpa::Config {
	sc_consensus_grandpa::Config {
		gossip_duration: finality::gossip_duration(&config.chain_spec.chain_type()),
		justification_generation_period: JUSTIFICATION_PERIOD,
		observer_enabled: false,
		local_role: config.role,
		name: Some(config.network.node_name.clone()),
		keystore: config.role.is_authority().then(|| keystore.clone()),
		telemetry,
		protocol_name,
	}
}
