//! The watch over how far finality is behind.

use super::Client;
use futures::StreamExt;
use medrec_primitives::BlockNumber;
use medrec_runtime::opaque::Block;
use sc_client_api::BlockchainEvents;
use sc_network_sync::SyncingService;
use sp_blockchain::HeaderBackend;
use sp_consensus::SyncOracle;
use std::{
	sync::Arc,
	time::{Duration, Instant},
};
use substrate_prometheus_endpoint::{register, Gauge, PrometheusError, Registry, U64};

/// Every how many blocks a proof of finality is kept, by which nodes that come later catch up.
pub const JUSTIFICATION_PERIOD: u32 = 64;

/// How many blocks finality may be behind before the node says so.
const TOLERATED_LAG: BlockNumber = 32;

/// How often it says so.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// How far finality is behind the best block, and when to speak of it.
struct Lag {
	spoke: Option<Instant>,
}

impl Lag {
	/// Whether, at `now`, a lag of so many blocks should be spoken of.
	fn speaks(&mut self, now: Instant, blocks: BlockNumber) -> bool {
		if blocks <= TOLERATED_LAG {
			self.spoke = None;
			return false;
		}
		let due = self.spoke.is_none_or(|spoke| now.saturating_duration_since(spoke) >= WARN_EVERY);
		if due {
			self.spoke = Some(now);
		}
		due
	}
}

/// Makes the watch over finality, with its gauge if there is a registry.
///
/// The chain goes on without its voters, and nothing in it stops; but no grant counts any more, so
/// somebody should know.
pub fn watch(
	client: Arc<Client>,
	sync: Arc<SyncingService<Block>>,
	registry: Option<&Registry>,
) -> Result<impl std::future::Future<Output = ()>, PrometheusError> {
	let gauge = registry
		.map(|registry| {
			let gauge = Gauge::<U64>::new(
				"medrec_finality_lag_blocks",
				"How many blocks the last final one is behind the best",
			)?;
			register(gauge, registry)
		})
		.transpose()?;

	Ok(async move {
		let imported = client.import_notification_stream().map(drop);
		let finalised = client.finality_notification_stream().map(drop);
		let mut changes = futures::stream::select(imported, finalised);
		let mut lag = Lag { spoke: None };
		while changes.next().await.is_some() {
			let info = client.info();
			let blocks = info.best_number.saturating_sub(info.finalized_number);
			if let Some(gauge) = &gauge {
				gauge.set(blocks.into());
			}
			if !sync.is_major_syncing() && lag.speaks(Instant::now(), blocks) {
				log::warn!(
					target: "finality",
					"finality is {blocks} blocks behind: votes of more than two thirds of the providers \
					 are needed and do not reach this node. Blocks are mined, but no new permission \
					 counts until they do",
				);
			}
		}
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_tolerated_lag_is_not_spoken_of() {
		let mut lag = Lag { spoke: None };
		assert!(!lag.speaks(Instant::now(), 0));
		assert!(!lag.speaks(Instant::now(), TOLERATED_LAG));
	}

	#[test]
	fn a_long_lag_is_spoken_of_at_intervals() {
		let mut lag = Lag { spoke: None };
		let start = Instant::now();
		assert!(lag.speaks(start, TOLERATED_LAG + 1));
		assert!(!lag.speaks(start + WARN_EVERY / 2, TOLERATED_LAG + 2));
		assert!(lag.speaks(start + WARN_EVERY, TOLERATED_LAG + 3));
	}

	#[test]
	fn a_lag_that_comes_back_is_spoken_of_at_once() {
		let mut lag = Lag { spoke: None };
		let start = Instant::now();
		assert!(lag.speaks(start, TOLERATED_LAG + 1));
		assert!(!lag.speaks(start, 0));
		assert!(lag.speaks(start + Duration::from_secs(1), TOLERATED_LAG + 1));
	}
}
