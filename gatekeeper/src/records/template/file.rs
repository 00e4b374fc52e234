use super::TemplateError;
use crate::records::{Scalar, ScalarType};
use medrec_protocol::template::PublicTemplate;
use medrec_primitives::{identity::is_valid_name, record::Release, relationship::MAX_SCOPE_FIELDS};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most fields a template may have, so that one grant can name each of them.
const MAX_FIELDS: usize = MAX_SCOPE_FIELDS as usize;

/// The longest name of a field, in bytes.
const MAX_FIELD_NAME: usize = 64;

/// The longest query, in bytes.
const MAX_QUERY: usize = 8 * 1024;

/// The most rows that may be read at once.
const MAX_ROWS: u32 = 10_000;

/// The longest time that a query may take.
const MAX_TIMEOUT_MS: u64 = 60_000;

/// The name of the parameter that stands for the patient.
pub const SUBJECT: &str = "subject";

/// A template file as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateFile {
	/// What anybody may see.
	pub public: PublicTemplate,
	/// What stays with the provider.
	pub private: PrivateTemplate,
}

/// How records of a template are found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateTemplate {
	/// Which SQL the query is in.
	pub dialect: Dialect,
	/// One plain SELECT over the rows of one patient: the fields in their order, then the handle
	/// column, then the changed column.
	pub query: String,
	/// The placeholders of the query, by their name without the colon. `subject` is bound from the
	/// chain; every other one has a value here.
	pub parameters: BTreeMap<String, Parameter>,
	/// The column that says whose the row is, as it stands in the query's condition
	/// `column = :subject`.
	pub subject_column: String,
	/// The output column that identifies a row among all rows of the template.
	pub handle_column: String,
	/// Its type.
	#[serde(default)]
	pub handle_type: ScalarType,
	/// The output column that only grows: a new or changed row has a greater value than all others.
	pub changed_column: String,
	/// Its type.
	#[serde(default = "integer")]
	pub changed_type: ScalarType,
	/// How many rows are read at once, at most.
	pub row_limit: u32,
	/// How long a query may take.
	pub timeout_ms: u64,
	/// Whether the content of the records may be shown.
	#[serde(default = "released")]
	pub release: Release,
}

fn integer() -> ScalarType {
	ScalarType::Integer
}

fn released() -> Release {
	Release::Released
}

/// Which SQL a query is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
	/// That of SQLite.
	Sqlite,
}

/// A placeholder of a query.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
	/// Its type.
	#[serde(rename = "type")]
	pub kind: ScalarType,
	/// What is bound to it; none for the subject.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub value: Option<Scalar>,
}

impl TemplateFile {
	/// Reads the text of a template file, and checks all but the query.
	pub fn parse(text: &str) -> Result<TemplateFile, TemplateError> {
		let file: TemplateFile =
			toml::from_str(text).map_err(|error| TemplateError::Syntax(error.to_string()))?;
		check_public(&file.public)?;
		check_private(&file.private)?;
		Ok(file)
	}
}

fn check_public(public: &PublicTemplate) -> Result<(), TemplateError> {
	if !is_valid_name(public.id.as_bytes()) {
		return Err(TemplateError::Id(public.id.clone()));
	}
	if public.version == 0 {
		return Err(TemplateError::Version);
	}
	if public.fields.is_empty() || public.fields.len() > MAX_FIELDS {
		return Err(TemplateError::FieldCount { most: MAX_FIELDS });
	}
	let mut names = BTreeSet::new();
	for field in &public.fields {
		if !is_word(&field.name) || field.name.len() > MAX_FIELD_NAME {
			return Err(TemplateError::FieldName(field.name.clone()));
		}
		if !names.insert(&field.name) {
			return Err(TemplateError::DuplicateField(field.name.clone()));
		}
	}
	Ok(())
}

fn check_private(private: &PrivateTemplate) -> Result<(), TemplateError> {
	if private.query.len() > MAX_QUERY {
		return Err(TemplateError::QueryTooLong { most: MAX_QUERY });
	}
	if !(1..=MAX_ROWS).contains(&private.row_limit) {
		return Err(TemplateError::RowLimit { most: MAX_ROWS });
	}
	if !(1..=MAX_TIMEOUT_MS).contains(&private.timeout_ms) {
		return Err(TemplateError::Timeout { most: MAX_TIMEOUT_MS });
	}
	for (name, parameter) in &private.parameters {
		match &parameter.value {
			Some(_) if name == SUBJECT => return Err(TemplateError::SubjectValue),
			None if name == SUBJECT => {},
			None => return Err(TemplateError::ParameterWithoutValue(name.clone())),
			Some(value) if value.kind() != parameter.kind => {
				return Err(TemplateError::ParameterType(name.clone()));
			},
			Some(_) => {},
		}
	}
	Ok(())
}

/// Whether `name` is one word of ASCII letters, digits and underscores.
fn is_word(name: &str) -> bool {
	name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
		&& name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
