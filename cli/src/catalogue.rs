//! What the records of a relationship are, in the words of the catalogue of its gatekeeper.

use crate::{
	context::{self, Session},
	failure::{Failure, Result},
	gatekeeper::{self, Url},
	parse::{CategoryRef, FieldRef},
	text::list,
};
use medrec_primitives::{
	identity::SubjectId,
	record::{Category, FieldNumber, RecordPointer},
	relationship::RelationshipId,
};
use medrec_protocol::{catalogue::Catalogue, template::PublicTemplate};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The longest wait for a catalogue. Without it, outputs show codes.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The title of a record that the patient posted. Its template is not in the provider's catalogue.
const NOTE: &str = "Note of the patient";

/// The names of the records of one relationship, as far as its catalogue is known.
#[derive(Debug)]
pub struct RecordNames {
	patient: SubjectId,
	catalogue: Option<Catalogue>,
	missing: Option<String>,
}

impl RecordNames {
	/// The names in a catalogue.
	pub fn new(patient: SubjectId, catalogue: Catalogue) -> RecordNames {
		let missing =
			catalogue.unproven().first().map(|first| {
				let number = catalogue.unproven().len();
				format!("{number} of the gatekeeper's names are left out, as they are not proven: {first}")
			});
		RecordNames { patient, catalogue: Some(catalogue), missing }
	}

	/// No names but those that need no catalogue. `reason` says why.
	pub fn without(patient: SubjectId, reason: &str) -> RecordNames {
		RecordNames { patient, catalogue: None, missing: Some(reason.to_owned()) }
	}

	/// The reason why names are missing, if some are.
	pub fn missing(&self) -> Option<&str> {
		self.missing.as_deref()
	}

	/// Whether the catalogue is known.
	pub fn is_known(&self) -> bool {
		self.catalogue.is_some()
	}

	/// Whether the patient posted the record.
	pub fn is_note(&self, record: &RecordPointer) -> bool {
		record.author == self.patient
	}

	/// The template of a record.
	pub fn template(&self, record: &RecordPointer) -> Option<&PublicTemplate> {
		self.catalogue.as_ref()?.template(&record.pointer.template)
	}

	/// The name of what a record is, as `Laboratory result`.
	pub fn title(&self, record: &RecordPointer) -> Option<&str> {
		match self.is_note(record) {
			true => Some(NOTE),
			false => self.template(record).map(|template| template.title.as_str()),
		}
	}

	/// What a record is: its title, or else its category.
	pub fn what(&self, record: &RecordPointer) -> String {
		self.title(record).map_or_else(|| format!("category {}", record.category), str::to_owned)
	}

	/// The name of a category, as `laboratory`.
	pub fn category_name(&self, category: Category) -> Option<&str> {
		self.catalogue.as_ref()?.category_name(category)
	}

	/// The name of a category, or else its code.
	pub fn category(&self, category: Category) -> String {
		self.category_name(category).map_or_else(|| category.to_string(), str::to_owned)
	}

