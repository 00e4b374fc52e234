use super::{error::within, ConfigError};
use medrec_primitives::H256;
use serde::Deserialize;
use std::time::Duration;

/// How the chain is followed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChainConfig {
	/// How old the best block may be before nothing is decided by it any more. Blocks come at
	/// random: twelve times the time between blocks is passed once in 160,000 blocks.
	pub max_head_age_s: u64,
	/// How far the best block may lie in the future before the clock here is thought wrong.
	pub clock_tolerance_s: u64,
	/// The hash of the genesis block. Where it is given, a node of another chain is refused.
	pub genesis: Option<H256>,
}

impl Default for ChainConfig {
	fn default() -> Self {
		ChainConfig { max_head_age_s: 120, clock_tolerance_s: 30, genesis: None }
	}
}

impl ChainConfig {
	/// How old the best block may be.
	pub fn max_head_age(&self) -> Duration {
		Duration::from_secs(self.max_head_age_s)
	}

	/// How far the best block may lie in the future.
	pub fn clock_tolerance(&self) -> Duration {
		Duration::from_secs(self.clock_tolerance_s)
	}

	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("chain.max_head_age_s", self.max_head_age_s, 1, 3_600)?;
		within("chain.clock_tolerance_s", self.clock_tolerance_s, 1, 600)
	}
}
