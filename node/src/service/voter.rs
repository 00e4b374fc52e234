//! The GRANDPA voter.

use super::{finality, network::VoteProtocol};
use crate::{
	chain_spec::is_development,
	types::{GrandpaLink, Pool},
};
use medrec_runtime::opaque::Block;
use sc_consensus_grandpa::{run_grandpa_voter, Config, GrandpaParams, SharedVoterState};
use sc_network::{service::traits::NetworkService, NotificationService};
use sc_network_sync::SyncingService;
use sc_service::{ChainType, Configuration, Error, TaskManager};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_keystore::KeystorePtr;
use std::{sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;

/// The expected time for a vote to reach all voters. The timeouts of a round are multiples of it.
fn gossip_duration(chain: &ChainType) -> Duration {
	// Development chains have a block time of a second, and nodes on one machine.
	Duration::from_millis(if is_development(chain) { 100 } else { 333 })
}

/// The GRANDPA voter before it starts. A node that is no authority, or holds no finality key, only
/// follows the votes.
pub struct Voter {
	config: Config,
	network: Arc<dyn NetworkService>,
	sync: Arc<SyncingService<Block>>,
	protocol: Box<dyn NotificationService>,
	registry: Option<Registry>,
}

impl Voter {
	/// The voter of this configuration, `None` if it disables GRANDPA.
	pub fn new(
		config: &Configuration,
		protocol: VoteProtocol,
		network: Arc<dyn NetworkService>,
		sync: Arc<SyncingService<Block>>,
		keystore: &KeystorePtr,
		telemetry: &Option<TelemetryHandle>,
	) -> Option<Self> {
		let voter = Self {
			config: Config {
				gossip_duration: gossip_duration(&config.chain_spec.chain_type()),
				justification_generation_period: finality::JUSTIFICATION_PERIOD,
				observer_enabled: false,
				local_role: config.role,
				name: Some(config.network.node_name.clone()),
				keystore: config.role.is_authority().then(|| keystore.clone()),
				telemetry: telemetry.clone(),
				protocol_name: protocol.name,
			},
			network,
			sync,
			protocol: protocol.service,
			registry: config.prometheus_registry().cloned(),
		};
		(!config.disable_grandpa).then_some(voter)
	}

	/// Spawns the voter, which reports to `state`.
	///
	/// The voter votes for the best block itself. The default rules vote for an older block (two blocks
	/// behind the best, at most three quarters of the blocks that are not final), so that voters rarely
	/// disagree. Here a permission counts when its block is final, and the time between blocks is long
	/// compared with the time that a vote travels. If voters see different best blocks, their votes
	/// agree on the last block before the fork, which is about what the default rules would choose.
	///
	/// # Errors
	///
	/// Fails if the stored state of GRANDPA cannot be read.
	pub fn start(
		self,
		link: GrandpaLink,
		state: SharedVoterState,
		pool: Arc<Pool>,
		tasks: &TaskManager,
	) -> Result<(), Error> {
		let telemetry = self.config.telemetry.clone();
		let voter = run_grandpa_voter(GrandpaParams {
			config: self.config,
			link,
			network: self.network,
			sync: self.sync,
			notification_service: self.protocol,
			voting_rule: (),
			prometheus_registry: self.registry,
			shared_voter_state: state,
			telemetry,
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(pool),
		})?;
		tasks.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_gossip_duration_is_longer_on_live_chains() {
		assert!(gossip_duration(&ChainType::Live) > gossip_duration(&ChainType::Local));
	}
}
