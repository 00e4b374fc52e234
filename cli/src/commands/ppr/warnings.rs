//! Warnings of what may be a mistake, though the chain accepts it.

use super::scope::ResolvedScope;
use crate::{
	catalogue::RecordNames,
	context::{Context, Session},
	failure::Result,
	output::Output,
	page::Page,
	text::and,
};
use medrec_primitives::{
	identity::{Role, SubjectId},
	record::{Category, RecordPointer},
	relationship::{Relationship, Scope},
};

/// Shows warnings to people before the transaction is sent. With `--json` they are in the report alone.
pub(super) fn show(context: &Context, warnings: &[String]) {
	if !warnings.is_empty() && !context.globals.json {
		let page = warnings.iter().fold(Page::default(), Page::alert);
		Output::text(page).print_error(false);
	}
}

/// The warning about a category that neither the catalogue nor any record has.
pub(super) fn unknown_category<'a>(
	names: &RecordNames,
	mut records: impl Iterator<Item = &'a RecordPointer>,
	provider: &str,
	category: Category,
) -> Option<String> {
	let is_known = names.is_stated(category) || records.any(|pointer| pointer.category == category);
	(!is_known).then(|| match names.is_known() {
		true => format!("{provider} has no category {category}: it covers no record."),
		false => format!("No record has the category {category}: it covers no record now."),
	})
}

/// The warning about fields that the record does not have.
pub(super) fn unknown_fields(resolved: &ResolvedScope) -> Option<String> {
	let Scope::Fields { record, fields } = &resolved.scope else { return None };
	let template = resolved.names.template(resolved.records.get(record)?)?;
	let missing = fields.iter().filter(|number| template.field(**number).is_none());
	let missing = Vec::from_iter(missing);
	(!missing.is_empty()).then(|| {
		format!(
			"The record has {} fields, numbered from 0; there is no field {}.",
			template.fields.len(),
			and(missing)
		)
	})
}

/// The warning about a grantee to whom a grant is likely to be a mistake. What the chain refuses is not
/// warned of.
pub(super) async fn doubtful_grantee(
	session: &Session<'_>,
	relationship: &Relationship,
	subject: SubjectId,
	name: &str,
) -> Result<Option<String>> {
	let Some(found) = session.at().subject(subject).await? else { return Ok(None) };
	let keeps = found.sponsor == Some(relationship.provider);
	Ok(match found.role {
		Role::Researcher => Some(format!(
			"{name} is a researcher: researchers get aggregates, by medrec ppr set-research-consent, and \
			 no records without a permission."
		)),
		Role::Device if keeps => Some(format!(
			"{name} is a machine of the provider that keeps these records, and needs no permission of \
			 yours for that."
		)),
		_ => None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::catalogue::fixture::{self, LABORATORY};
	use medrec_primitives::{record::RecordId, relationship::RelationshipId};
	use std::{collections::BTreeSet, sync::Arc};

	#[test]
	fn a_category_is_unknown_if_neither_the_catalogue_nor_a_record_has_it() {
		let names = fixture::names_of(&[fixture::laboratory()], &[]);
		let other = RecordPointer { category: Category(40), ..fixture::record() };
		let warn =
			|names, category| unknown_category(names, [&other].into_iter(), "hospital-a", category);
		assert_eq!(warn(&names, LABORATORY), None);
		assert_eq!(warn(&names, Category(40)), None);
		let text = "hospital-a has no category 99: it covers no record.";
		assert_eq!(warn(&names, Category(99)).as_deref(), Some(text));
		let without = RecordNames::without(fixture::PATIENT, "unreachable");
		assert!(warn(&without, Category(99)).unwrap().starts_with("No record has the category 99"));
	}

	#[test]
	fn fields_that_a_record_does_not_have_are_warned_of() {
		let record = RecordId::repeat_byte(1);
		let resolved = |fields: &[u16]| ResolvedScope {
			relationship: RelationshipId::default(),
			scope: Scope::Fields {
				record,
				fields: BTreeSet::from_iter(fields.iter().copied()).try_into().unwrap(),
			},
			names: Arc::new(fixture::names()),
			records: [(record, fixture::record())].into(),
			found: Vec::new(),
			warnings: Vec::new(),
		};
		assert_eq!(unknown_fields(&resolved(&[0, 4])), None);
		let warning = unknown_fields(&resolved(&[4, 5, 9])).unwrap();
		assert_eq!(warning, "The record has 5 fields, numbered from 0; there is no field 5 and 9.");
	}
}
