use super::{error::within, BountyConfig, ConfigError};
use serde::Deserialize;
use std::time::Duration;

/// The publishing of new and changed rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublishConfig {
	/// Whether this gatekeeper publishes. Of several gatekeepers with one database, one does.
	pub enabled: bool,
	/// The interval, in seconds, at which the database is read.
	pub poll_interval_s: u64,
	/// The maximum number of records of a transaction.
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
	/// [`PublishConfig::poll_interval_s`] as a duration.
	pub fn poll_interval(&self) -> Duration {
		Duration::from_secs(self.poll_interval_s)
	}

	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("publish.poll_interval_s", self.poll_interval_s, 1, 3_600)?;
		within("publish.batch", self.batch as u64, 1, 256)?;
		self.bounty.as_ref().map_or(Ok(()), BountyConfig::validate)
	}
}
