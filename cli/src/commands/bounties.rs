//! `medrec bounties`: datasets, bounties and aggregates.

mod collect;

use crate::{
	context::{Context, Session},
	failure::{Failure, OrNotFound, Result},
	output::{span, Fields, Output},
	parse::{self, Party},
	view,
};
use clap::{builder::PossibleValuesParser, Args, Subcommand};
use medrec_client::chain::MiningBountyCall;
use medrec_primitives::{
	bounty::{BountyId, DatasetId, Rules, MAX_TEMPLATES, SMALLEST_GROUP},
	record::TemplateHash,
	Moment,
};
use rand::{rngs::OsRng, Rng};
use serde_json::json;
use std::collections::BTreeSet;

/// Offer datasets, and collect the aggregates that mining earned.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Register a dataset over which you offer aggregates, or change its rules. For providers.
	RegisterDataset(RegisterDataset),
	/// List the datasets and the spent part of their budgets.
	Datasets,
	/// List bounties.
	List(List),
	/// Show a bounty.
	Show(One),
	/// Collect the aggregate of a bounty that you own from the provider's gatekeeper, and verify it
	/// against the commitment on the chain.
	Collect(collect::Collect),
	/// Mark a bounty that was not answered in time. This counts against its provider.
	MarkDefaulted(One),
	/// List how many bounties each provider answered and did not answer.
	Standings,
}

#[derive(Debug, Args)]
pub struct One {
	/// The bounty.
	bounty: BountyId,
}

#[derive(Debug, Args)]
pub struct RegisterDataset {
	/// The dataset; by default a new one.
	#[arg(long)]
	dataset: Option<DatasetId>,
	/// The templates whose records aggregates may count.
	#[arg(long, required = true, num_args = 1..)]
	template: Vec<TemplateHash>,
	/// Cells over fewer patients are suppressed.
	#[arg(long, value_name = "N", default_value_t = SMALLEST_GROUP,
		value_parser = clap::value_parser!(u32).range(i64::from(SMALLEST_GROUP)..))]
	smallest_group: u32,
	/// The cost of bounties that may be spent in a period.
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
	budget: u64,
	/// The length of a period, as 12h, 7d or 4w.
	#[arg(long, value_name = "DURATION", value_parser = parse::duration)]
	period: Moment,
}

#[derive(Debug, Args)]
pub struct List {
	/// Only bounties that you own.
	#[arg(long)]
	mine: bool,
	/// Only bounties of this provider.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	provider: Option<Party>,
	/// Only bounties in this state: open (offered and not answered yet), answered (the provider has
	/// committed to the answer) or defaulted (marked as not answered in time).
	#[arg(long, value_parser = PossibleValuesParser::new(["open", "answered", "defaulted"]))]
	state: Option<String>,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let session = &context.connect().await?;
	match command {
		Command::RegisterDataset(args) => register_dataset(session, args).await,
		Command::Datasets => datasets(session).await,
		Command::List(args) => list(session, args).await,
		Command::Show(One { bounty }) => show(session, bounty).await,
		Command::Collect(args) => collect::run(session, args).await,
		Command::MarkDefaulted(One { bounty }) => {
			let call = MiningBountyCall::mark_defaulted { bounty };
			let text = "The bounty is marked as not answered.";
			session.change(call, text, json!({ "bounty": bounty })).await
		},
		Command::Standings => standings(session).await,
	}
}

async fn register_dataset(session: &Session<'_>, args: RegisterDataset) -> Result<Output> {
	let RegisterDataset { dataset, template, smallest_group, budget, period } = args;
	let dataset = dataset.unwrap_or_else(|| DatasetId(OsRng.gen()));
	let templates = Vec::from_iter(BTreeSet::from_iter(template));
	let json = json!({
		"dataset": dataset,
		"templates": templates,
		"smallest_group": smallest_group,
		"budget": budget,
		"period": period,
	});
	let templates = templates.try_into().map_err(|_| {
		Failure::usage("usage", format!("a dataset spans at most {MAX_TEMPLATES} templates"))
	})?;
	let rules = Rules { templates, smallest_group, budget, period };
	let call = MiningBountyCall::register_dataset { dataset, rules };
	session.change(call, format!("The dataset is {dataset}."), json).await
}

async fn datasets(session: &Session<'_>) -> Result<Output> {
	let mut directory = session.directory().await?;
	let mut datasets = Vec::new();
	for (id, dataset) in directory.at.datasets().await? {
		let rules = &dataset.rules;
		let fields = Fields::default()
			.field("dataset", id)
			.show("provider", dataset.provider, directory.name(dataset.provider).await?)
			.show("templates", Vec::from_iter(&rules.templates), rules.templates.len())
			.field("smallest_group", rules.smallest_group)
			.field("spent", dataset.spent)
			.field("budget", rules.budget)
			.show("period", rules.period, span(rules.period))
			.time("period_start", dataset.period_start);
		datasets.push(fields);
	}
	let columns = "dataset provider templates smallest_group spent budget period period_start";
	Ok(Output::table("datasets", "Datasets", columns, &datasets))
}

async fn list(session: &Session<'_>, args: List) -> Result<Output> {
	let at = session.at();
	let mut found = match args.mine {
		true => at.bounties_of(session.me().await?).await?,
		false => at.bounties().await?,
	};
	if let Some(provider) = &args.provider {
		let provider = session.resolve(provider).await?;
		found.retain(|(_, bounty)| bounty.provider == provider);
	}
	if let Some(state) = &args.state {
		found.retain(|(_, bounty)| view::bounty_state(bounty) == state);
	}
	found.sort_by_key(|(id, bounty)| (bounty.offered_at, *id));
	let mut directory = session.directory().await?;
	let mut bounties = Vec::with_capacity(found.len());
	for (id, bounty) in &found {
		bounties.push(view::bounty(&mut directory, *id, bounty).await?);
	}
	let columns = "bounty provider owner statistic group_by state offered_at expires_at";
	Ok(Output::table("bounties", "Bounties", columns, &bounties))
}

async fn show(session: &Session<'_>, id: BountyId) -> Result<Output> {
	let mut directory = session.directory().await?;
	let bounty = directory.at.bounty(id).await?.or_not_found("there is no such bounty")?;
	Ok(view::bounty(&mut directory, id, &bounty).await?.into())
}

async fn standings(session: &Session<'_>) -> Result<Output> {
	let mut directory = session.directory().await?;
	let mut standings = Vec::new();
	for (provider, standing) in directory.at.standings().await? {
		let fields = Fields::default()
			.show("provider", provider, directory.name(provider).await?)
			.field("answered", standing.answered)
			.field("defaulted", standing.defaulted);
		standings.push(fields);
	}
	Ok(Output::table("standings", "Standings", "provider answered defaulted", &standings))
}
