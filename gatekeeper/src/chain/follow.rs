//! Following the chain: what each block has touched is read again at the new head, and what a
//! retracted block had touched is, too.

use super::{view::Shared, Block, Ends, Enrolment, Head, ChainState, SourceError, Touched, View};
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId, AccountId, H256};
use std::{
	collections::{BTreeSet, VecDeque},
	time::Duration,
};
use tokio::time::{timeout, Instant};

/// How many blocks are remembered with what they touched. A reorganisation that goes deeper reads
/// everything anew.
const MEMORY: usize = 512;

/// How long the node may take to say where it stands.
const QUICK: Duration = Duration::from_secs(5);

/// How long the node may take to answer everything that is asked at one head.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long to wait before the node is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Why the state at a head is not known.
#[derive(Debug, thiserror::Error)]
enum FollowError {
	#[error(transparent)]
	Source(#[from] SourceError),
	#[error("the node did not answer in time")]
	Slow,
	#[error("the node is on another chain than the one configured: its genesis is {0:?}")]
	OtherChain(H256),
	/// The head is not connected with what is remembered.
	#[error("the chain was reorganised further back than is remembered")]
	Deep,
}

/// What is remembered between heads.
#[derive(Default)]
struct Memory {
	/// Blocks that were on the best chain, oldest first, each the parent of the next.
	path: VecDeque<Block>,
	enrolment: Option<Enrolment>,
}

impl Memory {
	/// The provider for which this gatekeeper acts; nobody if it acts for none.
	fn provider(&self) -> SubjectId {
		self.enrolment.map(|enrolment| enrolment.provider).unwrap_or_default()
	}
}

impl View {
	/// Follows the chain for ever, on behalf of the gatekeeper with this `account`. With a `genesis`,
	/// a node of another chain is refused.
	pub async fn follow(&self, account: &AccountId, genesis: Option<H256>) {
		let mut memory = Memory::default();
		// Nothing was heard of the node yet, good or bad.
		let mut heard = None;
		loop {
			let step = timeout(PATIENCE, self.step(&mut memory, account, genesis)).await;
			match step.unwrap_or(Err(FollowError::Slow)) {
				Ok(()) => {
					self.shared.write().status.connected = true;
					if heard.replace(true) != Some(true) {
						tracing::info!(target: "medrec::chain", "the chain is followed");
					}
					self.source.changed().await;
				},
				Err(FollowError::Deep) => {
					self.shared.write().status.connected = false;
					memory = Memory::default();
				},
				Err(error) => {
					self.shared.write().status.connected = false;
					if heard.replace(false) != Some(false) {
						tracing::warn!(target: "medrec::chain", %error, "the chain is not followed");
					}
					// Whatever happened meanwhile is read anew.
					memory = Memory::default();
					tokio::time::sleep(PAUSE).await;
				},
			}
		}
	}

	/// Brings the view to the present ends of the chain.
	async fn step(
		&self,
		memory: &mut Memory,
		account: &AccountId,
		pinned: Option<H256>,
	) -> Result<(), FollowError> {
		let genesis = self.source.genesis().await?;
		if pinned.is_some_and(|pinned| pinned != genesis) {
			return Err(FollowError::OtherChain(genesis));
		}
		let ends = timeout(QUICK, async {
			self.refresh_pool().await?;
			Ok::<_, FollowError>(self.source.ends().await?)
		});
		let ends = ends.await.unwrap_or(Err(FollowError::Slow))?;
		let known = self.shared.read().status;
		let same = known.genesis == Some(genesis)
			&& known.best.is_some_and(|best| best.hash == ends.best)
			&& known.finalized.is_some_and(|finalized| finalized.hash == ends.finalized);
		if same && !memory.path.is_empty() {
			return Ok(());
		}

		let enrolment = self.enrolment(&ends, account).await?;
		if memory.path.is_empty() || enrolment != memory.enrolment {
			memory.enrolment = enrolment;
			self.load(memory, &ends, genesis).await?;
		} else {
			self.advance_best(memory, &ends).await?;
			self.advance_final(memory, &ends).await?;
		}
		// The pool again: a call may have come while the blocks were read.
		self.refresh_pool().await
	}

	async fn refresh_pool(&self) -> Result<(), FollowError> {
		let asked = Instant::now();
		let pool = self.source.pending().await?;
		let shared = &mut *self.shared.write();
		shared.heard = Some(asked);
		shared.pending.refresh(shared.best.head.number, pool);
		Ok(())
	}

	/// As whom `account` acts, if both ends of the chain agree.
	async fn enrolment(
		&self,
		ends: &Ends,
		account: &AccountId,
	) -> Result<Option<Enrolment>, FollowError> {
		let best = self.source.enrolment(&ends.best, account).await?;
		let finalized = self.source.enrolment(&ends.finalized, account).await?;
		Ok(finalized.filter(|_| finalized == best))
	}

