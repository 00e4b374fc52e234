//! Follows the chain: the entries that a new or a retracted block touched are read again at the new
//! head.

use super::{
	genesis::{Genesis, OtherChain},
	view::Shared,
	Block, ChainState, Enrolment, Head, HeadHashes, NotEnrolled, Registration, SourceError,
	Touched, View,
};
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId, AccountId, H256};
use std::{
	collections::{BTreeSet, VecDeque},
	time::Duration,
};
use tokio::time::{timeout, Instant};

/// The number of blocks that are kept with the entries that they touched. After a deeper
/// reorganisation, everything is read again.
const KEPT_BLOCKS: usize = 512;

/// The time limit for the pool and the heads.
const HEADS_TIMEOUT: Duration = Duration::from_secs(5);

/// The time limit for all reads at one pair of heads.
const STEP_TIMEOUT: Duration = Duration::from_secs(120);

/// The wait after an error.
const RETRY: Duration = Duration::from_secs(1);

/// The reason why the view cannot be brought to the present heads.
#[derive(Debug, thiserror::Error)]
enum FollowError {
	#[error(transparent)]
	Source(#[from] SourceError),
	#[error("the node did not answer in time")]
	Slow,
	#[error(transparent)]
	OtherChain(#[from] OtherChain),
	/// No kept block is an ancestor of the head.
	#[error("a reorganisation goes deeper than the blocks that are kept")]
	Deep,
}

/// The state of following between two steps.
#[derive(Default)]
struct Memory {
	/// Blocks of the best chain, oldest first, each the parent of the next.
	path: VecDeque<Block>,
	/// None before the first block is read.
	enrolment: Option<Result<Enrolment, NotEnrolled>>,
}

impl Memory {
	/// The acting provider; the zero ID, which no subject has, if there is none.
	fn provider(&self) -> SubjectId {
		match &self.enrolment {
			Some(Ok(enrolment)) => enrolment.provider,
			_ => SubjectId::default(),
		}
	}
}

impl View {
	/// Follows the chain and never returns. `account` is that of the gatekeeper. The state of a node of
	/// another chain than `genesis` allows is not used, nor that of another chain than the one on which
	/// the gatekeeper was enrolled first.
	pub async fn follow(&self, account: &AccountId, mut genesis: Genesis) {
		let mut memory = Memory::default();
		// The outcome that was logged last.
		let mut logged = None;
		loop {
			let step = timeout(STEP_TIMEOUT, self.step(&mut memory, account, &genesis)).await;
			let step = step.unwrap_or(Err(FollowError::Slow));
			self.shared.write().status.connected = step.is_ok();
			let Err(error) = step else {
				if matches!(memory.enrolment, Some(Ok(_))) {
					genesis.stored = genesis.stored.or(self.shared.read().status.genesis);
				}
				if logged.replace(true) == Some(false) {
					tracing::info!(target: "medrec::chain", "the chain is followed again");
				}
				self.source.changed().await;
				continue;
			};
			memory = Memory::default();
			if !matches!(error, FollowError::Deep) {
				if logged.replace(false) != Some(false) {
					tracing::warn!(target: "medrec::chain", %error, "the chain cannot be followed; retrying");
				}
				tokio::time::sleep(RETRY).await;
			}
		}
	}

	/// Brings the view to the present heads.
	async fn step(
		&self,
		memory: &mut Memory,
		account: &AccountId,
		required: &Genesis,
	) -> Result<(), FollowError> {
		let genesis = self.source.genesis().await?;
		required.check(genesis)?;
		let heads = timeout(HEADS_TIMEOUT, async {
			self.refresh_pool().await?;
			Ok::<_, FollowError>(self.source.heads().await?)
		});
		let heads = heads.await.unwrap_or(Err(FollowError::Slow))?;
		let known = self.shared.read().status;
		let same = known.genesis == Some(genesis)
			&& known.best.is_some_and(|best| best.hash == heads.best)
			&& known.finalized.is_some_and(|finalized| finalized.hash == heads.finalized);
		if same && !memory.path.is_empty() {
			return Ok(());
		}

		let enrolment = self.read_enrolment(&heads, account).await?;
		if memory.path.is_empty() || memory.enrolment.as_ref() != Some(&enrolment) {
			memory.enrolment = Some(enrolment);
			self.load(memory, &heads, genesis).await?;
		} else {
			self.advance_best(memory, &heads).await?;
			self.advance_final(memory, &heads).await?;
		}
		// Again, since calls may have arrived while the blocks were read.
		self.refresh_pool().await
	}

	async fn refresh_pool(&self) -> Result<(), FollowError> {
		let requested = Instant::now();
		let pool = self.source.pending().await?;
		let shared = &mut *self.shared.write();
		shared.pool_read = Some(requested);
		shared.pending.refresh(shared.best.head.number, pool);
		Ok(())
	}

	/// The enrolment of `account`, if it is the same at both heads.
	async fn read_enrolment(
		&self,
		heads: &HeadHashes,
		account: &AccountId,
	) -> Result<Result<Enrolment, NotEnrolled>, FollowError> {
		let best = self.source.registration(&heads.best, account).await?;
		let finalized = self.source.registration(&heads.finalized, account).await?;
		Ok(Registration::common(&best, &finalized))
	}

	/// Reads everything. Until then, the view is not connected, and the previous state is not used.
	async fn load(
		&self,
		memory: &mut Memory,
		heads: &HeadHashes,
		genesis: H256,
	) -> Result<(), FollowError> {
		self.shared.write().status.connected = false;
		let provider = memory.provider();
		let block = self.source.block(&heads.best).await?;
		let finalized = self.source.block(&heads.finalized).await?.head;
		let mut states =
			[ChainState::new(provider, block.head), ChainState::new(provider, finalized)];
		for state in &mut states {
			let updates = self.source.load(&state.head.hash, &provider).await?;
			state.advance(state.head, updates);
		}
		memory.path = [block].into();
		let [best, finalized] = states;
		let shared = &mut *self.shared.write();
		shared.status.genesis = Some(genesis);
		let enrolment = memory.enrolment.clone().unwrap_or(Err(NotEnrolled::Unknown));
		shared.status.provider = enrolment.as_ref().ok().map(|enrolment| enrolment.provider);
		shared.status.device = enrolment.as_ref().ok().map(|enrolment| enrolment.device);
		shared.best = best;
		shared.finalized = finalized;
		shared.note_heads();
		tracing::debug!(
			target: "medrec::chain",
			best = shared.best.head.number,
			finalized = shared.finalized.head.number,
			enrolled = enrolment.is_ok(),
			"the state of the chain was read"
		);
		self.enrolment.send_replace(Some(enrolment));
		Ok(())
	}

	async fn advance_best(
		&self,
		memory: &mut Memory,
		heads: &HeadHashes,
	) -> Result<(), FollowError> {
		let position = |hash: &H256| memory.path.iter().position(|block| block.head.hash == *hash);
		let (enacted, kept) = self.blocks_since(memory, &heads.best, position).await?;
		let retracted = memory.path.range(kept + 1..);
		let touched = touched(retracted.chain(&enacted), |relationship| {
			self.shared.read().best.relationship(relationship).is_some()
		});
		let head = enacted.last().or(memory.path.get(kept)).map(|block| block.head);
		let Some(head) = head else { return Err(FollowError::Deep) };
		let updates = self.source.read(&head.hash, &memory.provider(), &touched).await?;

		memory.path.truncate(kept + 1);
		memory.path.extend(enacted);
		while memory.path.len() > KEPT_BLOCKS {
			memory.path.pop_front();
		}
		let shared = &mut *self.shared.write();
		shared.best.advance(head, updates);
		shared.pending.forget(head.number);
		shared.note_heads();
		Ok(())
	}

	async fn advance_final(&self, memory: &Memory, heads: &HeadHashes) -> Result<(), FollowError> {
		let known = self.shared.read().finalized.head;
		if known.hash == heads.finalized {
			return Ok(());
		}
		let is_known = |hash: &H256| (*hash == known.hash).then_some(());
		let (enacted, ()) = self.blocks_since(memory, &heads.finalized, is_known).await?;
		let head = enacted.last().map_or(known, |block| block.head);
		let touched = touched(&enacted, |relationship| {
			self.shared.read().finalized.relationship(relationship).is_some()
		});
		let updates = self.source.read(&head.hash, &memory.provider(), &touched).await?;
		let shared = &mut *self.shared.write();
		shared.finalized.advance(head, updates);
		shared.note_heads();
		Ok(())
	}

	/// The blocks up to `hash`, oldest first, after the nearest ancestor for which `known` returns a
	/// value, and that value. [`FollowError::Deep`] if there is no such ancestor among the last 512 blocks.
	async fn blocks_since<T>(
		&self,
		memory: &Memory,
		hash: &H256,
		known: impl Fn(&H256) -> Option<T>,
	) -> Result<(Vec<Block>, T), FollowError> {
		let mut blocks = Vec::new();
		let mut hash = *hash;
		loop {
			if let Some(reached) = known(&hash) {
				blocks.reverse();
				return Ok((blocks, reached));
			}
			if blocks.len() == KEPT_BLOCKS {
				return Err(FollowError::Deep);
			}
			let kept = memory.path.iter().find(|block| block.head.hash == hash);
			let block = match kept {
				Some(block) => block.clone(),
				None => self.source.block(&hash).await?,
			};
			if block.head.number == 0 {
				return Err(FollowError::Deep);
			}
			hash = block.parent;
			blocks.push(block);
		}
	}
}

impl Shared {
	fn note_heads(&mut self) {
		let known = |head: Head| (head != Head::default()).then_some(head);
		self.status.best = known(self.best.head);
		self.status.finalized = known(self.finalized.head);
	}
}

/// The entries of this provider that `blocks` touched, without those that
/// [`Touched::Everything`] contains. `known` is whether a relationship is the provider's.
fn touched<'a>(
	blocks: impl IntoIterator<Item = &'a Block>,
	known: impl Fn(&RelationshipId) -> bool,
) -> Vec<Touched> {
	let all: BTreeSet<Touched> =
		blocks.into_iter().flat_map(|block| block.touched.iter().copied()).collect();
	let is_read = |touched: &Touched| match touched {
		Touched::Relationship(relationship)
		| Touched::Record(relationship, _)
		| Touched::Grant(relationship, _) => {
			known(relationship) && !all.contains(&Touched::Everything(*relationship))
		},
		_ => true,
	};
	all.iter().copied().filter(is_read).collect()
}

#[cfg(test)]
mod tests;
