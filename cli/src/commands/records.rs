//! `medrec records`: records on the chain, notes and saved answers.

mod note;
mod verify;

use crate::{
	catalogue::Catalogues,
	context::{self, Context, Submitted},
	directory::Directory,
	failure::{Failure, OrNotFound, Result},
	gatekeeper::Url,
	output::{Output, Report},
	page::{Cell, Page},
	parse::{CategoryRef, RelationshipRef},
	parties::Parties,
	record_view::{missing_names, table, RecordView},
	reference::IdRef,
	schema::Documented,
};
use clap::{Args, Subcommand};
use medrec_primitives::{identity::SubjectId, record::RecordId, relationship::RelationshipId};
use medrec_protocol::wire::BlockRef;
use serde::Serialize;

/// What the commands print with `--json`.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<RecordList>("records list"),
	Documented::of::<RecordShown>("records show"),
	Documented::of::<Submitted<note::NoteReport>>("records post-note"),
	Documented::of::<Submitted<note::NoteReport>>("records amend-note"),
	Documented::of::<verify::VerifyReport>("records verify"),
];

/// List records on the chain, post notes, and verify saved answers.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// List the records of a relationship, or of all your relationships.
	///
	/// The names come from the catalogue of the provider's gatekeeper, which is signed in your name and
	/// reads no record. Without it, the list has codes.
	List(List),
	/// Show a record as the chain has it.
	///
	/// Its version, its commitment, its template and its handle. medrec query reads its content.
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
	/// Verify saved answers, or a note of your own, against the chain.
	///
	/// It says what is proven and by what, what the chain says about it now, and whose word that rests
	/// on. It needs no key.
	Verify(verify::Verify),
}

#[derive(Debug, Args)]
pub struct List {
	/// The relationship, or its other party.
	///
	/// By default all of yours.
	#[arg(long, value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
	/// Only the records of a category.
	#[arg(long, value_name = "NAME|CODE")]
	category: Option<CategoryRef>,
	#[command(flatten)]
	gatekeeper: Url,
}

#[derive(Debug, Args)]
pub struct Show {
	/// The record: the ID or its first digits.
	#[arg(value_name = "ID")]
	record: IdRef<RecordId>,
	/// The relationship, or its other party.
	///
	/// By default the one that has the record.
	#[arg(long, value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
	#[command(flatten)]
	gatekeeper: Url,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	match command {
		Command::List(args) => list(context, args).await,
		Command::Show(args) => show(context, args).await,
		Command::PostNote(args) => note::post(context, &args).await,
		Command::AmendNote(args) => note::amend(context, &args).await,
		Command::Verify(args) => verify::run(context, &args).await,
	}
}

/// The records of relationships.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct RecordList {
	/// The relationships, each with its records.
	relationships: Vec<RecordGroup>,
	/// The block of this state.
	block: BlockRef,
}

/// The records of one relationship.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct RecordGroup {
	#[serde(flatten)]
	parties: Parties,
	/// The records, the oldest first.
	records: Vec<RecordView>,
	/// The reason why names are missing; none if all are known.
	names_missing: Option<String>,
	/// The reason why the category is not known in this relationship.
	#[serde(skip)]
	problem: Option<Failure>,
}

impl RecordGroup {
	async fn of(
		catalogues: &mut Catalogues<'_>,
		directory: &mut Directory<'_>,
		relationship: RelationshipId,
		wanted: Option<&CategoryRef>,
	) -> Result<RecordGroup> {
		let found = context::relationship(directory.at, relationship).await?;
		let names = catalogues.of(relationship).await?;
		let category = wanted.map(|category| names.find_category(category)).transpose();
		let mut records = RecordView::all(directory, &names, relationship).await?;
		records.retain(|record| match category {
			Ok(category) => category.is_none_or(|category| record.category == category),
			Err(_) => false,
		});
		Ok(RecordGroup {
			parties: Parties::of(directory, relationship, (found.patient, found.provider)).await?,
			records,
			names_missing: names.missing().map(str::to_owned),
			problem: category.err(),
		})
	}
}

