//! The proof-of-work algorithm for `sc-consensus-pow`.

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
use schnellru::{ByLength, LruMap};
use sp_api::ProvideRuntimeApi;
use sp_consensus_pow::{DifficultyApi, Seal as RawSeal};
use sp_runtime::{generic::BlockId, traits::Block as BlockT};
use std::{marker::PhantomData, sync::Arc};

const LOG_TARGET: &str = "pow";

/// The number of cached difficulties. The import of a block reads that of its parent several times;
/// the others serve short forks.
const CACHE_SIZE: u32 = 1024;

/// The difficulties of the most recently used parents.
type Cache = Mutex<LruMap<H256, Difficulty>>;

/// Verifies seals against the runtime at the parent block. Clones share one cache.
pub struct MedrecPow<B, C> {
	client: Arc<C>,
	minimum_difficulty: Difficulty,
	cache: Arc<Cache>,
	block: PhantomData<fn() -> B>,
}

impl<B, C> Clone for MedrecPow<B, C> {
	fn clone(&self) -> Self {
		MedrecPow {
			client: self.client.clone(),
			minimum_difficulty: self.minimum_difficulty,
			cache: self.cache.clone(),
			block: PhantomData,
		}
	}
}

impl<B, C> MedrecPow<B, C> {
	/// An algorithm with the state of `client`. Before the parent of a block is known, its work must
	/// meet `minimum_difficulty`.
	pub fn new(client: Arc<C>, minimum_difficulty: Difficulty) -> Self {
		let cache = Arc::new(Mutex::new(LruMap::new(ByLength::new(CACHE_SIZE))));
		MedrecPow { client, minimum_difficulty, cache, block: PhantomData }
	}
}

impl<B, C> MedrecPow<B, C>
where
	B: BlockT<Hash = H256>,
	C: ProvideRuntimeApi<B>,
	C::Api: DifficultyApi<B, U256> + MedrecApi<B>,
{
	/// Checks the seal of a block on `parent`: the seal in itself ([`Seal::check`]), that its key is the
	/// mining key of the author that `pre_digest` names, and that this author is eligible to mine.
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
		if let Some(difficulty) = self.cache.lock().get(&parent) {
			return Ok(*difficulty);
		}
		let difficulty = self
			.client
			.runtime_api()
			.difficulty(parent)
			.map_err(|error| PowError::Runtime(error.to_string()))?;
		self.cache.lock().insert(parent, difficulty);
		Ok(difficulty)
	}

	/// Checks the seal in itself against the minimum difficulty.
	fn preliminary_verify(
		&self,
		pre_hash: &H256,
		seal: &RawSeal,
	) -> Result<Option<bool>, PowError<B>> {
		let result =
			Seal::read(seal).and_then(|seal| seal.check(pre_hash, self.minimum_difficulty));
		if let Err(error) = &result {
			log::debug!(target: LOG_TARGET, "Rejected the seal of {pre_hash:?}: {error}");
		}
		Ok(Some(result.is_ok()))
	}

	/// The lower work wins, in whichever order the seals came.
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
			return Err(PowError::Other("the parent is not given by its hash".into()));
		};
		match self.check(*parent, pre_hash, pre_digest, seal, difficulty) {
			Ok(()) => Ok(true),
			Err(Error::Runtime(error)) => Err(PowError::Runtime(error.to_string())),
			Err(error) => {
				log::debug!(target: LOG_TARGET, "Rejected the block {pre_hash:?}: {error}");
				Ok(false)
			},
		}
	}
}
