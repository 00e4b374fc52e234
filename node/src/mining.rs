//! Mining: building blocks, searching for their nonces, sealing and importing them.
//!
//! One task ([`worker`]) keeps a block ready on the best one, rebuilds it when the chain or the pool
//! changes, and imports it once a nonce is found. Search threads ([`search`]) take what to search
//! for from it and give back what they find. The decisions between are small and pure: what to
//! remember ([`builds`]), what to give up ([`underway`]), when to rebuild ([`pace`]), how much of a
//! core to take ([`duty`]), as whom to mine ([`miner`]).
//!
//! The crate that this builds on has a worker of its own; it does not rebuild while the best block
//! stays the same, so that a transaction waits for the next but one.

mod builder;
mod templates;
mod duty;
mod metrics;
mod miner;
mod pace;
mod rate;
mod search;
mod status;
mod pending_build;
mod worker;

pub use status::Status;

use crate::service::{Algorithm, Client, Pool, SelectChain};
use builder::Builder;
use duty::Duty;
use medrec_consensus::ScalarSearch;
use medrec_runtime::opaque::Block;
use metrics::Metrics;
use sc_consensus::BoxBlockImport;
use sc_network_sync::SyncingService;
use sc_service::TaskManager;
use sc_telemetry::TelemetryHandle;
use sp_keystore::KeystorePtr;
use std::sync::Arc;
use substrate_prometheus_endpoint::{PrometheusError, Registry};
use tokio::sync::{mpsc, watch};

/// How to mine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
	/// How many threads search.
	pub threads: usize,
	/// The most of a core that each of them takes, in percent.
	pub duty: u8,
}

/// What mining needs of the node.
pub struct Parts {
	/// The chain.
	pub client: Arc<Client>,
	/// The rules of work.
	pub algorithm: Algorithm,
	/// Which block to mine on.
	pub select_chain: SelectChain,
	/// What to put into blocks.
	pub pool: Arc<Pool>,
	/// Where blocks go.
	pub import: BoxBlockImport<Block>,
	/// Whether the node has caught up, and where justifications are asked for.
	pub sync: Arc<SyncingService<Block>>,
	/// Where the miner's key is.
	pub keystore: KeystorePtr,
	/// Where telemetry goes.
	pub telemetry: Option<TelemetryHandle>,
}

/// Starts to mine, and tells `status` of it.
///
/// # Errors
///
/// If the registry has metrics of the same names already.
pub fn start(
	parts: Parts,
	settings: Settings,
	status: Arc<Status>,
	tasks: &TaskManager,
	registry: Option<&Registry>,
) -> Result<(), PrometheusError> {
	let metrics = registry.map(Metrics::register).transpose()?;
	let (work, to_search) = watch::channel(None);
	// Each thread finds one nonce for a build and waits for the next build.
	let (finds, found) = mpsc::channel(settings.threads.max(1));

	status.begin(settings);
	let builder = Builder::new(
		sc_basic_authorship::ProposerFactory::new(
			tasks.spawn_handle(),
			parts.client.clone(),
			parts.pool.clone(),
			registry,
			parts.telemetry.clone(),
		),
		parts.algorithm.clone(),
	);
	let worker = worker::Worker::new(parts, builder, status.clone(), metrics, work, found);
	// First: were there threads for some tasks only, it should be among them.
	tasks.spawn_essential_handle().spawn_blocking("mining-worker", Some("mining"), worker.run());
	for _ in 0..settings.threads {
		let search = search::run(
			ScalarSearch,
			Duty::percent(settings.duty),
			to_search.clone(),
			finds.clone(),
			status.clone(),
		);
		// A thread of its own each: it does not yield for milliseconds on end.
		tasks.spawn_handle().spawn_blocking("mining-search", Some("mining"), search);
	}
	Ok(())
}
