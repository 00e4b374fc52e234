//! The algorithm that `sc-consensus-pow` asks.

use crate::{Error, Seal};
use medrec_primitives::{
	identity::SubjectId,
	runtime_api::MedrecApi,
	work::{Difficulty, U256},
	H256,
};
use parity_scale_codec::DecodeAll;
use parking_lot::Mutex;
use sc_consensus_pow::{Error as PowError, PowAlgorithm};
use sp_api::ProvideRuntimeApi;
use sp_consensus_pow::{DifficultyApi, Seal as RawSeal};
use sp_runtime::{generic::BlockId, traits::Block as BlockT};
use std::{
	collections::{HashMap, VecDeque},
	marker::PhantomData,
	sync::Arc,
};

const LOG_TARGET: &str = "pow";

/// How many parents' difficulties are kept. A block asks for its parent's several times in close
/// succession; the rest is for short forks.
const CACHE: usize = 1024;

/// Difficulties by parent; where it is full, the oldest makes room.
#[derive(Default)]
struct Cache {
	known: HashMap<H256, Difficulty>,
	order: VecDeque<H256>,
}

impl Cache {
	fn insert(&mut self, parent: H256, difficulty: Difficulty) {
		if self.known.insert(parent, difficulty).is_some() {
			return;
		}
		self.order.push_back(parent);
		if self.order.len() > CACHE {
			if let Some(oldest) = self.order.pop_front() {
				self.known.remove(&oldest);
			}
		}
	}
}

/// Checks seals against the runtime at their parent. Clones share one cache.
pub struct MedrecPow<B, C> {
	client: Arc<C>,
	floor: Difficulty,
	cache: Arc<Mutex<Cache>>,
	block: PhantomData<fn() -> B>,
}

impl<B, C> Clone for MedrecPow<B, C> {
	fn clone(&self) -> Self {
		MedrecPow {
			client: self.client.clone(),
			floor: self.floor,
			cache: self.cache.clone(),
			block: PhantomData,
		}
	}
}

impl<B, C> MedrecPow<B, C> {
	/// An algorithm that asks `client`. The `floor` is the chain's minimum difficulty, against which
	/// work is checked before the parent is known.
	pub fn new(client: Arc<C>, floor: Difficulty) -> Self {
		MedrecPow { client, floor, cache: Default::default(), block: PhantomData }
	}
}

impl<B, C> MedrecPow<B, C>
where
	B: BlockT<Hash = H256>,
	C: ProvideRuntimeApi<B>,
	C::Api: DifficultyApi<B, U256> + MedrecApi<B>,
{
	/// Checks the seal of a block that follows `parent`: all it says of itself ([`Seal::check`]),
	/// and that it is by the mining key of the author whom `pre_digest` names, who may mine a block
	/// after `parent`.
	pub fn check(
		&self,
		parent: H256,
		pre_hash: &H256,
		pre_digest: Option<&[u8]>,
		seal: &[u8],
		difficulty: Difficulty,
	) -> Result<(), Error> {
		let seal = Seal::read(seal)?;
		seal.check(pre_hash, difficulty)?;

		let mut author = pre_digest.ok_or(Error::AuthorMissing)?;
		let author = SubjectId::decode_all(&mut author).map_err(|_| Error::AuthorMalformed)?;
		let api = self.client.runtime_api();
		let (_, key) = api
			.miners(parent)?
			.into_iter()
			.find(|(miner, _)| *miner == author)
			.ok_or(Error::AuthorNotMiner)?;
		if key != seal.key {
			return Err(Error::WrongKey);
		}
		api.eligible(parent, author)?.ok_or(Error::NotEligible)?;
		Ok(())
	}
}

impl<B, C> PowAlgorithm<B> for MedrecPow<B, C>
where
	B: BlockT<Hash = H256>,
	C: ProvideRuntimeApi<B> + Send + Sync,
	C::Api: DifficultyApi<B, U256> + MedrecApi<B>,
{
	type Difficulty = Difficulty;

	fn difficulty(&self, parent: H256) -> Result<Difficulty, PowError<B>> {
		if let Some(known) = self.cache.lock().known.get(&parent) {
			return Ok(*known);
		}
		let difficulty = self
			.client
			.runtime_api()
			.difficulty(parent)
			.map_err(|error| PowError::Runtime(error.to_string()))?;
		self.cache.lock().insert(parent, difficulty);
		Ok(difficulty)
	}

	/// Holds the seal to the chain's minimum difficulty, and to its own key.
	fn preliminary_verify(
		&self,
		pre_hash: &H256,
		seal: &RawSeal,
	) -> Result<Option<bool>, PowError<B>> {
		let verdict = Seal::read(seal).and_then(|seal| seal.check(pre_hash, self.floor));
		if let Err(error) = &verdict {
			log::debug!(target: LOG_TARGET, "Refused the seal under {pre_hash:?}: {error}");
		}
		Ok(Some(verdict.is_ok()))
	}

	/// The lower work wins, whichever came first.
	fn break_tie(&self, own_seal: &RawSeal, new_seal: &RawSeal) -> bool {
		match (Seal::read(own_seal), Seal::read(new_seal)) {
			(Ok(own), Ok(new)) => new.work < own.work,
			_ => false,
		}
	}

	fn verify(
		&self,
		parent: &BlockId<B>,
		pre_hash: &H256,
		pre_digest: Option<&[u8]>,
		seal: &RawSeal,
		difficulty: Difficulty,
	) -> Result<bool, PowError<B>> {
		let BlockId::Hash(parent) = parent else {
			return Err(PowError::Other("a parent is named by its hash".into()));
		};
		match self.check(*parent, pre_hash, pre_digest, seal, difficulty) {
			Ok(()) => Ok(true),
			Err(Error::Runtime(error)) => Err(PowError::Runtime(error.to_string())),
			Err(error) => {
				log::debug!(target: LOG_TARGET, "Refused the block {pre_hash:?}: {error}");
				Ok(false)
			},
		}
	}
}
