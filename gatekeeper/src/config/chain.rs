use super::{error::within, seconds, ConfigError};
use medrec_primitives::H256;
use serde::Deserialize;
use std::time::Duration;

/// The requirements on the node's view of the chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChainConfig {
	/// The maximum age of the best block. While it is older, requests are refused. Blocks
	/// come at random: one of 160,000 takes longer than twelve times the average.
	#[serde(rename = "max_head_age_s", deserialize_with = "seconds")]
	pub max_head_age: Duration,
	/// The maximum time by which the best block's timestamp may be in the future. Beyond
	/// it, this machine's clock is assumed to be wrong.
	#[serde(rename = "clock_tolerance_s", deserialize_with = "seconds")]
	pub clock_tolerance: Duration,
	/// The hash of the genesis block. If it is given, the state of a node of another chain is not used.
	pub genesis: Option<H256>,
}

impl Default for ChainConfig {
	fn default() -> Self {
		ChainConfig {
			max_head_age: Duration::from_secs(120),
			clock_tolerance: Duration::from_secs(30),
			genesis: None,
		}
	}
}

impl ChainConfig {
	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("chain.max_head_age_s", self.max_head_age.as_secs(), 1, 3_600)?;
		within("chain.clock_tolerance_s", self.clock_tolerance.as_secs(), 1, 600)
	}
}
