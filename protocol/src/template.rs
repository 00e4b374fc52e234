//! Templates: the names, types and number of the fields of one kind of record.
//!
//! A template has a public part, which is sent with every answer, and a private part (the query),
//! which never leaves the provider. The chain holds the hash over both. The public part and the hash of
//! the private part suffice to recompute it, and so to verify the names and the number of the fields.

mod line;

pub use line::{Line, LineError, LineRole, LineSpec};

use medrec_primitives::{
	bytes32,
	commitment::canonical_json,
	merkle::sha3,
	record::{Category, FieldNumber, TemplateHash},
	H256,
};
use serde::{Deserialize, Serialize};

bytes32! {
	/// The hash of the private part of a template (see [`private_hash`]).
	PrivateTemplateHash;
}

/// The domain separator of [`template_hash`].
pub const TEMPLATE_CONTEXT: &[u8] = b"medrec-template";

/// The type of a field's value. Any field may also be `null`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
	/// A text.
	String,
	/// A whole number.
	Integer,
	/// A number.
	Number,
	/// True or false.
	Boolean,
	/// A date, as `2026-01-31`.
	Date,
	/// A date and time of RFC 3339.
	Datetime,
	/// Any JSON value.
	Json,
}

/// The description of one field.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
	/// Its name, unique in the template.
	pub name: String,
	/// The type of its value.
	#[serde(rename = "type")]
	pub kind: FieldType,
	/// Its name for people, as `Verification status`.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub title: Option<String>,
	/// The UCUM unit of its value, if all records have the same.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub unit: Option<String>,
}

impl FieldSpec {
	/// The name for people: the title, or else the name.
	pub fn label(&self) -> &str {
		self.title.as_deref().unwrap_or(&self.name)
	}
}

/// The public part of a template. Every record of the template has all its fields.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PublicTemplate {
	/// The provider's name of the template, as `lab-result`.
	pub id: String,
	/// The version, starting at 1.
	pub version: u32,
	/// The name of its records for people, in the singular, as `Laboratory result`.
	pub title: String,
	/// The category under which its records are posted.
	pub category: Category,
	/// The provider's name of the category, as `laboratory`. All templates of a category have the same.
	pub category_name: String,
	/// Its fields. The position of a field in this list is its number.
	pub fields: Vec<FieldSpec>,
	/// The fields of which a client makes one readable line of a record.
	#[serde(default, skip_serializing_if = "LineSpec::is_empty")]
	pub line: LineSpec,
}

impl PublicTemplate {
	/// The number of fields; none if it exceeds the range of field numbers.
	pub fn field_count(&self) -> Option<u16> {
		u16::try_from(self.fields.len()).ok()
	}

	/// The field of this number.
	pub fn field(&self, number: FieldNumber) -> Option<&FieldSpec> {
		self.fields.get(usize::from(number))
	}

	/// The number of the field of this name.
	pub fn number_of(&self, name: &str) -> Option<FieldNumber> {
		let position = self.fields.iter().position(|field| field.name == name)?;
		FieldNumber::try_from(position).ok()
	}
}

/// The SHA3-256 of a value's canonical JSON (RFC 8785). None if the value has no such form, as a
/// number that is not finite.
pub fn canonical_hash<T: Serialize>(value: &T) -> Option<H256> {
	let value = serde_json::to_value(value).ok()?;
	canonical_json(&value).map(|canonical| sha3(&[&canonical]))
}

/// The [`canonical_hash`] of the private part of a template.
pub fn private_hash<T: Serialize>(private: &T) -> Option<PrivateTemplateHash> {
	canonical_hash(private).map(|hash| PrivateTemplateHash(hash.0))
}

/// The hash by which the chain names a template:
/// `SHA3-256("medrec-template" || SHA3-256(JCS(public)) || private hash)`.
pub fn template_hash(public: &PublicTemplate, private: PrivateTemplateHash) -> TemplateHash {
	let public = canonical_hash(public).expect("texts and whole numbers have canonical JSON; qed");
	TemplateHash(sha3(&[TEMPLATE_CONTEXT, public.as_bytes(), private.as_bytes()]).0)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn template() -> PublicTemplate {
		PublicTemplate {
			id: "lab-result".into(),
			version: 1,
			title: "Laboratory result".into(),
			category: Category(7),
			category_name: "laboratory".into(),
			fields: vec![
				FieldSpec {
					name: "code".into(),
					kind: FieldType::String,
					title: Some("Code".into()),
					unit: None,
				},
				FieldSpec {
					name: "value".into(),
					kind: FieldType::Number,
					title: None,
					unit: Some("g".into()),
				},
			],
			line: LineSpec { value: vec!["value".into()], ..LineSpec::default() },
		}
	}

	#[test]
	fn the_hash_is_over_canonical_json() {
		let canonical = concat!(
			r#"{"category":7,"category_name":"laboratory","fields":["#,
			r#"{"name":"code","title":"Code","type":"string"},"#,
			r#"{"name":"value","type":"number","unit":"g"}],"#,
			r#""id":"lab-result","line":{"value":["value"]},"title":"Laboratory result","version":1}"#,
		)
		.as_bytes();
		assert_eq!(canonical_hash(&template()), Some(sha3(&[canonical])));
		let private = PrivateTemplateHash([9; 32]);
		let expected =
			sha3(&[b"medrec-template", sha3(&[canonical]).as_bytes(), private.as_bytes()]);
		assert_eq!(template_hash(&template(), private).0, expected.0);
	}

	#[test]
	fn the_hash_covers_the_whole_public_part() {
		let private = PrivateTemplateHash::default();
		let original = template_hash(&template(), private);
		let changes: [fn(&mut PublicTemplate); 9] = [
			|template| template.fields[0].name = "display".into(),
			|template| template.fields[0].title = None,
			|template| template.fields[1].unit = None,
			|template| drop(template.fields.pop()),
			|template| template.version = 2,
			|template| template.title = "Result".into(),
			|template| template.category = Category(8),
			|template| template.category_name = "lab".into(),
			|template| template.line = LineSpec::default(),
		];
		for change in changes {
			let mut changed = template();
			change(&mut changed);
			assert_ne!(template_hash(&changed, private), original, "{changed:?}");
		}
		assert_ne!(template_hash(&template(), PrivateTemplateHash([1; 32])), original);
	}

	#[test]
	fn fields_are_found_by_name_and_number() {
		let template = template();
		assert_eq!(template.number_of("value"), Some(1));
		assert_eq!(template.number_of("nothing"), None);
		assert_eq!(template.field(0).map(FieldSpec::label), Some("Code"));
		assert_eq!(template.field(1).map(FieldSpec::label), Some("value"));
		assert_eq!(template.field(2), None);
		assert_eq!(template.field_count(), Some(2));
	}

	#[test]
	fn unknown_members_are_refused() {
		let mut text = serde_json::to_value(template()).unwrap();
		assert_eq!(serde_json::from_value::<PublicTemplate>(text.clone()).unwrap(), template());
		text["query"] = "SELECT 1".into();
		assert!(serde_json::from_value::<PublicTemplate>(text).is_err());
	}
}