	/// Reads everything. Until that is done, nothing is decided by what was known before.
	async fn load(
		&self,
		memory: &mut Memory,
		ends: &Ends,
		genesis: H256,
	) -> Result<(), FollowError> {
		self.shared.write().status.connected = false;
		let provider = memory.provider();
		let block = self.source.block(&ends.best).await?;
		let finalized = self.source.block(&ends.finalized).await?.head;
		let mut mirrors = [ChainState::new(provider, block.head), ChainState::new(provider, finalized)];
		for mirror in &mut mirrors {
			let updates = self.source.load(&mirror.head.hash, &provider).await?;
			mirror.advance(mirror.head, updates);
		}
		memory.path = [block].into();
		let [best, finalized] = mirrors;
		let shared = &mut *self.shared.write();
		shared.status.genesis = Some(genesis);
		shared.status.provider = memory.enrolment.map(|enrolment| enrolment.provider);
		shared.status.device = memory.enrolment.map(|enrolment| enrolment.device);
		shared.best = best;
		shared.finalized = finalized;
		shared.note_heads();
		tracing::info!(
			target: "medrec::chain",
			best = shared.best.head.number,
			finalized = shared.finalized.head.number,
			enrolled = shared.status.provider.is_some(),
			"the state of the chain was read"
		);
		Ok(())
	}

	async fn advance_best(&self, memory: &mut Memory, ends: &Ends) -> Result<(), FollowError> {
		let (enacted, kept) = self
			.blocks_since(memory, &ends.best, |memory, hash| {
				memory.path.iter().position(|block| block.head.hash == *hash)
			})
			.await?;
		let Some(kept) = kept else { return Err(FollowError::Deep) };
		let retracted = memory.path.range(kept + 1..);
		let touched = touched(retracted.chain(&enacted), |relationship| {
			self.shared.read().best.relationship(relationship).is_some()
		});
		let head = enacted.last().or(memory.path.get(kept)).map(|block| block.head);
		let Some(head) = head else { return Err(FollowError::Deep) };
		let updates = self.source.read(&head.hash, &memory.provider(), &touched).await?;

		memory.path.truncate(kept + 1);
		memory.path.extend(enacted);
		while memory.path.len() > MEMORY {
			memory.path.pop_front();
		}
		let shared = &mut *self.shared.write();
		shared.best.advance(head, updates);
		shared.pending.forget(head.number);
		shared.note_heads();
		Ok(())
	}

	async fn advance_final(&self, memory: &Memory, ends: &Ends) -> Result<(), FollowError> {
		let known = self.shared.read().finalized.head;
		if known.hash == ends.finalized {
			return Ok(());
		}
		let (enacted, reached) = self
			.blocks_since(memory, &ends.finalized, |_, hash| (*hash == known.hash).then_some(0))
			.await?;
		if reached.is_none() {
			return Err(FollowError::Deep);
		}
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

	/// The blocks up to `hash`, oldest first, after the nearest one that `known` knows, and what
	/// `known` said of that one; none if it is too far away.
	async fn blocks_since(
		&self,
		memory: &Memory,
		hash: &H256,
		known: impl Fn(&Memory, &H256) -> Option<usize>,
	) -> Result<(Vec<Block>, Option<usize>), FollowError> {
		let mut blocks = Vec::new();
		let mut hash = *hash;
		let mut reached = known(memory, &hash);
		while reached.is_none() && blocks.len() < MEMORY {
			let remembered = memory.path.iter().find(|block| block.head.hash == hash);
			let block = match remembered {
				Some(block) => block.clone(),
				None => self.source.block(&hash).await?,
			};
			if block.head.number == 0 {
				return Ok((blocks, None));
			}
			hash = block.parent;
			blocks.push(block);
			reached = known(memory, &hash);
		}
		blocks.reverse();
		Ok((blocks, reached))
	}
}

impl Shared {
	fn note_heads(&mut self) {
		let known = |head: Head| (head != Head::default()).then_some(head);
		self.status.best = known(self.best.head);
		self.status.finalized = known(self.finalized.head);
	}
}

/// What any of `blocks` touched that may be of this provider, without what is contained in something
/// else. `known` says which relationships are this provider's.
fn touched<'a>(
	blocks: impl IntoIterator<Item = &'a Block>,
	known: impl Fn(&RelationshipId) -> bool,
) -> Vec<Touched> {
	let all: BTreeSet<Touched> =
		blocks.into_iter().flat_map(|block| block.touched.iter().copied()).collect();
	all.iter()
		.copied()
		.filter(|touched| match touched {
			Touched::Subject(_)
			| Touched::Everything(_)
			| Touched::Dataset(_)
			| Touched::Bounty(_) => true,
			Touched::Relationship(relationship)
			| Touched::Record(relationship, _)
			| Touched::Grant(relationship, _) => {
				known(relationship) && !all.contains(&Touched::Everything(*relationship))
			},
		})
		.collect()
}

#[cfg(test)]
mod tests;
