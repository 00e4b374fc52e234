//! The GRANDPA voter.

use super::{finality::JUSTIFICATION_PERIOD, network::VoteProtocol};
use crate::{
	chain_spec::is_development,
	types::{Components, GrandpaLink},
};
use sc_consensus_grandpa::{run_grandpa_voter, Config, GrandpaParams};
use sc_network::service::traits::NetworkService;
use sc_service::{ChainType, Configuration, Error, TaskManager};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use std::{sync::Arc, time::Duration};

/// The expected time for a vote to reach all voters. The timeouts of a round are multiples of it.
fn gossip_duration(chain: &ChainType) -> Duration {
	// Development chains have a block time of a second, and nodes on one machine.
	Duration::from_millis(if is_development(chain) { 100 } else { 333 })
}

/// Spawns the voter, which reports to the node's `voter_state`, unless the configuration disables
/// GRANDPA. On a node that is no authority, or holds no finality key, it only follows the votes.
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
	config: &Configuration,
	node: &Components,
	network: Arc<dyn NetworkService>,
	protocol: VoteProtocol,
	link: GrandpaLink,
	tasks: &TaskManager,
) -> Result<(), Error> {
	if config.disable_grandpa {
		return Ok(());
	}
	let voter = run_grandpa_voter(GrandpaParams {
		config: Config {
			gossip_duration: gossip_duration(&config.chain_spec.chain_type()),
			justification_generation_period: JUSTIFICATION_PERIOD,
			observer_enabled: false,
			local_role: config.role,
			name: Some(config.network.node_name.clone()),
			keystore: config.role.is_authority().then(|| node.keystore.clone()),
			telemetry: node.telemetry.clone(),
			protocol_name: protocol.name,
		},
		link,
		network,
		sync: node.sync.clone(),
		notification_service: protocol.service,
		voting_rule: (),
		prometheus_registry: config.prometheus_registry().cloned(),
		shared_voter_state: node.voter_state.clone(),
		telemetry: node.telemetry.clone(),
		offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(node.pool.clone()),
	})?;
	tasks.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_gossip_duration_is_longer_on_live_chains() {
		assert!(gossip_duration(&ChainType::Live) > gossip_duration(&ChainType::Local));
	}
}
