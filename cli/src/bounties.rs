//! `medrec bounties`: datasets, bounties, and what was earned.

mod collect;
mod list;

use crate::{
	cli::{examples, Wait},
	context::{sent, Context},
	directory::Directory,
	failure::Failure,
	party::{not_found, Party},
	report::{self, facts, full, row, section, when, Report},
	values, view,
};
use clap::{Args, Subcommand, ValueHint};
use medrec_client::chain::MiningBountyCall;
use medrec_primitives::{
	bounty::{BountyId, BountyState, DatasetId, Rules, MAX_TEMPLATES, SMALLEST_GROUP},
	Moment, H256,
};
use rand::{rngs::OsRng, RngCore};
use serde_json::json;
use std::{collections::BTreeSet, path::PathBuf};

/// Offer datasets, and collect what mining earned.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!(
	"medrec bounties list --mine",
	"medrec bounties collect $BOUNTY",
	"medrec bounties standings",
))]
pub enum BountiesCommand {
	/// Register a dataset that you offer aggregates of, or change its rules. For providers.
	#[command(after_help = examples!(
		"medrec bounties register-dataset --template $TEMPLATE --budget 100 --period 30d",
		"medrec bounties register-dataset --dataset $DATASET --template $TEMPLATE --smallest-group 20 --budget 50 --period 30d",
	))]
	RegisterDataset(RegisterDataset),
	/// List the datasets, with what is left of their budgets.
	#[command(after_help = examples!("medrec bounties datasets"))]
	Datasets,
	/// List bounties.
	#[command(after_help = examples!(
		"medrec bounties list",
		"medrec bounties list --mine --state answered",
		"medrec bounties list --provider hospital-a --json",
	))]
	List(list::List),
	/// Show a bounty.
	#[command(after_help = examples!("medrec bounties show $BOUNTY"))]
	Show(One),
	/// Collect the aggregate of a bounty of yours from the provider's gatekeeper, and verify it
	/// against the chain's commitment.
	#[command(after_help = examples!(
		"medrec bounties collect $BOUNTY",
		"medrec bounties collect $BOUNTY --json > aggregate.json",
	))]
	Collect(Collect),
	/// Say that a bounty was not answered in time, which counts against its provider.
	#[command(after_help = examples!("medrec bounties mark-defaulted $BOUNTY"))]
	MarkDefaulted(One),
	/// List how providers kept their promises.
	#[command(after_help = examples!("medrec bounties standings"))]
	Standings,
}

/// A bounty.
#[derive(Debug, Args)]
pub struct One {
	/// The bounty.
	#[arg(value_name = "BOUNTY", value_parser = values::hash)]
	pub bounty: BountyId,
}

/// `bounties collect`.
#[derive(Debug, Args)]
pub struct Collect {
	/// The bounty.
	#[arg(value_name = "BOUNTY", value_parser = values::hash)]
	pub bounty: BountyId,
	/// The gatekeeper's address; as the provider's profile says if left out.
	#[arg(long, value_name = "URL", value_parser = values::gatekeeper_url,
		value_hint = ValueHint::Url)]
	pub gatekeeper: Option<String>,
	/// Write the aggregate to this file too, in canonical JSON.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub out: Option<PathBuf>,
}

/// `bounties register-dataset`.
#[derive(Debug, Args)]
pub struct RegisterDataset {
	/// The dataset; a new one if left out.
	#[arg(long, value_name = "DATASET", value_parser = values::hash)]
	pub dataset: Option<DatasetId>,
	/// The templates over whose records aggregates may be offered.
	#[arg(long, value_name = "TEMPLATE", value_parser = values::hash, required = true,
		num_args = 1..)]
	pub template: Vec<H256>,
	/// Cells over fewer patients are cut.
	#[arg(long, value_name = "N", default_value_t = SMALLEST_GROUP,
		value_parser = clap::value_parser!(u32).range(i64::from(SMALLEST_GROUP)..))]
	pub smallest_group: u32,
	/// How much may be spent in a period, in the units of what bounties cost.
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
	pub budget: u64,
	/// How long a period lasts, as 12h, 7d or 4w.
	#[arg(long, value_name = "DURATION", value_parser = values::duration)]
	pub period: Moment,
}

/// Does what the command says.
pub async fn run(context: &Context, command: BountiesCommand) -> Result<Report, Failure> {
	match command {
		BountiesCommand::RegisterDataset(args) => register_dataset(context, args).await,
		BountiesCommand::Datasets => list::datasets(context).await,
		BountiesCommand::List(args) => list::run(context, args).await,
		BountiesCommand::Show(One { bounty }) => show(context, bounty).await,
		BountiesCommand::Collect(args) => collect::run(context, args).await,
		BountiesCommand::MarkDefaulted(One { bounty }) => mark_defaulted(context, bounty).await,
		BountiesCommand::Standings => standings(context).await,
	}
}

async fn register_dataset(context: &Context, args: RegisterDataset) -> Result<Report, Failure> {
	let RegisterDataset { dataset, template, smallest_group, budget, period } = args;
	let dataset = dataset.unwrap_or_else(|| {
		let mut id = H256::zero();
		OsRng.fill_bytes(id.as_bytes_mut());
		id
	});
	let templates: Vec<H256> = BTreeSet::from_iter(template).into_iter().collect();
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
	let chain = context.connect().await?;
	let call = MiningBountyCall::RegisterDataset { dataset, rules };
	let included = context.send(&chain, call, Wait::Final).await?;
	Ok(sent(&included, format!("The dataset is {}.", full(&dataset)), json))
}

async fn show(context: &Context, id: BountyId) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let bounty = at.bounty(id).await?.ok_or_else(|| not_found("there is no such bounty"))?;
	let mut directory = Directory::new(at, context.me_if_any(&at).await?);
	let mut rows = vec![
		("bounty", full(&id)),
		("provider", directory.label(bounty.provider).await?),
		("owner", directory.label(bounty.owner).await?),
		("asks for", view::statistic(&bounty)),
		("template", full(&bounty.offer.template)),
		("dataset", full(&bounty.offer.dataset)),
		("cost", bounty.offer.cost.to_string()),
		("offered", when(bounty.offered_at)),
		("due", when(bounty.offer.expires_at)),
		("state", view::bounty_state(&bounty.state).to_owned()),
	];
	if let BountyState::Answered { commitment, at } = &bounty.state {
		rows.push(("answered", when(*at)));
		rows.push(("commitment", full(commitment)));
	}
	let text = facts(rows.into_iter().map(|(name, value)| (name.to_owned(), value)));
	Ok(Report::new(text, view::bounty_json(id, &bounty)))
}

async fn mark_defaulted(context: &Context, bounty: BountyId) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let call = MiningBountyCall::MarkDefaulted { bounty };
	let included = context.send(&chain, call, Wait::Final).await?;
	Ok(sent(&included, "The bounty counts as not answered.", json!({ "bounty": bounty })))
}

async fn standings(context: &Context) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let mut directory = Directory::new(at, context.me_if_any(&at).await?);
	let mut table = report::table(&["provider", "answered", "not answered"]);
	let mut json = Vec::new();
	for (provider, standing) in at.standings().await? {
		row(
			&mut table,
			[
				directory.label(provider).await?,
				standing.answered.to_string(),
				standing.defaulted.to_string(),
			],
		);
		json.push(json!({
			"provider": provider,
			"answered": standing.answered,
			"defaulted": standing.defaulted,
		}));
	}
	Ok(Report::new(section("Standings", &table), json!({ "standings": json })))
}
