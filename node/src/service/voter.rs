//! The vote on finality.

use super::{finality, network::Votes, pipeline::GrandpaLink, Pool};
use crate::chain_spec::is_development;
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

/// How long a vote is expected to travel. Rounds of voting go by multiples of it.
fn gossip_duration(chain: &ChainType) -> Duration {
	// Development chains have blocks of a second, and nodes on one machine.
	Duration::from_millis(if is_development(chain) { 100 } else { 333 })
}

/// What a voter on finality needs. A node that is no authority, or holds no voter's key, follows the
/// votes.
pub struct Voter {
	config: Config,
	network: Arc<dyn NetworkService>,
	sync: Arc<SyncingService<Block>>,
	votes: Box<dyn NotificationService>,
	registry: Option<Registry>,
}

impl Voter {
	/// A voter; none if the configuration wants none.
	pub fn new(
		config: &Configuration,
		votes: Votes,
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
				protocol_name: votes.protocol,
			},
			network,
			sync,
			votes: votes.service,
			registry: config.prometheus_registry().cloned(),
		};
		(!config.disable_grandpa).then_some(voter)
	}

	/// Starts to vote, or to follow the votes, and tells `state` how they stand.
	///
	/// Votes are for the best block itself. The usual rules hold them back (two blocks behind the
	/// best, three quarters of what is not final), so that voters seldom vote apart. Here a grant
	/// counts when its block is final, and blocks are far apart against the time that votes travel;
	/// where voters do see different best blocks, the votes agree on the last block before the fork,
	/// which is about what the rules would have said.
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
			notification_service: self.votes,
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
	fn votes_are_given_more_time_where_they_travel_far() {
		assert!(gossip_duration(&ChainType::Live) > gossip_duration(&ChainType::Local));
	}
}
