//! `medrec query`: records from gatekeepers, verified against the chain.

use crate::{
	answer::VerifiedAnswer,
	catalogue::RecordNames,
	chart::{self, Chart, Filter},
	context::{Context, Session},
	failure::{Failure, OrNotFound, Result},
	files,
	gatekeeper::Url,
	output::{Output, Report},
	page::Page,
	parse::{FieldRef, RelationshipRef},
	purpose,
	reference::IdRef,
	requests::{describe, Pace, Reader},
	resolve::WITH_RECORDS,
	schema::Documented,
};
use clap::{ArgGroup, Args};
use medrec_primitives::{
	record::{FieldNumber, RecordId},
	relationship::Purpose,
};
use medrec_protocol::wire::QueryRequest;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What the command prints with `--json`.
pub const OUTPUTS: &[Documented] = &[Documented::of::<QueryReport>("query")];

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true)
	.args(["record", "all", "category", "find"]))]
#[command(override_usage = "medrec query [OPTIONS] \
	(--record <ID> | --all | --category <NAME|CODE> | --find <TEXT>)")]
pub struct QueryArgs {
	/// One record with all its fields.
	#[arg(long, value_name = "ID",
		conflicts_with_all = ["all", "category", "find", "since", "until", "latest"])]
	record: Option<IdRef<RecordId>>,
	/// All records, each in one line.
	#[arg(long, conflicts_with_all = ["category", "find"])]
	all: bool,
	#[command(flatten)]
	filter: Filter,
	/// Only these fields of the record.
	///
	/// By their names or numbers; medrec records show lists the names.
	#[arg(long, value_name = "NAME|N", num_args = 1.., value_delimiter = ',', requires = "record")]
	field: Vec<FieldRef>,
	/// The purpose, as treatment; a patient needs none.
	///
	/// In words or as an HL7 code: treatment (TREAT), emergency-treatment (ETREAT), break-the-glass (BTG),
	/// payment (HPAYMT), operations (HOPERAT), research (HRESCH), own-request (PATRQT, the patient's own
	/// request), family-request (FAMRQT).
	#[arg(long, value_parser = purpose::parse)]
	purpose: Option<Purpose>,
	/// Write the verified answers to a new file.
	///
	/// Only its owner can read it. medrec records verify proves it again.
	#[arg(long, value_name = "FILE")]
	save: Option<PathBuf>,
	/// The relationship, or its other party.
	///
	/// By default the one that has the record, or all whose records you may read.
	#[arg(long, value_name = "NAME|ID")]
	relationship: Option<RelationshipRef>,
	#[command(flatten)]
	gatekeeper: Url,
}

/// What a query prints: one record, or a chart of many.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "there is one value")]
enum QueryReport {
	/// One record, with `--record`.
	Record(VerifiedAnswer),
	/// A chart of many, without `--record`.
	Chart(Chart),
}

impl Report for QueryReport {
	fn page(&self) -> Page {
		match self {
			QueryReport::Record(answer) => answer.page(),
			QueryReport::Chart(chart) => chart.page(),
		}
	}
}

/// Runs the command.
pub async fn run(context: &Context, args: QueryArgs) -> Result<Output> {
	if let Some(file) = &args.save {
		files::check_new(file)?;
	}
	let session = context.connect().await?;
	match &args.record {
		Some(record) => one(&session, record, &args).await,
		None => many(&session, &args).await,
	}
}

/// Reads one record with all its fields, or with the named ones.
async fn one(session: &Session<'_>, record: &IdRef<RecordId>, args: &QueryArgs) -> Result<Output> {
	let resolver = session.resolver().await?;
	let (relationship, record) = resolver.find_record(args.relationship.as_ref(), record).await?;
	let reader = Reader::open(session, relationship, &args.gatekeeper).await?;
	let purpose = reader.purpose(args.purpose)?;
	let fields = fields(session, &reader, record, &args.field).await?;
	let request = QueryRequest { relationship, record, fields, purpose };
	let read = reader.read(request).await?;
	let answer = describe(session, read, Some(&reader.client), &Pace::new(session.context)).await?;
	let saved = args.save.as_ref().map_or(Ok(()), |file| save(file, &answer.saved));
	finish(QueryReport::Record(answer), saved.err())
}

