//! `mining_status`: the status of the miner of this node.

use super::runtime_error;
use crate::{
	mining::{MinerStatus, SharedStatus},
	types::Client,
};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use medrec_primitives::{work::Difficulty, BlockNumber};
use medrec_runtime::Hash;
use serde::Serialize;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus_pow::DifficultyApi;
use std::sync::Arc;

/// The best block of the node.
#[derive(Clone, Debug, Serialize)]
pub struct BestBlock {
	/// Its number.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: Hash,
}

/// The status of the miner, and the block on which it mines.
#[derive(Clone, Debug, Serialize)]
pub struct MiningStatus {
	/// The status of the miner.
	#[serde(flatten)]
	pub miner: MinerStatus,
	/// The difficulty of the block after the best one: the expected number of hashes.
	pub difficulty: Difficulty,
	/// The best block.
	pub best: BestBlock,
}

/// The RPC interface of the miner.
#[rpc(server, namespace = "mining")]
pub trait Mining {
	/// The current status of the miner.
	#[method(name = "status", blocking)]
	fn status(&self) -> RpcResult<MiningStatus>;
}

/// Implements [`MiningServer`].
pub struct Mining {
	/// The client of the chain.
	pub client: Arc<Client>,
	/// The status of the miner.
	pub status: SharedStatus,
}

impl MiningServer for Mining {
	fn status(&self) -> RpcResult<MiningStatus> {
		let info = self.client.info();
		let best = BestBlock { number: info.best_number, hash: info.best_hash };
		let difficulty = self.client.runtime_api().difficulty(best.hash).map_err(runtime_error)?;
		// Locked last: a runtime call under the lock would stop the search threads.
		Ok(MiningStatus { miner: *self.status.lock(), difficulty, best })
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_status_is_one_flat_object() {
		let status = MiningStatus {
			miner: MinerStatus { hashes: 1, found: 2, ..Default::default() },
			difficulty: 40_000.into(),
			best: BestBlock { number: 7, hash: Hash::zero() },
		};
		let json = serde_json::to_value(status).expect("it is JSON");
		assert_eq!(
			json,
			serde_json::json!({
				"mining": false,
				"miner": null,
				"threads": 0,
				"duty": 0,
				"hashrate": 0.0,
				"eligible_at": null,
				"builds": 0,
				"found": 2,
				"stale": 0,
				"failed": 0,
				"difficulty": "0x9c40",
				"best": { "number": 7, "hash": Hash::zero() },
			})
		);
	}
}
