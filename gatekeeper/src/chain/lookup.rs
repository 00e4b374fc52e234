//! Single reads at the final block, for commands that do not follow the chain.

use super::{ChainState, Genesis, Head, OtherChain, Source, SourceError, Stale, Status, Touched};
use crate::config::ChainConfig;
use medrec_primitives::{identity::SubjectId, H256};

/// The reason why the final state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
	/// The node did not answer.
	#[error(transparent)]
	Source(#[from] SourceError),
	/// The node follows another chain.
	#[error(transparent)]
	OtherChain(#[from] OtherChain),
	/// The best block of the node is too old or in the future.
	#[error("{0}; wait until the node is in step with the chain")]
	Stale(Stale),
}

/// The heads of a node whose chain is allowed and whose best block is recent.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
	/// The genesis of the chain.
	pub genesis: H256,
	/// The best block.
	pub best: Head,
	/// The final block.
	pub finalized: Head,
}

/// Reads the heads. The node is subject to the same rules as in the running service: its chain must be
/// one that `genesis` allows, and the age of its best block must fit `config`.
pub async fn read_heads(
	source: &dyn Source,
	config: &ChainConfig,
	genesis: &Genesis,
) -> Result<Heads, LookupError> {
	let found = source.genesis().await?;
	genesis.check(found)?;
	let heads = source.heads().await?;
	let best = source.block(&heads.best).await?.head;
	let finalized = source.block(&heads.finalized).await?.head;
	Status { connected: true, best: Some(best), ..Status::default() }
		.check_age(medrec_client::now(), config.max_head_age, config.clock_tolerance)
		.map_err(LookupError::Stale)?;
	Ok(Heads { genesis: found, best, finalized })
}

/// Reads `entries` at the final block, under the rules of [`read_heads`].
pub async fn read_final(
	source: &dyn Source,
	config: &ChainConfig,
	genesis: &Genesis,
	entries: &[Touched],
) -> Result<ChainState, LookupError> {
	let Heads { finalized, .. } = read_heads(source, config, genesis).await?;
	// Nothing of a provider is read: only entries that belong to no subject.
	let no_provider = SubjectId::default();
	let mut state = ChainState::new(no_provider, finalized);
	state.advance(finalized, source.read(&finalized.hash, &no_provider, entries).await?);
	Ok(state)
}