/// The numbers of named fields, in ascending order; none for all fields. The catalogue is asked for names
/// only.
async fn fields(
	session: &Session<'_>,
	reader: &Reader<'_>,
	record: RecordId,
	fields: &[FieldRef],
) -> Result<Option<Vec<FieldNumber>>> {
	if fields.is_empty() {
		return Ok(None);
	}
	let (_, at) = session.finalized().await?;
	let pointer = at.record(reader.id, record).await?;
	let pointer = pointer.or_not_found("the relationship has no such record in a final block")?;
	let names = match fields.iter().any(|field| matches!(field, FieldRef::Name(_))) {
		true => {
			let (of, posted) = ((reader.id, &reader.relationship), [(record, pointer.clone())]);
			RecordNames::fetch(&reader.client, of, &posted).await?
		},
		false => RecordNames::without(reader.relationship.patient, "not needed"),
	};
	let numbers = fields.iter().map(|field| names.find_field(&pointer, field));
	let mut numbers = numbers.collect::<Result<Vec<FieldNumber>>>()?;
	numbers.sort_unstable();
	numbers.dedup();
	Ok(Some(numbers))
}

/// Reads many records, each in one line.
async fn many(session: &Session<'_>, args: &QueryArgs) -> Result<Output> {
	let filter = &args.filter;
	let relationships = match &args.relationship {
		None => chart::readable(session).await?,
		given => vec![session.relationship(given.as_ref(), &WITH_RECORDS).await?],
	};
	let mut chart =
		chart::read(session, &relationships, filter, args.purpose, &args.gatekeeper).await?;
	let mut failure = chart.failure().or_else(|| none_found(&chart, filter));
	let read = chart.entries().filter_map(|entry| entry.read.as_ref());
	let answers = Vec::from_iter(read.map(|read| &read.saved));
	match &args.save {
		Some(file) if !answers.is_empty() => {
			let saved = match answers.as_slice() {
				[only] => save(file, only),
				several => save(file, &several),
			};
			match saved {
				Ok(()) => chart.saved_to = Some(file.display().to_string()),
				Err(unsaved) => failure = failure.or(Some(unsaved)),
			}
		},
		_ => {},
	}
	let says_more = chart.says_more();
	match finish(QueryReport::Chart(chart), failure) {
		Err(failure) if !says_more => Err(Failure { output: None, ..failure }),
		finished => finished,
	}
}

/// What was read is printed in spite of a failure: each reading left a receipt.
fn finish(report: QueryReport, failure: Option<Failure>) -> Result<Output> {
	let output = Output::of(&report);
	match failure {
		None => Ok(output),
		Some(failure) => Err(Failure { output: Some(output), ..failure }),
	}
}

/// The failure of a search that found nothing.
fn none_found(chart: &Chart, filter: &Filter) -> Option<Failure> {
	if !filter.is_search() || chart.entries().next().is_some() {
		return None;
	}
	Some(chart::none_found(filter.find.as_deref()))
}

/// Writes answers to a new file that only its owner can read.
fn save(file: &Path, answers: &impl Serialize) -> Result<()> {
	let text = serde_json::to_string(answers);
	files::write_secret(file, &text.map_err(|error| Failure::failed("cannot_write", error))?)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chart::fixture::{entry, part};

	#[test]
	fn records_that_cannot_be_saved_are_shown() {
		let relationships = vec![part(vec![entry(1, None, "Glucose", Some("5.4"))])];
		let chart = Chart { relationships, saved_to: None, node: String::new() };
		let unsaved = Failure::failed("cannot_write", "the disk is full");
		let failure = finish(QueryReport::Chart(chart), Some(unsaved)).unwrap_err();
		assert_eq!(&*failure.code, "cannot_write");
		assert!(format!("{:?}", failure.output.unwrap()).contains("Glucose"));
	}
}
