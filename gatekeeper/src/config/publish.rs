use super::{error::within, seconds, BountyConfig, ConfigError};
use serde::Deserialize;
use std::time::Duration;

/// The publishing of new and changed rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublishConfig {
	/// Whether this gatekeeper publishes. Of several gatekeepers with one database, one does.
	pub enabled: bool,
	/// The interval at which the database is read.
	#[serde(rename = "poll_interval_s", deserialize_with = "seconds")]
	pub poll_interval: Duration,
	/// The maximum number of records of a transaction.
	pub batch: usize,
	/// A bounty that is offered with each batch.
	pub bounty: Option<BountyConfig>,
}

impl Default for PublishConfig {
	fn default() -> Self {
		PublishConfig {
			enabled: true,
			poll_interval: Duration::from_secs(5),
			batch: 32,
			bounty: None,
		}
	}
}

impl PublishConfig {
	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("publish.poll_interval_s", self.poll_interval.as_secs(), 1, 3_600)?;
		within("publish.batch", self.batch as u64, 1, 256)?;
		self.bounty.as_ref().map_or(Ok(()), BountyConfig::validate)
	}
}
