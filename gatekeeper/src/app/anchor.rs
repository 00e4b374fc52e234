//! Anchoring: the head of the log of receipts is written to the chain.

use super::{App, Services};
use crate::{
	chain::{Until, Write},
	metrics::{self, Gauge},
	records::Error,
};
use medrec_client::now;
use medrec_protocol::wire::AnchoredHead;
use std::sync::Arc;
use tokio::sync::watch;

/// Anchors the log at the configured interval until `stop`.
pub(super) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
	loop {
		tokio::select! {
			_ = stop.wait_for(|stop| *stop) => return,
			() = tokio::time::sleep(app.config().anchor_interval) => {},
		}
		anchor_now(&app).await;
	}
}

/// Anchors the log if it has new receipts.
pub async fn anchor_now(app: &App) {
	if let Err(error) = anchor(app).await {
		tracing::error!(target: "medrec::log", %error, "the log cannot be anchored; retrying");
	}
}

async fn anchor(app: &App) -> Result<(), Error> {
	let Services { log, state, chain, .. } = &app.services;
	let Ok(fresh) = app.fresh() else { return Ok(()) };
	let Ok(anchored) = chain.anchored(&fresh.provider).await else { return Ok(()) };
	log.catch_up().await?;
	let size = log.head().0;
	metrics::set(Gauge::LOG_ANCHORED, anchored.size as f64);
	if let Some(last) = anchored.last {
		if log.root(last.size) != Some(last.root) {
			tracing::error!(
				target: "medrec::log",
				anchored = last.size,
				stored = size,
				"nothing is anchored: the anchored log is not the stored one; the gatekeeper's \
				 database was replaced, or restored from an old backup"
			);
			return Ok(());
		}
		state.save_anchor(&AnchoredHead { size: last.size, root: last.root, at: last.at }).await?;
	}
	let count = u32::try_from(size.saturating_sub(anchored.size)).unwrap_or(u32::MAX);
	let size = anchored.size + u64::from(count);
	let Some(root) = log.root(size).filter(|_| count > 0) else { return Ok(()) };
	let write = Write::Anchor { root, first: anchored.size, count };
	if app.write(write, Until::Final).await.is_ok() {
		let last = chain.anchored(&fresh.provider).await.ok().and_then(|anchored| anchored.last);
		let at = last.map_or_else(now, |last| last.at);
		state.save_anchor(&AnchoredHead { size, root, at }).await?;
		metrics::set(Gauge::LOG_ANCHORED, size as f64);
	}
	Ok(())
}
