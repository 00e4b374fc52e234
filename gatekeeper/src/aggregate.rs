//! Aggregates over consenting patients, as bounties ask for them.
//!
//! [`compute`] reads the records of the patients that the caller names, and [`sdc`] makes of them
//! what may be published. An aggregate is computed once, saved, committed to on the chain, and
//! answered identically ever after: asking again must not mean computing again.

pub mod sdc;

use crate::records::{self, Changed, Cursor, Ehr, Template};
use medrec_protocol::{template::{FieldSpec, FieldType}, wire::{Aggregate, AggregateRules, BlockRef, Statistic}};
use medrec_primitives::{
	bounty::{self, BountyId, DatasetId, Parameters, SMALLEST_GROUP},
	commitment::canonical_json,
	merkle::sha3,
	record::FieldNumber,
	H256,
};
use sdc::{Contribution, Table};
use serde_json::Value;
use std::collections::BTreeSet;

/// Why an aggregate cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The template has no such field.
	#[error("the template {template} has no field number {field}")]
	NoSuchField {
		/// The template.
		template: String,
		/// The field.
		field: FieldNumber,
	},
	/// The mean of a field that is no number.
	#[error("{0} is no number, and has no mean")]
	NotNumeric(String),
	/// Grouping by a field whose values are not few.
	#[error("patients cannot be grouped by {0}: its type is number, datetime or json")]
	NotGroupable(String),
	/// Grouping by one field twice.
	#[error("{0} is named twice to group by")]
	GroupedTwice(String),
	/// Groups smaller than any dataset may publish.
	#[error("the smallest group is {0}, and must be at least {SMALLEST_GROUP}")]
	GroupTooSmall(u32),
	/// More groups than an aggregate may have.
	#[error("there are more than {most} groups. Group by fields with fewer values")]
	TooManyGroups {
		/// The most there may be.
		most: usize,
	},
	/// The records cannot be read.
	#[error(transparent)]
	Records(#[from] records::Error),
}

/// Whether `parameters` can be answered over records of `template` at all, by any dataset. The error
/// says what cannot be.
pub fn check(template: &Template, parameters: &Parameters) -> Result<(), Error> {
	Plan::of(template, parameters).map(drop)
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Question<'a> {
	/// By which bounty.
	pub bounty: BountyId,
	/// Over which dataset.
	pub dataset: DatasetId,
	/// Over the records of which template.
	pub template: &'a Template,
	/// Which aggregate.
	pub parameters: &'a Parameters,
	/// The dataset's smallest group.
	pub smallest_group: u32,
	/// At which final block the consents were read.
	pub computed_at: BlockRef,
}

/// An aggregate and what is committed to.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
	/// The aggregate.
	pub aggregate: Aggregate,
	/// Its canonical JSON: what is saved and answered.
	pub canonical: String,
	/// The SHA3-256 of it: what the chain holds.
	pub commitment: H256,
}

/// Computes an aggregate over the records of `consenting`, the local IDs of the patients whose
/// consent covers the template's category and who have a relationship in force. Rows that are not
/// as the template says are passed over.
pub async fn compute(
	ehr: &Ehr,
	question: &Question<'_>,
	consenting: &BTreeSet<String>,
) -> Result<Computed, Error> {
	let plan = Plan::new(question)?;
	let mut table = Table::default();
	for local_id in consenting {
		let mut at = Cursor::start(question.template);
		loop {
			let page = ehr.changed_of(question.template, local_id, &at).await?;
			for row in &page.rows {
				if let Some(contribution) = plan.contribution(local_id, row) {
					table.add(contribution)?;
				}
			}
			at = page.next;
			if !page.more {
				break;
			}
		}
	}
	Ok(publish(question, &plan, &table))
}

fn publish(question: &Question<'_>, plan: &Plan<'_>, table: &Table) -> Computed {
	let rules = AggregateRules { smallest_group: question.smallest_group, rounding: sdc::ROUNDING };
	let published = table.publish(plan.mean.is_some(), question.smallest_group);
	let aggregate = Aggregate {
		bounty: question.bounty,
		dataset: question.dataset,
		template: question.template.hash(),
		statistic: match plan.mean {
			None => Statistic::Count,
			Some((_, field)) => Statistic::Mean { field: field.name.clone() },
		},
		group_by: plan.groupings.iter().map(|(_, field)| field.name.clone()).collect(),
		cells: published.cells,
		suppressed: published.suppressed,
		computed_at: question.computed_at,
		rules,
	};
	let canonical = serde_json::to_value(&aggregate)
		.ok()
		.and_then(|value| canonical_json(&value))
		.and_then(|canonical| String::from_utf8(canonical).ok())
		.expect("means are finite, and all else is text and whole numbers; qed");
	let commitment = sha3(&[canonical.as_bytes()]);
	Computed { aggregate, canonical, commitment }
}

/// A question whose fields were found.
struct Plan<'a> {
	mean: Option<(usize, &'a FieldSpec)>,
	groupings: Vec<(usize, &'a FieldSpec)>,
}

impl<'a> Plan<'a> {
	fn new(question: &Question<'a>) -> Result<Plan<'a>, Error> {
		if question.smallest_group < SMALLEST_GROUP {
			return Err(Error::GroupTooSmall(question.smallest_group));
		}
		Plan::of(question.template, question.parameters)
	}

	fn of(template: &'a Template, parameters: &Parameters) -> Result<Plan<'a>, Error> {
		let public = template.public();
		let find = |number: FieldNumber| {
			let field = public
				.field(number)
				.ok_or_else(|| Error::NoSuchField { template: public.id.clone(), field: number })?;
			Ok::<_, Error>((usize::from(number), field))
		};
		let mean = match parameters.statistic {
			bounty::Statistic::Count => None,
			bounty::Statistic::Mean { field } => {
				let (number, field) = find(field)?;
				match field.kind {
					FieldType::Integer | FieldType::Number => Some((number, field)),
					_ => return Err(Error::NotNumeric(field.name.clone())),
				}
			},
		};
		let mut groupings: Vec<(usize, &FieldSpec)> = Vec::new();
		for number in &parameters.group_by {
			let (number, field) = find(*number)?;
			if groupings.iter().any(|(other, _)| *other == number) {
				return Err(Error::GroupedTwice(field.name.clone()));
			}
			match field.kind {
				FieldType::String | FieldType::Integer | FieldType::Boolean | FieldType::Date => {
					groupings.push((number, field))
				},
				FieldType::Number | FieldType::Datetime | FieldType::Json => {
					return Err(Error::NotGroupable(field.name.clone()));
				},
			}
		}
		Ok(Plan { mean, groupings })
	}

	/// What a row adds; nothing where the number of a mean is missing.
	fn contribution<'b>(&self, local_id: &'b str, row: &Changed) -> Option<Contribution<'b>> {
		let fields = row.fields.as_ref().ok()?;
		let group = self
			.groupings
			.iter()
			.map(|(number, _)| fields.get(*number).cloned())
			.collect::<Option<Vec<Value>>>()?;
		let value = match self.mean {
			None => None,
			Some((number, _)) => Some(fields.get(number)?.as_f64()?),
		};
		Some(Contribution { patient: local_id, group, value })
	}
}
