//! An answer that was verified, as text and as JSON.

use super::Asked;
use crate::report::{self, clean, full, row, when};
use medrec_protocol::{template::FieldSpec, wire::Answer};
use serde_json::{json, Value};

/// What was verified, for scripts.
pub fn verification(asked: &Asked) -> Value {
	let Asked { saved, checked, latest, sealed } = asked;
	json!({
		"verified": true,
		"block": saved.answer.decided_at,
		"provider": checked.provider,
		"gatekeeper": saved.receipt.receipt.gatekeeper,
		"commitment": checked.record.commitment,
		"version": checked.record.version,
		"latest_version": latest,
		"sealed": sealed,
	})
}

/// The answer and what was verified, for people.
pub fn render(asked: &Asked) -> String {
	let Asked { saved, checked, latest, sealed } = asked;
	let answer = &saved.answer;
	let template = &answer.template.public;
	let mut lines = vec![
		format!(
			"{} (version {} of the template), category {}",
			clean(&template.id),
			template.version,
			template.category
		),
		fields(answer),
		format!(
			"Verified at block {}, version {}: {} of {} fields, against the commitment {}.",
			answer.decided_at.number,
			checked.record.version,
			answer.fields.len(),
			template.fields.len(),
			full(&checked.record.commitment),
		),
	];
	if latest > &checked.record.version {
		lines.push(format!("The record has been amended since: version {latest} is final."));
	}
	if let Some(until) = answer.until {
		lines.push(format!("You may see this until {}.", when(until)));
	}
	if let Some(sealed) = sealed {
		let how = if *sealed { "sealed to your key" } else { "in the clear" };
		let sequence = saved.receipt.receipt.sequence;
		lines.push(format!("The answer came {how}, with receipt {sequence}."));
	}
	lines.join("\n")
}

/// The table of fields and values.
fn fields(answer: &Answer) -> String {
	let mut table = report::table(&["field", "value"]);
	table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
	for field in &answer.fields {
		let unit = answer
			.template
			.public
			.field(field.number)
			.and_then(|spec: &FieldSpec| spec.unit.as_deref());
		let name = format!("{} {}", field.number, field.name);
		row(&mut table, [name, value_text(&field.value, unit)]);
	}
	table.to_string()
}

/// A value as people read it: texts without quotation marks, nothing as a dash.
fn value_text(value: &Value, unit: Option<&str>) -> String {
	match (value, unit) {
		(Value::Null, _) => "-".to_owned(),
		(Value::String(text), None) => text.clone(),
		(Value::String(text), Some(unit)) => format!("{text} {unit}"),
		(other, Some(unit)) => format!("{other} {unit}"),
		(other, None) => other.to_string(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::query::{fixture, Saved};

	#[test]
	fn an_answer_is_a_table_and_says_what_was_verified() {
		let mut asked = fixture::asked();
		let text = render(&asked);
		for part in [
			"│ 0 code  ┆ iron    │",
			"│ 1 value ┆ 1.5 g/L │",
			"Verified at block 12, version 1: 2 of 3 fields",
			"You may see this until 2026-01-31T12:00:00Z.",
			"sealed to your key, with receipt 3",
		] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		assert!(!text.contains("amended"));
		asked.latest = 2;
		assert!(render(&asked).contains("version 2 is final"));
	}

	#[test]
	fn what_a_record_holds_cannot_move_the_cursor() {
		let mut asked = fixture::asked();
		asked.saved.answer.fields[0].value = json!("\u{1b}[1A\u{1b}[2Kforged");
		assert!(!render(&asked).contains('\u{1b}'));
	}

	#[test]
	fn a_saved_answer_reads_back() {
		let asked = fixture::asked();
		let mut json = json!(asked.saved);
		json["verification"] = verification(&asked);
		let again: Saved = serde_json::from_value(json).unwrap();
		assert_eq!(again.answer, asked.saved.answer);
		assert_eq!(again.receipt, asked.saved.receipt);
		assert_eq!(again.request, asked.saved.request);
	}

	#[test]
	fn values_read_as_people_write_them() {
		assert_eq!(value_text(&json!("a b"), None), "a b");
		assert_eq!(value_text(&json!(2.5), Some("g")), "2.5 g");
		assert_eq!(value_text(&Value::Null, Some("g")), "-");
		assert_eq!(value_text(&json!({"a": 1}), None), r#"{"a":1}"#);
	}
}
