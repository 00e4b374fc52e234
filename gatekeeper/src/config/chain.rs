use super::{error::within, ConfigError};
use medrec_primitives::H256;
use serde::Deserialize;
use std::time::Duration;

/// The requirements on the node's view of the chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChainConfig {
	/// The maximum age of the best block, in seconds. While it is older, requests are refused. Blocks
	/// come at random: one of 160,000 takes longer than twelve times the average.
	pub max_head_age_s: u64,
	/// The maximum time, in seconds, by which the best block's timestamp may be in the future. Beyond
	/// it, this machine's clock is assumed to be wrong.
	pub clock_tolerance_s: u64,
	/// The hash of the genesis block. If it is given, the state of a node of another chain is not used.
	pub genesis: Option<H256>,
}

impl Default for ChainConfig {
	fn default() -> Self {
		ChainConfig { max_head_age_s: 120, clock_tolerance_s: 30, genesis: None }
	}
}

impl ChainConfig {
	/// [`ChainConfig::max_head_age_s`] as a duration.
	pub fn max_head_age(&self) -> Duration {
		Duration::from_secs(self.max_head_age_s)
	}

	/// [`ChainConfig::clock_tolerance_s`] as a duration.
	pub fn clock_tolerance(&self) -> Duration {
		Duration::from_secs(self.clock_tolerance_s)
	}

	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("chain.max_head_age_s", self.max_head_age_s, 1, 3_600)?;
		within("chain.clock_tolerance_s", self.clock_tolerance_s, 1, 600)
	}
}
