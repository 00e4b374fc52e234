//! `medrec ppr propose`, `withdraw`, `accept`, `decline` and `terminate`.

use super::Proposed;
use crate::{
	context::{self, from_event, Sent, Session, Submitted},
	failure::{Exit, Failure, Result},
	output::{Output, Report},
	page::Page,
	parse::{Party, RelationshipRef},
	parties::Parties,
	text::word,
};
use medrec_client::chain::PprCall;
use medrec_primitives::{
	identity::SubjectId,
	relationship::{RelationshipId, RelationshipState},
	summary::EntryState,
};
use serde::Serialize;

/// A change of a relationship's state.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
#[schema(as = RelationshipStep)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Change {
	/// The provider proposed it.
	Proposed,
	/// The provider withdrew the proposal.
	Withdrawn,
	/// The patient accepted it.
	Accepted,
	/// The patient declined it.
	Declined,
	/// One of the parties ended it.
	Terminated,
}

/// What a change of a relationship's state prints.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct RelationshipChange {
	#[serde(flatten)]
	parties: Parties,
	/// What happened.
	change: Change,
}

impl Report for RelationshipChange {
	fn page(&self) -> Page {
		let with = self.parties.heading();
		let Parties { relationship, patient_name, provider_name, .. } = &self.parties;
		match self.change {
			Change::Proposed => {
				Page::of(format!("A relationship with {with} is proposed: {relationship}"))
					.line(format!("{patient_name} has yet to accept it."))
			},
			Change::Withdrawn => Page::of(format!("The proposal to {with} is withdrawn.")),
			Change::Accepted => {
				Page::of(format!("The relationship with {with} is active.")).line(format!(
				"From now on {provider_name} may post records in it. Others see them only if you \
				 permit it."
			))
			},
			Change::Declined => Page::of(format!("The proposal of {with} is declined.")),
			Change::Terminated => Page::of(format!("The relationship with {with} has ended."))
				.line(format!("Only {patient_name} can read its records now.")),
		}
	}
}

pub(super) async fn propose(session: &Session<'_>, patient: &Party) -> Result<Output> {
	let (provider, patient) = (session.me().await?, session.resolve(patient).await?);
	ensure_none(session, provider, patient).await?;
	let included = session.submit(PprCall::propose { patient }).await?;
	let id: RelationshipId = from_event(&included, "Ppr", "Proposed", "relationship")?;
	done(session, &included, id, Change::Proposed, (patient, provider)).await
}

/// Checks that the provider has no open relationship with the patient.
async fn ensure_none(session: &Session<'_>, provider: SubjectId, patient: SubjectId) -> Result<()> {
	let at = session.at();
	let Some(id) = at.relationship_between(provider, patient).await? else { return Ok(()) };
	let state = at.relationship(id).await?.map(|found| found.state);
	let next = match state {
		Some(RelationshipState::Proposed) => "the patient has yet to accept it",
		Some(RelationshipState::Active) => "nothing is left to do",
		_ => return Ok(()),
	};
	let name = session.directory().await?.name(patient).await?;
	let message = format!(
		"there is a relationship with {name} already: {id}, which is {}; nothing was sent; {next}",
		state.map(word).unwrap_or_default()
	);
	Err(Failure::new(Exit::Refused, "Ppr.AlreadyExists", message))
}

/// Answers or withdraws a proposal.
pub(super) async fn answer(
	session: &Session<'_>,
	change: Change,
	args: Proposed,
) -> Result<Output> {
	let reference = args.relationship.as_ref();
	let relationship = session.relationship(reference, &[EntryState::Proposed]).await?;
	let call = match change {
		Change::Withdrawn => PprCall::withdraw { relationship },
		Change::Declined => PprCall::decline { relationship },
		_ => PprCall::accept { relationship },
	};
	submit(session, relationship, change, call).await
}

pub(super) async fn terminate(
	session: &Session<'_>,
	relationship: RelationshipRef,
) -> Result<Output> {
	let id = session.relationship(Some(&relationship), &[EntryState::Active]).await?;
	submit(session, id, Change::Terminated, PprCall::terminate { relationship: id }).await
}

async fn submit(
	session: &Session<'_>,
	id: RelationshipId,
	change: Change,
	call: PprCall,
) -> Result<Output> {
	// Before the call: a withdrawn proposal leaves the chain.
	let found = context::relationship(session.at(), id).await?;
	let included = session.submit(call).await?;
	done(session, &included, id, change, (found.patient, found.provider)).await
}

async fn done(
	session: &Session<'_>,
	included: &Sent,
	id: RelationshipId,
	change: Change,
	parties: (SubjectId, SubjectId),
) -> Result<Output> {
	let parties = Parties::of(&mut session.directory().await?, id, parties).await?;
	Ok(Output::of(&Submitted::new(included, RelationshipChange { parties, change })))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{parties::fixture::parties, style::Style};

	#[test]
	fn a_change_names_the_other_party() {
		let change = |change, patient: &str, provider: &str| {
			let parties = parties(patient, provider);
			RelationshipChange { parties, change }
		};
		let text = |one: RelationshipChange| one.page().render(&Style::PIPE);
		let accepted = text(change(Change::Accepted, "you", "hospital-a"));
		assert!(accepted.starts_with("The relationship with hospital-a is active."), "{accepted}");
		let proposed = text(change(Change::Proposed, "ann", "you"));
		assert!(proposed.starts_with("A relationship with ann is proposed: 0x"), "{proposed}");
		assert!(proposed.contains("ann has yet to accept it."), "{proposed}");
		let ended = text(change(Change::Terminated, "you", "hospital-a"));
		assert!(ended.contains("Only you can read its records now."), "{ended}");
		let ended = serde_json::json!(change(Change::Terminated, "you", "hospital-a"));
		assert_eq!(
			(&ended["change"], &ended["provider_name"]),
			(&"terminated".into(), &"hospital-a".into())
		);
	}
}
