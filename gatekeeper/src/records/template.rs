//! Templates: what a record of one kind looks like, and the one query that finds it.
//!
//! A template is a TOML file with a public and a private part, and beside it a file of the same name
//! and `.sig` with the signature of the provider's gatekeeper key. The private part holds one plain
//! SELECT over the rows of one patient, `:subject`. The gatekeeper derives from its checked syntax
//! tree the statements that it runs; values are bound and never written into the text.

pub mod built_in;
mod catalogue;
mod error;
mod expression;
mod file;
mod signature;
mod statement;
mod syntax;

pub use catalogue::Templates;
pub use error::TemplateError;
pub use file::{Dialect, Parameter, PrivateTemplate, TemplateFile};
pub use signature::{
	sign_templates, signature_message, signature_path, Scheme, SignatureFile, Signed, Signer,
	TEMPLATE_SIGNATURE_CONTEXT,
};
pub(super) use statement::{Bind, Statement};

use super::Error;
use medrec_protocol::template::{PublicTemplate, part_hash, template_hash};
use medrec_primitives::{
	commitment::{canonical_json, RecordSalt, RecordTree},
	record::{Pointer, Release},
	H256,
};
use serde_json::Value;
use statement::Statements;
use std::path::Path;

/// A template that was checked.
#[derive(Clone, Debug)]
pub struct Template {
	public: PublicTemplate,
	private: PrivateTemplate,
	private_hash: H256,
	hash: H256,
	statements: Statements,
}

impl Template {
	/// Reads a template file, checks it, and checks that `signer` signed it.
	pub fn load(path: &Path, signer: &Signer) -> Result<Template, Error> {
		let fault = |fault: TemplateError| Error::Template {
			path: path.to_owned(),
			fault: Box::new(fault),
		};
		let template = Template::load_unsigned(path)?;
		SignatureFile::read(path)
			.and_then(|signature| signature.check(&template.hash, signer))
			.map_err(fault)?;
		Ok(template)
	}

	/// Reads a template file and checks it, whether or not it is signed: for those who sign it.
	pub fn load_unsigned(path: &Path) -> Result<Template, Error> {
		let read = || {
			let text = std::fs::read_to_string(path).map_err(TemplateError::Read)?;
			Template::parse(&text)
		};
		read().map_err(|fault| Error::Template { path: path.to_owned(), fault: Box::new(fault) })
	}

	/// Reads a template from the text of its file and checks it.
	pub fn parse(text: &str) -> Result<Template, TemplateError> {
		let file = TemplateFile::parse(text)?;
		let statements = Statements::derive(&file.public, &file.private)?;
		let private_hash =
			part_hash(&file.private).expect("texts and whole numbers have canonical JSON; qed");
		let hash = template_hash(&file.public, private_hash);
		let TemplateFile { public, private } = file;
		Ok(Template { public, private, private_hash, hash, statements })
	}

	/// What anybody may see of it.
	pub fn public(&self) -> &PublicTemplate {
		&self.public
	}

	/// The query and what belongs to it. It never leaves the provider.
	pub fn private(&self) -> &PrivateTemplate {
		&self.private
	}

	/// The hash of the private part, which travels with every answer.
	pub fn private_hash(&self) -> H256 {
		self.private_hash
	}

	/// The hash by which the chain names the template.
	pub fn hash(&self) -> H256 {
		self.hash
	}

	/// What the provider calls it.
	pub fn id(&self) -> &str {
		&self.public.id
	}

	/// The category under which its records are posted.
	pub fn category(&self) -> u16 {
		self.public.category
	}

	/// Whether the content of its records may be shown.
	pub fn release(&self) -> Release {
		self.private.release
	}

	/// Whether `pointer` leads to a record of this template.
	pub fn is_pointed_at(&self, pointer: &Pointer) -> bool {
		pointer.template == self.hash
	}

	/// The canonical JSON (RFC 8785) of each of `fields`, which are a record's in order.
	pub fn canonical(&self, fields: &[Value]) -> Result<Vec<Vec<u8>>, Error> {
		self.public
			.fields
			.iter()
			.zip(fields)
			.map(|(spec, value)| {
				canonical_json(value).ok_or_else(|| Error::FieldType {
					template: self.public.id.clone(),
					field: spec.name.clone(),
					expected: spec.kind,
				})
			})
			.collect()
	}

	/// The tree over a record whose fields have this canonical JSON.
	pub fn tree(&self, salt: &RecordSalt, canonical: &[Vec<u8>]) -> RecordTree {
		let names = self.public.fields.iter().map(|field| field.name.as_str());
		RecordTree::new(salt, names.zip(canonical.iter().map(Vec::as_slice)))
			.expect("fields are few and their names short, which parsing checks; qed")
	}

	pub(super) fn statements(&self) -> &Statements {
		&self.statements
	}
}
