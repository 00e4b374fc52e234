use super::{fhir::FhirTemplate, sql::SqlTemplate};
use crate::records::template_error::TemplateError;
use medrec_primitives::{identity::is_valid_name, record::Release, relationship::MAX_SCOPE_FIELDS};
use medrec_protocol::template::PublicTemplate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest name of a field or column, in bytes.
const MAX_NAME: usize = 64;

/// The longest text for people, in characters.
const MAX_TEXT: usize = 64;

/// The largest number of rows of one page.
const MAX_ROWS: u64 = 10_000;

/// The longest time that one query may take.
const MAX_TIMEOUT_MS: u64 = 60_000;

/// A template file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateFile {
	/// The part that travels with every answer.
	pub public: PublicTemplate,
	/// The part that never leaves the provider.
	pub private: PrivateTemplate,
}

/// How the records of a template are found, and whether they may be shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateTemplate {
	/// The largest number of rows of one page.
	pub row_limit: u32,
	/// The longest time that one query may take, in milliseconds.
	pub timeout_ms: u64,
	/// Whether the content of the records may be shown.
	#[serde(default = "released")]
	pub release: Release,
	/// Where the rows are found.
	pub source: SourceTemplate,
}

fn released() -> Release {
	Release::Released
}

/// Where the rows of a template are found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceTemplate {
	/// In an SQL database: `[private.source.sql]`.
	Sql(SqlTemplate),
	/// On a FHIR R4 server: `[private.source.fhir]`.
	Fhir(FhirTemplate),
}

impl TemplateFile {
	/// Reads the text of a template file and validates it.
	pub fn parse(text: &str) -> Result<TemplateFile, TemplateError> {
		let file: TemplateFile =
			toml::from_str(text).map_err(|error| TemplateError::Syntax(error.to_string()))?;
		check_public(&file.public)?;
		let PrivateTemplate { row_limit, timeout_ms, source, .. } = &file.private;
		check_range("row_limit", (*row_limit).into(), MAX_ROWS)?;
		check_range("timeout_ms", *timeout_ms, MAX_TIMEOUT_MS)?;
		match source {
			SourceTemplate::Sql(sql) => sql.validate()?,
			SourceTemplate::Fhir(fhir) => fhir.validate(&file.public)?,
		}
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
	check_text("the title", &public.title)?;
	if !is_valid_name(public.category_name.as_bytes()) {
		return Err(TemplateError::CategoryName(public.category_name.clone()));
	}
	// One grant can name each of them.
	check_range("the number of fields", public.fields.len() as u64, MAX_SCOPE_FIELDS.into())?;
	let mut names = BTreeSet::new();
	for field in &public.fields {
		check_name(&field.name)?;
		for (what, text) in
			[("the title of a field", &field.title), ("the unit of a field", &field.unit)]
		{
			text.as_deref().map_or(Ok(()), |text| check_text(what, text))?;
		}
		if !names.insert(&field.name) {
			return Err(TemplateError::DuplicateField(field.name.clone()));
		}
	}
	Ok(public.check_line()?)
}

/// A text that people read: one line, neither empty nor long.
fn check_text(what: &'static str, text: &str) -> Result<(), TemplateError> {
	let is_short = (1..=MAX_TEXT).contains(&text.chars().count());
	match is_short && text.trim() == text && !text.chars().any(char::is_control) {
		true => Ok(()),
		false => Err(TemplateError::Text { what, text: text.to_owned(), most: MAX_TEXT }),
	}
}

pub(super) fn check_range(what: &'static str, number: u64, most: u64) -> Result<(), TemplateError> {
	match (1..=most).contains(&number) {
		true => Ok(()),
		false => Err(TemplateError::Range { what, most }),
	}
}

/// Whether `name` is one word, which can be quoted in SQL without further care.
pub(super) fn check_name(name: &str) -> Result<(), TemplateError> {
	let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
		&& name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
	match is_word && name.len() <= MAX_NAME {
		true => Ok(()),
		false => Err(TemplateError::Name(name.to_owned())),
	}
}
