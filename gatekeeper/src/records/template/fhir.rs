use crate::records::template_error::TemplateError;
use medrec_protocol::template::PublicTemplate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Search parameters that a source sets itself.
const RESERVED: [&str; 5] = ["_id", "_lastUpdated", "_count", "_sort", "_summary"];

/// The rows of a template on a FHIR R4 server: the resources that a search finds. The handle of a row
/// is the ID of the resource; `_lastUpdated` and `versionId` tell changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FhirTemplate {
	/// The resource type and its search parameters, as `Observation?category=laboratory`.
	pub search: String,
	/// The search parameter that names the patient, as `patient`.
	pub subject: String,
	/// The JSON pointer (RFC 6901) of each field in a resource; the empty one is the whole resource.
	pub fields: BTreeMap<String, String>,
}

impl FhirTemplate {
	pub(super) fn validate(&self, public: &PublicTemplate) -> Result<(), TemplateError> {
		let (resource, parameters) = self.search.split_once('?').unwrap_or((&self.search, ""));
		if !resource.starts_with(|first: char| first.is_ascii_uppercase())
			|| !resource.chars().all(|letter| letter.is_ascii_alphabetic())
		{
			return Err(TemplateError::Fhir("its search must begin with a resource type"));
		}
		for parameter in parameters.split('&').filter(|_| !parameters.is_empty()) {
			let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
			if !is_parameter(name)
				|| value.is_empty()
				|| !value.chars().all(|c| c.is_ascii_graphic())
			{
				return Err(TemplateError::Fhir("its search parameters must be name=value pairs"));
			}
			if name == self.subject || RESERVED.contains(&name) {
				return Err(TemplateError::Fhir(
					"its search must not limit the patient, the ID, the time or the page",
				));
			}
		}
		if !is_parameter(&self.subject) {
			return Err(TemplateError::Fhir("its subject must be a search parameter"));
		}
		if !self.fields.values().all(|path| path.is_empty() || path.starts_with('/')) {
			return Err(TemplateError::Fhir("its paths must be JSON pointers, as /code/text"));
		}
		let is_public = |name: &String| public.fields.iter().any(|field| field.name == *name);
		match self.fields.len() == public.fields.len() && self.fields.keys().all(is_public) {
			true => Ok(()),
			false => Err(TemplateError::Fhir("it must have one path for each field")),
		}
	}
}

/// Whether `name` is the name of a search parameter, perhaps with a modifier or a chain.
fn is_parameter(name: &str) -> bool {
	!name.is_empty()
		&& name
			.chars()
			.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | ':' | '.'))
}
