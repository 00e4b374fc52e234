//! From the values of a database to the types of a template.

use medrec_protocol::template::FieldType;
use serde_json::{Number, Value};
use time::{format_description::well_known::Rfc3339, Date, OffsetDateTime};

/// The largest whole number that every JSON implementation reads exactly.
const MAX_EXACT: i64 = (1 << 53) - 1;

/// A value of a database.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
	/// NULL.
	Null,
	/// A whole number of 64 bits.
	Integer(i64),
	/// A floating-point number.
	Real(f64),
	/// Text.
	Text(String),
	/// Bytes, or text that is not UTF-8. No field can hold it.
	Blob,
}

/// The JSON of a field of this type; none if the value has another type. Any field may be null.
pub fn field(kind: FieldType, raw: Raw) -> Option<Value> {
	match (kind, raw) {
		(_, Raw::Null) => Some(Value::Null),
		(FieldType::String, Raw::Text(text)) => Some(Value::String(text)),
		(FieldType::Integer, Raw::Integer(number)) => exact(number),
		(FieldType::Number | FieldType::Json, Raw::Integer(number)) => exact(number),
		(FieldType::Number | FieldType::Json, Raw::Real(number)) => {
			Number::from_f64(number).map(Value::Number)
		},
		(FieldType::Boolean, Raw::Integer(number @ (0 | 1))) => Some(Value::Bool(number == 1)),
		(FieldType::Date, Raw::Text(text)) if is_date(&text) => Some(Value::String(text)),
		(FieldType::Datetime, Raw::Text(text)) if is_datetime(&text) => Some(Value::String(text)),
		(FieldType::Json, Raw::Text(text)) => serde_json::from_str(&text).ok(),
		_ => None,
	}
}

fn exact(number: i64) -> Option<Value> {
	(-MAX_EXACT..=MAX_EXACT).contains(&number).then(|| Value::from(number))
}

fn is_date(text: &str) -> bool {
	let format = time::macros::format_description!("[year]-[month]-[day]");
	Date::parse(text, format).is_ok()
}

/// A FHIR dateTime: a time of RFC 3339, or a year, month or day.
fn is_datetime(text: &str) -> bool {
	let is_partial = || match text.len() {
		4 => is_date(&format!("{text}-01-01")),
		7 => is_date(&format!("{text}-01")),
		_ => is_date(text),
	};
	is_partial() || OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	fn text(text: &str) -> Raw {
		Raw::Text(text.into())
	}

	#[test]
	fn values_of_the_right_type_become_json() {
		for (kind, raw, value) in [
			(FieldType::String, Raw::Null, Value::Null),
			(FieldType::String, text("a"), json!("a")),
			(FieldType::Integer, Raw::Integer(-7), json!(-7)),
			(FieldType::Number, Raw::Integer(7), json!(7)),
			(FieldType::Number, Raw::Real(7.5), json!(7.5)),
			(FieldType::Boolean, Raw::Integer(1), json!(true)),
			(FieldType::Date, text("2026-02-28"), json!("2026-02-28")),
			(FieldType::Datetime, text("2026"), json!("2026")),
			(FieldType::Datetime, text("2026-02"), json!("2026-02")),
			(FieldType::Datetime, text("2026-02-28"), json!("2026-02-28")),
			(
				FieldType::Datetime,
				text("2010-09-06T15:38:27-04:00"),
				json!("2010-09-06T15:38:27-04:00"),
			),
			(FieldType::Json, text(r#"{"a":[1]}"#), json!({"a": [1]})),
		] {
			assert_eq!(field(kind, raw.clone()), Some(value), "{kind:?} {raw:?}");
		}
	}

	#[test]
	fn values_of_another_type_are_refused() {
		for (kind, raw) in [
			(FieldType::String, Raw::Integer(1)),
			(FieldType::String, Raw::Blob),
			(FieldType::Integer, Raw::Real(1.0)),
			(FieldType::Integer, Raw::Integer(1 << 53)),
			(FieldType::Number, Raw::Real(f64::NAN)),
			(FieldType::Number, text("1")),
			(FieldType::Boolean, Raw::Integer(2)),
			(FieldType::Date, text("2026-02-30")),
			(FieldType::Datetime, text("yesterday")),
			(FieldType::Datetime, text("2026-13")),
			(FieldType::Json, text("{")),
		] {
			assert_eq!(field(kind, raw.clone()), None, "{kind:?} {raw:?}");
		}
	}
}
