//! What a grant or refusal is over, and for how long.

use crate::{
	context::Context,
	failure::Failure,
	query::{self, Asked},
	values::{self, FieldRef},
};
use clap::{ArgGroup, Args};
use medrec_client::chain::Chain;
use medrec_protocol::{keys::Key, wire::QueryRequest};
use medrec_primitives::{
	record::FieldNumber,
	relationship::{Purpose, RelationshipId, Scope, MAX_SCOPE_FIELDS, MAX_SCOPE_RECORDS},
	Moment, H256,
};
use std::collections::BTreeSet;

/// Over what.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["all", "category", "record"]))]
pub struct ScopeArgs {
	/// Every record of the relationship, now and later.
	#[arg(long)]
	pub all: bool,
	/// Every record of this category, now and later.
	#[arg(long, value_name = "N")]
	pub category: Option<u16>,
	/// These records.
	#[arg(long, value_name = "RECORD", value_parser = values::hash, num_args = 1..)]
	pub record: Vec<H256>,
	/// Only these fields of the record, by number, or by name if its gatekeeper can be asked.
	#[arg(long, value_name = "N|NAME", num_args = 1.., conflicts_with_all = ["all", "category"])]
	pub field: Vec<FieldRef>,
}

/// For how long.
#[derive(Debug, Args)]
pub struct PeriodArgs {
	/// From this time on, as 2026-01-31T12:00:00Z or 2026-01-31; now if left out.
	#[arg(long, value_name = "TIME", value_parser = values::time)]
	pub from: Option<Moment>,
	/// For so long, as 12h, 1d or 2w.
	#[arg(long = "for", value_name = "DURATION", value_parser = values::duration)]
	pub length: Option<Moment>,
	/// Until this time; as long as the relationship if left out.
	#[arg(long, value_name = "TIME", value_parser = values::time, conflicts_with = "length")]
	pub until: Option<Moment>,
}

impl PeriodArgs {
	/// The first moment, if it is not now, and the first moment after, if there is one.
	pub fn bounds(&self, now: Moment) -> (Option<Moment>, Option<Moment>) {
		let start = self.from.unwrap_or(now);
		let end = self.until.or_else(|| self.length.map(|length| start.saturating_add(length)));
		(self.from, end)
	}
}

impl ScopeArgs {
	/// The scope. Names of fields are looked up in the record's template, which is got from the
	/// gatekeeper and checked against the chain.
	pub async fn resolve(
		&self,
		context: &Context,
		chain: &Chain,
		key: &Key,
		relationship: RelationshipId,
	) -> Result<Scope, Failure> {
		if self.field.is_empty() {
			return self.whole();
		}
		let [record] = self.record.as_slice() else {
			let message = "fields are those of one record: give --record once with --field";
			return Err(Failure::usage("usage", message));
		};
		let fields = match numbers(&self.field) {
			Some(numbers) => numbers,
			None => self.look_up(context, chain, key, relationship, *record).await?,
		};
		let too_many = |_| {
			let message = format!("a grant names at most {MAX_SCOPE_FIELDS} fields");
			Failure::usage("usage", message)
		};
		Ok(Scope::Fields { record: *record, fields: fields.try_into().map_err(too_many)? })
	}

	fn whole(&self) -> Result<Scope, Failure> {
		match (self.all, self.category) {
			(true, _) => Ok(Scope::All),
			(false, Some(category)) => Ok(Scope::Category(category)),
			(false, None) => {
				let records: BTreeSet<H256> = self.record.iter().copied().collect();
				let too_many = |_| {
					let message = format!("a grant names at most {MAX_SCOPE_RECORDS} records");
					Failure::usage("usage", message)
				};
				Ok(Scope::Records(records.try_into().map_err(too_many)?))
			},
		}
	}

	async fn look_up(
		&self,
		context: &Context,
		chain: &Chain,
		key: &Key,
		relationship: RelationshipId,
		record: H256,
	) -> Result<BTreeSet<FieldNumber>, Failure> {
		let purpose = Purpose::Patrqt;
		let request = QueryRequest { relationship, record, fields: None, purpose };
		let Asked { saved, .. } = query::ask(context, chain, key.clone(), request, None).await?;
		let template = &saved.answer.template.public;
		let number = |field: &FieldRef| match field {
			FieldRef::Number(number) => Ok(*number),
			FieldRef::Name(name) => template.number_of(name).ok_or_else(|| {
				let names = crate::report::list(template.fields.iter().map(|field| &field.name));
				let message = format!("the record has no field {name}; it has {names}");
				Failure::usage("unknown_field", message)
			}),
		};
		self.field.iter().map(number).collect()
	}
}

/// The numbers of the fields, if none is given by name.
fn numbers(fields: &[FieldRef]) -> Option<BTreeSet<FieldNumber>> {
	fields
		.iter()
		.map(|field| match field {
			FieldRef::Number(number) => Some(*number),
			FieldRef::Name(_) => None,
		})
		.collect()
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
	fn whole_records_and_categories_need_nobody() {
		let scope = |all, category, record: &[H256]| {
			ScopeArgs { all, category, record: record.to_vec(), field: Vec::new() }.whole().unwrap()
		};
		assert_eq!(scope(true, None, &[]), Scope::All);
		assert_eq!(scope(false, Some(7), &[]), Scope::Category(7));
		let record = H256::repeat_byte(1);
		let records = BTreeSet::from([record]).try_into().unwrap();
		assert_eq!(scope(false, None, &[record, record]), Scope::Records(records));
	}

	#[test]
	fn a_scope_names_no_more_records_than_the_chain_takes() {
		let record: Vec<H256> = (0..=64).map(H256::from_low_u64_be).collect();
		let args = ScopeArgs { all: false, category: None, record, field: Vec::new() };
		assert_eq!(args.whole().unwrap_err().exit as u8, 2);
	}

	#[test]
	fn names_are_looked_up_only_where_there_are_any() {
		let by_number = [FieldRef::Number(3), FieldRef::Number(1)];
		assert_eq!(numbers(&by_number), Some(BTreeSet::from([1, 3])));
		assert_eq!(numbers(&[FieldRef::Number(1), FieldRef::Name("value".into())]), None);
	}
}
