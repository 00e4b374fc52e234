//! Telemetry, if the configuration names a server.

use sc_service::{Configuration, Error, TaskManager};
use sc_telemetry::{Telemetry, TelemetryWorker};

/// The number of buffered messages.
const BUFFER: usize = 16;

/// The telemetry worker, before it is spawned.
pub type Prepared = Option<(TelemetryWorker, Telemetry)>;

/// Creates a worker for the servers that the configuration names.
pub fn prepare(config: &Configuration) -> Result<Prepared, Error> {
	let Some(endpoints) = config.telemetry_endpoints.clone().filter(|named| !named.is_empty())
	else {
		return Ok(None);
	};
	let worker = TelemetryWorker::new(BUFFER)?;
	let telemetry = worker.handle().new_telemetry(endpoints);
	Ok(Some((worker, telemetry)))
}

/// Spawns the worker.
pub fn start(prepared: Prepared, tasks: &TaskManager) -> Option<Telemetry> {
	prepared.map(|(worker, telemetry)| {
		tasks.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	})
}
