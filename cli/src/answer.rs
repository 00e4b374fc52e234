//! Answers of gatekeepers, as they are saved and shown.

mod words;

pub use words::trust;

use crate::{
	output::Report,
	page::{Cell, Page},
	text::plain,
};
use medrec_primitives::{
	identity::SubjectId,
	record::{Commitment, RecordId},
	relationship::{Purpose, RelationshipId},
	Moment,
};
use medrec_protocol::{
	template::FieldSpec,
	wire::{Answer, BlockRef, QueryRequest, RequestHash, SignedReceipt},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer with all that its verification needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[derive(utoipa::ToSchema)]
pub struct SavedAnswer {
	/// The request.
	pub request: QueryRequest,
	/// The hash of the signed request.
	pub request_hash: RequestHash,
	/// The subject that sent the request.
	pub requester: SubjectId,
	/// The answer. Its `until` is a statement of the gatekeeper that nothing proves.
	pub answer: Answer,
	/// The gatekeeper's receipt of the request.
	pub receipt: SignedReceipt,
}

/// What is proven of an answer, by the chain as the node in use shows it.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct AnswerVerification {
	/// Whether nothing contradicts the answer. False if its receipt is not in the anchored log where its
	/// number belongs; any other contradiction is an error without this object.
	pub verified: bool,
	/// The block of the decision.
	pub block: BlockRef,
	/// The relationship of the record.
	pub relationship: RelationshipId,
	/// The record.
	pub record: RecordId,
	/// What the record is, as its template on chain says.
	pub title: String,
	/// The provider that committed to the record on chain.
	pub provider: SubjectId,
	/// The name of the provider.
	pub provider_name: String,
	/// The gatekeeper that signed the receipt.
	pub gatekeeper: SubjectId,
	/// The subject that sent the request, by the receipt.
	pub requester: SubjectId,
	/// The name of the requester.
	pub requester_name: String,
	/// The stated purpose, as an HL7 code.
	#[schema(value_type = String)]
	pub purpose: Purpose,
	/// The stated purpose in words.
	pub purpose_name: String,
	/// The time of the decision by the gatekeeper's clock, in Unix milliseconds.
	pub at: Moment,
	/// The number of the receipt in the gatekeeper's log.
	pub receipt: u64,
	/// Whether the receipt is in the anchored log.
	pub log: ReceiptLog,
	/// The commitment on chain to the answered version.
	pub commitment: Commitment,
	/// The answered version of the record.
	pub version: u32,
	/// The version of the record now, at the best block; none if the chain has no such record any more.
	pub latest_version: Option<u32>,
	/// How many fields of the record were disclosed.
	pub fields: usize,
	/// How many fields the record has.
	pub field_count: u16,
	/// Whether the requester may read the record now.
	pub access: AnswerAccess,
	/// Whether the answer came sealed to the requester's key; unknown for a saved answer.
	pub sealed: Option<bool>,
	/// The node whose word is taken for what is on chain.
	pub node: String,
}

/// Whether a receipt is in the access log that its provider anchored on chain.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ReceiptLog {
	/// An anchor covers it, and a proof shows it in the log.
	Anchored {
		/// The time of the anchor, in Unix milliseconds.
		at: Moment,
	},
	/// No anchor covers it yet.
	NotYet,
	/// An anchor covers its number, and the gatekeeper's proof does not show it there.
	Missing {
		/// The reason.
		reason: String,
	},
	/// The gatekeeper gave no proof.
	Unknown {
		/// The reason.
		reason: String,
	},
}

impl ReceiptLog {
	/// Whether the log contradicts the receipt.
	pub fn contradicts(&self) -> bool {
		matches!(self, ReceiptLog::Missing { .. })
	}

	/// Whether the receipt is in the anchored log, in a word.
	pub fn word(&self) -> &'static str {
		match self {
			ReceiptLog::Anchored { .. } => "yes",
			ReceiptLog::NotYet => "not yet",
			ReceiptLog::Missing { .. } => "NO",
			ReceiptLog::Unknown { .. } => "not known",
		}
	}
}

/// Whether a requester may read what was answered now, by the state of the chain.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct AnswerAccess {
	/// Whether the chain permits all of the answered fields.
	pub permitted: bool,
	/// The same in words, with the reason.
	pub words: String,
	/// The block, the best one.
	pub block: BlockRef,
}

/// A verified answer.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct VerifiedAnswer {
	/// The answer and its receipt. A file with them can be verified again.
	#[serde(flatten)]
	pub saved: SavedAnswer,
	/// What was verified.
	pub verification: AnswerVerification,
}

impl Report for VerifiedAnswer {
	fn page(&self) -> Page {
		let answer = &self.saved.answer;
		let template = &answer.template.public;
		let rows = answer.fields.iter().map(|field| {
			let spec = template.field(field.number);
			let unit = spec.and_then(|spec| spec.unit.as_deref());
			let name = label(spec, &field.name);
			[
				Cell::word(field.number),
				Cell::words(name),
				Cell::value(value_text(&field.value, unit)),
			]
		});
		let title = format!("{} (category {})", template.title, template.category_name);
		let page = Page::default().table(title, ["no.", "field", "value"], rows).line("");
		page.then(self.verification.page())
	}
}

/// The name of a field for people, and its name on the command line if it is another.
fn label(spec: Option<&FieldSpec>, name: &str) -> String {
	let label = spec.map_or(name, FieldSpec::label);
	match label.eq_ignore_ascii_case(name) {
		true => label.to_owned(),
		false => format!("{label} ({name})"),
	}
}

