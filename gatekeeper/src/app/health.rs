//! Liveness and readiness.

use super::{App, Services};
use crate::{
	chain::Head,
	metrics::{self, Metric},
};
use medrec_client::now;
use medrec_primitives::BlockNumber;
use serde::Serialize;

/// The liveness of the service.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
	/// Always true: the service answers.
	pub alive: bool,
}

/// The readiness of the service.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Readiness {
	/// Whether records can be served.
	pub ready: bool,
	/// Whether the provider's database answers.
	pub database: bool,
	/// Whether the gatekeeper's own database answers.
	pub state: bool,
	/// The reason why the view of the chain cannot be used for decisions, if there is one.
	pub chain: Option<String>,
	/// The number of the best block.
	pub best: Option<BlockNumber>,
	/// The number of the final block.
	pub finalized: Option<BlockNumber>,
	/// The age of the best block in milliseconds; negative if its timestamp is in the future.
	pub head_age: Option<i64>,
}

impl App {
	/// Checks the databases and the view of the chain.
	pub async fn readiness(&self) -> Readiness {
		let Services { ehr, state, chain, .. } = &self.services;
		let (status, stale) = (chain.status(), self.fresh().err());
		let database = ehr.ping().await.is_ok();
		let state = state.ping().await.is_ok();
		let signed = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
		Readiness {
			ready: database && state && stale.is_none(),
			database,
			state,
			chain: stale.map(|stale| stale.to_string()),
			best: status.best.map(|head| head.number),
			finalized: status.finalized.map(|head| head.number),
			head_age: status.best.map(|head| signed(now()).saturating_sub(signed(head.time))),
		}
	}

	/// Sets the gauges that are read when metrics are requested.
	pub async fn update_gauges(&self) {
		let Services { chain, log, state, .. } = &self.services;
		let status = chain.status();
		let number = |head: Option<Head>| f64::from(head.map_or(0, |head| head.number));
		metrics::set(Metric::BEST_BLOCK, number(status.best));
		metrics::set(Metric::FINAL_BLOCK, number(status.finalized));
		let age = status.best.map_or(0, |best| now().saturating_sub(best.time));
		metrics::set_time(Metric::HEAD_AGE, age);
		let flag = |value: bool| f64::from(u8::from(value));
		metrics::set(Metric::CHAIN_FRESH, flag(self.fresh().is_ok()));
		metrics::set(Metric::READY, flag(self.readiness().await.ready));
		metrics::set(Metric::PENDING, chain.pending() as f64);
		metrics::set(Metric::LOG_SIZE, log.head().0 as f64);
		metrics::set(Metric::BROKEN_LINKS, self.broken_links.lock().len() as f64);
		// Without an answer of the database, the last numbers stay, and the gatekeeper is not ready.
		if let Ok(anchored) = state.anchored().await {
			metrics::set(
				Metric::LOG_ANCHORED,
				anchored.as_ref().map_or(0, |head| head.size) as f64,
			);
			metrics::set_time(Metric::LAST_ANCHOR, anchored.map_or(0, |head| head.at));
		}
		if let Ok(waiting) = state.count_planned().await {
			metrics::set(Metric::RECORDS_WAITING, waiting as f64);
		}
	}
}
