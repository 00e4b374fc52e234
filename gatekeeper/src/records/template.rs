//! Templates: the fields of one kind of record, and how its rows are found.
//!
//! A template is a TOML file with a public and a private part, and beside it a file of the same name
//! and `.sig` with the signature of the provider's gatekeeper key. The private part says where the
//! rows are found ([`SourceTemplate`]): by one SQL query over the rows of all patients, or by a FHIR
//! search. A [`source`](super::source) limits the query to one patient, one row or one page; it does
//! so around the query and never inside it.

pub mod built_in;
mod catalogue;
mod fhir;
mod file;
mod signature;
mod sql;

pub use catalogue::Templates;
pub use fhir::FhirTemplate;
pub use file::{PrivateTemplate, SourceTemplate, TemplateFile};
pub use signature::{
	sign_templates, signature_message, signature_path, SignatureFile, SignedTemplate,
	TEMPLATE_SIGNATURE_CONTEXT,
};
pub use sql::{Column, Dialect, Parameter, SqlTemplate};

use super::{
	error::Error,
	scalar::{Scalar, ScalarType},
	template_error::TemplateError,
};
use medrec_primitives::{
	commitment::{canonical_json, RecordSalt, RecordTree},
	record::{Category, Release, TemplateHash},
	AccountId,
};
use medrec_protocol::template::{private_hash, template_hash, PrivateTemplateHash, PublicTemplate};
use serde_json::Value;
use std::path::Path;

/// A valid template over an SQL source.
#[derive(Clone, Debug)]
pub struct Template {
	public: PublicTemplate,
	private: PrivateTemplate,
	sql: SqlTemplate,
	text: String,
	constants: Vec<Scalar>,
	private_hash: PrivateTemplateHash,
	hash: TemplateHash,
}

impl Template {
	/// Reads and validates a template file that `signer` signed.
	pub fn load(path: &Path, signer: &AccountId) -> Result<Template, Error> {
		let template = Template::load_unsigned(path)?;
		SignatureFile::read(path)
			.and_then(|signature| signature.check(&template.hash, signer))
			.map_err(|fault| Error::template(path, fault))?;
		Ok(template)
	}

	/// Reads and validates a template file without its signature.
	pub fn load_unsigned(path: &Path) -> Result<Template, Error> {
		std::fs::read_to_string(path)
			.map_err(TemplateError::Read)
			.and_then(|text| Template::parse(&text))
			.map_err(|fault| Error::template(path, fault))
	}

	/// Reads a template from the text of its file and validates it. A template over a FHIR source is
	/// validated and then refused ([`TemplateError::NoFhirSource`]): this build cannot read one.
	pub fn parse(text: &str) -> Result<Template, TemplateError> {
		let TemplateFile { public, private } = TemplateFile::parse(text)?;
		let SourceTemplate::Sql(sql) = &private.source else {
			return Err(TemplateError::NoFhirSource);
		};
		let (text, constants) = sql.bind_placeholders()?;
		let private_hash =
			private_hash(&private).expect("texts and whole numbers have canonical JSON; qed");
		let hash = template_hash(&public, private_hash);
		Ok(Template { sql: sql.clone(), public, private, text, constants, private_hash, hash })
	}

	/// The part that travels with every answer.
	pub fn public(&self) -> &PublicTemplate {
		&self.public
	}

	/// The part that never leaves the provider.
	pub fn private(&self) -> &PrivateTemplate {
		&self.private
	}

	/// The hash of the private part, which travels with every answer.
	pub fn private_hash(&self) -> PrivateTemplateHash {
		self.private_hash
	}

	/// The hash by which the chain names the template.
	pub fn hash(&self) -> TemplateHash {
		self.hash
	}

	/// The provider's name for it.
	pub fn id(&self) -> &str {
		&self.public.id
	}

	/// The category under which its records are posted.
	pub fn category(&self) -> Category {
		self.public.category
	}

	/// Whether the content of its records may be shown.
	pub fn release(&self) -> Release {
		self.private.release
	}

	/// The type of local patient IDs.
	pub fn subject_type(&self) -> ScalarType {
		self.sql.subject.kind
	}

	/// The type of handles.
	pub fn handle_type(&self) -> ScalarType {
		self.sql.handle.kind
	}

	/// The type of the column that grows with changes.
	pub fn changed_type(&self) -> ScalarType {
		self.sql.changes.kind
	}

	/// The columns of the query that a source reads: the fields in their order, then the subject, the
	/// handle and the changed column.
	pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
		let SqlTemplate { subject, handle, changes, .. } = &self.sql;
		let own = [subject, handle, changes].map(|column| column.column.as_str());
		self.public.fields.iter().map(|field| field.name.as_str()).chain(own)
	}

	/// The query with `?` for each placeholder, and the values to bind, in their order.
	pub(super) fn query(&self) -> (&SqlTemplate, &str, &[Scalar]) {
		(&self.sql, &self.text, &self.constants)
	}

	/// The canonical JSON (RFC 8785) of each of `fields`, the values of a record in order.
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
			.expect("validation bounds the number of fields and their names; qed")
	}
}
