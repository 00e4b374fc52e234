//! What an entry of a history says.

use crate::{directory::YOU, text::word};
use medrec_primitives::summary::ActivityKind;

/// The names in the words for an entry.
pub struct Who {
	pub by: String,
	/// Whose history it is.
	pub subject: String,
	pub patient: String,
	pub provider: String,
}

/// Who keeps records: `you keep`, or `hospital-a keeps`.
fn keeps(provider: &str) -> String {
	match provider {
		YOU => "you keep".to_owned(),
		provider => format!("{provider} keeps"),
	}
}

/// Where the records of a provider are, after a comma or a verb.
fn place(provider: &str) -> String {
	match provider {
		YOU => "in your own database".to_owned(),
		provider => format!("at {provider}"),
	}
}

/// The possessive form of a name.
fn possessive(name: &str) -> String {
	match name {
		YOU => "your".to_owned(),
		name => format!("{name}'s"),
	}
}

/// An entry in words. `what` is the record or the grant that it is about.
pub fn sentence(kind: &ActivityKind, who: &Who, what: &str) -> String {
	let Who { by, subject, patient, provider } = who;
	let (subjects, patients) = (possessive(subject), possessive(patient));
	let (keeps, place) = (keeps(provider), place(provider));
	match kind {
		ActivityKind::Registered => format!("{by} registered {subject}"),
		ActivityKind::AccountRotated => format!("{subjects} account changed, by {by}"),
		ActivityKind::StatusChanged(to) => format!("{by} set {subjects} status to {}", word(to)),
		ActivityKind::Proposed => format!("{by} proposed to keep {patients} records"),
		ActivityKind::Withdrawn => format!("{by} withdrew the proposal to keep {patients} records"),
		ActivityKind::Accepted => format!("{by} accepted that {keeps} {patients} records"),
		ActivityKind::Declined => format!("{by} declined that {keeps} {patients} records"),
		ActivityKind::Terminated if by == patient => {
			format!("{by} ended the relationship with {provider}")
		},
		ActivityKind::Terminated if by == provider => {
			format!("{by} ended the relationship with {patient}")
		},
		ActivityKind::Terminated => {
			format!("{by} ended the relationship of {patient} with {provider}")
		},
		ActivityKind::RecordPosted(_) => format!("{by} posted {what} among {patients} records"),
		ActivityKind::RecordAmended(_) => format!("{by} amended {what} among {patients} records"),
		ActivityKind::Granted(_) => format!("{by} gave a permission: {what}"),
		ActivityKind::Denied(_) => format!("{by} gave a denial: {what}"),
		ActivityKind::Revoked(id) => {
			format!("{by} revoked the grant {id} over {patients} records {place}")
		},
		ActivityKind::ResearchConsentChanged => {
			format!("{by} changed the consent to research with {patients} records {place}")
		},
		ActivityKind::IntegrityAlarm(_) => {
			format!("ALARM: {place}, {what} does not match its commitment")
		},
		ActivityKind::BountyEarned(bounty) => {
			format!("{subject} earned the bounty {bounty}")
		},
		ActivityKind::BountyAnswered(bounty) => {
			format!("the bounty {bounty} was answered, by {by}")
		},
		ActivityKind::BountyDefaulted(bounty) => {
			format!("the bounty {bounty} was not answered in time")
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{identity::Status, record::RecordId, relationship::GrantId};

	fn text(kind: ActivityKind, by: &str, what: &str) -> String {
		let who = Who {
			by: by.to_owned(),
			subject: "you".to_owned(),
			patient: "you".to_owned(),
			provider: "hospital-a".to_owned(),
		};
		sentence(&kind, &who, what)
	}

	#[test]
	fn an_entry_says_who_did_what_to_whom() {
		let (record, grant) = (RecordId::repeat_byte(1), GrantId::repeat_byte(2));
		for (kind, by, what, expected) in [
			(ActivityKind::Registered, "hospital-a", "", "hospital-a registered you"),
			(
				ActivityKind::StatusChanged(Status::Suspended),
				"hospital-a",
				"",
				"hospital-a set your status to suspended",
			),
			(ActivityKind::Proposed, "hospital-a", "", "hospital-a proposed to keep your records"),
			(ActivityKind::Accepted, "you", "", "you accepted that hospital-a keeps your records"),
			(
				ActivityKind::RecordPosted(record),
				"hospital-a",
				"Laboratory result 0x01010101",
				"hospital-a posted Laboratory result 0x01010101 among your records",
			),
			(
				ActivityKind::Granted(grant),
				"you",
				"dr-weber may see all records for treatment",
				"you gave a permission: dr-weber may see all records for treatment",
			),
			(
				ActivityKind::Revoked(grant),
				"you",
				"",
				&*format!("you revoked the grant {grant} over your records at hospital-a"),
			),
		] {
			assert_eq!(text(kind, by, what), expected);
		}
	}

	#[test]
	fn an_entry_of_a_provider_calls_it_you() {
		let text = |kind, by: &str| {
			let [by, patient] = [by, "ann"].map(str::to_owned);
			let who = Who { by, subject: YOU.to_owned(), patient, provider: YOU.to_owned() };
			sentence(&kind, &who, "Laboratory result")
		};
		let (grant, record) = (GrantId::repeat_byte(2), RecordId::repeat_byte(1));
		for (kind, by, expected) in [
			(ActivityKind::Accepted, "ann", "ann accepted that you keep ann's records"),
			(ActivityKind::Declined, "ann", "ann declined that you keep ann's records"),
			(ActivityKind::Terminated, "ann", "ann ended the relationship with you"),
			(ActivityKind::Terminated, "you", "you ended the relationship with ann"),
			(
				ActivityKind::Revoked(grant),
				"ann",
				&*format!("ann revoked the grant {grant} over ann's records in your own database"),
			),
			(
				ActivityKind::IntegrityAlarm(record),
				"you",
				"ALARM: in your own database, Laboratory result does not match its commitment",
			),
		] {
			assert_eq!(text(kind, by), expected);
		}
	}

	#[test]
	fn alarms_stand_out() {
		let alarm = ActivityKind::IntegrityAlarm(RecordId::default());
		assert!(text(alarm, "hospital-a", "record 0x00000000").starts_with("ALARM"));
	}

	#[test]
	fn names_have_a_possessive_form() {
		assert_eq!(possessive("you"), "your");
		assert_eq!(possessive("patient 0x1f2a9c4e"), "patient 0x1f2a9c4e's");
	}
}
