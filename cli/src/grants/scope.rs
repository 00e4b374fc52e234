//! The records that a grant covers, with names.

use crate::{catalogue::RecordNames, failure::Result, text::and};
use medrec_client::chain::At;
use medrec_primitives::{
	record::{Category, FieldNumber, RecordId, RecordPointer},
	relationship::{RelationshipId, Scope},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The records of a relationship, or some of them.
pub type Records = BTreeMap<RecordId, RecordPointer>;

/// The records that a grant covers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum GrantScope {
	/// All records of the relationship.
	All {
		/// True.
		all: bool,
	},
	/// All records of a category.
	Category {
		/// Its code.
		category: Category,
		/// Its name; none if no record on chain proves one.
		category_name: Option<String>,
	},
	/// Some records.
	Records {
		/// The records.
		records: Vec<RecordId>,
		/// What they are, in the same order.
		record_names: Vec<String>,
	},
	/// Some fields of one record.
	Fields {
		/// The record.
		record: RecordId,
		/// What it is.
		record_name: String,
		/// The numbers of the fields.
		fields: Vec<FieldNumber>,
		/// Their names for people, in the same order.
		field_names: Vec<String>,
	},
}

impl GrantScope {
	/// A scope with names. `records` has at least the records that the scope names, as far as they exist.
	pub fn of(scope: &Scope, names: &RecordNames, records: &Records) -> GrantScope {
		let what = |record: &RecordId| match records.get(record) {
			Some(pointer) => names.what(pointer),
			None => "not on chain".to_owned(),
		};
		match scope {
			Scope::All => GrantScope::All { all: true },
			Scope::Category(category) => GrantScope::Category {
				category: *category,
				category_name: names.category_name(*category).map(str::to_owned),
			},
			Scope::Records(ids) => GrantScope::Records {
				records: ids.iter().copied().collect(),
				record_names: ids.iter().map(what).collect(),
			},
			Scope::Fields { record, fields } => GrantScope::Fields {
				record: *record,
				record_name: what(record),
				fields: fields.iter().copied().collect(),
				field_names: names.fields(records.get(record), fields),
			},
		}
	}

	/// The same in words, as `the record 0x… (Laboratory result)`.
	pub fn words(&self) -> String {
		let one = |record: &RecordId, name: &str| format!("{record} ({name})");
		match self {
			GrantScope::All { .. } => "all records".to_owned(),
			GrantScope::Category { category, category_name } => match category_name {
				Some(name) => format!("the records of the category {name}"),
				None => format!("the records of the category {category}"),
			},
			GrantScope::Records { records, record_names } => {
				let named = records.iter().zip(record_names);
				let named = Vec::from_iter(named.map(|(record, name)| one(record, name)));
				match named.as_slice() {
					[only] => format!("the record {only}"),
					several => format!("{} records: {}", several.len(), several.join(", ")),
				}
			},
			GrantScope::Fields { record, record_name, field_names, .. } => {
				let fields = if field_names.len() == 1 { "the field" } else { "the fields" };
				format!("{fields} {} of the record {}", and(field_names), one(record, record_name))
			},
		}
	}
}

/// The records that a scope names, as far as they exist.
pub async fn named_records(
	at: At<'_>,
	relationship: RelationshipId,
	scope: &Scope,
) -> Result<Records> {
	let ids: Vec<RecordId> = match scope {
		Scope::All | Scope::Category(_) => Vec::new(),
		Scope::Records(records) => records.iter().copied().collect(),
		Scope::Fields { record, .. } => vec![*record],
	};
	let mut records = Records::new();
	for id in ids {
		records.extend(at.record(relationship, id).await?.map(|pointer| (id, pointer)));
	}
	Ok(records)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		catalogue::fixture::{self, LABORATORY},
		grants::fixture::these,
	};
	use std::collections::BTreeSet;

	#[test]
	fn scopes_are_described_with_names() {
		let (names, pointer) = (fixture::names(), fixture::record());
		let records = Records::from([(RecordId::repeat_byte(1), pointer)]);
		let words = |scope: Scope| GrantScope::of(&scope, &names, &records).words();
		assert_eq!(words(Scope::All), "all records");
		assert_eq!(words(Scope::Category(LABORATORY)), "the records of the category laboratory");
		assert_eq!(words(Scope::Category(Category(9))), "the records of the category 9");
		let record = format!("the record {} (Laboratory result)", RecordId::repeat_byte(1));
		assert_eq!(words(these(&[1])), record);
		assert!(words(these(&[1, 9])).ends_with("09 (not on chain)"));
		let fields = BTreeSet::from([1, 2]).try_into().unwrap();
		let fields = Scope::Fields { record: RecordId::repeat_byte(1), fields };
		let text = format!("the fields Name and Value of {record}");
		assert_eq!(words(fields.clone()), text);
		let json = serde_json::json!(GrantScope::of(&fields, &names, &records));
		assert_eq!(json["fields"], serde_json::json!([1, 2]));
		assert_eq!(json["field_names"][1], "Value");
	}
}
