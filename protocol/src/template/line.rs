use super::{FieldSpec, FieldType, PublicTemplate};
use medrec_primitives::{commitment::canonical_json, record::FieldNumber};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeSet, fmt};

/// The fields of a readable line, for each role by name. Of several fields in a role, the first one
/// with a value counts.
#[derive(Clone, Debug, Default, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LineSpec {
	/// The date that the data are about: fields of the type `date` or `datetime`.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub date: Vec<String>,
	/// What the record is about: fields of the type `string`, as a display text and then a code.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub what: Vec<String>,
	/// The value: fields of any type but `json`.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub value: Vec<String>,
	/// The unit of the value: fields of the type `string`. The fixed unit of a field comes first.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub unit: Vec<String>,
}

/// A role in a readable line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineRole {
	/// [`LineSpec::date`].
	Date,
	/// [`LineSpec::what`].
	What,
	/// [`LineSpec::value`].
	Value,
	/// [`LineSpec::unit`].
	Unit,
}

impl LineRole {
	const ALL: [LineRole; 4] = [LineRole::Date, LineRole::What, LineRole::Value, LineRole::Unit];

	fn fits(self, kind: FieldType) -> bool {
		match self {
			LineRole::Date => matches!(kind, FieldType::Date | FieldType::Datetime),
			LineRole::What | LineRole::Unit => kind == FieldType::String,
			LineRole::Value => kind != FieldType::Json,
		}
	}
}

impl fmt::Display for LineRole {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			LineRole::Date => "date",
			LineRole::What => "what",
			LineRole::Value => "value",
			LineRole::Unit => "unit",
		})
	}
}

/// The reason why a [`LineSpec`] does not fit the fields of its template.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LineError {
	/// The template has no such field.
	#[error("`line.{role}` names the field {field:?}, and there is no such field")]
	UnknownField {
		/// The role.
		role: LineRole,
		/// The named field.
		field: String,
	},
	/// The type of the field does not fit the role.
	#[error("`line.{role}` names the field {field:?}, whose type {kind:?} does not fit")]
	WrongType {
		/// The role.
		role: LineRole,
		/// The named field.
		field: String,
		/// The type of that field.
		kind: FieldType,
	},
	/// There is a unit field without a value field.
	#[error("`line.unit` needs `line.value`")]
	UnitWithoutValue,
}

impl LineSpec {
	/// Whether no role has a field.
	pub fn is_empty(&self) -> bool {
		LineRole::ALL.into_iter().all(|role| self.names(role).is_empty())
	}

	fn names(&self, role: LineRole) -> &[String] {
		match role {
			LineRole::Date => &self.date,
			LineRole::What => &self.what,
			LineRole::Value => &self.value,
			LineRole::Unit => &self.unit,
		}
	}
}

impl PublicTemplate {
	/// Checks that each role of the line names existing fields of a fitting type.
	pub fn check_line(&self) -> Result<(), LineError> {
		for role in LineRole::ALL {
			for name in self.line.names(role) {
				let spec = self.fields.iter().find(|field| field.name == *name);
				let unknown = || LineError::UnknownField { role, field: name.clone() };
				let kind = spec.ok_or_else(unknown)?.kind;
				if !role.fits(kind) {
					return Err(LineError::WrongType { role, field: name.clone(), kind });
				}
			}
		}
		match !self.line.unit.is_empty() && self.line.value.is_empty() {
			true => Err(LineError::UnitWithoutValue),
			false => Ok(()),
		}
	}

	/// The numbers of all fields of the line. A query for them alone is enough for [`Self::read_line`].
	pub fn line_fields(&self) -> BTreeSet<FieldNumber> {
		LineRole::ALL
			.into_iter()
			.flat_map(|role| self.line.names(role))
			.filter_map(|name| self.number_of(name))
			.collect()
	}

	/// The line of a record, of which `disclosed` gives the fields by number.
	pub fn read_line<'a>(&self, disclosed: impl Fn(FieldNumber) -> Option<&'a Value>) -> Line {
		let first = |role| {
			self.line.names(role).iter().find_map(|name| {
				let number = self.number_of(name)?;
				Some((self.field(number)?, text(disclosed(number)?)?))
			})
		};
		let text_of = |role| first(role).map(|(_, text)| text);
		let value = first(LineRole::Value);
		let unit = value.as_ref().and_then(|(spec, _): &(&FieldSpec, String)| {
			spec.unit.clone().or_else(|| text_of(LineRole::Unit))
		});
		Line {
			date: text_of(LineRole::Date),
			what: text_of(LineRole::What),
			value: value.map(|(_, text)| text),
			unit,
		}
	}
}

/// A text as it is, another value as canonical JSON. Null and the empty text are none.
fn text(value: &Value) -> Option<String> {
	match value {
		Value::Null => None,
		Value::String(text) => (!text.trim().is_empty()).then(|| text.trim().to_owned()),
		other => String::from_utf8(canonical_json(other)?).ok(),
	}
}

