//! `medrec bounties`: datasets, bounties and aggregates.

mod collect;
mod datasets;
mod view;

use crate::{
	context::{Context, Session, Submitted},
	failure::{OrNotFound, Result},
	output::{Output, Report},
	page::{Cell, Page},
	parse::Party,
	reference::{ids, IdRef},
	schema::Documented,
};
use clap::{builder::PossibleValuesParser, Args, Subcommand};
use medrec_client::chain::{At, MiningBountyCall};
use medrec_primitives::bounty::{Bounty, BountyId};
use serde::Serialize;
use view::{state_of, BountyView};

/// What the commands print with `--json`.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<Submitted<datasets::DatasetRegistered>>("bounties register-dataset"),
	Documented::of::<datasets::Datasets>("bounties datasets"),
	Documented::of::<Bounties>("bounties list"),
	Documented::of::<BountyView>("bounties show"),
	Documented::of::<collect::Collected>("bounties collect"),
	Documented::of::<Submitted<MarkedDefaulted>>("bounties mark-defaulted"),
	Documented::of::<datasets::Standings>("bounties standings"),
];

/// Offer datasets, and collect the aggregates that mining earned.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Register a dataset over which you offer aggregates, or change its rules.
	///
	/// For providers. The gatekeeper's configuration names the dataset of its bounties.
	RegisterDataset(datasets::RegisterDataset),
	/// List the datasets and the spent part of their budgets.
	Datasets,
	/// List bounties.
	List(List),
	/// Show a bounty.
	Show(One),
	/// Collect the aggregate of a bounty that you own, and verify it.
	///
	/// It comes from the provider's gatekeeper and is compared with the commitment on the chain.
	Collect(collect::Collect),
	/// Mark a bounty that was not answered in time.
	///
	/// This counts against its provider.
	MarkDefaulted(One),
	/// List how many bounties each provider answered and did not answer.
	Standings,
}

#[derive(Debug, Args)]
pub struct One {
	/// The bounty: its ID, or the first digits of it.
	bounty: IdRef<BountyId>,
}

#[derive(Debug, Args)]
pub struct List {
	/// Only bounties that you own.
	#[arg(long)]
	mine: bool,
	/// Only bounties of this provider.
	#[arg(long, value_name = "NAME|ID")]
	provider: Option<Party>,
	/// Only bounties in this state.
	///
	/// An open one is offered and not answered yet. Of an answered one the provider has committed to
	/// the answer. A defaulted one is marked as not answered in time.
	#[arg(long, value_parser = PossibleValuesParser::new(["open", "answered", "defaulted"]))]
	state: Option<String>,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let session = &context.connect().await?;
	match command {
		Command::RegisterDataset(args) => datasets::register(session, args).await,
		Command::Datasets => datasets::list(session).await,
		Command::List(args) => list(session, args).await,
		Command::Show(One { bounty }) => show(session, &bounty).await,
		Command::Collect(args) => collect::run(session, args).await,
		Command::MarkDefaulted(One { bounty }) => mark_defaulted(session, &bounty).await,
		Command::Standings => datasets::standings(session).await,
	}
}

/// The bounty that is meant, among those on the chain.
async fn find(at: At<'_>, bounty: &IdRef<BountyId>) -> Result<(BountyId, Bounty)> {
	let all = async { Ok(ids(at.bounties().await?)) };
	let id = bounty.choose(("bounty", "bounties"), all).await?;
	let missing = format!("the chain has no bounty {id}; medrec bounties list lists them");
	Ok((id, at.bounty(id).await?.or_not_found(missing)?))
}

/// Bounties.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct Bounties {
	/// The bounties, the oldest first.
	bounties: Vec<BountyView>,
	/// Whether only those of one owner were asked for.
	#[serde(skip)]
	mine: bool,
}

impl Report for Bounties {
	fn page(&self) -> Page {
		let columns = ["bounty", "provider", "owner", "what", "state"];
		let page =
			Page::default().table("Bounties", columns, self.bounties.iter().map(BountyView::row));
		let page = match self.bounties.is_empty() {
			true => page,
			false => page.line("medrec bounties show BOUNTY shows its template and its times."),
		};
		let is_answered = |bounty: &BountyView| bounty.state == "answered";
		match self.bounties.iter().find(|bounty| is_answered(bounty)) {
			_ if self.mine && self.bounties.is_empty() => page.line(
				"A bounty belongs to the miner of the block in which a provider offers it. To mine, be \
				 admitted as a researcher with a mining key (medrec registrar admit-researcher, by a \
				 member of the council), and run medrec-node --mine.",
			),
			Some(bounty) if self.mine => page.line(bounty.collect_line()),
			_ => page,
		}
	}
}

async fn list(session: &Session<'_>, args: List) -> Result<Output> {
	let List { mine, provider, state } = args;
	let at = session.at();
	let mut found = match mine {
		true => at.bounties_of(session.me().await?).await?,
		false => at.bounties().await?,
	};
	if let Some(provider) = &provider {
		let provider = session.resolve(provider).await?;
		found.retain(|(_, bounty)| bounty.provider == provider);
	}
	if let Some(state) = &state {
		found.retain(|(_, bounty)| state_of(bounty) == state);
	}
	found.sort_by_key(|(id, bounty)| (bounty.offered_at, *id));
	let mut directory = session.directory().await?;
	let mut bounties = Vec::with_capacity(found.len());
	for (id, bounty) in &found {
		bounties.push(BountyView::of(&mut directory, *id, bounty).await?);
	}
	Ok(Output::of(&Bounties { bounties, mine }))
}

async fn show(session: &Session<'_>, bounty: &IdRef<BountyId>) -> Result<Output> {
	let mut directory = session.directory().await?;
	let (id, bounty) = find(directory.at, bounty).await?;
	Ok(Output::of(&BountyView::of(&mut directory, id, &bounty).await?))
}

/// A bounty that was marked as not answered.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct MarkedDefaulted {
	/// The bounty.
	bounty: BountyId,
	/// Its provider, against which this counts.
	provider_name: String,
}

impl Report for MarkedDefaulted {
	fn page(&self) -> Page {
		let MarkedDefaulted { provider_name, .. } = self;
		Page::of(format!(
			"The bounty is marked as not answered, which counts against {provider_name}."
		))
		.facts([("bounty", Cell::id(self.bounty))])
	}
}

async fn mark_defaulted(session: &Session<'_>, bounty: &IdRef<BountyId>) -> Result<Output> {
	let (bounty, found) = find(session.at(), bounty).await?;
	let provider_name = session.directory().await?.name(found.provider).await?;
	let included = session.submit(MiningBountyCall::mark_defaulted { bounty }).await?;
	Ok(Output::of(&Submitted::new(&included, MarkedDefaulted { bounty, provider_name })))
}
