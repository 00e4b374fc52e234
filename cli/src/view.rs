//! Entries of the chain's state as fields of the output.

use crate::{
	directory::{address_of, Directory},
	failure::Result,
	output::{hex, list, short, when, word, Fields},
};
use medrec_primitives::{
	bounty::{Bounty, BountyId, BountyState, Statistic},
	identity::{Profile, SubjectId},
	record::{RecordId, RecordPointer},
	relationship::{
		Grant, GrantId, Grantee, Purpose, Relationship, RelationshipId, ResearchConsent, Scope,
	},
	summary::{ActivityEntry, ActivityKind},
	Moment,
};
use serde_json::{json, Value};

/// The columns of a table of records of one relationship.
pub const RECORD_COLUMNS: &str = "record version category release author posted_at";

/// The columns of a table of grants.
pub const GRANT_COLUMNS: &str =
	"grant effect grantee scope purposes in_force not_before expires_at";

/// A scope as text, with short IDs.
pub fn scope_text(scope: &Scope) -> String {
	match scope {
		Scope::All => "all".to_owned(),
		Scope::Category(category) => format!("category {category}"),
		Scope::Records(records) => format!("records {}", list(records.iter().map(short), "-")),
		Scope::Fields { record, fields } => {
			format!("fields {} of {}", list(fields.iter(), "-"), short(record))
		},
	}
}

/// A scope as JSON.
pub fn scope_json(scope: &Scope) -> Value {
	match scope {
		Scope::All => json!({ "all": true }),
		Scope::Category(category) => json!({ "category": category }),
		Scope::Records(records) => json!({ "records": Vec::from_iter(records) }),
		Scope::Fields { record, fields } => {
			json!({ "record": record, "fields": Vec::from_iter(fields) })
		},
	}
}

/// A grantee as JSON.
pub fn grantee_json(grantee: &Grantee) -> Value {
	match grantee {
		Grantee::Subject(subject) => json!({ "subject": subject }),
		Grantee::Group(group) => json!({ "group": group }),
	}
}

/// The codes of purposes. A denial has none and counts for all purposes.
pub fn purposes_text<'a>(purposes: impl IntoIterator<Item = &'a Purpose>) -> String {
	list(purposes.into_iter().map(|purpose| purpose.code()), "all")
}

/// A grant to a grantee of this name.
pub fn grant(id: GrantId, grant: &Grant, grantee: &str, now: Moment) -> Fields {
	Fields::default()
		.field("grant", id)
		.field("effect", grant.effect)
		.show("grantee", grantee_json(&grant.grantee), grantee)
		.show("scope", scope_json(&grant.scope), scope_text(&grant.scope))
		.show("purposes", Vec::from_iter(&grant.purposes), purposes_text(&grant.purposes))
		.time("not_before", grant.not_before)
		.time("expires_at", grant.expires_at)
		.time("given_at", grant.given_at)
		.field("in_force", grant.is_in_force(now))
}

/// The grants of a relationship, the oldest first.
pub async fn grants(
	directory: &mut Directory<'_>,
	relationship: RelationshipId,
	now: Moment,
) -> Result<Vec<Fields>> {
	let mut grants = directory.at.grants(relationship).await?;
	grants.sort_by_key(|(id, grant)| (grant.given_at, *id));
	let mut views = Vec::with_capacity(grants.len());
	for (id, one) in grants {
		views.push(grant(id, &one, &directory.grantee(&one.grantee).await?, now));
	}
	Ok(views)
}

/// A record.
pub async fn record(
	directory: &mut Directory<'_>,
	relationship: RelationshipId,
	record: RecordId,
	pointer: &RecordPointer,
) -> Result<Fields> {
	Ok(Fields::default()
		.field("record", record)
		.field("relationship", relationship)
		.show("author", pointer.author, directory.name(pointer.author).await?)
		.field("version", pointer.version)
		.field("category", pointer.category)
		.field("release", pointer.release)
		.field("commitment", pointer.commitment)
		.field("template", pointer.pointer.template)
		.field("handle", hex(&pointer.pointer.handle))
		.time("posted_at", pointer.posted_at))
}