/// A value with its unit. Null has none.
fn value_text(value: &Value, unit: Option<&str>) -> String {
	match unit {
		Some(unit) if !value.is_null() => format!("{} {unit}", plain(value)),
		_ => plain(value),
	}
}

/// A verified answer for tests.
#[cfg(test)]
pub mod fixture {
	use super::*;
	use crate::{access_log::fixture::receipt, catalogue::fixture::laboratory, purpose};
	use serde_json::json;

	/// Saves an answer of three of five fields. Its hashes are placeholders.
	pub fn saved() -> SavedAnswer {
		let receipt = receipt();
		let salt = receipt.receipt.record;
		let field = |number: u16, name: &str, value: Value| json!({ "number": number, "name": name, "value": value, "salt": salt });
		let fields = [
			field(1, "display", json!("Glucose")),
			field(2, "value", json!(5.4)),
			field(4, "effectiveDateTime", json!("2026-03-01T08:30:00Z")),
		];
		let answer = json!({
			"relationship": receipt.receipt.relationship,
			"record": receipt.receipt.record,
			"version": 1,
			"commitment": receipt.receipt.record,
			"template": laboratory(),
			"fields": fields,
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
		let (request_hash, requester) = (receipt.receipt.request, receipt.receipt.requester);
		SavedAnswer { request, request_hash, requester, answer, receipt }
	}

	/// What was verified of it.
	pub fn verification() -> AnswerVerification {
		let SavedAnswer { requester, answer, receipt, .. } = saved();
		let receipt = receipt.receipt;
		AnswerVerification {
			verified: true,
			block: answer.decided_at,
			relationship: answer.relationship,
			record: answer.record,
			title: answer.template.public.title,
			provider: receipt.gatekeeper,
			provider_name: "hospital-a".into(),
			gatekeeper: receipt.gatekeeper,
			requester,
			requester_name: "dr-weber".into(),
			purpose: receipt.purpose,
			purpose_name: purpose::words(receipt.purpose).into(),
			at: receipt.at,
			receipt: receipt.sequence,
			log: ReceiptLog::NotYet,
			commitment: answer.commitment,
			version: 1,
			latest_version: Some(1),
			fields: 3,
			field_count: 5,
			access: AnswerAccess {
				permitted: true,
				words: "Now: the chain permits it.".into(),
				block: answer.decided_at,
			},
			sealed: Some(true),
			node: "ws://127.0.0.1:9944".into(),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::{fixture::*, *};
	use crate::style::Style;
	use serde_json::json;

	const TERMINAL: Style = Style { width: Some(400), color: false, exact: false, now: 3000 };

	fn text(verification: AnswerVerification) -> String {
		VerifiedAnswer { saved: saved(), verification }.page().render(&TERMINAL)
	}

	#[test]
	fn an_answer_shows_its_fields_and_what_the_proof_covers() {
		let text = text(verification());
		for part in [
			"Laboratory result (category laboratory)",
			"Glucose",
			"Date (effectiveDateTime)",
			"3 of the 5 fields",
			"version 1 of the record 0x",
			"to which hospital-a committed on chain (block 12)",
			"dr-weber requested them on 1970-01-01T00:00:02Z, with the stated purpose treatment (TREAT)",
			"receipt 3",
			"not in the anchored access log of hospital-a yet",
			"the word of the node ws://127.0.0.1:9944",
		] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		assert!(!text.contains("amended"), "{text}");
	}

	#[test]
	fn nothing_is_said_that_is_not_proven() {
		let text = text(verification());
		// The end that the gatekeeper states.
		assert!(!text.contains("2026-01-31"), "{text}");
		assert!(!text.contains("until"), "{text}");
	}

	#[test]
	fn an_amendment_a_lost_permission_and_a_missing_receipt_are_said() {
		let access = AnswerAccess {
			permitted: false,
			words: "Now: the chain does NOT permit it.".into(),
			..verification().access
		};
		let log = ReceiptLog::Missing { reason: "the proof leads to another root".into() };
		let changed = AnswerVerification { latest_version: Some(2), access, log, ..verification() };
		assert_eq!(changed.problem().unwrap().exit as u8, 4);
		let text = text(changed);
		assert!(text.contains("version 2 is on chain now"), "{text}");
		assert!(text.contains("does NOT permit"), "{text}");
		assert!(text.contains("is NOT in the anchored access log"), "{text}");
		assert!(verification().problem().is_none());
	}

	#[test]
	fn a_value_cannot_move_the_cursor() {
		let mut saved = saved();
		saved.answer.fields[0].value = json!("\u{1b}[1A\u{1b}[2Kforged");
		let answer = VerifiedAnswer { saved, verification: verification() };
		assert!(!answer.page().render(&TERMINAL).contains('\u{1b}'));
	}

	#[test]
	fn a_saved_answer_reads_back() {
		let answer = VerifiedAnswer { saved: saved(), verification: verification() };
		let json = json!(answer);
		assert_eq!(json["verification"]["verified"], true);
		let again: SavedAnswer = serde_json::from_value(json).unwrap();
		assert_eq!(again.answer, answer.saved.answer);
		assert_eq!(again.receipt, answer.saved.receipt);
		assert_eq!(again.request, answer.saved.request);
	}

	#[test]
	fn values_are_shown_with_their_units() {
		assert_eq!(value_text(&json!("a b"), None), "a b");
		assert_eq!(value_text(&json!(2.5), Some("g")), "2.5 g");
		assert_eq!(value_text(&Value::Null, Some("g")), "-");
	}
}
