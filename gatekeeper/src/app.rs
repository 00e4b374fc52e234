//! What the gatekeeper does: one module for each use. Each reads as policy, in the order in which
//! things are checked.

mod alarms;
mod anchor;
mod answers;
mod backoff;
mod clock;
mod collect;
mod health;
mod identify;
mod log;
mod offer;
mod publish;
mod query;
mod receipts;
mod api_error;
mod report_once;

pub use anchor::anchor_now;
pub use health::{Health, Readiness};
pub use identify::SignedRequest;
pub use log::LogProof;
pub use offer::BountyOffer;
pub use api_error::ApiError;

use crate::{
	chain::{ChainReader, Fresh, Stale, Wait, Write, WriteError, Writer},
	config::{ChainConfig, Limits, PublishConfig},
	log::Log,
	metrics::{self, Gauge},
	rate::RateLimiter,
	records::{Ehr, Planner, State, Templates},
};
use medrec_protocol::wire::{BlockRef, ErrorCode};
use medrec_primitives::{bounty::DatasetId, AccountId};
use std::{net::IpAddr, sync::Arc};
use tokio::{
	sync::{watch, Notify},
	task::JoinSet,
};

/// What the service is made of.
pub struct Parts {
	/// The authority that requests are signed for.
	pub authority: String,
	/// How much is taken from whom.
	pub limits: Limits,
	/// What view of the chain is fit to decide by.
	pub chain: ChainConfig,
	/// How new rows come to the chain.
	pub publish: PublishConfig,
	/// The bounty that is offered with them.
	pub bounty: Option<BountyOffer>,
	/// The origins whose pages may read answers; `*` is all.
	pub origins: Vec<String>,
	/// The datasets whose bounties are answered; all if none are named.
	pub datasets: Option<Vec<DatasetId>>,
	/// What the chain says.
	pub facts: Arc<dyn ChainReader>,
	/// What the chain is told.
	pub writer: Arc<dyn Writer>,
	/// The gatekeeper's own database.
	pub state: State,
	/// The provider's database.
	pub ehr: Ehr,
	/// The templates.
	pub templates: Arc<Templates>,
	/// What plans new posts.
	pub planner: Planner,
	/// The log of receipts.
	pub log: Log,
}

/// The service.
pub struct App {
	parts: Parts,
	peers: RateLimiter<IpAddr>,
	accounts: RateLimiter<AccountId>,
	/// Rung when there is something to tell the chain at once.
	wake: Notify,
}

impl App {
	/// The service that is made of `parts`.
	pub fn new(parts: Parts) -> App {
		let peers = RateLimiter::new(parts.limits.peer);
		let accounts = RateLimiter::new(parts.limits.account);
		App { parts, peers, accounts, wake: Notify::new() }
	}

	/// The limits.
	pub fn limits(&self) -> &Limits {
		&self.parts.limits
	}

	/// Whether `peer` may ask without having proven who it is.
	pub fn admit(&self, peer: IpAddr) -> Result<(), ApiError> {
		match self.peers.take(peer) {
			true => Ok(()),
			false => Err(ErrorCode::RateLimited.into()),
		}
	}

	/// The origins whose pages may read answers.
	pub fn origins(&self) -> &[String] {
		&self.parts.origins
	}

	/// Does what must be done in the background, until `stop` becomes true: publishes, anchors,
	/// answers bounties, raises alarms, and forgets nonces.
	pub async fn work(self: Arc<Self>, anchor: std::time::Duration, stop: watch::Receiver<bool>) {
		let mut tasks = JoinSet::new();
		tasks.spawn(publish::run(self.clone(), stop.clone()));
		tasks.spawn(anchor::run(self.clone(), anchor, stop.clone()));
		tasks.spawn(answers::run(self.clone(), stop.clone()));
		tasks.spawn(alarms::run(self, stop));
		while let Some(ended) = tasks.join_next().await {
			if let Err(error) = ended {
				tracing::error!(target: "medrec", %error, "work in the background broke off");
			}
		}
	}

	/// Sets the measures that are looked up rather than counted.
	pub fn gauge(&self) {
		let status = self.parts.facts.status();
		let number =
			|head: Option<crate::chain::Head>| f64::from(head.map_or(0, |head| head.number));
		metrics::set(Gauge::Best, number(status.best));
		metrics::set(Gauge::Finalized, number(status.finalized));
		let age = status.best.map_or(0, |best| clock::now().saturating_sub(best.time));
		metrics::set(Gauge::HeadAge, age as f64 / 1000.0);
		metrics::set(Gauge::Fresh, f64::from(u8::from(self.fresh().is_ok())));
		metrics::set(Gauge::Pending, self.parts.facts.pending() as f64);
		metrics::set(Gauge::LogSize, self.parts.log.head().0 as f64);
	}

	/// Sends one transaction. What does not succeed is counted and written down.
	async fn write(&self, write: Write, wait: Wait) -> Result<BlockRef, WriteError> {
		let kind = write.kind();
		let written = self.parts.writer.write(write, wait).await;
		if let Err(error) = &written {
			metrics::transaction_failed(kind);
			tracing::warn!(target: "medrec::chain", kind, %error, "a transaction failed");
		}
		written
	}

	/// The view of the chain, if it is fit to decide by.
	fn fresh(&self) -> Result<Fresh, Stale> {
		let chain = &self.parts.chain;
		let status = self.parts.facts.status();
		status.fresh(clock::now(), chain.max_head_age(), chain.clock_tolerance())
	}
}

/// Waits for `span`, or for the wake, or for the order to stop. False if that came.
async fn pause(app: &App, span: std::time::Duration, stop: &mut watch::Receiver<bool>) -> bool {
	tokio::select! {
		_ = stop.wait_for(|stop| *stop) => false,
		() = tokio::time::sleep(span) => true,
		() = app.wake.notified() => true,
	}
}
