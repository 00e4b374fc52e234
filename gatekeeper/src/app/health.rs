//! Whether the service can do its work.

use super::{clock, App};
use medrec_primitives::BlockNumber;
use serde::Serialize;

/// Whether the service runs.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
	/// Always true.
	pub alive: bool,
}

/// Whether records can be served, and why not.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Readiness {
	/// Whether records can be served.
	pub ready: bool,
	/// Whether the provider's database answers.
	pub database: bool,
	/// Whether the gatekeeper's own database answers.
	pub state: bool,
	/// What keeps the view of the chain from being fit to decide by, in words; none if nothing does.
	pub chain: Option<String>,
	/// The number of the best block.
	pub best: Option<BlockNumber>,
	/// The number of the final block.
	pub finalized: Option<BlockNumber>,
	/// How old the best block is, in milliseconds; negative if it lies in the future.
	pub head_age: Option<i64>,
}

impl App {
	/// Looks whether records can be served.
	pub async fn readiness(&self) -> Readiness {
		let database = self.parts.ehr.ping().await.is_ok();
		let state = self.parts.state.ping().await.is_ok();
		let chain = self.fresh().err().map(|stale| stale.to_string());
		let status = self.parts.facts.status();
		let signed = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
		Readiness {
			ready: database && state && chain.is_none(),
			database,
			state,
			chain,
			best: status.best.map(|head| head.number),
			finalized: status.finalized.map(|head| head.number),
			head_age: status
				.best
				.map(|head| signed(clock::now()).saturating_sub(signed(head.time))),
		}
	}
}
