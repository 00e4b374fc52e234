//! `medrec bounties register-dataset`, `datasets` and `standings`.

use crate::{
	context::{Session, Submitted},
	failure::{Failure, Result},
	output::{Output, Report},
	page::{Cell, Page},
	parse,
	reference::{ids, IdRef},
	text::{count, span},
};
use clap::Args;
use medrec_client::chain::MiningBountyCall;
use medrec_primitives::{
	bounty::{DatasetId, Rules, MAX_TEMPLATES, SMALLEST_GROUP},
	identity::SubjectId,
	record::TemplateHash,
	Moment,
};
use rand::{rngs::OsRng, Rng};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Args)]
pub struct RegisterDataset {
	/// The dataset: its ID, or the first digits of it; by default a new one.
	#[arg(long)]
	dataset: Option<IdRef<DatasetId>>,
	/// The templates whose records aggregates may count.
	///
	/// medrec-gatekeeper check-config lists the hashes of your templates. The first digits are enough for
	/// a template of your datasets or of records that you posted.
	#[arg(long, required = true, num_args = 1..)]
	template: Vec<IdRef<TemplateHash>>,
	/// Cells over fewer patients are suppressed.
	#[arg(long, value_name = "N", default_value_t = SMALLEST_GROUP,
		allow_negative_numbers = true, value_parser = parse::at_least(SMALLEST_GROUP))]
	smallest_group: u32,
	/// The cost of bounties that may be spent in a period.
	#[arg(long, value_name = "N", allow_negative_numbers = true,
		value_parser = parse::at_least(1u64))]
	budget: u64,
	/// The length of a period, as 12h, 7d or 4w.
	#[arg(long, value_name = "DURATION", value_parser = parse::duration)]
	period: Moment,
}

/// A dataset that was registered.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct DatasetRegistered {
	/// The dataset.
	dataset: DatasetId,
	/// The templates whose records aggregates may count.
	templates: Vec<TemplateHash>,
	/// The least number of patients in a cell; smaller cells are suppressed.
	smallest_group: u32,
	/// The cost of bounties that may be spent in a period.
	budget: u64,
	/// The length of a period, in milliseconds.
	period: Moment,
}

impl Report for DatasetRegistered {
	fn page(&self) -> Page {
		let DatasetRegistered { smallest_group, budget, period, .. } = self;
		Page::of("The dataset is registered.").facts([
			("dataset", Cell::id(self.dataset)),
			("templates", Cell::word(self.templates.len())),
			("smallest group", Cell::words(format!("{smallest_group} patients"))),
			("budget", Cell::words(format!("{budget} in each period of {}", span(*period)))),
		])
	}
}

pub(super) async fn register(session: &Session<'_>, args: RegisterDataset) -> Result<Output> {
	let RegisterDataset { dataset, template, smallest_group, budget, period } = args;
	let dataset = match dataset {
		Some(dataset) => {
			let all = async { Ok(ids(session.at().datasets().await?)) };
			dataset.choose(("dataset", "datasets"), all).await?
		},
		None => DatasetId(OsRng.gen()),
	};
	let known = match template.iter().any(|template| matches!(template, IdRef::Prefix(_))) {
		true => known_templates(session).await?,
		false => Vec::new(),
	};
	let mut templates = BTreeSet::new();
	for template in template {
		let known = async { Ok(known.clone()) };
		templates.insert(template.choose(("template of yours", "templates"), known).await?);
	}
	let templates = Vec::from_iter(templates);
	let bounded = templates.clone().try_into().map_err(|_| {
		Failure::usage("usage", format!("a dataset spans at most {MAX_TEMPLATES} templates"))
	})?;
	let rules = Rules { templates: bounded, smallest_group, budget, period };
	let included = session.submit(MiningBountyCall::register_dataset { dataset, rules }).await?;
	let registered = DatasetRegistered { dataset, templates, smallest_group, budget, period };
	Ok(Output::of(&Submitted::new(&included, registered)))
}

