//! The lines of the log that say what the service waits for, and that it serves.

use crate::{
	chain::{Enrolment, Head, NotEnrolled, View},
	config::Config,
	records::{State, Templates},
};
use medrec_protocol::keys::{Key, MEDREC_PREFIX};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::time::timeout;

/// The wait for the node after which the log says so. A node that runs answers sooner.
const QUIET: Duration = Duration::from_secs(2);

/// What the service tells of itself.
pub(super) struct Announcement {
	authority: String,
	url: String,
	public: String,
	private: String,
	node: String,
	address: String,
	templates: usize,
}

impl Announcement {
	/// Of a service that listens at these addresses, the public one first.
	pub(super) fn new(
		config: &Config,
		key: &Key,
		(public, private): (SocketAddr, Option<SocketAddr>),
		templates: &Templates,
	) -> Announcement {
		let scheme = if config.tls.is_some() { "https" } else { "http" };
		let private = private.map(|address| format!("http://{address}"));
		Announcement {
			authority: config.authority.clone(),
			url: config.url(),
			public: format!("{scheme}://{public}"),
			private: private.unwrap_or_else(|| "none".to_owned()),
			node: config.node.clone(),
			address: key.address(MEDREC_PREFIX),
			templates: templates.current().count(),
		}
	}

	/// Logs where the service listens, and each change of what it waits for, until it stops. When it
	/// serves first, the chain is saved as the one that the state belongs to.
	pub(super) async fn run(self, chain: Arc<View>, state: State) {
		let Announcement { public, private, .. } = &self;
		tracing::info!(target: "medrec", public, private, "listening");
		let mut enrolment = chain.enrolment();
		if timeout(QUIET, enrolment.wait_for(Option::is_some)).await.is_err() {
			let node = &self.node;
			tracing::warn!(
				target: "medrec",
				"waiting for the node at {node}; requests are refused until the state of its chain is read"
			);
		}
		let mut last = None;
		loop {
			let current = enrolment.wait_for(|current| *current != last).await;
			// The sender lives as long as the view.
			let Ok(current) = current.map(|current| current.clone()) else { return };
			match &current {
				Some(Ok(enrolment)) => self.serving(enrolment, &chain, &state).await,
				Some(Err(reason)) => self.not_serving(*reason),
				None => {},
			}
			last = current;
		}
	}

	async fn serving(&self, enrolment: &Enrolment, chain: &View, state: &State) {
		let status = chain.status();
		let genesis = status.genesis.unwrap_or_default();
		if let Err(error) = state.save_genesis(&genesis).await {
			tracing::error!(target: "medrec", %error, "the chain cannot be saved");
		}
		let number = |head: Option<Head>| head.map_or(0, |head| head.number);
		tracing::info!(
			target: "medrec",
			version = env!("CARGO_PKG_VERSION"),
			authority = self.authority,
			public = self.public,
			private = self.private,
			provider = enrolment.name.as_deref().unwrap_or("without a name"),
			templates = self.templates,
			genesis = ?genesis,
			best = number(status.best),
			finalized = number(status.finalized),
			"serving"
		);
	}

	fn not_serving(&self, reason: NotEnrolled) {
		let remedy = reason.remedy(&self.address, &self.url);
		tracing::warn!(target: "medrec", "requests are refused, since {reason}; {remedy}");
	}
}
