//! The verified catalogue of a relationship: what its templates and categories mean.
//!
//! A gatekeeper sends a [`CatalogueResponse`]. [`Catalogue::verify`] keeps what is proven: a template whose
//! hash is the key under which record pointers name it, and the name of a category that such a template
//! gives. A template that no record on the chain points to is as the gatekeeper states it. Templates with
//! control characters in their texts are left out.

use crate::{
	template::{template_hash, PublicTemplate},
	wire::{AnswerTemplate, BlockRef, CatalogueResponse, CatalogueTemplate},
};
use medrec_primitives::record::{Category, TemplateHash};
use std::collections::{BTreeMap, BTreeSet};

/// The reason why an entry is not part of a [`Catalogue`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CatalogueError {
	/// The parts of a template do not have the hash under which it is listed.
	#[error("the template {id:?}, version {version}, does not have the hash {key} of its key")]
	WrongTemplate {
		/// The stated name of the template.
		id: String,
		/// The stated version.
		version: u32,
		/// The key.
		key: TemplateHash,
	},
	/// A text of a template has control characters, which could forge the output of a client.
	#[error("the template {id:?}, version {version}, has control characters in its texts")]
	ControlCharacters {
		/// The name of the template.
		id: String,
		/// The version.
		version: u32,
	},
	/// No verified template gives the category this name.
	#[error("no verified template gives the category {key} the name {name:?}")]
	UnprovenCategory {
		/// The key.
		key: Category,
		/// The stated name.
		name: String,
	},
}

/// The verified catalogue of a relationship.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Catalogue {
	decided_at: BlockRef,
	templates: BTreeMap<TemplateHash, PublicTemplate>,
	categories: BTreeMap<Category, String>,
	unproven: Vec<CatalogueError>,
}

impl Catalogue {
	/// Keeps the entries of `response` that are proven. [`Catalogue::unproven`] names the others.
	pub fn verify(response: CatalogueResponse) -> Catalogue {
		let mut catalogue = Catalogue {
			decided_at: response.decided_at,
			templates: BTreeMap::new(),
			categories: BTreeMap::new(),
			unproven: Vec::new(),
		};
		for CatalogueTemplate { keys, template: AnswerTemplate { public, private } } in
			response.templates
		{
			let hash = template_hash(&public, private);
			if let Some(key) = keys.iter().copied().find(|key| *key != hash) {
				let (id, version) = (public.id.clone(), public.version);
				catalogue.unproven.push(CatalogueError::WrongTemplate { id, version, key });
			}
			if !keys.contains(&hash) {
				continue;
			}
			if texts(&public).any(|text| text.contains(char::is_control)) {
				let PublicTemplate { id, version, .. } = public;
				catalogue.unproven.push(CatalogueError::ControlCharacters { id, version });
			} else {
				catalogue.templates.insert(hash, public);
			}
		}
		let given: BTreeSet<(Category, String)> = catalogue
			.templates()
			.map(|template| (template.category, template.category_name.clone()))
			.collect();
		for category in response.categories {
			let (key, name) = (category.key, category.name);
			if given.contains(&(key, name.clone())) {
				catalogue.categories.insert(key, name);
			} else {
				catalogue.unproven.push(CatalogueError::UnprovenCategory { key, name });
			}
		}
		catalogue
	}

	/// The final block at whose state the gatekeeper decided what the requester may know.
	pub fn decided_at(&self) -> BlockRef {
		self.decided_at
	}

	/// The template that record pointers name by `key`.
	pub fn template(&self, key: &TemplateHash) -> Option<&PublicTemplate> {
		self.templates.get(key)
	}

	/// All templates, with several versions of one among them.
	pub fn templates(&self) -> impl Iterator<Item = &PublicTemplate> {
		self.templates.values()
	}

	/// The name of the category that record pointers name by `key`.
	pub fn category_name(&self, key: Category) -> Option<&str> {
		self.categories.get(&key).map(String::as_str)
	}

	/// The category of this name. None if several have the name: a gatekeeper could state a template that
	/// no record has, to make the name mean another category.
	pub fn category_named(&self, name: &str) -> Option<Category> {
		let mut named = self.categories().filter(|(_, other)| *other == name);
		let (key, _) = named.next()?;
		named.next().is_none().then_some(key)
	}

	/// All categories with their names.
	pub fn categories(&self) -> impl Iterator<Item = (Category, &str)> {
		self.categories.iter().map(|(key, name)| (*key, name.as_str()))
	}

	/// The entries that were left out, each with the reason.
	pub fn unproven(&self) -> &[CatalogueError] {
		&self.unproven
	}
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
mod tests {
	use super::*;
	use crate::{
		template::{FieldSpec, FieldType, LineSpec, PrivateTemplateHash},
		wire::CatalogueCategory,
	};
	use medrec_primitives::H256;

	fn template(id: &str, category: u16, name: &str) -> AnswerTemplate {
		let field =
			FieldSpec { name: "code".into(), kind: FieldType::String, title: None, unit: None };
		let public = PublicTemplate {
			id: id.into(),
			version: 1,
			title: id.to_uppercase(),
			category: Category(category),
			category_name: name.into(),
			fields: vec![field],
			line: LineSpec::default(),
		};
		AnswerTemplate { public, private: PrivateTemplateHash([1; 32]) }
	}