/// The records of a relationship, the oldest first.
pub async fn records(
	directory: &mut Directory<'_>,
	relationship: RelationshipId,
) -> Result<Vec<Fields>> {
	let mut records = directory.at.records(relationship).await?;
	records.sort_by_key(|(id, pointer)| (pointer.posted_at, *id));
	let mut views = Vec::with_capacity(records.len());
	for (id, pointer) in &records {
		views.push(record(directory, relationship, *id, pointer).await?);
	}
	Ok(views)
}

/// A relationship.
pub async fn relationship(
	directory: &mut Directory<'_>,
	id: RelationshipId,
	relationship: &Relationship,
) -> Result<Fields> {
	let consent = match &relationship.research {
		ResearchConsent::None => Vec::new(),
		ResearchConsent::Categories(categories) => categories.iter().collect(),
	};
	Ok(Fields::default()
		.field("relationship", id)
		.show("patient", relationship.patient, directory.name(relationship.patient).await?)
		.show("provider", relationship.provider, directory.name(relationship.provider).await?)
		.field("state", relationship.state)
		.time("since", relationship.since)
		.field("research_consent", consent))
}

/// The profile of an organisation.
pub fn profile(profile: &Profile) -> Fields {
	let gatekeeper = profile.gatekeeper.as_ref().map(|gatekeeper| {
		let url = String::from_utf8_lossy(&gatekeeper.url);
		(json!({ "url": url, "device": gatekeeper.device }), url)
	});
	let peers = profile.peers.iter().map(|peer| bs58::encode(peer).into_string());
	Fields::default()
		.json("gatekeeper", gatekeeper.as_ref().map(|(json, _)| json))
		.text("gatekeeper", gatekeeper.as_ref().map(|(_, url)| url))
		.text("device", profile.gatekeeper.as_ref().map(|gatekeeper| gatekeeper.device))
		.field("peers", Vec::from_iter(peers))
		.field("mining_key", profile.mining_key)
		.field("finality_key", profile.finality_key)
}

/// A subject. `None` if the chain has no such subject.
pub async fn subject(directory: &mut Directory<'_>, id: SubjectId) -> Result<Option<Fields>> {
	let at = directory.at;
	let Some(subject) = at.subject(id).await? else { return Ok(None) };
	let sponsor = match subject.sponsor {
		Some(sponsor) => Some(directory.name(sponsor).await?),
		None => None,
	};
	// The genesis block has no time.
	let registered = match subject.registered_at {
		0 => "in the genesis block".to_owned(),
		at => when(at),
	};
	let profile = at.profile(id).await?.as_ref().map(profile);
	Ok(Some(
		Fields::default()
			.field("subject", id)
			.field("name", at.name_of(id).await?)
			.field("role", subject.role)
			.field("status", subject.status)
			.field("account", address_of(&subject.account))
			.show("registered_at", subject.registered_at, registered)
			.json("sponsor", subject.sponsor)
			.text("sponsor", sponsor)
			.field("encryption_key", subject.encryption_key)
			.json("profile", &profile)
			.texts(profile.unwrap_or_default()),
	))
}

/// The text of an activity.
pub fn activity_text(kind: &ActivityKind) -> String {
	match kind {
		ActivityKind::Registered => "registered".to_owned(),
		ActivityKind::AccountRotated => "account changed".to_owned(),
		ActivityKind::StatusChanged(to) => format!("status changed to {}", word(to)),
		ActivityKind::Proposed => "relationship proposed".to_owned(),
		ActivityKind::Withdrawn => "proposal withdrawn".to_owned(),
		ActivityKind::Accepted => "relationship accepted".to_owned(),
		ActivityKind::Declined => "relationship declined".to_owned(),
		ActivityKind::Terminated => "relationship ended".to_owned(),
		ActivityKind::RecordPosted(record) => format!("record {record} posted"),
		ActivityKind::RecordAmended(record) => format!("record {record} amended"),
		ActivityKind::Granted(grant) => format!("permission {grant} given"),
		ActivityKind::Denied(grant) => format!("denial {grant} given"),
		ActivityKind::Revoked(grant) => format!("grant {grant} revoked"),
		ActivityKind::ResearchConsentChanged => "research consent changed".to_owned(),
		ActivityKind::IntegrityAlarm(record) => {
			format!("ALARM: record {record} does not match its commitment")
		},
		ActivityKind::BountyEarned(bounty) => format!("bounty {bounty} earned"),
		ActivityKind::BountyAnswered(bounty) => format!("bounty {bounty} answered"),
		ActivityKind::BountyDefaulted(bounty) => format!("bounty {bounty} not answered"),
	}
}

