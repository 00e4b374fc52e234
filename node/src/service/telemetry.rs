//! Telling a telemetry server how the node fares, where one is named.

use sc_service::{Configuration, Error, TaskManager};
use sc_telemetry::{Telemetry, TelemetryWorker};

/// How many messages may wait to be sent.
const BUFFER: usize = 16;

/// What sends telemetry, before there is anybody to run it.
pub type Prepared = Option<(TelemetryWorker, Telemetry)>;

/// Prepares telemetry to the servers that the configuration names, if it names any.
pub fn prepare(config: &Configuration) -> Result<Prepared, Error> {
	let Some(endpoints) = config.telemetry_endpoints.clone().filter(|named| !named.is_empty())
	else {
		return Ok(None);
	};
	let worker = TelemetryWorker::new(BUFFER)?;
	let telemetry = worker.handle().new_telemetry(endpoints);
	Ok(Some((worker, telemetry)))
}

/// Begins to send.
pub fn start(prepared: Prepared, tasks: &TaskManager) -> Option<Telemetry> {
	prepared.map(|(worker, telemetry)| {
		tasks.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	})
}
