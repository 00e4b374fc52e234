//! `medrec records`: records on the chain, notes and saved answers.

mod note;
mod verify;

use crate::{
	context::{self, Context},
	failure::{OrNotFound, Result},
	output::{short, Output},
	view,
};
use clap::Subcommand;
use medrec_primitives::{record::RecordId, relationship::RelationshipId};

/// List records on the chain, post notes, and verify saved answers.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// List the records of a relationship, or of all your relationships.
	List {
		/// The relationship; by default all relationships in your summary.
		#[arg(long)]
		relationship: Option<RelationshipId>,
	},
	/// Show a record as the chain has it: its version, its commitment, its template and its handle.
	Show {
		/// The relationship.
		#[arg(long)]
		relationship: RelationshipId,
		/// The record.
		#[arg(long)]
		record: RecordId,
	},
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

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	match command {
		Command::List { relationship } => list(context, relationship).await,
		Command::Show { relationship, record } => show(context, relationship, record).await,
		Command::PostNote(args) => note::post(context, &args).await,
		Command::AmendNote(args) => note::amend(context, &args).await,
		Command::Verify(args) => verify::run(context, &args).await,
	}
}

async fn list(context: &Context, one: Option<RelationshipId>) -> Result<Output> {
	let session = context.connect().await?;
	let mut directory = session.directory().await?;
	let relationships = match one {
		Some(one) => {
			context::relationship(directory.at, one).await?;
			vec![one]
		},
		None => {
			let mine = directory.at.relationships_of(session.me().await?).await?;
			mine.into_iter().map(|(id, _)| id).collect()
		},
	};
	let mut records = Vec::new();
	for relationship in relationships {
		for record in view::records(&mut directory, relationship).await? {
			records.push(record.text("in_relationship", Some(short(relationship))));
		}
	}
	let columns = format!("{} in_relationship", view::RECORD_COLUMNS);
	Ok(Output::table("records", "Records", &columns, &records))
}

async fn show(context: &Context, id: RelationshipId, record: RecordId) -> Result<Output> {
	let session = context.connect().await?;
	let mut directory = session.directory().await?;
	let found = directory.at.record(id, record).await?;
	let found = found.or_not_found("the relationship has no such record")?;
	Ok(view::record(&mut directory, id, record, &found).await?.into())
}
