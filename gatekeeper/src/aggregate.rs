//! Aggregates over consenting patients, for bounties.
//!
//! [`compute`] reads the records of the patients that the caller names; [`sdc`] decides what of them may
//! be published. An aggregate is computed once, saved and committed to on the chain. Every later request
//! receives the saved one.

pub mod sdc;

use crate::records::{self, Cursor, EhrSource, Row, Template};
use medrec_primitives::{
	bounty::{self, AnswerCommitment, BountyId, DatasetId, Parameters, SMALLEST_GROUP},
	commitment::canonical_json,
	merkle::sha3,
	record::FieldNumber,
};
use medrec_protocol::{
	template::{FieldSpec, FieldType},
	wire::{Aggregate, AggregateRules, BlockRef, Statistic},
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
	/// A mean was asked for over a field that is not numeric.
	#[error("{0} is not numeric, and has no mean")]
	NotNumeric(String),
	/// A field to group by has too many values.
	#[error("patients cannot be grouped by {0}: its type is number, datetime or json")]
	NotGroupable(String),
	/// A field to group by is named twice.
	#[error("{0} is named twice to group by")]
	GroupedTwice(String),
	/// The dataset's smallest group is below the limit for all datasets.
	#[error("the smallest group is {0}, and must be at least {SMALLEST_GROUP}")]
	GroupTooSmall(u32),
	/// An aggregate has more groups than one may have.
	#[error("there are more than {most} groups. Group by fields with fewer values")]
	TooManyGroups {
		/// The largest number.
		most: usize,
	},
	/// The records cannot be read.
	#[error(transparent)]
	Records(#[from] records::Error),
}

/// Checks that `parameters` can be answered over records of `template` by some dataset.
pub fn check(template: &Template, parameters: &Parameters) -> Result<(), Error> {
	Plan::of(template, parameters).map(drop)
}

/// An aggregate to compute.
#[derive(Clone, Debug)]
pub struct AggregateSpec<'a> {
	/// The bounty that asks for it.
	pub bounty: BountyId,
	/// The dataset.
	pub dataset: DatasetId,
	/// The template of the records.
	pub template: &'a Template,
	/// The statistic and its groupings.
	pub parameters: &'a Parameters,
	/// The dataset's smallest group.
	pub smallest_group: u32,
	/// The final block at which the consents were read.
	pub computed_at: BlockRef,
}

/// An aggregate and its commitment.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
	/// The aggregate.
	pub aggregate: Aggregate,
	/// Its canonical JSON, which is saved and answered.
	pub canonical: String,
	/// The SHA3-256 of that, which the chain holds.
	pub commitment: AnswerCommitment,
}

/// Computes an aggregate over the records of `consenting`, the local IDs of the patients whose consent
/// covers the template's category and who have a relationship in force. Rows that do not fit the
/// template are skipped.
pub async fn compute(
	source: &dyn EhrSource,
	spec: &AggregateSpec<'_>,
	consenting: &BTreeSet<String>,
) -> Result<Computed, Error> {
	let plan = Plan::new(spec)?;
	let mut table = Table::default();
	for local_id in consenting {
		let mut at = Cursor::start(spec.template);
		loop {
			let page = source.current(spec.template, local_id, &at).await?;
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
	Ok(publish(spec, &plan, &table))
}

fn publish(spec: &AggregateSpec<'_>, plan: &Plan<'_>, table: &Table) -> Computed {
	let rules = AggregateRules { smallest_group: spec.smallest_group, rounding: sdc::ROUNDING };
	let published = table.publish(plan.mean.is_some(), spec.smallest_group);
	let aggregate = Aggregate {
		bounty: spec.bounty,
		dataset: spec.dataset,
		template: spec.template.hash(),
		statistic: match plan.mean {
			None => Statistic::Count,
			Some((_, field)) => Statistic::Mean { field: field.name.clone() },
		},
		group_by: plan.groupings.iter().map(|(_, field)| field.name.clone()).collect(),
		cells: published.cells,
		suppressed: published.suppressed,
		computed_at: spec.computed_at,
		rules,
	};
	let canonical = serde_json::to_value(&aggregate)
		.ok()
		.and_then(|value| canonical_json(&value))
		.and_then(|canonical| String::from_utf8(canonical).ok())
		.expect("means are finite, and the rest is text and whole numbers; qed");
	let commitment = AnswerCommitment(sha3(&[canonical.as_bytes()]).0);
	Computed { aggregate, canonical, commitment }
}

/// The fields of an aggregate, with their positions in the template.
struct Plan<'a> {
	mean: Option<(usize, &'a FieldSpec)>,
	groupings: Vec<(usize, &'a FieldSpec)>,
}

impl<'a> Plan<'a> {
	fn new(spec: &AggregateSpec<'a>) -> Result<Plan<'a>, Error> {
		if spec.smallest_group < SMALLEST_GROUP {
			return Err(Error::GroupTooSmall(spec.smallest_group));
		}
		Plan::of(spec.template, spec.parameters)
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

	/// The contribution of a row; none if the value for a mean is missing.
	fn contribution<'b>(&self, local_id: &'b str, row: &Row) -> Option<Contribution<'b>> {
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
