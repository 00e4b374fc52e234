//! `medrec summary`: one's relationships, what happened, and who saw what.

pub mod accesses;
mod activity;
mod history;

use crate::{
	cli::{examples, Wait},
	context::{sent, Context},
	directory::Directory,
	failure::Failure,
	party::Party,
	report::{self, count, full, row, section, when, Report},
	values, view,
};
use clap::{ArgGroup, Args, Subcommand};
use medrec_client::chain::{RuntimeCall, SummaryCall};
use medrec_primitives::{
	relationship::RelationshipId,
	summary::{Entry, EntryRole},
};
use serde_json::json;

/// See your relationships, what happened, and who saw what.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!(
	"medrec summary show",
	"medrec summary activity --follow",
	"medrec summary accesses --relationship $RELATIONSHIP",
))]
pub enum SummaryCommand {
	/// List your relationships, how they stand, and how many notifications wait.
	#[command(after_help = examples!(
		"medrec summary show",
		"medrec summary show --subject $SUBJECT --json",
	))]
	Show(Show),
	/// List what happened, the latest last.
	#[command(visible_alias = "notifications", after_help = examples!(
		"medrec summary activity",
		"medrec summary activity --last 20 --follow",
	))]
	Activity(activity::Activity),
	/// Say that you have seen the notifications of a relationship, or of all.
	#[command(after_help = examples!(
		"medrec summary acknowledge $RELATIONSHIP",
		"medrec summary acknowledge --all",
	))]
	Acknowledge(Acknowledge),
	/// Keep your whole history, and prove it.
	#[command(subcommand)]
	History(history::HistoryCommand),
	/// List who asked for which records in a relationship, by the gatekeeper's receipts.
	///
	/// Each receipt is verified: that the provider's gatekeeper signed it, and that it is in the
	/// access log whose root is anchored on the chain. The patient sees everybody's, others their
	/// own.
	#[command(after_help = examples!(
		"medrec summary accesses --relationship $RELATIONSHIP",
		"medrec summary accesses --relationship $RELATIONSHIP --json",
	))]
	Accesses(accesses::Accesses),
}

/// `summary show`.
#[derive(Debug, Args)]
pub struct Show {
	/// Whose; yours if left out.
	#[arg(long, value_name = "SUBJECT|NAME|ADDRESS")]
	pub subject: Option<Party>,
}

/// `summary acknowledge`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["relationship", "all"]))]
pub struct Acknowledge {
	/// The relationship.
	#[arg(value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: Option<RelationshipId>,
	/// All that have notifications.
	#[arg(long)]
	pub all: bool,
}

/// Does what the command says.
pub async fn run(context: &Context, command: SummaryCommand) -> Result<Report, Failure> {
	match command {
		SummaryCommand::Show(args) => show(context, args.subject).await,
		SummaryCommand::Activity(args) => activity::run(context, args).await,
		SummaryCommand::Acknowledge(args) => acknowledge(context, args.relationship).await,
		SummaryCommand::History(command) => history::run(context, command).await,
		SummaryCommand::Accesses(args) => accesses::run(context, args).await,
	}
}

async fn show(context: &Context, who: Option<Party>) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let subject = match who {
		Some(who) => who.resolve(&at).await?,
		None => context.me(&at).await?,
	};
	let mut entries = at.relationships_of(subject).await?;
	entries.sort_by_key(|(id, entry)| (entry.last, *id));
	let pending = at.pending_for(subject).await?;
	let mut directory = Directory::new(at, context.me_if_any(&at).await?);
	let mut table =
		report::table(&["relationship", "as", "with", "state", "pending", "last change"]);
	let mut json = Vec::with_capacity(entries.len());
	for (id, entry) in entries {
		let parties = at.relationship(id).await?;
		let parties = parties.map(|found| (found.patient, found.provider));
		let with = match (entry.role, parties) {
			(EntryRole::Provider, Some((patient, _))) => directory.label(patient).await?,
			(EntryRole::Patient, Some((_, provider))) => directory.label(provider).await?,
			(EntryRole::Viewer, Some((patient, provider))) => {
				let patient = directory.label(patient).await?;
				format!("{patient} at {}", directory.label(provider).await?)
			},
			// A proposal that was withdrawn meanwhile.
			(_, None) => "-".to_owned(),
		};
		let Entry { role, state, pending, last } = entry;
		row(
			&mut table,
			[
				full(&id),
				view::entry_role(role).to_owned(),
				with,
				view::entry_state(state).to_owned(),
				pending.to_string(),
				when(last),
			],
		);
		json.push(json!({
			"relationship": id,
			"role": role,
			"state": state,
			"pending": pending,
			"last": last,
			"patient": parties.map(|(patient, _)| patient),
			"provider": parties.map(|(_, provider)| provider),
		}));
	}
	let waiting = count(pending as usize, "notification waits", "notifications wait");
	let text = format!("{}\n{waiting}.", section("Relationships", &table));
	let json = json!({
		"subject": subject,
		"pending": pending,
		"relationships": json,
		"block": { "number": best.number, "hash": best.hash },
	});
	Ok(Report::new(text, json))
}

async fn acknowledge(context: &Context, one: Option<RelationshipId>) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let which: Vec<RelationshipId> = match one {
		Some(one) => vec![one],
		None => {
			let mine = at.relationships_of(context.me(&at).await?).await?;
			mine.into_iter().filter(|(_, entry)| entry.pending > 0).map(|(id, _)| id).collect()
		},
	};
	if which.is_empty() {
		let json = json!({ "acknowledged": which });
		return Ok(Report::new("No notifications wait.", json));
	}
	let mut calls: Vec<RuntimeCall> = which
		.iter()
		.map(|relationship| SummaryCall::Acknowledge { relationship: *relationship }.into())
		.collect();
	let call = match (calls.pop(), calls.is_empty()) {
		(Some(only), true) => only,
		(last, _) => RuntimeCall::batch_all(calls.into_iter().chain(last).collect()),
	};
	let included = context.send(&chain, call, Wait::Best).await?;
	let text = format!("{} seen.", count(which.len(), "relationship is", "relationships are"));
	Ok(sent(&included, text, json!({ "acknowledged": which })))
}
