//! The scope and the period of a grant.

use crate::{
	catalogue::{Catalogues, RecordNames},
	chart::{self, Chart, Filter},
	context::Session,
	failure::{Failure, OrNotFound, Result},
	gatekeeper::Url,
	grants::{named_records, Records},
	parse::{self, CategoryRef, FieldRef, RelationshipRef},
	reference::IdRef,
	text::{and, count},
};
use clap::{ArgGroup, Args};
use medrec_primitives::{
	record::{FieldNumber, RecordId},
	relationship::{RelationshipId, Scope, MAX_SCOPE_FIELDS, MAX_SCOPE_RECORDS},
	summary::EntryState,
	Moment,
};
use serde::Serialize;
use std::{collections::BTreeSet, fmt::Display, sync::Arc};

/// The scope of a grant.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["all", "category", "record", "find"]))]
pub struct ScopeArgs {
	/// Every record, now and later.
	#[arg(long)]
	pub all: bool,
	/// Every record of a category, now and later.
	#[arg(long, value_name = "NAME|CODE")]
	pub category: Option<CategoryRef>,
	/// These records.
	#[arg(long, value_name = "ID", num_args = 1..)]
	pub record: Vec<IdRef<RecordId>>,
	/// The present records that have this text.
	///
	/// In the line or the title by which medrec query shows them. The records are read with your own
	/// right, and the grant names exactly those.
	#[arg(long, value_name = "TEXT")]
	pub find: Option<String>,
	/// Of those, only the newest.
	///
	/// By the date of the data.
	#[arg(long, requires = "find")]
	pub latest: bool,
	/// Only these fields of the record.
	///
	/// By their names or numbers; medrec records show lists the names.
	#[arg(long, value_name = "NAME|N", num_args = 1.., value_delimiter = ',',
		conflicts_with_all = ["all", "category"])]
	pub field: Vec<FieldRef>,
	/// The relationship, or its provider.
	///
	/// By default the one that has the record, or the only active one.
	#[arg(long, value_name = "NAME|ID")]
	pub relationship: Option<RelationshipRef>,
	#[command(flatten)]
	pub gatekeeper: Url,
}

/// The period of a grant.
#[derive(Debug, Args)]
pub struct PeriodArgs {
	/// The beginning, as 2026-01-31; by default now.
	#[arg(long, value_name = "TIME", value_parser = parse::time, hide_short_help = true)]
	from: Option<Moment>,
	/// The length, as 12h, 1d or 2w.
	#[arg(long = "for", value_name = "DURATION", value_parser = parse::duration)]
	length: Option<Moment>,
	/// The end; by default that of the relationship.
	#[arg(long, value_name = "TIME", value_parser = parse::time, conflicts_with = "length",
		hide_short_help = true)]
	until: Option<Moment>,
}

impl PeriodArgs {
	/// The first moment, unless it is now, and the first moment after the period, if it ends.
	pub fn bounds(&self, now: Moment) -> (Option<Moment>, Option<Moment>) {
		let start = self.from.unwrap_or(now);
		let end = self.until.or_else(|| self.length.map(|length| start.saturating_add(length)));
		(self.from, end)
	}
}

/// A scope, with what is known about it.
pub struct ResolvedScope {
	/// The relationship.
	pub relationship: RelationshipId,
	/// The scope.
	pub scope: Scope,
	/// The names of the relationship's records.
	pub names: Arc<RecordNames>,
	/// The records that the scope names.
	pub records: Records,
	/// The records that were found by a text.
	pub found: Vec<FoundRecord>,
	/// What may be a mistake.
	pub warnings: Vec<String>,
}

/// A record that was found by a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct FoundRecord {
	/// The record.
	pub record: RecordId,
	/// The date of the data.
	pub date: Option<String>,
	/// What it is.
	pub what: String,
	/// Its value with its unit.
	pub value: Option<String>,
}

