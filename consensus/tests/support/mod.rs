//! A client with a scripted runtime.

use medrec_primitives::{
	identity::{MiningKey, SubjectId},
	runtime_api::MedrecApi,
	work::{Difficulty, U256},
	Moment, H256,
};
use parking_lot::Mutex;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_consensus_pow::DifficultyApi;
use sp_runtime::{generic, traits::BlakeTwo256, OpaqueExtrinsic};
use std::{collections::HashMap, sync::Arc};

/// Blocks as the node sees them.
pub type Block = generic::Block<generic::Header<u32, BlakeTwo256>, OpaqueExtrinsic>;

/// The answers of the runtime at one block.
#[derive(Clone, Default)]
pub struct State {
	/// The difficulty of the next block.
	pub difficulty: Difficulty,
	/// The active miners.
	pub miners: Vec<(SubjectId, MiningKey)>,
	/// The earliest timestamps of their next blocks.
	pub eligible: HashMap<SubjectId, Moment>,
}

/// A client that knows some blocks and counts the runtime calls.
#[derive(Clone, Default)]
pub struct Client {
	/// The state at each known block.
	pub states: Arc<Mutex<HashMap<H256, State>>>,
	/// The number of runtime calls.
	pub calls: Arc<Mutex<usize>>,
}

impl Client {
	fn call<R>(&self, at: H256, answer: impl FnOnce(&State) -> R) -> Result<R, ApiError> {
		*self.calls.lock() += 1;
		let states = self.states.lock();
		states.get(&at).map(answer).ok_or(ApiError::UnknownBlock(format!("{at:?}")))
	}
}

impl ProvideRuntimeApi<Block> for Client {
	type Api = Client;

	fn runtime_api(&self) -> ApiRef<'_, Client> {
		self.clone().into()
	}
}

sp_api::mock_impl_runtime_apis! {
	impl DifficultyApi<Block, U256> for Client {
		#[advanced]
		fn difficulty(&self, at: H256) -> Result<U256, ApiError> {
			self.call(at, |state| state.difficulty)
		}
	}

	impl MedrecApi<Block> for Client {
		#[advanced]
		fn miners(&self, at: H256) -> Result<Vec<(SubjectId, MiningKey)>, ApiError> {
			self.call(at, |state| state.miners.clone())
		}

		#[advanced]
		fn eligible(&self, at: H256, miner: SubjectId) -> Result<Option<Moment>, ApiError> {
			self.call(at, |state| state.eligible.get(&miner).copied())
		}
	}
}