/// A record in one readable line: `2026-03-01 · Glucose · 5.4 mmol/L`. Fields that are null or were not
/// disclosed are left out. The texts come from the provider's database: a program that writes them to a
/// terminal escapes control characters.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
	/// The date that the data are about, as the provider keeps it.
	pub date: Option<String>,
	/// What the record is about.
	pub what: Option<String>,
	/// The value.
	pub value: Option<String>,
	/// The unit of the value.
	pub unit: Option<String>,
}

impl Line {
	/// The day of the date, as `2026-03-01`; a month or a year if the date has no day. Such texts sort by
	/// time.
	pub fn day(&self) -> Option<&str> {
		self.date.as_deref().and_then(|date| date.split('T').next())
	}
}

impl fmt::Display for Line {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let value = match (&self.value, &self.unit) {
			(Some(value), Some(unit)) => Some(format!("{value} {unit}")),
			(value, _) => value.clone(),
		};
		let parts = [self.day(), self.what.as_deref(), value.as_deref()];
		let parts: Vec<&str> = parts.into_iter().flatten().collect();
		formatter.write_str(&parts.join(" · "))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::record::Category;
	use serde_json::json;

	fn template() -> PublicTemplate {
		let field = |(name, kind): (&str, FieldType)| FieldSpec {
			name: name.into(),
			kind,
			title: None,
			unit: (name == "weight").then(|| "kg".into()),
		};
		let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
		PublicTemplate {
			id: "lab-result".into(),
			version: 1,
			title: "Laboratory result".into(),
			category: Category(7),
			category_name: "laboratory".into(),
			fields: [
				("at", FieldType::Datetime),
				("display", FieldType::String),
				("code", FieldType::String),
				("value", FieldType::Number),
				("weight", FieldType::Number),
				("unit", FieldType::String),
				("resource", FieldType::Json),
			]
			.map(field)
			.into(),
			line: LineSpec {
				date: names(&["at"]),
				what: names(&["display", "code"]),
				value: names(&["value", "weight"]),
				unit: names(&["unit"]),
			},
		}
	}

	fn line(record: Value) -> Line {
		let template = template();
		template.read_line(|number| record.get(&template.field(number)?.name))
	}

	#[test]
	fn a_line_has_the_date_what_it_is_and_the_value_with_its_unit() {
		let glucose = json!({
			"at": "2026-03-01T08:30:00+01:00", "display": "Glucose", "code": "2345-7",
			"value": 5.4, "unit": "mmol/L",
		});
		let line = line(glucose);
		assert_eq!(line.to_string(), "2026-03-01 · Glucose · 5.4 mmol/L");
		assert_eq!(line.date.as_deref(), Some("2026-03-01T08:30:00+01:00"));
		assert_eq!(line.day(), Some("2026-03-01"));
	}

	#[test]
	fn the_first_field_with_a_value_counts() {
		let coded = json!({"at": "2026-03", "display": null, "code": "2345-7", "unit": "mmol/L"});
		assert_eq!(line(coded).to_string(), "2026-03 · 2345-7", "a unit alone says nothing");
		let weighed = json!({"display": " ", "code": "3141-9", "weight": 80.0, "unit": "g"});
		assert_eq!(line(weighed).to_string(), "3141-9 · 80 kg", "the fixed unit comes first");
		let both = json!({"value": 0, "weight": 80});
		assert_eq!(line(both).to_string(), "0");
		assert_eq!(line(json!({"resource": {}})), Line::default());
		assert_eq!(line(json!({})).to_string(), "");
	}

	#[test]
	fn the_fields_of_a_line_are_known_by_number() {
		assert_eq!(template().line_fields(), (0..=5).collect());
	}

	#[test]
	fn a_line_names_fields_of_a_fitting_type() {
		assert_eq!(template().check_line(), Ok(()));
		let check = |change: fn(&mut LineSpec)| {
			let mut template = template();
			change(&mut template.line);
			template.check_line()
		};
		assert_eq!(check(|line| *line = LineSpec::default()), Ok(()));
		let unknown = check(|line| line.value.push("dose".into()));
		let role = LineRole::Value;
		assert_eq!(unknown, Err(LineError::UnknownField { role, field: "dose".into() }));
		let text = unknown.unwrap_err().to_string();
		assert_eq!(text, "`line.value` names the field \"dose\", and there is no such field");
		for (role, field, kind, change) in [
			(
				LineRole::Date,
				"code",
				FieldType::String,
				(|line| line.date = vec!["code".into()]) as fn(&mut LineSpec),
			),
			(LineRole::What, "at", FieldType::Datetime, |line| line.what = vec!["at".into()]),
			(LineRole::Value, "resource", FieldType::Json, |line| {
				line.value = vec!["resource".into()];
			}),
			(LineRole::Unit, "weight", FieldType::Number, |line| line.unit = vec!["weight".into()]),
		] {
			let field = field.to_owned();
			assert_eq!(check(change), Err(LineError::WrongType { role, field, kind }));
		}
		assert_eq!(check(|line| line.value.clear()), Err(LineError::UnitWithoutValue));
	}
}