impl ScopeArgs {
	/// The relationship and the scope.
	pub async fn resolve(&self, session: &Session<'_>) -> Result<ResolvedScope> {
		let mut warnings = Vec::new();
		let (relationship, ids, found) = match &self.find {
			Some(text) => {
				let (relationship, found) = self.search(session, text, &mut warnings).await?;
				(relationship, found.iter().map(|found| found.record).collect(), found)
			},
			None => {
				let (relationship, ids) = self.named(session).await?;
				(relationship, ids, Vec::new())
			},
		};
		let names = Catalogues::new(session, self.gatekeeper.clone()).of(relationship).await?;
		let scope = match (self.all, &self.category) {
			(true, _) => Scope::All,
			(false, Some(category)) => Scope::Category(names.find_category(category)?),
			(false, None) => records(ids)?,
		};
		let records = named_records(session.at(), relationship, &scope).await?;
		let scope = match self.field.is_empty() {
			true => scope,
			false => self.fields(&names, &records)?,
		};
		Ok(ResolvedScope { relationship, scope, names, records, found, warnings })
	}

	/// The relationship and the records that the arguments name. Without a relationship, it is the one
	/// that has the first record.
	async fn named(&self, session: &Session<'_>) -> Result<(RelationshipId, BTreeSet<RecordId>)> {
		let (resolver, given) = (session.resolver().await?, self.relationship.as_ref());
		let Some(first) = self.record.first() else {
			let relationship = resolver.relationship(given, &[EntryState::Active]).await?;
			return Ok((relationship, BTreeSet::new()));
		};
		let (relationship, first) = resolver.find_record(given, first).await?;
		let mut ids = BTreeSet::from([first]);
		for record in self.record.iter().skip(1) {
			ids.insert(resolver.record(relationship, record).await?);
		}
		for id in &ids {
			let found = session.at().record(relationship, *id).await?;
			found.or_not_found(format!(
				"the relationship has no record {id}; medrec records list lists its records"
			))?;
		}
		Ok((relationship, ids))
	}

	/// Reads the patient's own records, and finds those that have a text.
	async fn search(
		&self,
		session: &Session<'_>,
		text: &str,
		warnings: &mut Vec<String>,
	) -> Result<(RelationshipId, Vec<FoundRecord>)> {
		let active = [EntryState::Active];
		let relationships = match &self.relationship {
			given @ Some(_) => vec![session.relationship(given.as_ref(), &active).await?],
			None => chart::readable(session).await?,
		};
		let filter =
			Filter { find: Some(text.to_owned()), latest: self.latest, ..Filter::default() };
		let mut chart =
			chart::read(session, &relationships, &filter, None, &self.gatekeeper).await?;
		if let Some(failure) = chart.failure() {
			return Err(failure);
		}
		warnings.extend(unread(&chart));
		chosen(&chart, text)
	}

	fn fields(&self, names: &RecordNames, records: &Records) -> Result<Scope> {
		let mut only = records.iter();
		let (Some((record, pointer)), None) = (only.next(), only.next()) else {
			let message = format!(
				"fields are those of one record, and there are {}; choose one with --record or --latest",
				records.len()
			);
			return Err(Failure::usage("usage", message));
		};
		let fields = self.field.iter().map(|field| names.find_field(pointer, field));
		let fields = fields.collect::<Result<BTreeSet<FieldNumber>>>()?;
		let fields = fields.try_into().map_err(|_| too_many(MAX_SCOPE_FIELDS, "fields"))?;
		Ok(Scope::Fields { record: *record, fields })
	}
}

fn records(ids: BTreeSet<RecordId>) -> Result<Scope> {
	let bounded = ids.try_into();
	Ok(Scope::Records(bounded.map_err(|_| too_many(MAX_SCOPE_RECORDS, "records"))?))
}

fn too_many(most: u32, what: impl Display) -> Failure {
	let message = format!("a grant names at most {most} {what}; --category and --all name more");
	Failure::usage("too_many", message)
}