	fn hash(template: &AnswerTemplate) -> TemplateHash {
		template_hash(&template.public, template.private)
	}

	fn response() -> CatalogueResponse {
		let entry =
			|template: AnswerTemplate| CatalogueTemplate { keys: vec![hash(&template)], template };
		let category =
			|(key, name): (u16, &str)| CatalogueCategory { key: Category(key), name: name.into() };
		CatalogueResponse {
			decided_at: BlockRef { number: 9, hash: H256([9; 32]) },
			categories: [(10, "laboratory"), (40, "medication")].map(category).into(),
			templates: [template("lab", 10, "laboratory"), template("drug", 40, "medication")]
				.map(entry)
				.into(),
		}
	}

	#[test]
	fn a_catalogue_names_what_the_chain_points_to() {
		let catalogue = Catalogue::verify(response());
		assert!(catalogue.unproven().is_empty());
		let key = hash(&template("lab", 10, "laboratory"));
		assert_eq!(catalogue.template(&key).unwrap().title, "LAB");
		assert_eq!(catalogue.template(&key).unwrap().number_of("code"), Some(0));
		assert_eq!(catalogue.template(&TemplateHash::default()), None);
		assert_eq!(catalogue.templates().count(), 2);
		assert_eq!(catalogue.category_name(Category(10)), Some("laboratory"));
		assert_eq!(catalogue.category_name(Category(11)), None);
		assert_eq!(catalogue.category_named("medication"), Some(Category(40)));
		assert_eq!(catalogue.category_named("drug"), None);
		assert_eq!(catalogue.decided_at().number, 9);
	}

	#[test]
	fn a_template_that_does_not_have_its_hash_is_left_out() {
		let mut response = response();
		let key = response.templates[0].keys[0];
		response.templates[0].template.public.title = "Something else".into();
		let catalogue = Catalogue::verify(response);
		assert_eq!(catalogue.template(&key), None);
		let wrong = CatalogueError::WrongTemplate { id: "lab".into(), version: 1, key };
		// The name of its category rests on the template.
		let name = "laboratory".to_owned();
		let unproven = CatalogueError::UnprovenCategory { key: Category(10), name };
		assert_eq!(catalogue.unproven(), [wrong, unproven]);
		assert_eq!(catalogue.category_named("medication"), Some(Category(40)));
	}

	#[test]
	fn a_category_has_the_name_that_its_templates_give() {
		let mut response = response();
		response.categories[0].name = "medication".into();
		let catalogue = Catalogue::verify(response);
		assert_eq!(catalogue.category_name(Category(10)), None);
		assert_eq!(catalogue.category_named("medication"), Some(Category(40)));
		let name = "medication".to_owned();
		let unproven = CatalogueError::UnprovenCategory { key: Category(10), name };
		assert_eq!(catalogue.unproven(), [unproven]);
	}

	#[test]
	fn a_template_with_control_characters_is_left_out() {
		let changes: [fn(&mut PublicTemplate); 4] = [
			|template| template.title.push('\n'),
			|template| template.category_name.insert(0, '\u{1b}'),
			|template| template.fields[0].title = Some("Code\u{7}".into()),
			|template| template.fields[0].unit = Some("\r".into()),
		];
		for change in changes {
			let mut response = response();
			let entry = &mut response.templates[1];
			change(&mut entry.template.public);
			entry.keys = vec![hash(&entry.template)];
			let catalogue = Catalogue::verify(response);
			let (id, version) = ("drug".to_owned(), 1);
			let refused = CatalogueError::ControlCharacters { id, version };
			assert_eq!(catalogue.unproven().first(), Some(&refused));
			assert_eq!(catalogue.templates().count(), 1);
		}
	}

	#[test]
	fn a_name_of_several_categories_stands_for_none() {
		let mut response = response();
		let other = template("more", 9, "medication");
		response.templates.push(CatalogueTemplate { keys: vec![hash(&other)], template: other });
		response.categories.push(CatalogueCategory { key: Category(9), name: "medication".into() });
		let catalogue = Catalogue::verify(response);
		assert!(catalogue.unproven().is_empty());
		assert_eq!(catalogue.category_name(Category(9)), Some("medication"));
		assert_eq!(catalogue.category_named("medication"), None);
		assert_eq!(catalogue.category_named("laboratory"), Some(Category(10)));
	}

	#[test]
	fn keys_are_texts_on_the_wire() {
		let json = serde_json::to_value(response()).unwrap();
		assert_eq!(json["categories"][0]["key"], "10");
		let key = hash(&template("lab", 10, "laboratory"));
		assert_eq!(json["templates"][0]["keys"][0], key.to_string());
		assert_eq!(json["templates"][0]["public"]["id"], "lab");
		assert_eq!(serde_json::from_value::<CatalogueResponse>(json).unwrap(), response());
	}
}
