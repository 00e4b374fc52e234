//! Mining: building block templates, searching for nonces, sealing and importing blocks.
//!
//! One task ([`worker`]) keeps a template on the best block, rebuilds it when the chain or the pool
//! changes, and imports it once a nonce is found. Search threads ([`search`]) receive jobs from it and
//! return solutions. The decisions between them are small and free of I/O: which templates to keep
//! ([`templates`]), when to abandon a build ([`pending_build`]), when to rebuild ([`rebuild`]), which
//! share of a core to use ([`duty_cycle`]), for which miner to mine ([`miner`]), what to report ([`phase`]).
//!
//! The worker of `sc-consensus-pow` is not used: it does not rebuild a template while the best block
//! stays the same, so a transaction waits for the block after the next.

mod builder;
mod duty_cycle;
pub mod metrics;
mod miner;
mod pending_build;
mod phase;
mod rate;
mod rebuild;
mod search;
mod status;
mod templates;
mod worker;

pub use status::{MinerStatus, SharedStatus};

use crate::types::Components;
use builder::Builder;
use duty_cycle::DutyCycle;
use medrec_consensus::ScalarSearch;
use sc_basic_authorship::ProposerFactory;
use sc_service::TaskManager;
use search::SearchThread;
use substrate_prometheus_endpoint::{PrometheusError, Registry};
use tokio::sync::{mpsc, watch};
use worker::Worker;

/// The settings of the miner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
	/// The number of search threads.
	pub threads: usize,
	/// The duty cycle of each search thread, in percent of a core.
	pub duty: u8,
}

/// Starts the worker and the search threads, which report to `status`.
///
/// # Errors
///
/// Fails if the registry contains metrics of the same names.
pub fn start(
	node: Components,
	settings: Settings,
	status: SharedStatus,
	tasks: &TaskManager,
	registry: Option<&Registry>,
) -> Result<(), PrometheusError> {
	if let Some(registry) = registry {
		metrics::register(&status, registry)?;
	}
	let Settings { threads, duty } = settings;
	*status.lock() = MinerStatus { threads, duty, ..Default::default() };
	let (job_sender, jobs) = watch::channel(None);
	// A thread sends one solution for a job and waits for the next job.
	let (solution_sender, solutions) = mpsc::channel(threads.max(1));

	let proposers = ProposerFactory::new(
		tasks.spawn_handle(),
		node.client.clone(),
		node.pool.clone(),
		registry,
		node.telemetry.clone(),
	);
	let builder = Builder::new(proposers, node.algorithm.clone());
	let worker = Worker::new(node, builder, status.clone(), job_sender, solutions);
	// Spawned before the search threads, so that it gets one of the blocking threads in any case.
	tasks.spawn_essential_handle().spawn_blocking("mining-worker", Some("mining"), worker.run());
	for _ in 0..threads {
		let thread = SearchThread {
			search: ScalarSearch,
			duty_cycle: DutyCycle::percent(duty),
			jobs: jobs.clone(),
			solutions: solution_sender.clone(),
			status: status.clone(),
		};
		// A search does not yield for milliseconds, so each has a thread of its own.
		tasks.spawn_handle().spawn_blocking("mining-search", Some("mining"), thread.run());
	}
	Ok(())
}
