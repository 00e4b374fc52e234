//! Patients are told of records that do not match their commitments.

use super::{clock, pause, App, Refusal};
use crate::{
	chain::{Wait, Write, WriteError},
	metrics,
	records::{
		state::{AlarmToRaise, Progress},
		Error,
	},
};
use medrec_primitives::record::RecordId;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::sync::watch;

/// How often alarms that could not be raised are tried again, and nonces forgotten.
const INTERVAL: Duration = Duration::from_secs(10);

impl App {
	/// Has an alarm raised, once for each version of a record.
	pub(super) async fn alarm(&self, alarm: &AlarmToRaise) -> Result<(), Refusal> {
		if self.parts.state.note_alarm(alarm).await? {
			metrics::alarm();
			tracing::error!(
				target: "medrec::records",
				record = ?alarm.record,
				version = alarm.version,
				"a row does not match its commitment on the chain"
			);
			self.bell.notify_waiters();
		}
		Ok(())
	}
}

/// Raises alarms until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	// What the chain refused once is not sent again while the service runs.
	let mut refused = HashSet::new();
	loop {
		if let Err(error) = raise(&app, &mut refused).await {
			tracing::error!(target: "medrec::records", %error, "alarms were not raised");
		}
		if let Err(error) = app.parts.state.purge_nonces(clock::now()).await {
			tracing::warn!(target: "medrec::records", %error, "old nonces were not forgotten");
		}
		if !pause(&app, INTERVAL, &mut stop).await {
			return;
		}
	}
}

async fn raise(app: &App, refused: &mut HashSet<(RecordId, u32)>) -> Result<(), Error> {
	let state = &app.parts.state;
	for alarm in state.due_alarms().await? {
		let AlarmToRaise { relationship, record, version } = alarm;
		if refused.contains(&(record, version)) {
			continue;
		}
		match app.write(Write::Alarm { relationship, record }, Wait::Final).await {
			Ok(block) => state.mark_alarm(&alarm, Progress::Final(block)).await?,
			Err(WriteError::Refused(_)) => drop(refused.insert((record, version))),
			Err(WriteError::NotIncluded(_)) => return Ok(()),
		}
	}
	Ok(())
}
