use super::Template;
use crate::records::{error::Error, template_error::TemplateError};
use medrec_primitives::{record::TemplateHash, AccountId};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	sync::Arc,
};

/// The templates of a provider, by their hash. Earlier versions of a template stay in the folder
/// until every record is amended to the current one.
#[derive(Clone, Debug, Default)]
pub struct Templates {
	by_hash: BTreeMap<TemplateHash, Arc<Template>>,
	current: BTreeMap<String, Arc<Template>>,
}

impl Templates {
	/// Loads every `*.toml` in `folder`, all of which `signer` must have signed.
	pub fn load(folder: &Path, signer: &AccountId) -> Result<Templates, Error> {
		let mut templates = Templates::default();
		for file in Templates::files(folder)? {
			let template = Template::load(&file, signer)?;
			templates.insert(template).map_err(|fault| Error::template(&file, fault))?;
		}
		Ok(templates)
	}

	/// A catalogue of these templates.
	pub fn new(templates: impl IntoIterator<Item = Template>) -> Result<Templates, TemplateError> {
		let mut catalogue = Templates::default();
		for template in templates {
			catalogue.insert(template)?;
		}
		Ok(catalogue)
	}

	/// The template files in `folder`, in the order of their names.
	pub fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
		let fault = |source| Error::TemplatesFolder { path: folder.to_owned(), source };
		let mut files = std::fs::read_dir(folder)
			.map_err(fault)?
			.map(|entry| entry.map(|entry| entry.path()))
			.collect::<Result<Vec<_>, _>>()
			.map_err(fault)?;
		files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
		files.sort();
		Ok(files)
	}

	/// Adds a template, if it fits the others.
	pub(super) fn insert(&mut self, template: Template) -> Result<(), TemplateError> {
		let (id, version) = (template.public().id.clone(), template.public().version);
		let is_same =
			|other: &Arc<Template>| (other.id(), other.public().version) == (&id, version);
		if self.by_hash.values().any(is_same) {
			return Err(TemplateError::Duplicate { id, version });
		}
		self.check_category(&template)?;
		let template = Arc::new(template);
		self.by_hash.insert(template.hash(), template.clone());
		let current = self.current.entry(id).or_insert_with(|| template.clone());
		if current.public().version < version {
			*current = template;
		}
		Ok(())
	}

	/// Checks that all templates of a category give it the same name, and no other category that name.
	fn check_category(&self, template: &Template) -> Result<(), TemplateError> {
		let (category, name) = (template.category(), &template.public().category_name);
		let differs = |other: &&Arc<Template>| {
			(other.category() == category) != (other.public().category_name == *name)
		};
		match self.by_hash.values().find(differs) {
			None => Ok(()),
			Some(other) => Err(TemplateError::CategoryNames {
				category,
				name: name.clone(),
				other: other.category(),
				other_name: other.public().category_name.clone(),
			}),
		}
	}

	/// The template of this hash, in whatever version.
	pub fn get(&self, hash: &TemplateHash) -> Result<&Arc<Template>, Error> {
		self.by_hash.get(hash).ok_or(Error::UnknownTemplate(*hash))
	}

	/// The current version of the template of this ID.
	pub fn named(&self, id: &str) -> Option<&Arc<Template>> {
		self.current.get(id)
	}

	/// The current version of each template: those whose rows are published.
	pub fn current(&self) -> impl Iterator<Item = &Arc<Template>> {
		self.current.values()
	}

	/// All versions of all templates.
	pub fn all(&self) -> impl Iterator<Item = &Arc<Template>> {
		self.by_hash.values()
	}
}
