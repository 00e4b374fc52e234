//! `medrec bounties list` and `datasets`.

use super::Party;
use crate::{
	context::Context,
	directory::Directory,
	failure::Failure,
	report::{self, full, row, section, span, when, Report},
	view,
};
use clap::{Args, ValueEnum};
use medrec_primitives::bounty::{Bounty, BountyState};
use serde_json::json;

/// `bounties list`.
#[derive(Debug, Args)]
pub struct List {
	/// Only those that you own.
	#[arg(long)]
	pub mine: bool,
	/// Only those of this provider.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	pub provider: Option<Party>,
	/// Only those in this state.
	#[arg(long, value_name = "STATE")]
	pub state: Option<StateArg>,
}

/// Where a bounty is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum StateArg {
	/// Offered and not yet answered.
	Open,
	/// The provider has committed to the answer.
	Answered,
	/// Not answered in time.
	Defaulted,
}

impl StateArg {
	fn is(self, bounty: &Bounty) -> bool {
		match self {
			StateArg::Open => matches!(bounty.state, BountyState::Open),
			StateArg::Answered => matches!(bounty.state, BountyState::Answered { .. }),
			StateArg::Defaulted => matches!(bounty.state, BountyState::Defaulted),
		}
	}
}

pub(super) async fn run(context: &Context, args: List) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let mut bounties = match args.mine {
		true => at.bounties_of(context.me(&at).await?).await?,
		false => at.bounties().await?,
	};
	if let Some(provider) = &args.provider {
		let provider = provider.resolve(&at).await?;
		bounties.retain(|(_, bounty)| bounty.provider == provider);
	}
	if let Some(state) = args.state {
		bounties.retain(|(_, bounty)| state.is(bounty));
	}
	bounties.sort_by_key(|(id, bounty)| (bounty.offered_at, *id));

	let mut directory = Directory::new(at, context.me_if_any(&at).await?);
	let columns = ["bounty", "provider", "owner", "asks for", "state", "offered", "due"];
	let mut table = report::table(&columns);
	let mut json = Vec::with_capacity(bounties.len());
	for (id, bounty) in &bounties {
		row(
			&mut table,
			[
				full(id),
				directory.label(bounty.provider).await?,
				directory.label(bounty.owner).await?,
				view::statistic(bounty),
				view::bounty_state(&bounty.state).to_owned(),
				when(bounty.offered_at),
				when(bounty.offer.expires_at),
			],
		);
		json.push(view::bounty_json(*id, bounty));
	}
	Ok(Report::new(section("Bounties", &table), json!({ "bounties": json })))
}

pub(super) async fn datasets(context: &Context) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let mut directory = Directory::new(at, context.me_if_any(&at).await?);
	let columns = ["dataset", "provider", "templates", "smallest group", "spent", "period"];
	let mut table = report::table(&columns);
	let mut json = Vec::new();
	for (id, dataset) in at.datasets().await? {
		row(
			&mut table,
			[
				full(&id),
				directory.label(dataset.provider).await?,
				dataset.rules.templates.len().to_string(),
				dataset.rules.smallest_group.to_string(),
				format!("{} of {}", dataset.spent, dataset.rules.budget),
				format!("{} since {}", span(dataset.rules.period), when(dataset.period_start)),
			],
		);
		json.push(view::dataset_json(id, &dataset));
	}
	Ok(Report::new(section("Datasets", &table), json!({ "datasets": json })))
}
