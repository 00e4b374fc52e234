use super::{error::within, BountyConfig, ConfigError};
use serde::Deserialize;
use std::time::Duration;

/// How new and changed rows come to the chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublishConfig {
	/// Whether they do. A second gatekeeper beside the same database leaves it to the first.
	pub enabled: bool,
	/// How often the database is looked through.
	pub poll_interval_s: u64,
	/// How many records one transaction posts at most.
	pub batch: usize,
	/// A bounty that is offered with each batch.
	pub bounty: Option<BountyConfig>,
}

impl Default for PublishConfig {
	fn default() -> Self {
		PublishConfig { enabled: true, poll_interval_s: 5, batch: 32, bounty: None }
	}
}

impl PublishConfig {
	/// How often the database is looked through.
	pub fn poll_interval(&self) -> Duration {
		Duration::from_secs(self.poll_interval_s)
	}

	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("publish.poll_interval_s", self.poll_interval_s, 1, 3_600)?;
		within("publish.batch", self.batch as u64, 1, 256)?;
		self.bounty.as_ref().map_or(Ok(()), BountyConfig::validate)
	}
}