	/// The names of fields of a record for people, or else their numbers. `record` is none if the chain
	/// has no such record any more.
	pub fn fields<'a>(
		&self,
		record: Option<&RecordPointer>,
		numbers: impl IntoIterator<Item = &'a FieldNumber>,
	) -> Vec<String> {
		let template = record.and_then(|record| self.template(record));
		let name = |number: &FieldNumber| {
			let spec = template.and_then(|template| template.field(*number));
			spec.map_or_else(|| number.to_string(), |spec| spec.label().to_owned())
		};
		numbers.into_iter().map(name).collect()
	}

	/// The code of a category.
	pub fn find_category(&self, reference: &CategoryRef) -> Result<Category> {
		let name = match reference {
			CategoryRef::Code(code) => return Ok(*code),
			CategoryRef::Name(name) => name,
		};
		let catalogue = self.require(&format!("the category {name}"))?;
		catalogue.category_named(name).ok_or_else(|| {
			let several = catalogue.categories().filter(|(_, other)| other == name);
			let codes = Vec::from_iter(several.map(|(code, _)| code));
			if codes.len() > 1 {
				let codes = list(codes, "");
				let message =
					format!("several categories are called {name}; give the code: {codes}");
				return Failure::usage("ambiguous_category", message);
			}
			let names = list(catalogue.categories().map(|(_, name)| name), "none");
			let message = format!("there is no category {name}; the categories are: {names}");
			Failure::usage("unknown_category", message)
		})
	}

	/// The number of a field of a record, by its number, its name, or its name for people.
	pub fn find_field(&self, record: &RecordPointer, field: &FieldRef) -> Result<FieldNumber> {
		let name = match field {
			FieldRef::Number(number) => return Ok(*number),
			FieldRef::Name(name) => name,
		};
		self.require(&format!("the field {name}"))?;
		let fields = self.template(record).map_or(&[][..], |template| &template.fields);
		let is_named = |field: &str| field.eq_ignore_ascii_case(name);
		let exact = fields.iter().position(|field| field.name == *name);
		let position = exact.or_else(|| {
			fields.iter().position(|field| is_named(&field.name) || is_named(field.label()))
		});
		let number = position.and_then(|position| FieldNumber::try_from(position).ok());
		number.ok_or_else(|| {
			let names = list(fields.iter().map(|field| &field.name), "none that are known");
			let message = format!("the record has no field {name}; its fields are: {names}");
			Failure::usage("unknown_field", message)
		})
	}

	fn require(&self, what: &str) -> Result<&Catalogue> {
		self.catalogue.as_ref().ok_or_else(|| {
			let reason = self.missing.as_deref().unwrap_or("the catalogue is not known");
			let message = format!("{what} cannot be looked up by its name: {reason}");
			Failure::failed("no_catalogue", message)
		})
	}
}

/// Fetches the catalogues of relationships, each once.
pub struct Catalogues<'a> {
	session: &'a Session<'a>,
	url: Url,
	known: HashMap<RelationshipId, Arc<RecordNames>>,
}

impl<'a> Catalogues<'a> {
	/// No catalogues yet. `url` is that of the gatekeeper, if it is not the one in the profile.
	pub fn new(session: &'a Session<'a>, url: Url) -> Catalogues<'a> {
		Catalogues { session, url, known: HashMap::new() }
	}

	/// The names of the records of a relationship. It fails only if the chain cannot be read or has no
	/// such relationship: without a catalogue, [`RecordNames::missing`] says why.
	pub async fn of(&mut self, relationship: RelationshipId) -> Result<Arc<RecordNames>> {
		if let Some(known) = self.known.get(&relationship) {
			return Ok(known.clone());
		}
		let found = context::relationship(self.session.at(), relationship).await?;
		let fetched = tokio::time::timeout(TIMEOUT, self.fetch(relationship, found.provider)).await;
		let names = match fetched {
			Ok(Ok(catalogue)) => RecordNames::new(found.patient, catalogue),
			Ok(Err(failure)) => RecordNames::without(found.patient, &failure.to_string()),
			Err(_) => {
				let reason =
					format!("the gatekeeper did not answer within {} seconds", TIMEOUT.as_secs());
				RecordNames::without(found.patient, &reason)
			},
		};
		let names = Arc::new(names);
		self.known.insert(relationship, names.clone());
		Ok(names)
	}

	async fn fetch(&self, relationship: RelationshipId, provider: SubjectId) -> Result<Catalogue> {
		let client =
			gatekeeper::client(self.session, self.session.at(), provider, &self.url).await?;
		Ok(client.catalogue(relationship).await?)
	}
}

/// Names for tests.
#[cfg(test)]
pub mod fixture {
	use super::*;
	use medrec_primitives::{
		record::{Commitment, Pointer, Release},
		H256,
	};
	use medrec_protocol::{
		template::template_hash,
		wire::{AnswerTemplate, BlockRef, CatalogueCategory, CatalogueResponse, CatalogueTemplate},
	};

	pub const PATIENT: SubjectId = SubjectId::repeat_byte(1);
	pub const PROVIDER: SubjectId = SubjectId::repeat_byte(2);
	pub const LABORATORY: Category = Category(10);

