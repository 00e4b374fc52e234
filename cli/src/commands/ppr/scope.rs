//! The scope and the period of a grant.

use crate::{
	context::Session,
	failure::{Failure, Result},
	gatekeeper::Url,
	output::list,
	parse::{self, FieldRef},
	requests,
};
use clap::{ArgGroup, Args};
use medrec_primitives::{
	record::{Category, FieldNumber, RecordId},
	relationship::{Purpose, RelationshipId, Scope, MAX_SCOPE_FIELDS, MAX_SCOPE_RECORDS},
	Moment,
};
use medrec_protocol::wire::QueryRequest;
use std::{collections::BTreeSet, fmt::Display};

/// The scope of a grant.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["all", "category", "record"]))]
pub struct ScopeArgs {
	/// Every record of the relationship, now and later.
	#[arg(long)]
	all: bool,
	/// Every record of this category, now and later.
	#[arg(long, value_name = "N", value_parser = parse::category)]
	category: Option<Category>,
	/// These records.
	#[arg(long, num_args = 1..)]
	record: Vec<RecordId>,
	/// Only these fields of the record, by number, or by name if its gatekeeper is reachable.
	#[arg(long, value_name = "N|NAME", num_args = 1.., conflicts_with_all = ["all", "category"])]
	field: Vec<FieldRef>,
}

/// The period of a grant.
#[derive(Debug, Args)]
pub struct PeriodArgs {
	/// The beginning, as 2026-01-31T12:00:00Z or 2026-01-31; by default now.
	#[arg(long, value_name = "TIME", value_parser = parse::time)]
	from: Option<Moment>,
	/// The length, as 12h, 1d or 2w.
	#[arg(long = "for", value_name = "DURATION", value_parser = parse::duration)]
	length: Option<Moment>,
	/// The end; by default that of the relationship.
	#[arg(long, value_name = "TIME", value_parser = parse::time, conflicts_with = "length")]
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

impl ScopeArgs {
	/// The scope. Names of fields are looked up in the record's template, which the gatekeeper sends
	/// and the chain commits to.
	pub async fn resolve(
		&self,
		session: &Session<'_>,
		relationship: RelationshipId,
	) -> Result<Scope> {
		if self.field.is_empty() {
			return self.whole();
		}
		let [record] = *self.record.as_slice() else {
			return Err(Failure::usage("usage", "give one --record with --field"));
		};
		let fields = match numbers(&self.field) {
			Some(numbers) => numbers,
			None => self.look_up(session, relationship, record).await?,
		};
		let fields = fields.try_into().map_err(|_| too_many(MAX_SCOPE_FIELDS, "fields"))?;
		Ok(Scope::Fields { record, fields })
	}

	fn whole(&self) -> Result<Scope> {
		Ok(match (self.all, self.category) {
			(true, _) => Scope::All,
			(false, Some(category)) => Scope::Category(category),
			(false, None) => {
				let records: BTreeSet<RecordId> = self.record.iter().copied().collect();
				let bounded = records.try_into();
				Scope::Records(bounded.map_err(|_| too_many(MAX_SCOPE_RECORDS, "records"))?)
			},
		})
	}

	async fn look_up(
		&self,
		session: &Session<'_>,
		relationship: RelationshipId,
		record: RecordId,
	) -> Result<BTreeSet<FieldNumber>> {
		let purpose = Purpose::Patrqt;
		let request = QueryRequest { relationship, record, fields: None, purpose };
		let answer = requests::query(session, request, &Url::default()).await?.saved.answer;
		let template = answer.template.public;
		let number = |field: &FieldRef| match field {
			FieldRef::Number(number) => Ok(*number),
			FieldRef::Name(name) => template.number_of(name).ok_or_else(|| {
				let names = list(template.fields.iter().map(|field| &field.name), "none");
				let message = format!("the record has no field {name}; its fields are: {names}");
				Failure::usage("unknown_field", message)
			}),
		};
		self.field.iter().map(number).collect()
	}
}

fn too_many(most: u32, what: impl Display) -> Failure {
	Failure::usage("usage", format!("a grant names at most {most} {what}"))
}

/// The numbers of the fields, if none is given by name.
fn numbers(fields: &[FieldRef]) -> Option<BTreeSet<FieldNumber>> {
	let numbers = fields.iter().map(|field| match field {
		FieldRef::Number(number) => Some(*number),
		FieldRef::Name(_) => None,
	});
	numbers.collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn period(from: Option<Moment>, length: Option<Moment>, until: Option<Moment>) -> PeriodArgs {
		PeriodArgs { from, length, until }
	}

	#[test]
	fn a_length_counts_from_the_beginning() {
		assert_eq!(period(None, None, None).bounds(50), (None, None));
		assert_eq!(period(None, Some(10), None).bounds(50), (None, Some(60)));
		assert_eq!(period(Some(100), Some(10), None).bounds(50), (Some(100), Some(110)));
		assert_eq!(period(Some(100), None, Some(200)).bounds(50), (Some(100), Some(200)));
	}

	#[test]
	fn whole_records_and_categories_need_no_gatekeeper() {
		let scope = |all, category, record: &[RecordId]| {
			ScopeArgs { all, category, record: record.to_vec(), field: Vec::new() }.whole().unwrap()
		};
		assert_eq!(scope(true, None, &[]), Scope::All);
		assert_eq!(scope(false, Some(Category(7)), &[]), Scope::Category(Category(7)));
		let record = RecordId::repeat_byte(1);
		let records = BTreeSet::from([record]).try_into().unwrap();
		assert_eq!(scope(false, None, &[record, record]), Scope::Records(records));
	}

	#[test]
	fn a_scope_names_at_most_as_many_records_as_the_chain_accepts() {
		let record: Vec<RecordId> = (0..=64).map(RecordId::from_low_u64_be).collect();
		let args = ScopeArgs { all: false, category: None, record, field: Vec::new() };
		assert_eq!(args.whole().unwrap_err().exit as u8, 2);
	}

	#[test]
	fn only_names_are_looked_up() {
		let by_number = [FieldRef::Number(3), FieldRef::Number(1)];
		assert_eq!(numbers(&by_number), Some(BTreeSet::from([1, 3])));
		assert_eq!(numbers(&[FieldRef::Number(1), FieldRef::Name("value".into())]), None);
	}
}
