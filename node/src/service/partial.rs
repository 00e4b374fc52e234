//! The components that subcommands and full nodes share.

use super::pipeline::{self, Pipeline};
use crate::types::{Backend, Client, HostFunctions, Pool, SelectChain};
use medrec_runtime::opaque::Block;
use sc_consensus::DefaultImportQueue;
use sc_service::{Configuration, Error, PartialComponents};
use sc_telemetry::{Telemetry, TelemetryWorker};
use std::sync::Arc;

/// The number of telemetry messages that are buffered.
const TELEMETRY_BUFFER: usize = 16;

/// The components of a node without a network, with those that only a full node needs: the import
/// pipeline, and telemetry if the configuration names a server.
pub type Partial = PartialComponents<
	Client,
	Backend,
	SelectChain,
	DefaultImportQueue<Block>,
	Pool,
	(Pipeline, Option<Telemetry>),
>;

/// Opens the database and builds the components that need no network.
///
/// # Errors
///
/// Fails if the database cannot be opened, or if it contains another chain.
pub fn new_partial(config: &Configuration) -> Result<Partial, Error> {
	let endpoints = config.telemetry_endpoints.clone().filter(|endpoints| !endpoints.is_empty());
	let worker = endpoints.as_ref().map(|_| TelemetryWorker::new(TELEMETRY_BUFFER)).transpose()?;
	let telemetry =
		worker.as_ref().zip(endpoints).map(|(worker, to)| worker.handle().new_telemetry(to));
	let handle = || telemetry.as_ref().map(Telemetry::handle);

	let executor = sc_service::new_wasm_executor::<HostFunctions>(&config.executor);
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts(config, handle(), executor, Vec::new())?;
	let client = Arc::new(client);
	let select_chain = SelectChain::new(backend.clone());
	// First, because its errors end the start before there are tasks that would fail with it.
	let (import_queue, pipeline) = pipeline::build(
		client.clone(),
		select_chain.clone(),
		&task_manager,
		config.prometheus_registry(),
		handle(),
	)?;
	let transaction_pool = Arc::new(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);
	if let Some(worker) = worker {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
	}
	Ok(PartialComponents {
		client,
		backend,
		task_manager,
		keystore_container,
		select_chain,
		import_queue,
		transaction_pool,
		other: (pipeline, telemetry),
	})
}