impl Report for RecordList {
	fn page(&self) -> Page {
		let groups = self.relationships.iter();
		let page = groups.enumerate().fold(Page::default(), |page, (at, group)| {
			let (parties, missing) = (&group.parties, group.names_missing.as_deref());
			let page = if at > 0 { page.line("") } else { page };
			page.then(table(&parties.heading(), &group.records))
				.maybe_line(missing_names(missing, &parties.provider_name))
		});
		match self.relationships.is_empty() {
			true => Page::of("You have no relationship with records."),
			false => page,
		}
	}
}

async fn list(context: &Context, args: List) -> Result<Output> {
	let session = context.connect().await?;
	let mut directory = session.directory().await?;
	let relationships = session.with_records(args.relationship.as_ref()).await?;
	let mut catalogues = Catalogues::new(&session, args.gatekeeper);
	let mut groups = Vec::with_capacity(relationships.len());
	for relationship in relationships {
		let category = args.category.as_ref();
		groups
			.push(RecordGroup::of(&mut catalogues, &mut directory, relationship, category).await?);
	}
	// Providers have categories of their own: one of them must have the wanted one.
	let all_failed = !groups.is_empty() && groups.iter().all(|group| group.problem.is_some());
	if let Some(failure) =
		groups.first_mut().filter(|_| all_failed).and_then(|one| one.problem.take())
	{
		return Err(failure);
	}
	Ok(Output::of(&RecordList { relationships: groups, block: session.best.into() }))
}

/// One record.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct RecordShown {
	#[serde(flatten)]
	record: RecordView,
	/// The provider that keeps the record.
	provider: SubjectId,
	/// The name of the provider.
	provider_name: String,
	/// The names of its fields for people, in the order of their numbers; empty if they are not known.
	fields: Vec<String>,
	/// The reason why names are missing; none if all are known.
	names_missing: Option<String>,
	/// The block of this state.
	block: BlockRef,
}

impl Report for RecordShown {
	fn page(&self) -> Page {
		let record = &self.record;
		let fields = match self.fields.is_empty() {
			true => Cell::None,
			false => Cell::words(self.fields.join(", ")),
		};
		Page::default()
			.facts([
				("record", Cell::id(record.record)),
				("what", Cell::words(record.what())),
				("category", Cell::word(record.category_text())),
				("kept by", Cell::word(&self.provider_name)),
				("relationship", Cell::id(record.relationship)),
				("version", Cell::word(record.version)),
				("posted", Cell::time(record.posted_at)),
				("author", Cell::words(&record.author_name)),
				("fields", fields),
				("commitment", Cell::id(record.commitment)),
				("template", Cell::id(record.template)),
				("handle", Cell::words(&record.handle)),
			])
			.maybe_line(missing_names(self.names_missing.as_deref(), &self.provider_name))
			.line(format!("As of block {}.", self.block.number))
	}
}

async fn show(context: &Context, args: Show) -> Result<Output> {
	let session = context.connect().await?;
	let resolver = session.resolver().await?;
	let (relationship, record) =
		resolver.find_record(args.relationship.as_ref(), &args.record).await?;
	let mut directory = session.directory().await?;
	let found = directory.at.record(relationship, record).await?;
	let found = found.or_not_found("the relationship has no such record")?;
	let provider = context::relationship(directory.at, relationship).await?.provider;
	let names = Catalogues::new(&session, args.gatekeeper).of(relationship).await?;
	let fields = names.template(&found).map_or(&[][..], |template| &template.fields);
	Ok(Output::of(&RecordShown {
		record: RecordView::of(&mut directory, &names, relationship, record, &found).await?,
		provider,
		provider_name: directory.name(provider).await?,
		fields: fields.iter().map(|field| field.label().to_owned()).collect(),
		names_missing: names.missing().map(str::to_owned),
		block: session.best.into(),
	}))
}
