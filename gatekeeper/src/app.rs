//! The behaviour of the gatekeeper, one module for each use. A handler reads as policy: its checks
//! stand in the order in which they are made.

mod alarms;
mod anchor;
mod answers;
mod api_error;
mod backoff;
mod catalogue;
mod collect;
mod health;
mod identify;
mod links;
mod log;
mod offer;
mod patients;
mod publish;
mod query;
mod receipts;
mod report_once;

pub use anchor::anchor_last;
pub use api_error::ApiError;
pub use health::{Health, Readiness};
pub use identify::SignedRequest;
pub use log::LogProof;
pub use offer::BountyOffer;
pub use patients::{
	check_links, link_patient, resolve_identifier, LinkError, LinkState, LinkedPatient,
};

use crate::{
	chain::{Fresh, Stale, Until, View, Write, WriteError, Writer},
	config::Config,
	log::Log,
	metrics,
	rate::RateLimiter,
	records::{EhrSource, Planner, State, Templates},
};
use medrec_client::now;
use medrec_primitives::{relationship::RelationshipId, AccountId};
use medrec_protocol::wire::{BlockRef, ErrorCode};
use parking_lot::Mutex;
use std::{collections::HashSet, net::IpAddr, sync::Arc, time::Duration};
use tokio::{
	sync::{watch, Notify},
	task::JoinSet,
};

/// The services that the gatekeeper uses.
pub struct Services {
	/// The configuration.
	pub config: Config,
	/// The bounty of [`crate::config::PublishConfig::bounty`], with its names resolved.
	pub bounty: Option<BountyOffer>,
	/// The view of the chain.
	pub chain: Arc<View>,
	/// Transactions.
	pub writer: Arc<dyn Writer>,
	/// The gatekeeper's own database.
	pub state: State,
	/// The provider's database.
	pub ehr: Arc<dyn EhrSource>,
	/// The catalogue of templates.
	pub templates: Arc<Templates>,
	/// The planner of new versions of records.
	pub planner: Planner,
	/// The log of receipts.
	pub log: Log,
}

/// The gatekeeper.
pub struct App {
	services: Services,
	peers: RateLimiter<IpAddr>,
	accounts: RateLimiter<AccountId>,
	/// The relationships whose link did not match the chain at the last check.
	broken_links: Mutex<HashSet<RelationshipId>>,
	/// Wakes the background tasks before their next interval.
	wake: Notify,
}

impl App {
	/// A gatekeeper over these services.
	pub fn new(services: Services) -> App {
		let limits = &services.config.limits;
		let (peers, accounts) = (RateLimiter::new(limits.peer), RateLimiter::new(limits.account));
		App { services, peers, accounts, broken_links: Mutex::default(), wake: Notify::new() }
	}

	/// The configuration.
	pub fn config(&self) -> &Config {
		&self.services.config
	}

	/// Takes an unauthenticated request from the rate limit of `peer`.
	pub fn admit(&self, peer: IpAddr) -> Result<(), ApiError> {
		self.peers.take(peer).then_some(()).ok_or_else(|| ErrorCode::RateLimited.into())
	}

	/// Runs the background tasks until `stop` becomes true: publishing, anchoring, answering bounties,
	/// raising alarms and deleting expired nonces.
	pub async fn run_background(self: Arc<Self>, stop: watch::Receiver<bool>) {
		let mut tasks = JoinSet::new();
		tasks.spawn(publish::run(self.clone(), stop.clone()));
		tasks.spawn(anchor::run(self.clone(), stop.clone()));
		tasks.spawn(answers::run(self.clone(), stop.clone()));
		tasks.spawn(alarms::run(self, stop));
		while let Some(ended) = tasks.join_next().await {
			if let Err(error) = ended {
				tracing::error!(target: "medrec", %error, "a background task ended with an error");
			}
		}
	}

	/// Sends one transaction. A failure is logged and counted.
	async fn write(&self, write: Write, until: Until) -> Result<BlockRef, WriteError> {
		let kind = write.kind();
		let written = self.services.writer.write(write, until).await;
		if let Err(error) = &written {
			metrics::transaction_failed(kind);
			tracing::warn!(target: "medrec::chain", kind, %error, "a transaction failed");
		}
		written
	}

	/// The view of the chain, if it can be used for decisions.
	fn fresh(&self) -> Result<Fresh, Stale> {
		let Services { config, chain, .. } = &self.services;
		let (max_age, tolerance) = (config.chain.max_head_age, config.chain.clock_tolerance);
		chain.status().fresh(now(), max_age, tolerance)
	}
}

/// Waits for `interval` or a wake-up. False if `stop` became true.
async fn pause(app: &App, interval: Duration, stop: &mut watch::Receiver<bool>) -> bool {
	tokio::select! {
		_ = stop.wait_for(|stop| *stop) => false,
		() = tokio::time::sleep(interval) => true,
		() = app.wake.notified() => true,
	}
}