/// The records of a chart and the relationship that has them.
fn chosen(chart: &Chart, text: &str) -> Result<(RelationshipId, Vec<FoundRecord>)> {
	let parts = chart.relationships.iter().filter(|part| !part.entries.is_empty());
	let part = match Vec::from_iter(parts).as_slice() {
		[only] => *only,
		[] => return Err(chart::none_found(Some(text))),
		several => {
			let providers = several.iter().map(|part| &part.parties.provider_name);
			let message = format!(
				"records of {} have {text:?}; choose with --relationship, or add --latest",
				and(providers)
			);
			return Err(Failure::usage("ambiguous_relationship", message));
		},
	};
	let found = part.entries.iter().map(|entry| FoundRecord {
		record: entry.record,
		date: entry.line.day().map(str::to_owned),
		what: entry.about().to_owned(),
		value: entry.value_text(),
	});
	Ok((part.parties.relationship, found.collect()))
}

/// The warnings about records in which the text could not be searched.
fn unread(chart: &Chart) -> Vec<String> {
	let mut warnings = Vec::new();
	for part in &chart.relationships {
		let provider = &part.parties.provider_name;
		warnings.extend(
			part.problem.as_ref().map(|problem| {
				format!("The records of {provider} could not be searched: {problem}.")
			}),
		);
		warnings.extend(part.unread.iter().map(|gap| {
			let records = count(gap.records.len(), "record", "records");
			format!("{records} of {provider} could not be searched: {}.", gap.reason)
		}));
	}
	warnings
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chart::{
		fixture::{entry, part},
		ChartGap, ChartPart,
	};

	fn period(from: Option<Moment>, length: Option<Moment>, until: Option<Moment>) -> PeriodArgs {
		PeriodArgs { from, length, until }
	}

	fn chart(relationships: Vec<ChartPart>) -> Chart {
		Chart { relationships, saved_to: None, node: String::new() }
	}

	#[test]
	fn a_length_counts_from_the_beginning() {
		assert_eq!(period(None, None, None).bounds(50), (None, None));
		assert_eq!(period(None, Some(10), None).bounds(50), (None, Some(60)));
		assert_eq!(period(Some(100), Some(10), None).bounds(50), (Some(100), Some(110)));
		assert_eq!(period(Some(100), None, Some(200)).bounds(50), (Some(100), Some(200)));
	}

	#[test]
	fn a_scope_names_at_most_as_many_records_as_the_chain_accepts() {
		let ids = |number| (0..number).map(RecordId::from_low_u64_be).collect();
		assert!(matches!(records(ids(64)).unwrap(), Scope::Records(ids) if ids.len() == 64));
		let error = records(ids(65)).unwrap_err();
		assert_eq!((error.exit as u8, &*error.code), (2, "too_many"));
		assert!(error.message.contains("at most 64 records"), "{}", error.message);
	}

	#[test]
	fn found_records_are_those_of_one_relationship() {
		let lines = || vec![entry(1, Some("2026-03-01T08:00:00Z"), "Glucose", Some("5.4"))];
		let one = chart(vec![part(lines()), part(Vec::new())]);
		let (relationship, found) = chosen(&one, "glucose").unwrap();
		assert_eq!(relationship, RelationshipId::repeat_byte(9));
		let expected = FoundRecord {
			record: RecordId::from_low_u64_be(1),
			date: Some("2026-03-01".into()),
			what: "Glucose".into(),
			value: Some("5.4 mmol/L".into()),
		};
		assert_eq!(found, [expected]);

		let several = chosen(&chart(vec![part(lines()), part(lines())]), "glucose").unwrap_err();
		assert_eq!(&*several.code, "ambiguous_relationship");
		let none = chosen(&chart(vec![part(Vec::new())]), "glucose").unwrap_err();
		assert!(none.message.contains("\"glucose\""), "{}", none.message);
	}

	#[test]
	fn records_that_could_not_be_searched_are_warned_of() {
		let reason = "the provider withholds them".to_owned();
		let gap = ChartGap { reason, unverified: false, records: vec![RecordId::default(); 2] };
		let one = ChartPart { unread: vec![gap], ..part(Vec::new()) };
		let other = ChartPart { problem: Some("cannot reach it".into()), ..part(Vec::new()) };
		assert_eq!(
			unread(&chart(vec![one, other])),
			[
				"2 records of hospital-a could not be searched: the provider withholds them.",
				"The records of hospital-a could not be searched: cannot reach it.",
			]
		);
	}
}
