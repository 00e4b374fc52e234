//! The verified catalogue of a relationship: what its templates and categories mean.
//!
//! A gatekeeper sends a [`CatalogueResponse`]. It is not signed, and a template can be invented together with
//! its hash. What binds the provider is on the chain: each of its records points to a template by the hash,
//! and has a category. So [`Catalogue::verify`] keeps a template that has the hash of its key, and takes the
//! name of a category only from a template to which a record of the provider in that category points. The
//! names of categories without a record are as the gatekeeper states them. Templates with unfit texts are
//! left out.

use crate::{
	template::{template_hash, PublicTemplate},
	wire::{AnswerTemplate, BlockRef, CatalogueResponse, CatalogueTemplate},
};
use medrec_primitives::{
	identity::SubjectId,
	record::{Category, RecordPointer, TemplateHash},
};
use std::collections::{BTreeMap, BTreeSet};

/// The maximum length of a text of a template, in characters. Templates of a gatekeeper stay far below.
const MAX_TEXT: usize = 256;

/// The reason why an entry is not part of a [`Catalogue`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CatalogueError {
	/// The parts of a template do not have the hash under which it is listed.
	#[error("the template {id:?}, version {version}, does not have the hash {key} of its key")]
	WrongTemplate {
		/// The beginning of the stated name of the template.
		id: String,
		/// The stated version.
		version: u32,
		/// The key.
		key: TemplateHash,
	},
	/// A text of a template has control characters, which could forge the output of a client, or it is too
	/// long for one.
	#[error(
		"the template {id:?}, version {version}, has a text with control characters, or of more than \
		 {MAX_TEXT} characters"
	)]
	UnfitText {
		/// The beginning of the name of the template.
		id: String,
		/// The version.
		version: u32,
	},
	/// The category has records, or the name belongs to another category, and no record proves the name.
	#[error("no record on chain proves that the category {key} is called {name:?}")]
	UnprovenCategory {
		/// The category.
		key: Category,
		/// The stated name.
		name: String,
	},
	/// The records on chain contradict each other.
	#[error(
		"the records on chain call the category {key} {name:?}, and give it another name too, or \
		 another category this name"
	)]
	AmbiguousCategory {
		/// The category.
		key: Category,
		/// One of its names.
		name: String,
	},
}

/// What a provider has put on chain about its templates: those to which its records in a relationship
/// point, by the category of the record.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Posted(BTreeMap<Category, BTreeSet<TemplateHash>>);

impl Posted {
	/// The templates of those `records` that the provider posted. Notes of the patient do not count.
	pub fn by<'a>(
		provider: SubjectId,
		records: impl IntoIterator<Item = &'a RecordPointer>,
	) -> Posted {
		let mut posted = BTreeMap::<_, BTreeSet<_>>::new();
		for record in records.into_iter().filter(|record| record.author == provider) {
			posted.entry(record.category).or_default().insert(record.pointer.template);
		}
		Posted(posted)
	}

	/// Whether a record in the category of this template points to it.
	fn has(&self, hash: &TemplateHash, template: &PublicTemplate) -> bool {
		self.0.get(&template.category).is_some_and(|hashes| hashes.contains(hash))
	}
}

/// The verified catalogue of a relationship.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Catalogue {
	decided_at: BlockRef,
	templates: BTreeMap<TemplateHash, PublicTemplate>,
	categories: BTreeMap<Category, String>,
	stated: BTreeSet<(Category, String)>,
	unproven: Vec<CatalogueError>,
}

impl Catalogue {
	/// Keeps the templates of `response` that have their hash, and names the categories of the records that
	/// the provider has `posted`. [`Catalogue::unproven`] has the entries that are left out. The list of
	/// categories in the response counts for nothing.
	pub fn verify(response: CatalogueResponse, posted: &Posted) -> Catalogue {
		let mut catalogue = Catalogue {
			decided_at: response.decided_at,
			templates: BTreeMap::new(),
			categories: BTreeMap::new(),
			stated: BTreeSet::new(),
			unproven: Vec::new(),
		};
		for CatalogueTemplate { keys, template: AnswerTemplate { public, private } } in
			response.templates
		{
			let hash = template_hash(&public, private);
			if let Some(key) = keys.iter().copied().find(|key| *key != hash) {
				let (id, version) = (beginning(&public.id), public.version);
				catalogue.unproven.push(CatalogueError::WrongTemplate { id, version, key });
			}
			if !keys.contains(&hash) {
				continue;
			}
			if texts(&public).all(is_fit) {
				catalogue.templates.insert(hash, public);
			} else {
				let (id, version) = (beginning(&public.id), public.version);
				catalogue.unproven.push(CatalogueError::UnfitText { id, version });
			}
		}
		catalogue.name_categories(posted);
		catalogue
	}

