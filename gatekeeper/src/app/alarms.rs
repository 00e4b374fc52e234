//! Patients are told of records that do not match their commitments.

use super::{backoff::Backoff, clock, pause, App, ApiError};
use crate::{
	chain::{Wait, Write, WriteError},
	metrics,
	records::{
		state::{AlarmToRaise, Progress},
		Error,
	},
};
use medrec_primitives::Moment;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How often alarms that could not be raised are tried again, and nonces forgotten.
const INTERVAL: Duration = Duration::from_secs(10);

/// How long an alarm that the chain refuses again and again is left alone at most, in milliseconds.
const REFUSED: Moment = 10 * 60 * 1000;

impl App {
	/// Has an alarm raised, once for each version of a record.
	pub(super) async fn alarm(&self, alarm: &AlarmToRaise) -> Result<(), ApiError> {
		if self.parts.state.note_alarm(alarm).await? {
			metrics::alarm();
			tracing::error!(
				target: "medrec::records",
				record = ?alarm.record,
				version = alarm.version,
				"a row does not match its commitment on the chain"
			);
			self.wake.notify_waiters();
		}
		Ok(())
	}
}

/// Raises alarms until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	let mut refused = Backoff::default();
	loop {
		if let Err(error) = raise(&app, &mut refused).await {
			tracing::error!(target: "medrec::records", %error, "alarms were not raised");
		}
		if let Err(error) = app.parts.state.purge_nonces(clock::now()).await {
			tracing::warn!(target: "medrec::records", %error, "old nonces were not forgotten");
		}
		let span = refused.next(clock::now()).map_or(INTERVAL, |span| span.min(INTERVAL));
		if !pause(&app, span, &mut stop).await {
			return;
		}
	}
}

async fn raise(app: &App, refused: &mut Backoff<AlarmToRaise>) -> Result<(), Error> {
	let state = &app.parts.state;
	for alarm in state.due_alarms().await? {
		if !refused.may_try(&alarm, clock::now()) {
			continue;
		}
		let AlarmToRaise { relationship, record, .. } = alarm;
		match app.write(Write::Alarm { relationship, record }, Wait::Final).await {
			Ok(block) => {
				state.mark_alarm(&alarm, Progress::Final(block)).await?;
				refused.succeeded(&alarm);
			},
			Err(WriteError::Refused(_)) => refused.failed(alarm, clock::now(), REFUSED),
			Err(WriteError::NotIncluded(_)) => return Ok(()),
		}
	}
	Ok(())
}
