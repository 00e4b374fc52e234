//! Anchoring: the head of the log of receipts is written to the chain.

use super::{App, Services};
use crate::{
	chain::{Anchored, Fresh, Until, Write},
	records::Error,
};
use medrec_client::now;
use medrec_protocol::wire::AnchoredHead;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::timeout};

/// The time limit of the last anchor when the service stops.
const LAST_ANCHOR: Duration = Duration::from_secs(30);

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

/// Anchors the log before a stop. It is given up at once when the node does not answer.
pub async fn anchor_last(app: &App) {
	let (anchored, reason) = tokio::select! {
		anchored = timeout(LAST_ANCHOR, anchor_now(app)) => {
			(anchored.unwrap_or(false), "no final block holds the anchor")
		},
		() = app.services.chain.lost() => {
			(is_anchored(app).await.unwrap_or(false), "the node does not answer")
		},
	};
	if !anchored {
		tracing::warn!(
			target: "medrec::log",
			reason,
			"the last receipts are not anchored; they are anchored after the next start"
		);
	}
}

/// Anchors the log if it has new receipts. Returns whether all receipts are anchored then.
async fn anchor_now(app: &App) -> bool {
	anchor(app).await.unwrap_or_else(|error| {
		tracing::error!(target: "medrec::log", %error, "the log cannot be anchored; retrying");
		false
	})
}

async fn anchor(app: &App) -> Result<bool, Error> {
	let Services { log, state, chain, .. } = &app.services;
	log.catch_up().await?;
	let Some((fresh, anchored)) = on_chain(app).await else { return is_anchored(app).await };
	let size = log.head().0;
	if let Some(last) = anchored.last {
		if log.root(last.size) != Some(last.root) {
			tracing::error!(
				target: "medrec::log",
				anchored = last.size,
				stored = size,
				"nothing is anchored: the anchored log is not the stored one; the gatekeeper's \
				 database was replaced, or restored from an old backup"
			);
			return Ok(false);
		}
		state.save_anchor(&AnchoredHead { size: last.size, root: last.root, at: last.at }).await?;
	}
	let count = u32::try_from(size.saturating_sub(anchored.size)).unwrap_or(u32::MAX);
	let size = anchored.size + u64::from(count);
	let Some(root) = log.root(size).filter(|_| count > 0) else { return Ok(true) };
	let write = Write::Anchor { root, first: anchored.size, count };
	let Ok(block) = app.write(write, Until::Final).await else { return Ok(false) };
	tracing::info!(
		target: "medrec::log",
		receipts = count,
		size,
		block = block.number,
		"the log of receipts is anchored"
	);
	let last = chain.anchored(&fresh.provider).await.ok().and_then(|anchored| anchored.last);
	let at = last.map_or_else(now, |last| last.at);
	state.save_anchor(&AnchoredHead { size, root, at }).await?;
	Ok(true)
}

/// Whether all receipts are anchored, as far as the gatekeeper has seen.
async fn is_anchored(app: &App) -> Result<bool, Error> {
	let Services { log, state, .. } = &app.services;
	let known = state.anchored().await?.map_or(0, |head| head.size);
	Ok(known == log.head().0)
}

/// The view of the chain, and what it holds of the log; none while the chain cannot be used.
async fn on_chain(app: &App) -> Option<(Fresh, Anchored)> {
	let fresh = app.fresh().ok()?;
	let anchored = app.services.chain.anchored(&fresh.provider).await.ok()?;
	Some((fresh, anchored))
}
