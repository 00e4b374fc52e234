use super::{error::within, seconds, ConfigError};
use medrec_primitives::bounty::{DatasetId, MAX_GROUPINGS};
use serde::Deserialize;
use std::time::Duration;

/// A bounty that is offered with each batch of posted records.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BountyConfig {
	/// The dataset, which the provider registered on the chain.
	pub dataset: DatasetId,
	/// The `id` of the template of the records.
	pub template: String,
	/// The statistic: `"count"`, or `{ mean = "field" }`.
	pub statistic: StatisticConfig,
	/// The names of the fields to group by; none for one figure over all patients.
	#[serde(default)]
	pub group_by: Vec<String>,
	/// The cost, which is taken from the dataset's budget.
	pub cost: u64,
	/// The time from the offer to the deadline of the answer.
	#[serde(rename = "lifetime_s", deserialize_with = "seconds")]
	pub lifetime: Duration,
}

/// A statistic.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum StatisticConfig {
	/// The number of patients.
	Count,
	/// The mean over patients of the numeric field of this name.
	Mean(String),
}

impl BountyConfig {
	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("publish.bounty.cost", self.cost, 1, u64::MAX)?;
		within("publish.bounty.lifetime_s", self.lifetime.as_secs(), 60, 366 * 86_400)?;
		if self.group_by.len() > MAX_GROUPINGS as usize {
			return Err(ConfigError::invalid(
				"publish.bounty.group_by",
				format!("names {} fields", self.group_by.len()),
				format!("name at most {MAX_GROUPINGS}"),
			));
		}
		Ok(())
	}
}