	/// Takes the names of the categories from the templates.
	fn name_categories(&mut self, posted: &Posted) {
		let (mut proven, mut stated) = (BTreeSet::new(), BTreeSet::new());
		for (hash, template) in &self.templates {
			let names = if posted.has(hash, template) { &mut proven } else { &mut stated };
			names.insert((template.category, template.category_name.clone()));
		}
		let mut names_of = BTreeMap::<Category, usize>::new();
		let mut categories_of = BTreeMap::<String, usize>::new();
		for (key, name) in &proven {
			*names_of.entry(*key).or_default() += 1;
			*categories_of.entry(name.clone()).or_default() += 1;
		}
		for (key, name) in stated.difference(&proven).cloned() {
			if posted.0.contains_key(&key) || categories_of.contains_key(&name) {
				self.unproven.push(CatalogueError::UnprovenCategory { key, name });
			} else {
				self.stated.insert((key, name));
			}
		}
		for (key, name) in proven {
			if (names_of.get(&key), categories_of.get(&name)) == (Some(&1), Some(&1)) {
				self.categories.insert(key, name);
			} else {
				self.unproven.push(CatalogueError::AmbiguousCategory { key, name });
			}
		}
	}

	/// The final block at whose state the gatekeeper decided what the requester may know.
	pub fn decided_at(&self) -> BlockRef {
		self.decided_at
	}

	/// The template that record pointers name by `key`.
	pub fn template(&self, key: &TemplateHash) -> Option<&PublicTemplate> {
		self.templates.get(key)
	}

	/// All templates, with several versions of one among them. One to which no record points is as the
	/// gatekeeper states it.
	pub fn templates(&self) -> impl Iterator<Item = &PublicTemplate> {
		self.templates.values()
	}

	/// The name of a category that has records.
	pub fn category_name(&self, key: Category) -> Option<&str> {
		self.categories.get(&key).map(String::as_str)
	}

	/// The category of this name, if it has records.
	pub fn category_named(&self, name: &str) -> Option<Category> {
		self.categories().find(|(_, other)| *other == name).map(|(key, _)| key)
	}

	/// All categories that have records, each with its only name, which no other one has.
	pub fn categories(&self) -> impl Iterator<Item = (Category, &str)> {
		self.categories.iter().map(|(key, name)| (*key, name.as_str()))
	}

	/// Categories without a record, with the names that the gatekeeper states and nothing proves.
	pub fn stated(&self) -> impl Iterator<Item = (Category, &str)> {
		self.stated.iter().map(|(key, name)| (*key, name.as_str()))
	}

	/// The entries that were left out, each with the reason.
	pub fn unproven(&self) -> &[CatalogueError] {
		&self.unproven
	}
}

/// As much of a text as an error quotes.
fn beginning(text: &str) -> String {
	const SHOWN: usize = 64;
	match text.char_indices().nth(SHOWN) {
		Some((end, _)) => format!("{}…", &text[..end]),
		None => text.to_owned(),
	}
}

/// Whether a text of a template can be shown to people.
fn is_fit(text: &str) -> bool {
	text.chars().count() <= MAX_TEXT && !text.contains(char::is_control)
}

/// The texts of a template that are shown to people.
fn texts(template: &PublicTemplate) -> impl Iterator<Item = &str> {
	let of_fields = template.fields.iter().flat_map(|field| {
		[Some(&field.name), field.title.as_ref(), field.unit.as_ref()].into_iter().flatten()
	});
	let own = [&template.id, &template.title, &template.category_name];
	own.into_iter().chain(of_fields).map(String::as_str)
}

#[cfg(test)]
mod tests;
