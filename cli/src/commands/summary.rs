//! `medrec summary`: relationships, activity, history and accesses of a subject.

mod activity;
mod history;

use crate::{
	access_log,
	context::{submitted, Context, Wait, Whose},
	failure::{Failure, Result},
	gatekeeper::Url,
	output::{count, list, short, table, when, Fields, Output},
};
use clap::{ArgGroup, Subcommand};
use medrec_client::chain::{RuntimeCall, SummaryCall};
use medrec_primitives::{relationship::RelationshipId, summary::EntryRole};
use medrec_protocol::wire::{BlockRef, Outcome};
use serde_json::json;

/// Show your relationships, your activity, and the accesses to your records.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// List your relationships with their states and the number of unread notifications.
	Show(Whose),
	/// List the activity of a subject, the latest entry last.
	#[command(visible_alias = "notifications")]
	Activity(activity::Activity),
	/// Mark the notifications of a relationship, or of all, as read.
	#[command(group = ArgGroup::new("which").required(true).args(["relationship", "all"]))]
	Acknowledge {
		/// The relationship.
		relationship: Option<RelationshipId>,
		/// All relationships that have notifications.
		#[arg(long)]
		all: bool,
	},
	/// Export your whole history, and prove it.
	#[command(subcommand)]
	History(history::Command),
	/// List the requests for the records of a relationship, by the gatekeeper's receipts.
	///
	/// Each receipt is verified: the provider's gatekeeper must have signed it, and it must be in the
	/// access log whose root is anchored on the chain. A patient sees the receipts of everybody,
	/// others see their own.
	Accesses {
		/// The relationship.
		#[arg(long)]
		relationship: RelationshipId,
		#[command(flatten)]
		gatekeeper: Url,
	},
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	match command {
		Command::Show(whose) => show(context, whose).await,
		Command::Activity(args) => activity::run(context, args).await,
		Command::Acknowledge { relationship, all: _ } => acknowledge(context, relationship).await,
		Command::History(command) => history::run(context, command).await,
		Command::Accesses { relationship, gatekeeper } => {
			accesses(context, relationship, &gatekeeper).await
		},
	}
}

async fn show(context: &Context, whose: Whose) -> Result<Output> {
	let session = context.connect().await?;
	let mut directory = session.directory().await?;
	let at = directory.at;
	let subject = session.resolve_or_me(at, whose.subject.as_ref()).await?;
	let mut entries = at.relationships_of(subject).await?;
	entries.sort_by_key(|(id, entry)| (entry.last, *id));
	let mut relationships = Vec::with_capacity(entries.len());
	for (id, entry) in entries {
		let parties = at.relationship(id).await?.map(|found| (found.patient, found.provider));
		let with = match (entry.role, parties) {
			(EntryRole::Provider, Some((patient, _))) => directory.name(patient).await?,
			(EntryRole::Patient, Some((_, provider))) => directory.name(provider).await?,
			(EntryRole::Viewer, Some((patient, provider))) => {
				let patient = directory.name(patient).await?;
				format!("{patient} at {}", directory.name(provider).await?)
			},
			// The proposal was withdrawn.
			(_, None) => "-".to_owned(),
		};
		let fields = Fields::default()
			.field("relationship", id)
			.field("role", entry.role)
			.text("with", Some(with))
			.field("state", entry.state)
			.field("pending", entry.pending)
			.time("last", entry.last)
			.json("patient", parties.map(|(patient, _)| patient))
			.json("provider", parties.map(|(_, provider)| provider));
		relationships.push(fields);
	}
	let pending = at.pending_for(subject).await?;
	let columns = "relationship role with state pending last";
	let unread = count(pending as usize, "unread notification", "unread notifications");
	Ok(Output::table("relationships", "Relationships", columns, &relationships)
		.with_line(format!("{unread}."))
		.with_field("subject", subject)
		.with_field("pending", pending)
		.with_field("block", BlockRef::from(session.best)))
}

async fn acknowledge(context: &Context, one: Option<RelationshipId>) -> Result<Output> {
	let session = context.connect().await?;
	let which: Vec<RelationshipId> = match one {
		Some(one) => vec![one],
		None => {
			let mine = session.at().relationships_of(session.me().await?).await?;
			mine.into_iter().filter(|(_, entry)| entry.pending > 0).map(|(id, _)| id).collect()
		},
	};
	let json = json!({ "acknowledged": which });
	let calls = which.iter().map(|id| SummaryCall::acknowledge { relationship: *id }.into());
	let mut calls: Vec<RuntimeCall> = calls.collect();
	let call = match (calls.pop(), calls.is_empty()) {
		(None, _) => return Ok(Output::new("There are no unread notifications.", json)),
		(Some(only), true) => only,
		(last, false) => RuntimeCall::batch_all(calls.into_iter().chain(last).collect()),
	};
	let number = count(which.len(), "relationship", "relationships");
	let text = format!("The notifications of {number} are marked as read.");
	Ok(submitted(&session.submit_with(call, Wait::Best).await?, text, json))
}

async fn accesses(context: &Context, id: RelationshipId, url: &Url) -> Result<Output> {
	let session = context.connect().await?;
	let log = access_log::read(&session, id, url).await?;
	let mut directory = session.directory_at(log.block.hash).await?;
	let mut rows = Vec::with_capacity(log.accesses.len());
	for access in &log.accesses {
		let receipt = &access.receipt.receipt;
		let outcome = match receipt.decision {
			Outcome::Permit => "served",
			Outcome::Refused(code) => code.as_str(),
		};
		let fields = Fields::default()
			.field("receipt", receipt.sequence)
			.time("at", receipt.at)
			.text("requester", Some(directory.name(receipt.requester).await?))
			.text("record", Some(short(receipt.record)))
			.field("purpose", receipt.purpose)
			.text("outcome", Some(outcome))
			.text("fields", Some(list(&receipt.fields, "-")))
			.text("proof", Some(access.verdict()));
		rows.push(fields);
	}
	let anchored = match &log.anchor {
		Some(anchor) => format!(
			"The log is anchored up to receipt {}, since {}; verified at block {}.",
			anchor.size.saturating_sub(1),
			when(anchor.at),
			log.block.number
		),
		None => "The log is not anchored on the chain yet.".to_owned(),
	};
	let columns = "receipt at requester record purpose outcome fields proof";
	let output = Output::new(table("Accesses", columns, &rows), &log).with_line(anchored);
	match log.problem() {
		None => Ok(output),
		Some(problem) => {
			let failure = Failure::unverified("verification_failed", problem);
			Err(Failure { output: Some(output), ..failure })
		},
	}
}
