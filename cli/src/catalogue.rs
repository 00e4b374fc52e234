//! What the records of a relationship are, in the words of the catalogue of its gatekeeper.

use crate::{
	context::{self, Session},
	failure::{Failure, Result},
	gatekeeper::{self, Url},
	parse::{CategoryRef, FieldRef},
	text::list,
};
use medrec_client::http::GatekeeperClient;
use medrec_primitives::{
	identity::SubjectId,
	record::{Category, FieldNumber, RecordId, RecordPointer},
	relationship::{Relationship, RelationshipId},
};
use medrec_protocol::{
	catalogue::{Catalogue, CatalogueError, Posted},
	template::{FieldSpec, PublicTemplate},
};
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
		let missing = catalogue.unproven().first().map(|first| {
			let are_left_out = match catalogue.unproven().len() {
				1 => "1 of the gatekeeper's names is left out, as it is".to_owned(),
				several => format!("{several} of the gatekeeper's names are left out, as they are"),
			};
			format!("{are_left_out} not proven: {first}")
		});
		RecordNames { patient, catalogue: Some(catalogue), missing }
	}

	/// The names in the catalogue of a relationship with these `records` on chain.
	pub async fn fetch(
		client: &GatekeeperClient,
		(id, relationship): (RelationshipId, &Relationship),
		records: &[(RecordId, RecordPointer)],
	) -> Result<RecordNames> {
		let posted = Posted::by(relationship.provider, records.iter().map(|(_, record)| record));
		Ok(RecordNames::new(relationship.patient, client.catalogue(id, &posted).await?))
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

	/// The name of a category that has records, as `laboratory`.
	pub fn category_name(&self, category: Category) -> Option<&str> {
		self.catalogue.as_ref()?.category_name(category)
	}

	/// The name of a category, or else its code.
	pub fn category(&self, category: Category) -> String {
		self.category_name(category).map_or_else(|| category.to_string(), str::to_owned)
	}

	/// Whether the gatekeeper states a category of which there is no record.
	pub fn is_stated(&self, category: Category) -> bool {
		let catalogue = self.catalogue.as_ref();
		catalogue.is_some_and(|known| known.stated().any(|(key, _)| key == category))
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

	/// The code of a category. Its name must be proven by a record on chain: a gatekeeper could otherwise
	/// exchange the names of two categories.
	pub fn find_category(&self, reference: &CategoryRef) -> Result<Category> {
		let name = match reference {
			CategoryRef::Code(code) => return Ok(*code),
			CategoryRef::Name(name) => name,
		};
		let catalogue = self.require(&format!("the category {name}"))?;
		catalogue.category_named(name).ok_or_else(|| no_category(catalogue, name))
	}

	/// The number of a field of a record, by its number, its name, or its name for people.
	pub fn find_field(&self, record: &RecordPointer, field: &FieldRef) -> Result<FieldNumber> {
		let name = match field {
			FieldRef::Number(number) => return Ok(*number),
			FieldRef::Name(name) => name,
		};
		self.require(&format!("the field {name}"))?;
		let fields = self.template(record).map_or(&[][..], |template| &template.fields);
		let is_called = |field: &FieldSpec| {
			[&field.name, field.label()].iter().any(|other| other.eq_ignore_ascii_case(name))
		};
		let numbered = (0..=FieldNumber::MAX).zip(fields);
		let found = Vec::from_iter(numbered.filter(|(_, field)| is_called(field)));
		match found.as_slice() {
			[(number, _)] => Ok(*number),
			[] => {
				let names = list(fields.iter().map(FieldSpec::label), "none that are known");
				let message = format!("the record has no field {name}; its fields are: {names}");
				Err(Failure::usage("unknown_field", message))
			},
			several => {
				let each =
					several.iter().map(|(number, field)| format!("{number} ({})", field.name));
				let message = format!(
					"several fields of the record are called {name}; give the number of one: {}",
					list(each, "")
				);
				Err(Failure::usage("ambiguous_field", message))
			},
		}
	}

	fn require(&self, what: &str) -> Result<&Catalogue> {
		self.catalogue.as_ref().ok_or_else(|| {
			let reason = self.missing.as_deref().unwrap_or("the catalogue is not known");
			let message =
				format!("{reason}; without the catalogue, {what} cannot be found by its name");
			Failure::failed("no_catalogue", message)
		})
	}
}

/// The failure for a name that stands for no category.
fn no_category(catalogue: &Catalogue, name: &str) -> Failure {
	let is_about = |error: &&CatalogueError| match error {
		CatalogueError::UnprovenCategory { name: other, .. }
		| CatalogueError::AmbiguousCategory { name: other, .. } => other == name,
		CatalogueError::WrongTemplate { .. } | CatalogueError::UnfitText { .. } => false,
	};
	if let Some(error) = catalogue.unproven().iter().find(is_about) {
		let message = format!(
			"it is not certain which category is called {name}: {error}; ask the provider for the code \
			 of the category, and give the code instead of the name"
		);
		return Failure::unverified("unproven_category", message);
	}
	let stated = catalogue.stated().filter(|(_, other)| *other == name);
	let codes = Vec::from_iter(stated.map(|(key, _)| key));
	if !codes.is_empty() {
		let message = format!(
			"no record on chain proves yet which category is called {name}; the gatekeeper alone says: \
			 {}; if the provider confirms that, give the code instead of the name",
			list(codes, "")
		);
		return Failure::usage("unproven_category", message);
	}
	let names = list(catalogue.categories().map(|(_, name)| name), "none");
	let message = format!(
		"there is no category {name} among the records that you may read; their categories are: {names}"
	);
	Failure::usage("unknown_category", message)
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
		let records = self.session.at().records(relationship).await?;
		let fetched = self.fetch((relationship, &found), &records);
		let names = match tokio::time::timeout(TIMEOUT, fetched).await {
			Ok(Ok(names)) => names,
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

	async fn fetch(
		&self,
		(id, relationship): (RelationshipId, &Relationship),
		records: &[(RecordId, RecordPointer)],
	) -> Result<RecordNames> {
		let (at, provider) = (self.session.at(), relationship.provider);
		let client = gatekeeper::client(self.session, at, provider, &self.url).await?;
		RecordNames::fetch(&client, (id, relationship), records).await
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
		wire::{AnswerTemplate, BlockRef, CatalogueResponse, CatalogueTemplate},
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

	/// The same template in another category of this name.
	pub fn in_category(category: Category, name: &str) -> AnswerTemplate {
		let mut template = laboratory();
		template.public.category = category;
		template.public.category_name = name.to_owned();
		template
	}

	/// The names in a catalogue with that template, of which there is a record.
	pub fn names() -> RecordNames {
		names_of(&[laboratory()], &[laboratory()])
	}

	/// The names in a catalogue that lists `templates`, with a record of each of `posted`.
	pub fn names_of(templates: &[AnswerTemplate], posted: &[AnswerTemplate]) -> RecordNames {
		let entry = |template: &AnswerTemplate| CatalogueTemplate {
			keys: vec![template_hash(&template.public, template.private)],
			template: template.clone(),
		};
		let response = CatalogueResponse {
			decided_at: BlockRef { number: 9, hash: H256::zero() },
			categories: Vec::new(),
			templates: templates.iter().map(entry).collect(),
		};
		let posted = Posted::by(PROVIDER, &Vec::from_iter(posted.iter().map(record_of)));
		RecordNames::new(PATIENT, Catalogue::verify(response, &posted))
	}

	/// A record of that template.
	pub fn record() -> RecordPointer {
		record_of(&laboratory())
	}

	/// A record of a template.
	pub fn record_of(template: &AnswerTemplate) -> RecordPointer {
		let AnswerTemplate { public, private } = template;
		RecordPointer {
			author: PROVIDER,
			pointer: Pointer {
				template: template_hash(public, *private),
				handle: Default::default(),
			},
			commitment: Commitment::repeat_byte(3),
			version: 1,
			category: public.category,
			release: Release::Released,
			posted_at: 1_769_860_800_000,
		}
	}
}

#[cfg(test)]
mod tests;
