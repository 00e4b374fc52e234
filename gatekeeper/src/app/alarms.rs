//! Alarms: notifications on the chain about records that do not match their commitments.

use super::{backoff::Backoff, pause, ApiError, App};
use crate::{
	chain::{Until, Write, WriteError},
	metrics,
	records::{state::Progress, Error, RecordVersion},
};
use medrec_client::now;
use medrec_primitives::{record::TemplateHash, Moment};
use std::{ops::RangeInclusive, sync::Arc, time::Duration};
use tokio::sync::watch;

/// The interval at which due alarms are raised and expired nonces deleted.
const INTERVAL: Duration = Duration::from_secs(10);

/// The waits after a failed transaction, in milliseconds.
const FAILED: RangeInclusive<Moment> = 2_000..=600_000;

impl App {
	/// Saves an alarm, which the background task raises: one for each version of a record. The log names
	/// the template alone.
	pub(super) async fn alarm(
		&self,
		alarm: &RecordVersion,
		template: &TemplateHash,
	) -> Result<(), ApiError> {
		if self.services.state.note_alarm(alarm).await? {
			metrics::alarm();
			tracing::error!(
				target: "medrec::records",
				template = self.services.templates.get(template).map_or("unknown", |found| found.id()),
				"a row does not match its commitment on the chain; run: medrec-gatekeeper alarms list"
			);
			self.wake.notify_waiters();
		}
		Ok(())
	}
}

/// Raises alarms and deletes expired nonces until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	let mut failed = Backoff::default();
	loop {
		if let Err(error) = raise(&app, &mut failed).await {
			tracing::error!(target: "medrec::records", %error, "alarms cannot be raised; retrying");
		}
		if let Err(error) = app.services.state.purge_nonces(now()).await {
			tracing::warn!(target: "medrec::records", %error, "expired nonces cannot be deleted; retrying");
		}
		let span = failed.next(now()).map_or(INTERVAL, |span| span.min(INTERVAL));
		if !pause(&app, span, &mut stop).await {
			return;
		}
	}
}

async fn raise(app: &App, failed: &mut Backoff<RecordVersion>) -> Result<(), Error> {
	let state = &app.services.state;
	for alarm in state.due_alarms().await? {
		if !failed.may_try(&alarm, now()) {
			continue;
		}
		let RecordVersion { relationship, record, .. } = alarm;
		match app.write(Write::Alarm { relationship, record }, Until::Final).await {
			Ok(block) => {
				state.mark_alarm(&alarm, Progress::Final(block)).await?;
				failed.succeeded(&alarm);
			},
			Err(WriteError::Failed(_)) => failed.failed(alarm, now(), FAILED),
			Err(WriteError::NotIncluded(_)) => return Ok(()),
		}
	}
	Ok(())
}