/// The templates of the datasets of the key in use, and of the records that it posted.
async fn known_templates(session: &Session<'_>) -> Result<Vec<TemplateHash>> {
	let (at, me) = (session.at(), session.me().await?);
	let datasets = at.datasets().await?.into_iter().filter(|(_, dataset)| dataset.provider == me);
	let mut known = BTreeSet::new();
	for (_, dataset) in datasets {
		known.extend(dataset.rules.templates);
	}
	for (_, relationship) in at.patients_of(me).await? {
		let records = at.records(relationship).await?.into_iter();
		let posted = records.filter(|(_, record)| record.author == me);
		known.extend(posted.map(|(_, record)| record.pointer.template));
	}
	Ok(known.into_iter().collect())
}

/// The datasets.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Datasets {
	/// The datasets.
	datasets: Vec<Dataset>,
}

/// A dataset.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct Dataset {
	/// The dataset.
	dataset: DatasetId,
	/// The provider that registered it.
	provider: SubjectId,
	/// Its name.
	provider_name: String,
	/// The templates whose records aggregates may count.
	templates: Vec<TemplateHash>,
	/// The least number of patients in a cell; smaller cells are suppressed.
	smallest_group: u32,
	/// The part of the budget that is spent in the current period.
	spent: u64,
	/// The budget of a period.
	budget: u64,
	/// The length of a period, in milliseconds.
	period: Moment,
	/// The start of the current period, in Unix milliseconds.
	period_start: Moment,
}

impl Report for Datasets {
	fn page(&self) -> Page {
		let columns = ["dataset", "provider", "templates", "smallest group", "spent", "period"];
		let rows = self.datasets.iter().map(|dataset| {
			let templates = count(dataset.templates.len(), "template", "templates");
			[
				Cell::id(dataset.dataset),
				Cell::words(&dataset.provider_name),
				Cell::word(templates),
				Cell::word(dataset.smallest_group),
				Cell::word(format!("{} of {}", dataset.spent, dataset.budget)),
				Cell::word(span(dataset.period)),
			]
		});
		Page::default().table("Datasets", columns, rows)
	}
}

pub(super) async fn list(session: &Session<'_>) -> Result<Output> {
	let mut directory = session.directory().await?;
	let mut datasets = Vec::new();
	for (id, dataset) in directory.at.datasets().await? {
		let rules = dataset.rules;
		datasets.push(Dataset {
			dataset: id,
			provider: dataset.provider,
			provider_name: directory.name(dataset.provider).await?,
			templates: rules.templates.to_vec(),
			smallest_group: rules.smallest_group,
			spent: dataset.spent,
			budget: rules.budget,
			period: rules.period,
			period_start: dataset.period_start,
		});
	}
	Ok(Output::of(&Datasets { datasets }))
}

/// How providers answered.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Standings {
	/// The providers that ever owed an answer.
	standings: Vec<Standing>,
}

/// How a provider answered.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct Standing {
	/// The provider.
	provider: SubjectId,
	/// Its name.
	provider_name: String,
	/// The number of answered bounties.
	answered: u32,
	/// The number of bounties that were not answered in time.
	defaulted: u32,
}

impl Report for Standings {
	fn page(&self) -> Page {
		let rows = self.standings.iter().map(|standing| {
			[
				Cell::words(&standing.provider_name),
				Cell::word(standing.answered),
				Cell::word(standing.defaulted),
			]
		});
		Page::default().table("Standings", ["provider", "answered", "not answered"], rows)
	}
}

pub(super) async fn standings(session: &Session<'_>) -> Result<Output> {
	let mut directory = session.directory().await?;
	let mut standings = Vec::new();
	for (provider, standing) in directory.at.standings().await? {
		standings.push(Standing {
			provider,
			provider_name: directory.name(provider).await?,
			answered: standing.answered,
			defaulted: standing.defaulted,
		});
	}
	Ok(Output::of(&Standings { standings }))
}
