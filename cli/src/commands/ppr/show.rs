//! `medrec ppr show`: a relationship with its grants.

use super::consent::consented;
use crate::{
	catalogue::Catalogues,
	context::{self, Session},
	failure::Result,
	gatekeeper::Url,
	grants::{denials, time_of_grants, NamedGrant, Overridden, Records},
	output::{Output, Report},
	page::{Cell, Page},
	parse::RelationshipRef,
	parties::Parties,
	record_view::{categories, missing_names, RecordView},
	text::{when, word},
};
use medrec_primitives::{
	record::Category,
	relationship::{Grant, RelationshipState},
	summary::EntryState,
	Moment,
};
use medrec_protocol::wire::BlockRef;
use serde::Serialize;
use std::collections::BTreeMap;

/// The states of relationships, those that are shown by default first.
const STATES: [EntryState; 4] =
	[EntryState::Active, EntryState::Proposed, EntryState::Shared, EntryState::Terminated];

/// A relationship with its records and its grants.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub(super) struct RelationshipShown {
	#[serde(flatten)]
	parties: Parties,
	/// `proposed`, `active`, `declined` or `terminated`.
	#[schema(value_type = String)]
	state: RelationshipState,
	/// The time of the last change of state, in Unix milliseconds.
	since: Moment,
	/// The codes of the categories whose records may count in aggregates.
	research_consent: Vec<Category>,
	/// Their names, in the same order.
	research_consent_names: Vec<String>,
	/// The records, the oldest first.
	records: Vec<RecordView>,
	/// The grants, the oldest first.
	grants: Vec<GrantView>,
	/// The reason why names are missing; none if all are known.
	names_missing: Option<String>,
	/// The time to which the state of the grants refers, in Unix milliseconds.
	now: Moment,
	/// The block of this state.
	block: BlockRef,
}

/// A grant of a relationship.
#[derive(Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct GrantView {
	#[serde(flatten)]
	named: NamedGrant,
	/// The first moment at which it is in force, in Unix milliseconds.
	not_before: Moment,
	/// The time at which the patient gave it.
	given_at: Moment,
	/// Whether it is in force now, by its period.
	in_force: bool,
}

impl Report for RelationshipShown {
	fn page(&self) -> Page {
		let Parties { relationship, patient_name, provider_name, .. } = &self.parties;
		let consent = match self.research_consent_names.is_empty() {
			true => "no records count".to_owned(),
			false => format!("records of {} count", categories(&self.research_consent_names)),
		};
		let rows = self.grants.iter().map(|grant| {
			let GrantView { named, not_before, .. } = grant;
			[
				Cell::id(named.grant),
				Cell::words(&named.grantee_name),
				Cell::words(named.words()),
				Cell::time(named.expires_at),
				Cell::words(state(named, *not_before, self.now)),
			]
		});
		Page::default()
			.facts([
				("relationship", Cell::id(relationship)),
				("patient", Cell::words(patient_name)),
				("provider", Cell::words(provider_name)),
				("state", Cell::word(word(self.state))),
				("since", Cell::time(self.since)),
				("research", Cell::words(consent)),
				("records", Cell::words(self.counts())),
			])
			.line("")
			.table("Grants", ["grant", "to", "what", "until", "state"], rows)
			.maybe_line(missing_names(self.names_missing.as_deref(), provider_name))
			.line(format!("As of block {}.", self.block.number))
	}
}

impl RelationshipShown {
	/// How many records there are of each category.
	fn counts(&self) -> String {
		let mut counts: BTreeMap<String, usize> = BTreeMap::new();
		for record in &self.records {
			*counts.entry(record.category_text()).or_default() += 1;
		}
		match counts.is_empty() {
			true => "none".to_owned(),
			false => {
				let each = counts.iter().map(|(name, number)| format!("{number} {name}"));
				format!("{}; medrec records list names each", each.collect::<Vec<_>>().join(", "))
			},
		}
	}
}

/// Whether a grant counts at `now`, and what overrides it.
fn state(grant: &NamedGrant, not_before: Moment, now: Moment) -> String {
	let period = match grant.expires_at {
		Some(end) if end <= now => return "ended".to_owned(),
		_ if not_before > now => format!("begins {}", when(not_before)),
		_ => "in force".to_owned(),
	};
	let by = denials(&grant.overridden_by);
	match grant.overridden {
		Overridden::Not => period,
		Overridden::Partly => format!("{period}, partly overridden by {by}"),
		Overridden::Wholly => format!("{period}, but overridden by {by}"),
	}
}

pub(super) async fn run(
	session: &Session<'_>,
	relationship: Option<&RelationshipRef>,
	url: Url,
) -> Result<Output> {
	let id = session.relationship(relationship, &STATES).await?;
	let mut directory = session.directory().await?;
	let found = context::relationship(directory.at, id).await?;
	let names = Catalogues::new(session, url).of(id).await?;
	let records = Records::from_iter(directory.at.records(id).await?);
	let mut all = directory.at.grants(id).await?;
	all.sort_by_key(|(id, grant)| (grant.given_at, *id));
	let now = time_of_grants(directory.at).await?;
	let mut grants = Vec::with_capacity(all.len());
	for (id, grant) in &all {
		let of = (*id, grant);
		let named = NamedGrant::of(&mut directory, &names, &records, of, &all, now).await?;
		let Grant { not_before, given_at, .. } = *grant;
		grants.push(GrantView { named, not_before, given_at, in_force: grant.is_in_force(now) });
	}
	let research_consent = consented(&found.research);
	let consent_names = research_consent.iter().map(|category| names.category(*category));
	Ok(Output::of(&RelationshipShown {
		parties: Parties::of(&mut directory, id, (found.patient, found.provider)).await?,
		state: found.state,
		since: found.since,
		research_consent_names: consent_names.collect(),
		research_consent,
		records: RecordView::all(&mut directory, &names, id).await?,
		grants,
		names_missing: names.missing().map(str::to_owned),
		now,
		block: session.best.into(),
	}))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::grants::fixture;
	use medrec_primitives::relationship::GrantId;

	#[test]
	fn a_grant_says_when_it_counts_and_what_overrides_it() {
		let grant = fixture::named();
		assert_eq!(state(&grant, 1000, 5000), "in force");
		assert_eq!(state(&grant, 1000, 9000), "ended");
		assert_eq!(state(&grant, 1000, 500), "begins 1970-01-01T00:00:01Z");
		let denied = NamedGrant {
			overridden: Overridden::Wholly,
			overridden_by: vec![GrantId::repeat_byte(0xab)],
			..grant
		};
		let (one, other) = (GrantId::repeat_byte(0xab), GrantId::repeat_byte(0xcd));
		let text = format!("in force, but overridden by the denial {one}");
		assert_eq!(state(&denied, 1000, 5000), text);
		let partly = NamedGrant {
			overridden: Overridden::Partly,
			overridden_by: vec![one, other],
			..denied
		};
		let text = format!("in force, partly overridden by the denials {one} and {other}");
		assert_eq!(state(&partly, 1000, 5000), text);
	}
}
