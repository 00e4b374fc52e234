//! Answers of gatekeepers, as they are saved and shown.

use crate::output::{clean, plain, when, wrapped};
use medrec_client::check::Checked;
use medrec_primitives::{identity::SubjectId, record::Commitment};
use medrec_protocol::wire::{Answer, BlockRef, QueryRequest, RequestHash, SignedReceipt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// An answer with all that its verification needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedAnswer {
	pub request: QueryRequest,
	pub request_hash: RequestHash,
	pub requester: SubjectId,
	pub answer: Answer,
	pub receipt: SignedReceipt,
}

/// The result of a verification.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
	verified: bool,
	/// The block of the decision.
	block: BlockRef,
	provider: SubjectId,
	gatekeeper: SubjectId,
	commitment: Commitment,
	version: u32,
	/// The version of the record at the final head.
	latest_version: u32,
	/// Whether the answer was sealed; unknown for a saved answer.
	sealed: Option<bool>,
}

/// A verified answer.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedAnswer {
	#[serde(flatten)]
	pub saved: SavedAnswer,
	pub verification: Verification,
}

impl VerifiedAnswer {
	pub fn new(
		saved: SavedAnswer,
		checked: Checked,
		latest_version: u32,
		sealed: Option<bool>,
	) -> VerifiedAnswer {
		let verification = Verification {
			verified: true,
			block: saved.answer.decided_at,
			provider: checked.provider,
			gatekeeper: saved.receipt.receipt.gatekeeper,
			commitment: checked.record.commitment,
			version: checked.record.version,
			latest_version,
			sealed,
		};
		VerifiedAnswer { saved, verification }
	}
}

impl fmt::Display for VerifiedAnswer {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let VerifiedAnswer { saved, verification } = self;
		let answer = &saved.answer;
		let template = &answer.template.public;
		writeln!(
			formatter,
			"{} (version {} of the template), category {}",
			clean(&template.id),
			template.version,
			template.category
		)?;
		writeln!(formatter, "{}", fields(answer))?;
		write!(
			formatter,
			"Verified at block {}, version {}: {} of {} fields, against the commitment {}.",
			answer.decided_at.number,
			verification.version,
			answer.fields.len(),
			template.fields.len(),
			verification.commitment,
		)?;
		if verification.latest_version > verification.version {
			let latest = verification.latest_version;
			write!(formatter, "\nThe record has been amended since: version {latest} is final.")?;
		}
		if let Some(until) = answer.until {
			write!(formatter, "\nYou may see this until {}.", when(until))?;
		}
		if let Some(sealed) = verification.sealed {
			let how = if sealed { "sealed to your key" } else { "in the clear" };
			let sequence = saved.receipt.receipt.sequence;
			write!(formatter, "\nThe answer came {how}, with receipt {sequence}.")?;
		}
		Ok(())
	}
}

/// The table of fields and values.
fn fields(answer: &Answer) -> String {
	let rows = answer.fields.iter().map(|field| {
		let spec = answer.template.public.field(field.number);
		let unit = spec.and_then(|spec| spec.unit.as_deref());
		vec![format!("{} {}", field.number, field.name), value_text(&field.value, unit)]
	});
	wrapped(&["field", "value"], &Vec::from_iter(rows))
}

/// A value with its unit. Null has none.
fn value_text(value: &Value, unit: Option<&str>) -> String {
	match unit {
		Some(unit) if !value.is_null() => format!("{} {unit}", plain(value)),
		_ => plain(value),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::access_log::fixture::receipt;
	use serde_json::json;

	/// An answer of two of three fields. Its hashes are placeholders.
	fn answer() -> VerifiedAnswer {
		let receipt = receipt();
		let salt = receipt.receipt.record;
		let field = |number: u16, name: &str, value: Value| json!({ "number": number, "name": name, "value": value, "salt": salt });
		let answer = json!({
			"relationship": receipt.receipt.relationship,
			"record": receipt.receipt.record,
			"version": 1,
			"commitment": receipt.receipt.record,
			"template": {
				"public": {
					"id": "lab-result",
					"version": 1,
					"title": "Laboratory result",
					"category": 7,
					"category_name": "laboratory",
					"fields": [
						{ "name": "code", "type": "string" },
						{ "name": "value", "type": "number", "unit": "g/L" },
						{ "name": "note", "type": "string" },
					],
				},
				"private": receipt.receipt.record,
			},
			"fields": [field(0, "code", json!("iron")), field(1, "value", json!(1.5))],
			"proof": [receipt.receipt.record],
			"decided_at": receipt.receipt.decided_at,
			"until": 1_769_860_800_000_u64,
		});
		let answer: Answer = serde_json::from_value(answer).unwrap();
		let request = QueryRequest {
			relationship: answer.relationship,
			record: answer.record,
			fields: None,
			purpose: receipt.receipt.purpose,
		};
		let verification = Verification {
			verified: true,
			block: answer.decided_at,
			provider: receipt.receipt.gatekeeper,
			gatekeeper: receipt.receipt.gatekeeper,
			commitment: answer.commitment,
			version: 1,
			latest_version: 1,
			sealed: Some(true),
		};
		let (request_hash, requester) = (receipt.receipt.request, receipt.receipt.requester);
		let saved = SavedAnswer { request, request_hash, requester, answer, receipt };
		VerifiedAnswer { saved, verification }
	}

	#[test]
	fn an_answer_shows_its_fields_and_what_was_verified() {
		let mut answer = answer();
		let text = answer.to_string();
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
		answer.verification.latest_version = 2;
		assert!(answer.to_string().contains("version 2 is final"));
	}

	#[test]
	fn a_value_cannot_move_the_cursor() {
		let mut answer = answer();
		answer.saved.answer.fields[0].value = json!("\u{1b}[1A\u{1b}[2Kforged");
		assert!(!answer.to_string().contains('\u{1b}'));
	}

	#[test]
	fn a_saved_answer_reads_back() {
		let VerifiedAnswer { saved, verification } = answer();
		let json = json!(VerifiedAnswer { saved: saved.clone(), verification });
		assert_eq!(json["verification"]["verified"], true);
		let again: SavedAnswer = serde_json::from_value(json).unwrap();
		assert_eq!(again.answer, saved.answer);
		assert_eq!(again.receipt, saved.receipt);
		assert_eq!(again.request, saved.request);
	}

	#[test]
	fn values_are_shown_with_their_units() {
		assert_eq!(value_text(&json!("a b"), None), "a b");
		assert_eq!(value_text(&json!(2.5), Some("g")), "2.5 g");
		assert_eq!(value_text(&Value::Null, Some("g")), "-");
		assert_eq!(value_text(&json!({"a": 1}), None), r#"{"a":1}"#);
	}
}
