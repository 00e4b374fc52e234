//! Mining: building block templates, searching for nonces, sealing and importing blocks.
//!
//! One task ([`worker`]) keeps a template on the best block, rebuilds it when the chain or the pool
//! changes, and imports it once a nonce is found. Search threads ([`search`]) receive jobs from it and
//! return solutions. The decisions between them are small and free of I/O: which templates to keep
//! ([`templates`]), when to abandon a build ([`pending_build`]), when to rebuild ([`rebuild`]), which
//! share of a core to use ([`duty_cycle`]), for which miner to mine ([`miner`]).
//!
//! The worker of `sc-consensus-pow` is not used: it does not rebuild a template while the best block
//! stays the same, so a transaction waits for the block after the next.

mod builder;
mod duty_cycle;
mod metrics;
mod miner;
mod pending_build;
mod rate;
mod rebuild;
mod search;
mod status;
mod templates;
mod worker;

pub use status::{MinerStatus, SharedStatus};

use crate::types::{Algorithm, Client, Pool, SelectChain};
use builder::Builder;
use duty_cycle::DutyCycle;
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

/// The settings of the miner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
	/// The number of search threads.
	pub threads: usize,
	/// The duty cycle of each search thread, in percent of a core.
	pub duty: u8,
}

/// The components of the node that the miner uses.
pub struct Components {
	/// The client of the chain.
	pub client: Arc<Client>,
	/// The proof-of-work algorithm.
	pub algorithm: Algorithm,
	/// Selects the best block, on which to mine.
	pub select_chain: SelectChain,
	/// The transactions to include.
	pub pool: Arc<Pool>,
	/// Imports sealed blocks.
	pub import: BoxBlockImport<Block>,
	/// Reports whether the node is syncing, and requests justifications.
	pub sync: Arc<SyncingService<Block>>,
	/// Holds the mining key.
	pub keystore: KeystorePtr,
	/// Receives the telemetry of block building.
	pub telemetry: Option<TelemetryHandle>,
}

/// Starts the worker and the search threads, which report to `status`.
///
/// # Errors
///
/// Fails if the registry contains metrics of the same names.
pub fn start(
	components: Components,
	settings: Settings,
	status: SharedStatus,
	tasks: &TaskManager,
	registry: Option<&Registry>,
) -> Result<(), PrometheusError> {
	let metrics = registry.map(Metrics::register).transpose()?;
	let (job_sender, jobs) = watch::channel(None);
	// A thread sends one solution for a job and waits for the next job.
	let (solution_sender, solutions) = mpsc::channel(settings.threads.max(1));

	{
		let mut status = status.lock();
		status.threads = settings.threads;
		status.duty = settings.duty;
	}
	let builder = Builder::new(
		sc_basic_authorship::ProposerFactory::new(
			tasks.spawn_handle(),
			components.client.clone(),
			components.pool.clone(),
			registry,
			components.telemetry.clone(),
		),
		components.algorithm.clone(),
	);
	let worker =
		worker::Worker::new(components, builder, status.clone(), metrics, job_sender, solutions);
	// Spawned before the search threads, so that it gets one of the blocking threads in any case.
	tasks.spawn_essential_handle().spawn_blocking("mining-worker", Some("mining"), worker.run());
	for _ in 0..settings.threads {
		let search = search::run(
			ScalarSearch,
			DutyCycle::percent(settings.duty),
			jobs.clone(),
			solution_sender.clone(),
			status.clone(),
		);
		// A search does not yield for milliseconds, so each has a thread of its own.
		tasks.spawn_handle().spawn_blocking("mining-search", Some("mining"), search);
	}
	Ok(())
}
