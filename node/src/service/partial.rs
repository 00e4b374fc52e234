//! The components that subcommands and full nodes share.

use super::{pipeline, telemetry};
use crate::types::{Algorithm, Backend, Client, GrandpaLink, HostFunctions, Pool, SelectChain};
use medrec_runtime::opaque::Block;
use sc_consensus::{BoxBlockImport, DefaultImportQueue};
use sc_service::{Configuration, Error, PartialComponents};
use sc_telemetry::Telemetry;
use std::sync::Arc;

/// The components that only a full node needs.
pub struct Extras {
	/// Imports the node's own blocks.
	pub block_import: BoxBlockImport<Block>,
	/// The proof-of-work algorithm.
	pub algorithm: Algorithm,
	/// The link to the GRANDPA voter.
	pub grandpa: GrandpaLink,
	/// The telemetry connection.
	pub telemetry: Option<Telemetry>,
}

/// The components of a node without a network.
pub type Partial =
	PartialComponents<Client, Backend, SelectChain, DefaultImportQueue<Block>, Pool, Extras>;

/// Opens the database and builds the components that need no network.
///
/// # Errors
///
/// Fails if the database cannot be opened, or if it contains another chain.
pub fn new_partial(config: &Configuration) -> Result<Partial, Error> {
	let telemetry = telemetry::prepare(config)?;
	let handle = || telemetry.as_ref().map(|(_, telemetry)| telemetry.handle());

	let executor = sc_service::new_wasm_executor::<HostFunctions>(&config.executor);
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts(config, handle(), executor, Vec::new())?;
	let client = Arc::new(client);
	let select_chain = SelectChain::new(backend.clone());
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
	let pipeline = pipeline::build(
		client.clone(),
		select_chain.clone(),
		&task_manager,
		config.prometheus_registry(),
		handle(),
	)?;
	let telemetry = telemetry::start(telemetry, &task_manager);

	Ok(PartialComponents {
		client,
		backend,
		task_manager,
		keystore_container,
		select_chain,
		import_queue: pipeline.queue,
		transaction_pool,
		other: Extras {
			block_import: pipeline.import,
			algorithm: pipeline.algorithm,
			grandpa: pipeline.grandpa,
			telemetry,
		},
	})
}
