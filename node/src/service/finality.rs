//! The monitor of the finality lag.

use crate::types::Components;
use futures::StreamExt;
use medrec_primitives::BlockNumber;
use sc_client_api::BlockchainEvents;
use sc_service::TaskManager;
use sp_blockchain::HeaderBackend;
use sp_consensus::SyncOracle;
use std::time::{Duration, Instant};
use substrate_prometheus_endpoint::{register, Gauge, PrometheusError, Registry, U64};

/// The number of blocks between two stored justifications. New nodes catch up by them.
pub const JUSTIFICATION_PERIOD: u32 = 64;

/// The finality lag, in blocks, above which the node logs a warning.
const TOLERATED_LAG: BlockNumber = 32;

/// The interval of the warnings.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// Limits the warnings about the finality lag to one per interval.
#[derive(Default)]
struct LagWarning {
	last: Option<Instant>,
}

impl LagWarning {
	/// Whether a warning about a lag of `blocks` is due at `now`.
	fn is_due(&mut self, now: Instant, blocks: BlockNumber) -> bool {
		if blocks <= TOLERATED_LAG {
			self.last = None;
			return false;
		}
		let due =
			self.last.is_none_or(|last| now.saturating_duration_since(last) >= WARNING_INTERVAL);
		if due {
			self.last = Some(now);
		}
		due
	}
}

/// The gauge of the finality lag, registered if there is a registry.
///
/// # Errors
///
/// Fails if the registry contains a metric of the same name.
pub fn lag_gauge(registry: Option<&Registry>) -> Result<Gauge<U64>, PrometheusError> {
	let gauge = Gauge::new(
		"medrec_finality_lag_blocks",
		"Blocks between the last finalised block and the best block",
	)?;
	match registry {
		Some(registry) => register(gauge, registry),
		None => Ok(gauge),
	}
}

/// Spawns a task that logs a warning while finality lags, and sets a gauge, which is registered if there
/// is a registry. Without finality the chain continues, but no new permission takes effect.
///
/// # Errors
///
/// Fails if the registry contains a metric of the same name.
pub fn start_monitor(
	node: &Components,
	tasks: &TaskManager,
	registry: Option<&Registry>,
) -> Result<(), PrometheusError> {
	let (client, sync) = (node.client.clone(), node.sync.clone());
	let gauge = lag_gauge(registry)?;
	let monitor = async move {
		let imported = client.import_notification_stream().map(drop);
		let finalised = client.finality_notification_stream().map(drop);
		let mut changes = futures::stream::select(imported, finalised);
		let mut warning = LagWarning::default();
		while changes.next().await.is_some() {
			let info = client.info();
			let blocks = info.best_number.saturating_sub(info.finalized_number);
			gauge.set(blocks.into());
			if !sync.is_major_syncing() && warning.is_due(Instant::now(), blocks) {
				log::warn!(
					target: "finality",
					"Finality is {blocks} blocks behind: this node does not receive the votes of more than \
					 two thirds of the providers. Blocks are mined, but no new permission counts until \
					 finality resumes",
				);
			}
		}
	};
	tasks.spawn_handle().spawn("finality-watch", None, monitor);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_tolerated_lag_causes_no_warning() {
		let mut warning = LagWarning::default();
		assert!(!warning.is_due(Instant::now(), 0));
		assert!(!warning.is_due(Instant::now(), TOLERATED_LAG));
	}

	#[test]
	fn a_long_lag_causes_a_warning_per_interval() {
		let mut warning = LagWarning::default();
		let start = Instant::now();
		assert!(warning.is_due(start, TOLERATED_LAG + 1));
		assert!(!warning.is_due(start + WARNING_INTERVAL / 2, TOLERATED_LAG + 2));
		assert!(warning.is_due(start + WARNING_INTERVAL, TOLERATED_LAG + 3));
	}

	#[test]
	fn a_recurring_lag_causes_a_warning_immediately() {
		let mut warning = LagWarning::default();
		let start = Instant::now();
		assert!(warning.is_due(start, TOLERATED_LAG + 1));
		assert!(!warning.is_due(start, 0));
		assert!(warning.is_due(start + Duration::from_secs(1), TOLERATED_LAG + 1));
	}
}
