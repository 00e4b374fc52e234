//! Records of the chain as outputs show them.

use crate::{
	catalogue::RecordNames,
	directory::Directory,
	failure::Result,
	page::{Cell, Page},
	text::{and, hex},
};
use medrec_primitives::{
	identity::SubjectId,
	record::{Category, Commitment, RecordId, RecordPointer, Release, TemplateHash},
	relationship::RelationshipId,
	Moment,
};
use serde::Serialize;

/// A record as the chain has it, with the names of the provider's catalogue.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct RecordView {
	/// The record.
	pub record: RecordId,
	/// Its relationship.
	pub relationship: RelationshipId,
	/// What kind of record it is, as `Laboratory result`; none if the catalogue is not known.
	pub title: Option<String>,
	/// The code of its category.
	pub category: Category,
	/// The name of its category; none if no record on chain proves one.
	pub category_name: Option<String>,
	/// The provider or the patient that posted it.
	pub author: SubjectId,
	/// The name of the author.
	pub author_name: String,
	/// Its version: 1 when posted, one more with each amendment.
	pub version: u32,
	/// `released`, or `withheld`: never served.
	#[schema(value_type = String)]
	pub release: Release,
	/// The time at which this version was posted, in Unix milliseconds.
	pub posted_at: Moment,
	/// The commitment to its content.
	pub commitment: Commitment,
	/// The hash of its template.
	pub template: TemplateHash,
	/// The value by which the provider finds it, in hexadecimal digits.
	pub handle: String,
}

impl RecordView {
	/// A record with its names.
	pub async fn of(
		directory: &mut Directory<'_>,
		names: &RecordNames,
		relationship: RelationshipId,
		record: RecordId,
		pointer: &RecordPointer,
	) -> Result<RecordView> {
		let category_name = match names.is_note(pointer) {
			true => Some("note"),
			false => names.category_name(pointer.category),
		};
		Ok(RecordView {
			record,
			relationship,
			title: names.title(pointer).map(str::to_owned),
			category: pointer.category,
			category_name: category_name.map(str::to_owned),
			author: pointer.author,
			author_name: directory.name(pointer.author).await?,
			version: pointer.version,
			release: pointer.release,
			posted_at: pointer.posted_at,
			commitment: pointer.commitment,
			template: pointer.pointer.template,
			handle: hex(&pointer.pointer.handle),
		})
	}

	/// The records of a relationship, the oldest first.
	pub async fn all(
		directory: &mut Directory<'_>,
		names: &RecordNames,
		relationship: RelationshipId,
	) -> Result<Vec<RecordView>> {
		let mut records = directory.at.records(relationship).await?;
		records.sort_by_key(|(id, pointer)| (pointer.posted_at, *id));
		let mut views = Vec::with_capacity(records.len());
		for (id, pointer) in &records {
			views.push(RecordView::of(directory, names, relationship, *id, pointer).await?);
		}
		Ok(views)
	}

	/// What it is, and whether it is withheld.
	pub fn what(&self) -> String {
		let what = self.title.clone().unwrap_or_else(|| "-".to_owned());
		match self.release {
			Release::Released => what,
			Release::Withheld => format!("{what} (withheld)"),
		}
	}

	/// The name of its category, or its code.
	pub fn category_text(&self) -> String {
		self.category_name.clone().unwrap_or_else(|| self.category.to_string())
	}
}

/// A table of records.
pub fn table(title: &str, records: &[RecordView]) -> Page {
	let columns = ["record", "what", "category", "version", "posted", "author"];
	let rows = records.iter().map(|record| {
		[
			Cell::id(record.record),
			Cell::words(record.what()),
			Cell::word(record.category_text()),
			Cell::word(record.version),
			Cell::time(record.posted_at),
			Cell::word(&record.author_name),
		]
	});
	Page::default().table(title, columns, rows)
}

/// The line about names that are missing, with the reason.
pub fn missing_names(reason: Option<&str>, provider: &str) -> Option<String> {
	reason.map(|reason| format!("Names of {provider} are missing: {reason}"))
}

/// Categories in a sentence, as `the categories laboratory and visit`.
pub fn categories(names: &[String]) -> String {
	let kind = if names.len() == 1 { "category" } else { "categories" };
	format!("the {kind} {}", and(names))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::style::Style;

	fn record(title: Option<&str>, release: Release) -> RecordView {
		RecordView {
			record: RecordId::repeat_byte(0xab),
			relationship: RelationshipId::default(),
			title: title.map(str::to_owned),
			category: Category(10),
			category_name: title.map(|_| "laboratory".to_owned()),
			author: SubjectId::default(),
			author_name: "hospital-a".into(),
			version: 1,
			release,
			posted_at: 1000,
			commitment: Commitment::default(),
			template: TemplateHash::default(),
			handle: "0x".into(),
		}
	}

	#[test]
	fn a_list_says_what_records_are_and_fits_the_terminal() {
		let style = Style::terminal(10_801_000);
		let records = [
			record(Some("Laboratory result"), Release::Released),
			record(Some("Laboratory result"), Release::Withheld),
			record(None, Release::Released),
		];
		let text = table("hospital-a", &records).render(&style);
		assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
		assert!(text.starts_with("hospital-a\nrecord"), "{text}");
		assert!(text.contains("0xabababab  Laboratory result "), "{text}");
		assert!(text.contains("3 h ago"), "{text}");
		assert!(text.contains("(withheld)"), "{text}");
		assert!(text.contains("0xabababab  -  "), "{text}");
	}

	#[test]
	fn categories_are_joined_in_a_sentence() {
		let names =
			|names: &[&str]| categories(&Vec::from_iter(names.iter().map(|name| (*name).into())));
		assert_eq!(names(&["laboratory"]), "the category laboratory");
		assert_eq!(names(&["laboratory", "visit"]), "the categories laboratory and visit");
	}
}
