//! The bounty that is offered with each batch of posted records.

use crate::{
	aggregate,
	config::{BountyConfig, ConfigError, StatisticConfig},
	records::Templates,
};
use medrec_primitives::{
	bounty::{DatasetId, Offer, Parameters, Statistic},
	record::{FieldNumber, TemplateHash},
	Moment,
};
use medrec_protocol::template::PublicTemplate;
use std::time::Duration;

/// The configured bounty, with the names of template and fields resolved.
#[derive(Clone, Debug)]
pub struct BountyOffer {
	dataset: DatasetId,
	template: TemplateHash,
	parameters: Parameters,
	cost: u64,
	lifetime: Duration,
}

impl BountyOffer {
	/// Resolves the names of `config`. The error names a key: the template or a field does not exist, or
	/// no dataset could answer the bounty.
	pub fn new(config: &BountyConfig, templates: &Templates) -> Result<BountyOffer, ConfigError> {
		let template = templates.named(&config.template).ok_or_else(|| {
			ConfigError::invalid(
				"publish.bounty.template",
				format!("is {:?}, which is not in the folder of templates", config.template),
				"name the `id` of one that is",
			)
		})?;
		let public = template.public();
		let statistic = match &config.statistic {
			StatisticConfig::Count => Statistic::Count,
			StatisticConfig::Mean(name) => {
				Statistic::Mean { field: number(public, "publish.bounty.statistic", name)? }
			},
		};
		let group_by = config
			.group_by
			.iter()
			.map(|name| number(public, "publish.bounty.group_by", name))
			.collect::<Result<Vec<_>, _>>()?
			.try_into()
			.map_err(|_| {
				ConfigError::invalid("publish.bounty.group_by", "is too long", "name fewer fields")
			})?;
		let parameters = Parameters { statistic, group_by };
		aggregate::check(template, &parameters).map_err(unanswerable)?;
		Ok(BountyOffer {
			dataset: config.dataset,
			template: template.hash(),
			parameters,
			cost: config.cost,
			lifetime: config.lifetime,
		})
	}

	/// The offer at `now`.
	pub(super) fn at(&self, now: Moment) -> Offer {
		let lifetime = Moment::try_from(self.lifetime.as_millis()).unwrap_or(Moment::MAX);
		Offer {
			dataset: self.dataset,
			template: self.template,
			parameters: self.parameters.clone(),
			cost: self.cost,
			expires_at: now.saturating_add(lifetime),
		}
	}
}

fn number(
	template: &PublicTemplate,
	key: &'static str,
	name: &str,
) -> Result<FieldNumber, ConfigError> {
	template.number_of(name).ok_or_else(|| {
		let fields: Vec<_> = template.fields.iter().map(|field| field.name.as_str()).collect();
		ConfigError::invalid(
			key,
			format!("names {name:?}, which is not a field of the template"),
			format!("name one of {}", fields.join(", ")),
		)
	})
}

/// The key at fault of a bounty that cannot be answered.
fn unanswerable(error: aggregate::Error) -> ConfigError {
	let key = match &error {
		aggregate::Error::NotNumeric(_) => "publish.bounty.statistic",
		aggregate::Error::NotGroupable(_) | aggregate::Error::GroupedTwice(_) => {
			"publish.bounty.group_by"
		},
		_ => "publish.bounty",
	};
	let problem = format!("cannot be answered ({error})");
	ConfigError::invalid(key, problem, "name other fields of the template")
}
