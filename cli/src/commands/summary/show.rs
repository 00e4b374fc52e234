//! `medrec summary show`: the relationships of a subject, and what to do next.

use crate::{
	context::{self, Context, Whose},
	directory::{Directory, YOU},
	failure::Result,
	output::{Output, Report},
	page::{Cell, Page},
	parse::Party,
	text::{count, short},
};
use medrec_primitives::{
	identity::{Status, Subject, SubjectId},
	relationship::RelationshipId,
	summary::{Entry, EntryRole, EntryState},
	Moment,
};
use medrec_protocol::wire::BlockRef;
use serde::Serialize;

/// The relationships of a subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Summary {
	/// The subject.
	subject: SubjectId,
	/// Its name.
	subject_name: String,
	/// Its status: active, suspended or retired.
	#[schema(value_type = String)]
	status: Status,
	/// The name of the provider that enrolled it; none of an organisation.
	sponsor_name: Option<String>,
	/// Its relationships, the last changed one last.
	relationships: Vec<SummaryEntry>,
	/// How many notifications it has not acknowledged.
	pending: u32,
	/// The best block, by whose state this is.
	block: BlockRef,
}

/// A relationship as one subject sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
struct SummaryEntry {
	/// Its ID.
	relationship: RelationshipId,
	/// The part of the subject: `patient`, `provider` or `viewer`.
	#[schema(value_type = String)]
	role: EntryRole,
	/// The state: `proposed`, `active`, `declined`, `terminated` or, of a viewer, `shared`.
	#[schema(value_type = String)]
	state: EntryState,
	/// How many notifications are not acknowledged.
	pending: u32,
	/// The time of the last change, in Unix milliseconds.
	last: Moment,
	/// The patient; none of a proposal that was withdrawn.
	patient: Option<SubjectId>,
	/// Its name.
	patient_name: Option<String>,
	/// The provider that keeps the records; none of a proposal that was withdrawn.
	provider: Option<SubjectId>,
	/// Its name.
	provider_name: Option<String>,
	/// What the user can do next.
	next: Option<String>,
}

impl SummaryEntry {
	/// The name of the other party, or of both for a viewer.
	fn with(&self) -> Option<String> {
		let (patient, provider) = (self.patient_name.clone()?, self.provider_name.clone()?);
		Some(match self.role {
			EntryRole::Provider => patient,
			EntryRole::Patient => provider,
			EntryRole::Viewer => format!("{patient} at {provider}"),
		})
	}

	/// The state in words.
	fn words(&self) -> &'static str {
		match (self.state, self.role) {
			(EntryState::Proposed, EntryRole::Patient) => "proposed to you",
			(EntryState::Proposed, _) => "proposed, not accepted yet",
			(EntryState::Active, _) => "active",
			(EntryState::Declined, _) => "declined",
			(EntryState::Terminated, EntryRole::Viewer) => "no longer shared",
			(EntryState::Terminated, _) => "ended",
			(EntryState::Shared, _) => "shared",
		}
	}
}

/// What the user can do next with a relationship of their own.
fn next(id: RelationshipId, entry: &Entry, patient: &str, provider: &str) -> Option<String> {
	// The name serves as a reference where it is one on the command line.
	let is_reference = matches!(provider.parse(), Ok(Party::Name(_)));
	let reference = if is_reference { provider.to_owned() } else { short(id) };
	match (entry.role, entry.state) {
		(EntryRole::Patient, EntryState::Proposed) => Some(format!(
			"{provider} proposes to keep your records; accept with: medrec ppr accept {reference}"
		)),
		(EntryRole::Provider, EntryState::Proposed) => Some(format!(
			"wait until {patient} accepts, or withdraw it: medrec ppr withdraw {}",
			short(id)
		)),
		_ => None,
	}
}

impl Summary {
	/// What a status other than active means.
	fn status_words(&self) -> Option<String> {
		let (are, they) = match self.subject_name.as_str() {
			YOU => ("You are".to_owned(), YOU),
			name => (format!("{name} is"), "the subject"),
		};
		let who = self.sponsor_name.as_deref().unwrap_or("the council");
		match self.status {
			Status::Active => None,
			Status::Suspended => Some(format!(
				"{are} suspended: {they} may send no transactions and read no records until {who} ends \
				 the suspension."
			)),
			Status::Retired => Some(format!("{are} retired: {they} may never act again.")),
		}
	}
}

impl Report for Summary {
	fn page(&self) -> Page {
		let whose = match self.subject_name.as_str() {
			YOU => "Your relationships".to_owned(),
			name => format!("Relationships of {name}"),
		};
		let columns = ["relationship", "part", "with", "state", "changed", "unread"];
		let rows = self.relationships.iter().map(|entry| {
			[
				Cell::id(entry.relationship),
				Cell::word(crate::text::word(entry.role)),
				Cell::maybe(entry.with(), Cell::words),
				Cell::words(entry.words()),
				Cell::time(entry.last),
				Cell::word(entry.pending),
			]
		});
		let page = match self.status_words() {
			Some(status) => Page::default().alert(status),
			None => Page::default(),
		};
		let mut page = page.table(whose, columns, rows);
		for next in self.relationships.iter().filter_map(|entry| entry.next.as_ref()) {
			page = page.line(format!("Next: {next}"));
		}
		let unread = count(self.pending, "unread notification", "unread notifications");
		match self.pending {
			0 => page.line(format!("{unread}.")),
			_ => page.line(format!(
				"{unread}; read with: medrec summary activity, then mark as read with: medrec \
				 summary acknowledge --all"
			)),
		}
	}
}

