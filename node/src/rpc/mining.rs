//! `mining_status`: how mining goes on this node.

use super::runtime_error;
use crate::{mining::Status, service::Client};
use jsonrpsee::{core::RpcResult, proc_macros::rpc, RpcModule};
use medrec_primitives::{identity::SubjectId, work::Difficulty, BlockNumber, Moment};
use medrec_runtime::Hash;
use serde::{Deserialize, Serialize};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus_pow::DifficultyApi;
use std::sync::Arc;

/// A block by its number and hash.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BlockRef {
	/// Its number.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: Hash,
}

/// How mining goes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct MiningStatus {
	/// Whether the node searches for a nonce right now.
	pub mining: bool,
	/// As whom it mines; none if it was not told to mine or holds no active miner's key.
	pub miner: Option<SubjectId>,
	/// How many threads search, when there is something to search for.
	pub threads: usize,
	/// The most of a core that each of them takes, in percent.
	pub duty: u8,
	/// How many hashes they do a second, averaged over some seconds.
	pub hashrate: f64,
	/// The difficulty of the block after the best one: the hashes that it takes on average.
	pub difficulty: Difficulty,
	/// The best block.
	pub best: BlockRef,
	/// The first time that a block of the miner after the best one may have, in Unix milliseconds.
	pub eligible_at: Option<Moment>,
	/// How many blocks were built to be mined.
	pub builds: u64,
	/// How many nonces were found for them.
	pub found: u64,
	/// How many of those were too late.
	pub stale: u64,
	/// How many of those were in time, and were refused or not signed.
	pub failed: u64,
}

/// How mining goes on this node.
#[rpc(server, namespace = "mining")]
pub trait Mining {
	/// How mining goes right now.
	#[method(name = "status", blocking)]
	fn status(&self) -> RpcResult<MiningStatus>;
}

/// Answers from the chain and the miner.
pub struct Mining {
	client: Arc<Client>,
	status: Arc<Status>,
}

/// The methods, answered from these.
pub fn methods(client: Arc<Client>, status: Arc<Status>) -> RpcModule<Mining> {
	Mining { client, status }.into_rpc()
}

impl MiningServer for Mining {
	fn status(&self) -> RpcResult<MiningStatus> {
		let best = self.client.info();
		let difficulty =
			self.client.runtime_api().difficulty(best.best_hash).map_err(runtime_error)?;
		let state = self.status.state();
		Ok(MiningStatus {
			mining: state.mining,
			miner: state.miner,
			threads: state.settings.map_or(0, |settings| settings.threads),
			duty: state.settings.map_or(0, |settings| settings.duty),
			hashrate: state.rate,
			difficulty,
			best: BlockRef { number: best.best_number, hash: best.best_hash },
			eligible_at: state.eligible_at,
			builds: self.status.builds(),
			found: self.status.finds(),
			stale: self.status.stales(),
			failed: self.status.failures(),
		})
	}
}
