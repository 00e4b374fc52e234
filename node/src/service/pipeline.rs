//! The import pipeline: `Pow(Grandpa(client))`, behind [`CheckedImport`].

use super::{checked_import::CheckedImport, finality::JUSTIFICATION_PERIOD};
use crate::types::{Algorithm, Client, GrandpaLink, SelectChain};
use medrec_primitives::{runtime_api::MedrecApi, work::Difficulty};
use medrec_runtime::opaque::Block;
use sc_consensus::{BoxBlockImport, DefaultImportQueue};
use sc_consensus_grandpa::GrandpaApi;
use sc_consensus_pow::PowBlockImport;
use sc_service::{Error, TaskManager};
use sc_telemetry::TelemetryHandle;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use std::sync::Arc;
use substrate_prometheus_endpoint::Registry;

/// The parts of the import pipeline that a full node uses.
pub struct Pipeline {
	/// Imports the node's own blocks.
	pub import: BoxBlockImport<Block>,
	/// The proof-of-work algorithm.
	pub algorithm: Algorithm,
	/// The link to the GRANDPA voter.
	pub grandpa: GrandpaLink,
}

/// Builds the import pipeline, with the queue that feeds it the blocks of peers.
///
/// # Errors
///
/// Fails if the state of GRANDPA cannot be loaded, or if the chain has no voters or no minimum
/// difficulty.
pub fn build(
	client: Arc<Client>,
	select_chain: SelectChain,
	tasks: &TaskManager,
	registry: Option<&Registry>,
	telemetry: Option<TelemetryHandle>,
) -> Result<(DefaultImportQueue<Block>, Pipeline), Error> {
	ensure_voters(&client)?;
	let (grandpa_import, grandpa) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry,
	)?;
	let algorithm = Algorithm::new(client.clone(), minimum_difficulty(&client)?);
	let pow_import = PowBlockImport::new(
		grandpa_import.clone(),
		client,
		algorithm.clone(),
		0,
		select_chain,
		|_, ()| async { Ok(sp_timestamp::InherentDataProvider::from_system_time()) },
	);
	let import = CheckedImport::new(pow_import, algorithm.clone());
	let queue = sc_consensus_pow::import_queue(
		Box::new(import.clone()),
		Some(Box::new(grandpa_import)),
		algorithm.clone(),
		&tasks.spawn_essential_handle(),
		registry,
	)?;
	Ok((queue, Pipeline { import: Box::new(import), algorithm, grandpa }))
}

/// Checks that the chain has voters, without whom the voter of GRANDPA panics. A chain specification in its
/// raw form is used as it is.
fn ensure_voters(client: &Client) -> Result<(), Error> {
	let voters = client
		.runtime_api()
		.grandpa_authorities(client.info().best_hash)
		.map_err(|error| Error::Application(Box::new(error)))?;
	if voters.is_empty() {
		return Err(Error::Application(
			"the genesis of this chain has no voters; correct the chain \
			specification: registrar.providers"
				.into(),
		));
	}
	Ok(())
}

/// The minimum difficulty, which the genesis fixes for the life of the chain.
fn minimum_difficulty(client: &Client) -> Result<Difficulty, Error> {
	client
		.runtime_api()
		.minimum_difficulty(client.info().best_hash)
		.map_err(|error| Error::Application(Box::new(error)))
		.and_then(ensure_not_zero)
}

/// No work meets a difficulty of zero, which a runtime returns if its genesis sets no minimum.
fn ensure_not_zero(difficulty: Difficulty) -> Result<Difficulty, Error> {
	if difficulty.is_zero() {
		return Err(Error::Application(
			"the genesis of this chain sets no minimum difficulty; correct the chain specification"
				.into(),
		));
	}
	Ok(difficulty)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_chain_without_a_minimum_difficulty_is_rejected() {
		assert!(ensure_not_zero(Difficulty::zero()).is_err());
		assert!(matches!(ensure_not_zero(Difficulty::one()), Ok(one) if one == Difficulty::one()));
	}
}
