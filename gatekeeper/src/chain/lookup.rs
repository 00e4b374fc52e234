//! Single reads at the final block, for commands that do not follow the chain.

use super::{ChainState, Source, SourceError, Stale, Status, Touched};
use crate::config::ChainConfig;
use medrec_primitives::{identity::SubjectId, H256};

/// The reason why the final state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
	/// The node did not answer.
	#[error(transparent)]
	Source(#[from] SourceError),
	/// The node follows another chain than `chain.genesis` of the configuration.
	#[error("the node follows another chain than `chain.genesis` names: its genesis is {0:?}")]
	OtherChain(H256),
	/// The best block of the node is too old or in the future.
	#[error("{0}; nothing can be decided by the state of this node")]
	Stale(Stale),
}

/// Reads `entries` at the final block. The node is subject to the same rules as in the running
/// service: its genesis and the age of its best block must fit `config`.
pub async fn read_final(
	source: &dyn Source,
	config: &ChainConfig,
	entries: &[Touched],
) -> Result<ChainState, LookupError> {
	let genesis = source.genesis().await?;
	if config.genesis.is_some_and(|configured| configured != genesis) {
		return Err(LookupError::OtherChain(genesis));
	}
	let heads = source.heads().await?;
	let best = source.block(&heads.best).await?.head;
	let finalized = source.block(&heads.finalized).await?.head;
	Status { connected: true, best: Some(best), ..Status::default() }
		.check_age(medrec_client::now(), config.max_head_age, config.clock_tolerance)
		.map_err(LookupError::Stale)?;
	// Nothing of a provider is read: only entries that belong to no subject.
	let no_provider = SubjectId::default();
	let mut state = ChainState::new(no_provider, finalized);
	state.advance(finalized, source.read(&finalized.hash, &no_provider, entries).await?);
	Ok(state)
}