pub(super) async fn run(context: &Context, whose: Whose) -> Result<Output> {
	let session = context.connect().await?;
	let at = session.at();
	let subject = session.resolve_or_me(at, whose.subject.as_ref()).await?;
	let mut directory: Directory<'_> = session.directory().await?;
	let Subject { status, sponsor, .. } = context::subject(at, subject).await?;
	let may_act = status == Status::Active && session.me_if_any(at).await? == Some(subject);
	let mut entries = at.relationships_of(subject).await?;
	entries.sort_by_key(|(id, entry)| (entry.last, *id));
	let mut relationships = Vec::with_capacity(entries.len());
	for (id, entry) in entries {
		let parties = at.relationship(id).await?.map(|found| (found.patient, found.provider));
		let (patient_name, provider_name) = match parties {
			Some((patient, provider)) => {
				(Some(directory.name(patient).await?), Some(directory.name(provider).await?))
			},
			None => (None, None),
		};
		let next = match (&patient_name, &provider_name) {
			(Some(patient), Some(provider)) if may_act => next(id, &entry, patient, provider),
			_ => None,
		};
		relationships.push(SummaryEntry {
			relationship: id,
			role: entry.role,
			state: entry.state,
			pending: entry.pending,
			last: entry.last,
			patient: parties.map(|(patient, _)| patient),
			patient_name,
			provider: parties.map(|(_, provider)| provider),
			provider_name,
			next,
		});
	}
	Ok(Output::of(&Summary {
		subject,
		subject_name: directory.name(subject).await?,
		status,
		sponsor_name: directory.maybe_name(sponsor).await?,
		relationships,
		pending: at.pending_for(subject).await?,
		block: session.best.into(),
	}))
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::H256;

	fn summary(role: EntryRole, state: EntryState) -> Summary {
		let entry = Entry { role, state, pending: 2, last: 86_400_000 };
		let id = RelationshipId::repeat_byte(0x1f);
		let provider = "hospital-of-the-holy-spirit".to_owned();
		let one = SummaryEntry {
			relationship: id,
			role,
			state,
			pending: 2,
			last: entry.last,
			patient: Some(SubjectId::repeat_byte(1)),
			patient_name: Some("patient 0x01010101 of hospital-of-the-holy-spirit".to_owned()),
			provider: Some(SubjectId::repeat_byte(2)),
			provider_name: Some(provider.clone()),
			next: next(id, &entry, "ann", &provider),
		};
		Summary {
			subject: SubjectId::repeat_byte(1),
			subject_name: "you".to_owned(),
			status: Status::Active,
			sponsor_name: Some(provider),
			relationships: vec![one.clone(), one],
			pending: 4,
			block: BlockRef { number: 9, hash: H256::zero() },
		}
	}

	#[test]
	fn relationships_fit_the_terminal_and_say_what_to_do_next() {
		for role in [EntryRole::Patient, EntryRole::Provider, EntryRole::Viewer] {
			for state in [EntryState::Proposed, EntryState::Active, EntryState::Shared] {
				summary(role, state).page().shows(&["0x1f1f1f1f"]);
			}
		}
		let proposed = summary(EntryRole::Patient, EntryState::Proposed).page().shows(&[]);
		let proposed = proposed.split_whitespace().collect::<Vec<_>>().join(" ");
		let accept = "accept with: medrec ppr accept hospital-of-the-holy-spirit";
		assert!(proposed.contains(accept), "{proposed}");
		assert!(proposed.contains("medrec summary acknowledge --all"), "{proposed}");
		let waiting = summary(EntryRole::Provider, EntryState::Proposed).page();
		waiting.shows(&["Next: wait until ann accepts, or", "medrec ppr withdraw 0x1f1f1f1f"]);
		let active = summary(EntryRole::Patient, EntryState::Active).page().shows(&[]);
		assert!(!active.contains("Next"), "{active}");
	}

	#[test]
	fn a_status_other_than_active_is_said_first() {
		let mut summary = summary(EntryRole::Patient, EntryState::Active);
		assert_eq!(summary.status_words(), None);
		summary.status = Status::Suspended;
		let text = summary.page().shows(&["hospital-of-the-holy-spirit ends the suspension."]);
		assert!(text.starts_with("You are suspended: you may send no transactions"), "{text}");
		summary.sponsor_name = None;
		summary.page().shows(&["council ends the suspension."]);
		summary.subject_name = "ann".to_owned();
		summary.status = Status::Retired;
		summary.page().shows(&["ann is retired: the subject may never act again."]);
	}

	#[test]
	fn a_party_whose_name_is_no_reference_is_replaced_by_the_id() {
		let entry =
			Entry { role: EntryRole::Patient, state: EntryState::Proposed, pending: 0, last: 0 };
		let id = RelationshipId::repeat_byte(0x1f);
		let text = next(id, &entry, "you", "provider 0x02020202").unwrap();
		assert!(text.ends_with("medrec ppr accept 0x1f1f1f1f"), "{text}");
	}
}
