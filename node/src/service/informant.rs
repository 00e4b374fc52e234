//! The line about the progress of the chain, in the log.

use crate::{logs::Peers, types::Components};
use medrec_primitives::BlockNumber;
use sc_network_sync::types::SyncState;
use sc_service::TaskManager;
use sp_blockchain::HeaderBackend;
use std::{fmt, time::Duration};

/// The interval of the lines.
const INTERVAL: Duration = Duration::from_secs(15);

/// Spawns a task that logs the progress at an interval. It ends with the network.
pub fn start(node: &Components, tasks: &TaskManager) {
	let (client, sync) = (node.client.clone(), node.sync.clone());
	let informant = async move {
		loop {
			tokio::time::sleep(INTERVAL).await;
			let Ok(status) = sync.status().await else { return };
			let target = match status.state {
				SyncState::Idle => None,
				SyncState::Downloading { target } | SyncState::Importing { target } => Some(target),
			};
			let info = client.info();
			let progress = Progress {
				best: info.best_number,
				hash: info.best_hash,
				last_final: info.finalized_number,
				target,
				peers: sync.num_connected_peers(),
			};
			log::info!(target: "chain", "{progress}");
		}
	};
	tasks.spawn_handle().spawn("chain-progress", None, informant);
}

/// The progress of the chain on this node.
struct Progress<Hash> {
	best: BlockNumber,
	hash: Hash,
	last_final: BlockNumber,
	/// The block of the peers, while this node downloads blocks.
	target: Option<BlockNumber>,
	peers: usize,
}

impl<Hash: fmt::Display> fmt::Display for Progress<Hash> {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { best, hash, last_final, target, peers } = self;
		match target {
			Some(target) => write!(formatter, "Downloading blocks: {best} of {target}")?,
			None => write!(formatter, "Best block {best} ({hash})")?,
		}
		write!(formatter, ", final {last_final}, {}", Peers(*peers))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_line_counts_peers_in_words() {
		let mut progress =
			Progress { best: 7, hash: "0x12…34", last_final: 5, target: None, peers: 1 };
		assert_eq!(progress.to_string(), "Best block 7 (0x12…34), final 5, 1 peer");
		(progress.target, progress.peers) = (Some(900), 2);
		assert_eq!(progress.to_string(), "Downloading blocks: 7 of 900, final 5, 2 peers");
		assert_eq!(Peers(0).to_string(), "no peers");
	}
}
