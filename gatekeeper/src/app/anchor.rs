//! The head of the log is anchored on the chain.

use super::App;
use crate::{
	chain::{Wait, Write},
	metrics::{self, Gauge},
	records::{state::Progress, Error},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// Anchors the log every `interval`, if it grew, until `stop`.
pub(super) async fn run(app: Arc<App>, interval: Duration, mut stop: watch::Receiver<bool>) {
	loop {
		let mut waited = tokio::time::interval(interval);
		waited.tick().await;
		tokio::select! {
			_ = stop.wait_for(|stop| *stop) => return,
			_ = waited.tick() => {},
		}
		anchor_now(&app).await;
	}
}

/// Anchors the log now, if it grew.
pub async fn anchor_now(app: &App) {
	if let Err(error) = anchor(app).await {
		tracing::error!(target: "medrec::log", %error, "the log was not anchored");
	}
}

async fn anchor(app: &App) -> Result<(), Error> {
	let (log, state) = (&app.parts.log, &app.parts.state);
	// What the chain has not heard of is told anew; nothing is told by a view that is not fit.
	let Ok(fresh) = app.fresh() else { return Ok(()) };
	let Ok(anchored) = app.parts.facts.anchored(&fresh.provider).await else { return Ok(()) };
	log.catch_up().await?;
	let (size, root) = log.head();
	metrics::set(Gauge::LogAnchored, anchored.size as f64);
	if let Some(last) = anchored.last {
		if log.root(last.size) != Some(last.root) {
			tracing::error!(
				target: "medrec::log",
				anchored = last.size,
				here = size,
				"the log here is not the one that is anchored: its database was lost or set back"
			);
			return Ok(());
		}
		state.save_anchor(last.size, &last.root).await?;
		let block = Progress::Final(fresh.finalized.into());
		state.mark_anchor(last.size, block, Some(last.at)).await?;
	}
	let count = u32::try_from(size.saturating_sub(anchored.size)).unwrap_or(u32::MAX);
	if count == 0 {
		return Ok(());
	}
	let size = anchored.size + u64::from(count);
	let root = log.root(size).unwrap_or(root);
	state.save_anchor(size, &root).await?;
	let write = Write::Anchor { root, first: anchored.size, count };
	if let Ok(block) = app.write(write, Wait::Final).await {
		let at = app.parts.facts.anchored(&fresh.provider).await;
		let at = at.ok().and_then(|anchored| anchored.last).map(|last| last.at);
		let at = at.unwrap_or_else(super::clock::now);
		state.mark_anchor(size, Progress::Final(block), Some(at)).await?;
		metrics::set(Gauge::LogAnchored, size as f64);
	}
	Ok(())
}