	/// The template of laboratory results: code, display, value, unit, date.
	pub fn laboratory() -> AnswerTemplate {
		let field = |name: &str, kind: &str, title: &str| serde_json::json!({ "name": name, "type": kind, "title": title });
		let template = serde_json::json!({
			"public": {
				"id": "lab-result",
				"version": 1,
				"title": "Laboratory result",
				"category": LABORATORY,
				"category_name": "laboratory",
				"fields": [
					field("code", "string", "Code"),
					field("display", "string", "Name"),
					field("value", "number", "Value"),
					field("unit", "string", "Unit"),
					field("effectiveDateTime", "datetime", "Date"),
				],
				"line": {
					"date": ["effectiveDateTime"],
					"what": ["display", "code"],
					"value": ["value"],
					"unit": ["unit"],
				},
			},
			"private": H256::zero(),
		});
		serde_json::from_value(template).unwrap()
	}

	/// The names in a catalogue with that template.
	pub fn names() -> RecordNames {
		let template = laboratory();
		let keys = vec![template_hash(&template.public, template.private)];
		let response = CatalogueResponse {
			decided_at: BlockRef { number: 9, hash: H256::zero() },
			categories: vec![CatalogueCategory { key: LABORATORY, name: "laboratory".into() }],
			templates: vec![CatalogueTemplate { keys, template }],
		};
		RecordNames::new(PATIENT, Catalogue::verify(response))
	}

	/// A record of that template.
	pub fn record() -> RecordPointer {
		let template = laboratory();
		let template = template_hash(&template.public, template.private);
		RecordPointer {
			author: PROVIDER,
			pointer: Pointer { template, handle: Default::default() },
			commitment: Commitment::repeat_byte(3),
			version: 1,
			category: LABORATORY,
			release: Release::Released,
			posted_at: 1_769_860_800_000,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::{fixture::*, *};

	#[test]
	fn records_categories_and_fields_have_the_names_of_the_catalogue() {
		let (names, record) = (names(), record());
		assert_eq!(names.title(&record), Some("Laboratory result"));
		assert_eq!(names.category(LABORATORY), "laboratory");
		assert_eq!(names.category(Category(11)), "11");
		assert_eq!(names.fields(Some(&record), &[2, 9]), ["Value", "9"]);
		assert_eq!(names.fields(None, &[2]), ["2"]);
		assert_eq!(names.missing(), None);
		let note = RecordPointer { author: PATIENT, ..record };
		assert_eq!(names.what(&note), "Note of the patient");
	}

	#[test]
	fn names_are_found_and_those_that_do_not_exist_are_errors_that_list_the_others() {
		let (names, record) = (names(), record());
		let category = |text: &str| names.find_category(&text.parse().unwrap());
		assert_eq!(category("Laboratory").unwrap(), LABORATORY);
		assert_eq!(category("11").unwrap(), Category(11));
		let error = category("radiology").unwrap_err();
		assert_eq!((&*error.code, error.exit as u8), ("unknown_category", 2));
		assert!(error.message.contains("laboratory"), "{}", error.message);

		let field = |text: &str| names.find_field(&record, &text.parse().unwrap());
		assert_eq!(field("value").unwrap(), 2);
		assert_eq!(field("effectivedatetime").unwrap(), 4);
		assert_eq!(field("Name").unwrap(), 1);
		assert_eq!(field("7").unwrap(), 7);
		let error = field("weight").unwrap_err();
		assert_eq!(&*error.code, "unknown_field");
		assert!(error.message.contains("code, display, value"), "{}", error.message);
	}

	#[test]
	fn without_a_catalogue_there_are_codes_and_the_reason() {
		let names = RecordNames::without(PATIENT, "cannot reach the gatekeeper");
		assert_eq!(names.title(&record()), None);
		assert_eq!(names.what(&record()), "category 10");
		assert_eq!(names.fields(Some(&record()), &[2]), ["2"]);
		assert_eq!(names.missing(), Some("cannot reach the gatekeeper"));
		let error = names.find_category(&CategoryRef::Name("laboratory".into())).unwrap_err();
		assert!(error.message.contains("cannot reach the gatekeeper"), "{}", error.message);
		assert!(names.find_category(&CategoryRef::Code(Category(7))).is_ok());
	}
}
