//! The configuration of the network.

use crate::types::{Client, Pool};
use medrec_runtime::{opaque::Block, Hash};
use sc_consensus::DefaultImportQueue;
use sc_consensus_grandpa::{grandpa_peers_set_config, protocol_standard_name};
use sc_network::{
	config::FullNetworkConfiguration, NetworkBackend, NotificationService, ProtocolName,
};
use sc_service::{BuildNetworkParams, Configuration, TaskManager};
use sp_blockchain::HeaderBackend;
use std::sync::Arc;

/// The parameters of `sc_service::build_network`.
pub type Params<'a, N> = BuildNetworkParams<'a, Block, N, Pool, DefaultImportQueue<Block>, Client>;

/// The notification protocol of GRANDPA votes.
pub struct VoteProtocol {
	/// The name of the protocol.
	pub name: ProtocolName,
	/// Sends and receives votes.
	pub service: Box<dyn NotificationService>,
}

/// The network parameters of the configuration, and the protocol of votes among them.
pub fn prepare<'a, N: NetworkBackend<Block, Hash>>(
	config: &'a Configuration,
	client: Arc<Client>,
	transaction_pool: Arc<Pool>,
	import_queue: DefaultImportQueue<Block>,
	tasks: &TaskManager,
) -> (Params<'a, N>, VoteProtocol) {
	let registry = config.prometheus_registry();
	let metrics = N::register_notification_metrics(registry);
	let mut net_config =
		FullNetworkConfiguration::<Block, Hash, N>::new(&config.network, registry.cloned());
	let name = protocol_standard_name(&client.info().genesis_hash, &config.chain_spec);
	let (votes_config, service) = grandpa_peers_set_config::<Block, N>(
		name.clone(),
		metrics.clone(),
		net_config.peer_store_handle(),
	);
	net_config.add_notification_protocol(votes_config);

	let params = BuildNetworkParams {
		config,
		net_config,
		client,
		transaction_pool,
		spawn_handle: tasks.spawn_handle(),
		spawn_essential_handle: tasks.spawn_essential_handle(),
		import_queue,
		block_announce_validator_builder: None,
		// Warp sync does not verify the proof of work.
		warp_sync_config: None,
		block_relay: None,
		metrics,
		gap_sync_body_policy: None,
	};
	(params, VoteProtocol { name, service })
}