/// An entry of a history.
pub async fn activity(
	directory: &mut Directory<'_>,
	number: u64,
	entry: &ActivityEntry,
) -> Result<Fields> {
	let by = match entry.by {
		Some(by) => directory.name(by).await?,
		None => "the chain".to_owned(),
	};
	Ok(Fields::default()
		.field("number", number)
		.time("at", entry.at)
		.show("by", entry.by, by)
		.json("relationship", entry.relationship)
		.text("relationship", entry.relationship.map(short))
		.json("kind", &entry.kind)
		.field("text", activity_text(&entry.kind)))
}

/// The word for the state of a bounty.
pub fn bounty_state(bounty: &Bounty) -> &'static str {
	match bounty.state {
		BountyState::Open => "open",
		BountyState::Answered { .. } => "answered",
		BountyState::Defaulted => "defaulted",
	}
}

/// A bounty.
pub async fn bounty(
	directory: &mut Directory<'_>,
	id: BountyId,
	bounty: &Bounty,
) -> Result<Fields> {
	let offer = &bounty.offer;
	let (commitment, answered_at) = match bounty.state {
		BountyState::Answered { commitment, at } => (Some(commitment), Some(at)),
		BountyState::Open | BountyState::Defaulted => (None, None),
	};
	let (statistic, text) = match offer.parameters.statistic {
		Statistic::Count => (json!({ "kind": "count" }), "count".to_owned()),
		Statistic::Mean { field } => {
			(json!({ "kind": "mean", "field": field }), format!("mean of field {field}"))
		},
	};
	Ok(Fields::default()
		.field("bounty", id)
		.show("provider", bounty.provider, directory.name(bounty.provider).await?)
		.show("owner", bounty.owner, directory.name(bounty.owner).await?)
		.show("statistic", statistic, text)
		.field("group_by", Vec::from_iter(&offer.parameters.group_by))
		.field("template", offer.template)
		.field("dataset", offer.dataset)
		.field("cost", offer.cost)
		.time("offered_at", bounty.offered_at)
		.time("expires_at", offer.expires_at)
		.field("state", bounty_state(bounty))
		.time("answered_at", answered_at)
		.field("commitment", commitment))
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{record::Category, relationship::Effect};
	use std::collections::BTreeSet;

	#[test]
	fn scopes_are_short_as_text_and_full_as_json() {
		let record = RecordId::repeat_byte(1);
		let fields = BTreeSet::from([1, 3]).try_into().unwrap();
		let fields = Scope::Fields { record, fields };
		assert_eq!(scope_text(&fields), "fields 1, 3 of 0x010101…0101");
		assert_eq!(scope_json(&fields), json!({ "record": record, "fields": [1, 3] }));
		assert_eq!(scope_text(&Scope::Category(Category(7))), "category 7");
		assert_eq!(scope_json(&Scope::All), json!({ "all": true }));
	}

	#[test]
	fn a_grant_shows_its_period_and_whether_it_is_in_force() {
		let subject = SubjectId::repeat_byte(2);
		let one = Grant {
			grantee: Grantee::Subject(subject),
			effect: Effect::Permit,
			scope: Scope::All,
			purposes: BTreeSet::from([Purpose::Treat]).try_into().unwrap(),
			not_before: 1000,
			expires_at: Some(2000),
			given_at: 500,
		};
		let at = |now| grant(GrantId::default(), &one, "you", now);
		let json = json!(at(1500));
		assert_eq!(json["in_force"], true);
		assert_eq!(json["purposes"], json!(["TREAT"]));
		assert_eq!(json["grantee"], json!({ "subject": subject }));
		assert_eq!(json!(at(2000))["in_force"], false);
		let text = at(1500).to_string();
		for part in ["1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z", "you", "permit"] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
	}

	#[test]
	fn alarms_stand_out() {
		let text = activity_text(&ActivityKind::IntegrityAlarm(RecordId::default()));
		assert!(text.starts_with("ALARM"), "{text}");
	}
}
