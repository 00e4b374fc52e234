//! The lines of `medrec watch`.

use crate::{
	access_log::CheckedReceipt,
	activity::ActivityView,
	output::Report,
	page::Page,
	text::{list, plain, when},
};
use medrec_client::now;
use medrec_primitives::{
	relationship::{GrantId, RelationshipId},
	summary::ActivityKind,
	BlockNumber, Moment,
};
use serde::Serialize;
use serde_json::{json, Value};

/// The kinds of events, without those that are the end of the command. Those of the history come first.
const KINDS: [&str; 30] = [
	"registered",
	"account-rotated",
	"status-changed",
	"proposed",
	"withdrawn",
	"accepted",
	"declined",
	"terminated",
	"record-posted",
	"record-amended",
	"granted",
	"denied",
	"revoked",
	"research-consent-changed",
	"integrity-alarm",
	"bounty-earned",
	"bounty-answered",
	"bounty-defaulted",
	"started",
	"grant-begins",
	"grant-ends-soon",
	"grant-ended",
	"access",
	"finality-stalled",
	"finality-continues",
	"node-lost",
	"node-found",
	"gatekeeper-lost",
	"gatekeeper-found",
	"problem",
];

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct WatchEvent {
	/// The time, in Unix milliseconds.
	at: Moment,
	/// What kind of event it is, as `record-posted` or `finality-stalled`.
	event: String,
	/// The same in words. The wording may change from version to version.
	text: String,
	/// The relationship that it concerns.
	#[serde(skip_serializing_if = "Option::is_none")]
	relationship: Option<RelationshipId>,
	/// The entry of the history.
	#[serde(skip_serializing_if = "Option::is_none")]
	activity: Option<ActivityView>,
	/// The grant that begins or ends.
	#[serde(skip_serializing_if = "Option::is_none")]
	grant: Option<GrantId>,
	/// The receipt of an access.
	#[serde(skip_serializing_if = "Option::is_none")]
	access: Option<CheckedReceipt>,
	/// The final block, of events of finality.
	#[serde(skip_serializing_if = "Option::is_none")]
	block: Option<BlockNumber>,
}

impl WatchEvent {
	/// An event of this machine's present.
	pub fn new(event: &'static str, text: impl Into<String>) -> WatchEvent {
		WatchEvent {
			at: now(),
			event: event.to_owned(),
			text: text.into(),
			relationship: None,
			activity: None,
			grant: None,
			access: None,
			block: None,
		}
	}

	/// A new entry of the history.
	pub fn activity(entry: ActivityView) -> WatchEvent {
		let event = kind_of(&entry.kind);
		WatchEvent {
			at: entry.at,
			relationship: entry.relationship,
			activity: Some(entry.clone()),
			event,
			..WatchEvent::new("", entry.text)
		}
	}

	/// A grant begins or ends.
	pub fn grant(
		event: &'static str,
		at: Moment,
		(relationship, grant): (RelationshipId, GrantId),
		text: String,
	) -> WatchEvent {
		let relationship = Some(relationship);
		WatchEvent { at, relationship, grant: Some(grant), ..WatchEvent::new(event, text) }
	}

	/// A request for a record.
	pub fn access(access: CheckedReceipt, text: String) -> WatchEvent {
		let (at, id) = (access.receipt.receipt.at, access.receipt.receipt.relationship);
		let relationship = Some(id);
		WatchEvent { at, relationship, access: Some(access), ..WatchEvent::new("access", text) }
	}

	/// An event of the gatekeeper that keeps the log of a relationship.
	pub fn gatekeeper(
		event: &'static str,
		relationship: RelationshipId,
		text: String,
	) -> WatchEvent {
		WatchEvent { relationship: Some(relationship), ..WatchEvent::new(event, text) }
	}

	/// An event of finality, with the final block.
	pub fn finality(event: &'static str, block: BlockNumber, text: String) -> WatchEvent {
		WatchEvent { block: Some(block), ..WatchEvent::new(event, text) }
	}

	/// Whether it is of this kind.
	pub fn is(&self, kind: &str) -> bool {
		self.event == kind
	}
}

impl Report for WatchEvent {
	fn page(&self) -> Page {
		let line = format!("{} {}", when(self.at), self.text);
		let alarms =
			["integrity-alarm", "finality-stalled", "node-lost", "gatekeeper-lost", "problem"];
		match alarms.contains(&self.event.as_str()) {
			true => Page::default().alert(line),
			false => Page::of(line),
		}
	}
}

/// The word for a kind of activity in JSON.
fn kind_of(kind: &ActivityKind) -> String {
	match json!(kind) {
		Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
		word => plain(&word),
	}
}

/// A kind of event on the command line.
pub fn kind(text: &str) -> Result<String, String> {
	match KINDS.contains(&text) {
		true => Ok(text.to_owned()),
		false => Err(format!("expected one of {}", list(KINDS, ""))),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::record::RecordId;

	#[test]
	fn the_kinds_of_activities_are_known() {
		for (activity, expected) in [
			(ActivityKind::Proposed, "proposed"),
			(ActivityKind::RecordPosted(RecordId::default()), "record-posted"),
			(ActivityKind::ResearchConsentChanged, "research-consent-changed"),
			(ActivityKind::IntegrityAlarm(RecordId::default()), "integrity-alarm"),
		] {
			assert_eq!(kind_of(&activity), expected);
			assert_eq!(kind(expected).as_deref(), Ok(expected));
		}
		assert!(kind("record").unwrap_err().contains("record-posted"));
		assert!(kind("reached").is_err(), "the command ends with it");
	}

	#[test]
	fn an_event_is_one_line_and_one_object() {
		let grant = (RelationshipId::repeat_byte(1), GrantId::repeat_byte(2));
		let event = WatchEvent::grant("grant-ended", 1000, grant, "Ended: a\nb".to_owned());
		let json = json!(event);
		assert_eq!(json["event"], "grant-ended");
		assert_eq!(json["grant"], grant.1.to_string());
		assert!(json.get("access").is_none(), "{json}");
		let style = crate::style::Style::PIPE;
		assert!(event.page().render(&style).starts_with("1970-01-01T00:00:01Z Ended: a"));
	}
}
