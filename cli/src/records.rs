//! `medrec records`: what the chain knows of records, notes of one's own, and saved answers.

mod note;
mod verify;

use crate::{
	cli::examples,
	context::Context,
	directory::Directory,
	failure::Failure,
	party::not_found,
	report::{self, facts, full, row, section, short, when, Report},
	values, view,
};
use clap::{Args, Subcommand};
use medrec_primitives::{record::RecordId, relationship::RelationshipId};
use serde_json::json;

/// List what the chain knows of records, post notes, and check saved answers.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!(
	"medrec records list",
	"medrec records show --relationship $RELATIONSHIP --record $RECORD",
))]
pub enum RecordsCommand {
	/// List the records of a relationship, or of all of yours.
	#[command(after_help = examples!(
		"medrec records list",
		"medrec records list --relationship $RELATIONSHIP --json",
	))]
	List(List),
	/// Show what the chain knows of a record: its version, its commitment, and where it is found.
	#[command(after_help = examples!(
		"medrec records show --relationship $RELATIONSHIP --record $RECORD",
	))]
	Show(Show),
	/// Post a note of your own. For patients.
	///
	/// The note is a file with a JSON object, and stays with you: the chain holds a commitment to
	/// it. The salt that is needed to prove it is kept in a file of its own; whoever loses it can
	/// prove nothing, and whoever destroys it has erased the note.
	#[command(after_help = examples!(
		"medrec records post-note --relationship $RELATIONSHIP --file note.json",
	))]
	PostNote(note::PostNote),
	/// Amend a note of your own. For patients.
	///
	/// It is committed to with a new salt, which is kept in a file of its own. The old file goes with
	/// the commitment before, which only older blocks hold.
	#[command(after_help = examples!(
		"medrec records amend-note --note note.salt.json --file note.json",
	))]
	AmendNote(note::AmendNote),
	/// Verify an answer that medrec query --json saved, or a note of your own, against the chain.
	#[command(after_help = examples!(
		"medrec records verify answer.json",
		"medrec records verify --note note.salt.json --file note.json",
	))]
	Verify(verify::Verify),
}

/// `records list`.
#[derive(Debug, Args)]
pub struct List {
	/// Of which relationship; of all in your summary if left out.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: Option<RelationshipId>,
}

/// `records show`.
#[derive(Debug, Args)]
pub struct Show {
	/// In which relationship.
	#[arg(long, value_name = "RELATIONSHIP", value_parser = values::hash)]
	pub relationship: RelationshipId,
	/// Which record.
	#[arg(long, value_name = "RECORD", value_parser = values::hash)]
	pub record: RecordId,
}

/// Does what the command says.
pub async fn run(context: &Context, command: RecordsCommand) -> Result<Report, Failure> {
	match command {
		RecordsCommand::List(args) => list(context, args.relationship).await,
		RecordsCommand::Show(args) => show(context, &args).await,
		RecordsCommand::PostNote(args) => note::post(context, &args).await,
		RecordsCommand::AmendNote(args) => note::amend(context, &args).await,
		RecordsCommand::Verify(args) => verify::run(context, &args).await,
	}
}

async fn list(context: &Context, one: Option<RelationshipId>) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let relationships = match one {
		Some(one) => {
			if at.relationship(one).await?.is_none() {
				return Err(not_found("the chain has no such relationship"));
			}
			vec![one]
		},
		None => {
			let mine = at.relationships_of(context.me(&at).await?).await?;
			mine.into_iter().map(|(id, _)| id).collect()
		},
	};
	let mut directory = Directory::new(at, context.me_if_any(&at).await?);
	let columns = ["record", "relationship", "version", "category", "release", "by", "posted"];
	let mut table = report::table(&columns);
	let mut json = Vec::new();
	for relationship in relationships {
		let mut records = at.records(relationship).await?;
		records.sort_by_key(|(record, pointer)| (pointer.posted_at, *record));
		for (record, pointer) in records {
			row(
				&mut table,
				[
					full(&record),
					short(&relationship),
					pointer.version.to_string(),
					pointer.category.to_string(),
					view::release(pointer.release).to_owned(),
					directory.label(pointer.author).await?,
					when(pointer.posted_at),
				],
			);
			json.push(view::record_json(relationship, record, &pointer));
		}
	}
	Ok(Report::new(section("Records", &table), json!({ "records": json })))
}

async fn show(context: &Context, args: &Show) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let best = chain.best().await?;
	let at = chain.at(best.hash);
	let found = at.record(args.relationship, args.record).await?;
	let found = found.ok_or_else(|| not_found("the relationship has no such record"))?;
	let mut directory = Directory::new(at, context.me_if_any(&at).await?);
	let rows = [
		("record", full(&args.record)),
		("relationship", full(&args.relationship)),
		("by", directory.label(found.author).await?),
		("version", found.version.to_string()),
		("category", found.category.to_string()),
		("release", view::release(found.release).to_owned()),
		("commitment", full(&found.commitment)),
		("template", full(&found.pointer.template)),
		("handle", view::hex(&found.pointer.handle)),
		("posted", when(found.posted_at)),
	];
	let text = facts(rows.map(|(name, value)| (name.to_owned(), value)));
	Ok(Report::new(text, view::record_json(args.relationship, args.record, &found)))
}
