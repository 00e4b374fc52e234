//! `medrec summary`: relationships, activity, history and accesses of a subject.

mod accesses;
mod activity;
mod history;
mod show;

use crate::{
	context::{Context, Sent, Submitted, Wait, Whose},
	failure::Result,
	output::{Output, Report},
	page::Page,
	parse::RelationshipRef,
	schema::Documented,
	text::count,
};
use clap::{ArgGroup, Subcommand};
use medrec_client::chain::{RuntimeCall, SummaryCall};
use medrec_primitives::relationship::RelationshipId;
use serde::Serialize;

/// Show your relationships, activity, and who read your records.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// List your relationships, their states, and what to do next.
	Show(Whose),
	/// List what happened to a subject, the latest last.
	#[command(visible_alias = "notifications")]
	Activity(activity::Activity),
	/// Mark notifications as read.
	#[command(group = ArgGroup::new("which").required(true).args(["relationship", "all"]))]
	Acknowledge {
		/// The relationship, or its other party.
		#[arg(value_name = "NAME|ID")]
		relationship: Option<RelationshipRef>,
		/// All relationships that have notifications.
		#[arg(long)]
		all: bool,
	},
	/// Export your whole history, and prove it.
	#[command(subcommand)]
	History(history::Command),
	/// List the requests for your records, by the gatekeepers' receipts.
	///
	/// Each receipt is verified: the provider's gatekeeper must have signed it, and it must be in the
	/// access log whose root is anchored on the chain. A patient sees all receipts of a
	/// relationship, others see their own. A request that a gatekeeper did not log is not found this way.
	Accesses(accesses::Accesses),
}

/// What the commands print.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<show::Summary>("summary show"),
	Documented::of::<activity::ActivityReport>("summary activity"),
	Documented::of::<AcknowledgedReport>("summary acknowledge"),
	Documented::of::<history::ExportReport>("summary history export"),
	Documented::of::<history::HistoryVerified>("summary history verify"),
	Documented::of::<accesses::AccessesReport>("summary accesses"),
];

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	match command {
		Command::Show(whose) => show::run(context, whose).await,
		Command::Activity(args) => activity::run(context, args).await,
		Command::Acknowledge { relationship, all: _ } => {
			acknowledge(context, relationship.as_ref()).await
		},
		Command::History(command) => history::run(context, command).await,
		Command::Accesses(args) => accesses::run(context, args).await,
	}
}

/// Notifications that are marked as read.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct Acknowledged {
	/// The relationships whose notifications are marked as read.
	acknowledged: Vec<RelationshipId>,
}

impl Report for Acknowledged {
	fn page(&self) -> Page {
		match self.acknowledged.len() {
			0 => Page::of("There are no unread notifications."),
			number => {
				let number = count(number, "relationship", "relationships");
				Page::of(format!("The notifications of {number} are marked as read."))
			},
		}
	}
}

/// What is marked as read, and the transaction that did it, if one was needed.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
enum AcknowledgedReport {
	/// A transaction marked them.
	Done(Submitted<Acknowledged>),
	/// There were no notifications, and nothing was sent.
	Nothing(Acknowledged),
}

impl Report for AcknowledgedReport {
	fn page(&self) -> Page {
		match self {
			AcknowledgedReport::Done(submitted) => submitted.page(),
			AcknowledgedReport::Nothing(nothing) => nothing.page(),
		}
	}
}

async fn acknowledge(context: &Context, one: Option<&RelationshipRef>) -> Result<Output> {
	let session = context.connect().await?;
	let acknowledged: Vec<RelationshipId> = match one {
		Some(_) => vec![session.relationship(one, &[]).await?],
		None => {
			let mine = session.at().relationships_of(session.me().await?).await?;
			mine.into_iter().filter(|(_, entry)| entry.pending > 0).map(|(id, _)| id).collect()
		},
	};
	let calls = acknowledged.iter().map(|id| SummaryCall::acknowledge { relationship: *id }.into());
	let mut calls: Vec<RuntimeCall> = calls.collect();
	let what = Acknowledged { acknowledged };
	let call = match (calls.pop(), calls.is_empty()) {
		(None, _) => return Ok(Output::of(&AcknowledgedReport::Nothing(what))),
		(Some(only), true) => only,
		(last, false) => RuntimeCall::batch_all(calls.into_iter().chain(last).collect()),
	};
	let sent = session.submit_with(call, Wait::Best).await?;
	// It changes only what its signer sees.
	let sent = Sent { takes_away: false, ..sent };
	Ok(Output::of(&AcknowledgedReport::Done(Submitted::new(&sent, what))))
}
