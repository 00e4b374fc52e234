//! `medrec records`: records on the chain, notes and saved answers.

mod note;
mod verify;

use crate::{
	context::Context,
	failure::Failure,
	gatekeeper::no_relationship,
	output::{short, table, Output},
	view,
};
use clap::{Args, Subcommand};
use medrec_primitives::{record::RecordId, relationship::RelationshipId};
use serde_json::json;

/// List records on the chain, post notes, and verify saved answers.
#[derive(Debug, Subcommand)]
pub enum RecordsCommand {
	/// List the records of a relationship, or of all your relationships.
	List(List),
	/// Show a record as the chain has it: its version, its commitment, its template and its handle.
	Show(Show),
	/// Post a note of your own. For patients.
	///
	/// The note is a file with a JSON object. It is not sent: the chain holds a commitment to it.
	/// The salt of the commitment is written to a file. Without this file the note cannot be
	/// proven, and its destruction erases the note.
	PostNote(note::PostNote),
	/// Amend a note of your own. For patients.
	///
	/// The new commitment has a new salt, which is written to a new file. The old file belongs to the
	/// old commitment, which only older blocks hold.
	AmendNote(note::AmendNote),
	/// Verify an answer that medrec query --json saved, or a note of your own, against the chain.
	Verify(verify::Verify),
}

#[derive(Debug, Args)]
pub struct List {
	/// The relationship; by default all relationships in your summary.
	#[arg(long)]
	relationship: Option<RelationshipId>,
}

#[derive(Debug, Args)]
pub struct Show {
	/// The relationship.
	#[arg(long)]
	relationship: RelationshipId,
	/// The record.
	#[arg(long)]
	record: RecordId,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: RecordsCommand) -> Result<Output, Failure> {
	match command {
		RecordsCommand::List(args) => list(context, args.relationship).await,
		RecordsCommand::Show(args) => show(context, &args).await,
		RecordsCommand::PostNote(args) => note::post(context, &args).await,
		RecordsCommand::AmendNote(args) => note::amend(context, &args).await,
		RecordsCommand::Verify(args) => verify::run(context, &args).await,
	}
}

async fn list(context: &Context, one: Option<RelationshipId>) -> Result<Output, Failure> {
	let session = context.connect().await?;
	let at = session.at();
	let relationships = match one {
		Some(one) => {
			at.relationship(one).await?.ok_or_else(no_relationship)?;
			vec![one]
		},
		None => {
			let mine = at.relationships_of(session.me().await?).await?;
			mine.into_iter().map(|(id, _)| id).collect()
		},
	};
	let mut directory = session.directory(at).await?;
	let mut records = Vec::new();
	for relationship in relationships {
		for record in view::records(at, &mut directory, relationship).await? {
			records.push(record.text("in_relationship", Some(short(relationship))));
		}
	}
	let columns = [view::RECORD_COLUMNS.as_slice(), &["in_relationship"]].concat();
	Ok(Output::new(table("Records", &columns, &records), json!({ "records": records })))
}

async fn show(context: &Context, args: &Show) -> Result<Output, Failure> {
	let session = context.connect().await?;
	let at = session.at();
	let found = at.record(args.relationship, args.record).await?;
	let found = found.ok_or_else(|| Failure::not_found("the relationship has no such record"))?;
	let mut directory = session.directory(at).await?;
	Ok(view::record(&mut directory, args.relationship, args.record, &found).await?.into())
}
