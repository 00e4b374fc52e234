//! What the chain holds, as text and as JSON.

use crate::report::{full, list, short, when};
use medrec_protocol::keys::{MEDREC_PREFIX, address};
use medrec_primitives::{
	bounty::{Bounty, BountyState, Dataset, Statistic},
	identity::{Profile, Role, Status, Subject, SubjectId},
	record::{RecordId, RecordPointer, Release},
	relationship::{
		Effect, Grant, GrantId, Grantee, Relationship, RelationshipId, RelationshipState,
		ResearchConsent, Scope,
	},
	summary::{ActivityEntry, ActivityKind, EntryRole, EntryState},
	AccountId, Moment,
};
use serde_json::{json, Value};

/// Bytes as `0x` and hexadecimal digits.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// An account as this chain's address.
pub fn account(account: &AccountId) -> String {
	address(account, MEDREC_PREFIX)
}

/// The word for a role.
pub fn role(role: Role) -> &'static str {
	match role {
		Role::Provider => "provider",
		Role::Clinician => "clinician",
		Role::Patient => "patient",
		Role::Researcher => "researcher",
		Role::Device => "device",
	}
}

/// The word for a status.
pub fn status(status: Status) -> &'static str {
	match status {
		Status::Active => "active",
		Status::Suspended => "suspended",
		Status::Retired => "retired",
	}
}

/// The word for the state of a relationship.
pub fn state(state: RelationshipState) -> &'static str {
	match state {
		RelationshipState::Proposed => "proposed",
		RelationshipState::Active => "active",
		RelationshipState::Declined => "declined",
		RelationshipState::Terminated => "terminated",
	}
}

/// The word for a role in a relationship.
pub fn entry_role(role: EntryRole) -> &'static str {
	match role {
		EntryRole::Patient => "patient",
		EntryRole::Provider => "provider",
		EntryRole::Viewer => "viewer",
	}
}

/// The word for how a relationship stands.
pub fn entry_state(state: EntryState) -> &'static str {
	match state {
		EntryState::Proposed => "proposed",
		EntryState::Active => "active",
		EntryState::Declined => "declined",
		EntryState::Terminated => "terminated",
		EntryState::Shared => "shared",
	}
}

/// The word for whether a record may be shown.
pub fn release(release: Release) -> &'static str {
	match release {
		Release::Released => "released",
		Release::Withheld => "withheld",
	}
}

/// The word for what a grant does.
pub fn effect(effect: Effect) -> &'static str {
	match effect {
		Effect::Permit => "permit",
		Effect::Deny => "refuse",
	}
}

/// A scope in words.
pub fn scope(scope: &Scope) -> String {
	match scope {
		Scope::All => "all".to_owned(),
		Scope::Category(category) => format!("category {category}"),
		Scope::Records(records) => format!("records {}", list(records.iter().map(short))),
		Scope::Fields { record, fields } => {
			format!("fields {} of {}", list(fields.iter()), short(record))
		},
	}
}

/// A scope as JSON.
pub fn scope_json(scope: &Scope) -> Value {
	match scope {
		Scope::All => json!({ "all": true }),
		Scope::Category(category) => json!({ "category": category }),
		Scope::Records(records) => json!({ "records": records.iter().collect::<Vec<_>>() }),
		Scope::Fields { record, fields } => {
			json!({ "record": record, "fields": fields.iter().collect::<Vec<_>>() })
		},
	}
}

/// The id of a grantee, be it a subject or a group.
pub fn grantee_id(grantee: &Grantee) -> SubjectId {
	match grantee {
		Grantee::Subject(id) | Grantee::Group(id) => *id,
	}
}

/// A grantee as JSON.
pub fn grantee_json(grantee: &Grantee) -> Value {
	match grantee {
		Grantee::Subject(subject) => json!({ "subject": subject }),
		Grantee::Group(group) => json!({ "group": group }),
	}
}

/// The categories of a consent, none for none.
pub fn consent(consent: &ResearchConsent) -> Vec<u16> {
	match consent {
		ResearchConsent::None => Vec::new(),
		ResearchConsent::Categories(categories) => categories.iter().copied().collect(),
	}
}

/// A profile as JSON.
pub fn profile_json(profile: &Profile) -> Value {
	let gatekeeper = profile.gatekeeper.as_ref().map(|gatekeeper| {
		json!({
			"url": String::from_utf8_lossy(&gatekeeper.url),
			"device": gatekeeper.device,
		})
	});
	json!({
		"gatekeeper": gatekeeper,
		"peers": profile.peers.iter().map(|peer| bs58::encode(peer).into_string())
			.collect::<Vec<_>>(),
		"mining_key": profile.mining_key.map(hex),
		"finality_key": profile.finality_key.map(hex),
	})
}

/// A subject as JSON, with its name and profile where it has them.
pub fn subject_json(
	id: SubjectId,
	subject: &Subject<AccountId>,
	name: Option<&str>,
	profile: Option<&Profile>,
) -> Value {
	json!({
		"subject": id,
		"role": subject.role,
		"status": subject.status,
		"account": account(&subject.account),
		"sponsor": subject.sponsor,
		"encryption_key": subject.encryption_key.map(hex),
		"registered_at": subject.registered_at,
		"name": name,
		"profile": profile.map(profile_json),
	})
}

/// A relationship as JSON.
pub fn relationship_json(id: RelationshipId, relationship: &Relationship) -> Value {
	json!({
		"relationship": id,
		"patient": relationship.patient,
		"provider": relationship.provider,
		"state": relationship.state,
		"since": relationship.since,
		"research_consent": consent(&relationship.research),
	})
}

/// A record as JSON.
pub fn record_json(relationship: RelationshipId, id: RecordId, record: &RecordPointer) -> Value {
	json!({
		"relationship": relationship,
		"record": id,
		"author": record.author,
		"version": record.version,
		"category": record.category,
		"release": record.release,
		"commitment": record.commitment,
		"template": record.pointer.template,
		"handle": hex(&record.pointer.handle),
		"posted_at": record.posted_at,
	})
}

/// A grant as JSON.
pub fn grant_json(id: GrantId, grant: &Grant, now: Moment) -> Value {
	json!({
		"grant": id,
		"effect": grant.effect,
		"grantee": grantee_json(&grant.grantee),
		"scope": scope_json(&grant.scope),
		"purposes": grant.purposes.iter().collect::<Vec<_>>(),
		"not_before": grant.not_before,
		"expires_at": grant.expires_at,
		"given_at": grant.given_at,
		"in_force": grant.in_force(now),
	})
}

/// What happened, in words.
pub fn activity(kind: &ActivityKind) -> String {
	match kind {
		ActivityKind::Registered => "registered".to_owned(),
		ActivityKind::AccountRotated => "account changed".to_owned(),
		ActivityKind::StatusChanged(to) => format!("status changed to {}", status(*to)),
		ActivityKind::Proposed => "relationship proposed".to_owned(),
		ActivityKind::Withdrawn => "proposal withdrawn".to_owned(),
		ActivityKind::Accepted => "relationship accepted".to_owned(),
		ActivityKind::Declined => "relationship declined".to_owned(),
		ActivityKind::Terminated => "relationship ended".to_owned(),
		ActivityKind::RecordPosted(record) => format!("record {} posted", full(record)),
		ActivityKind::RecordAmended(record) => format!("record {} amended", full(record)),
		ActivityKind::Granted(grant) => format!("grant {} given", full(grant)),
		ActivityKind::Denied(grant) => format!("refusal {} given", full(grant)),
		ActivityKind::Revoked(grant) => format!("grant {} revoked", full(grant)),
		ActivityKind::ResearchConsentChanged => "research consent changed".to_owned(),
		ActivityKind::IntegrityAlarm(record) => {
			format!("ALARM: record {} does not match its commitment", full(record))
		},
		ActivityKind::BountyEarned(bounty) => format!("bounty {} earned", full(bounty)),
		ActivityKind::BountyAnswered(bounty) => format!("bounty {} answered", full(bounty)),
		ActivityKind::BountyDefaulted(bounty) => format!("bounty {} not answered", full(bounty)),
	}
}

/// An entry of a history as JSON.
pub fn activity_json(number: u64, entry: &ActivityEntry) -> Value {
	json!({
		"number": number,
		"at": entry.at,
		"by": entry.by,
		"relationship": entry.relationship,
		"kind": entry.kind,
		"text": activity(&entry.kind),
	})
}

/// The word for the state of a bounty.
pub fn bounty_state(state: &BountyState) -> &'static str {
	match state {
		BountyState::Open => "open",
		BountyState::Answered { .. } => "answered",
		BountyState::Defaulted => "defaulted",
	}
}

/// What a bounty asks for, in words.
pub fn statistic(bounty: &Bounty) -> String {
	let parameters = &bounty.offer.parameters;
	let what = match parameters.statistic {
		Statistic::Count => "count".to_owned(),
		Statistic::Mean { field } => format!("mean of field {field}"),
	};
	match parameters.group_by.is_empty() {
		true => what,
		false => format!("{what} by {}", list(parameters.group_by.iter())),
	}
}

/// A bounty as JSON.
pub fn bounty_json(id: medrec_primitives::H256, bounty: &Bounty) -> Value {
	let offer = &bounty.offer;
	let (commitment, answered_at) = match bounty.state {
		BountyState::Answered { commitment, at } => (Some(commitment), Some(at)),
		_ => (None, None),
	};
	let statistic = match offer.parameters.statistic {
		Statistic::Count => json!({ "kind": "count" }),
		Statistic::Mean { field } => json!({ "kind": "mean", "field": field }),
	};
	json!({
		"bounty": id,
		"provider": bounty.provider,
		"owner": bounty.owner,
		"dataset": offer.dataset,
		"template": offer.template,
		"statistic": statistic,
		"group_by": offer.parameters.group_by.iter().collect::<Vec<_>>(),
		"cost": offer.cost,
		"offered_at": bounty.offered_at,
		"expires_at": offer.expires_at,
		"state": bounty_state(&bounty.state),
		"commitment": commitment,
		"answered_at": answered_at,
	})
}

/// A dataset as JSON.
pub fn dataset_json(id: medrec_primitives::H256, dataset: &Dataset) -> Value {
	json!({
		"dataset": id,
		"provider": dataset.provider,
		"templates": dataset.rules.templates.iter().collect::<Vec<_>>(),
		"smallest_group": dataset.rules.smallest_group,
		"budget": dataset.rules.budget,
		"period": dataset.rules.period,
		"period_start": dataset.period_start,
		"spent": dataset.spent,
	})
}

/// For how long a grant is in force, in words.
pub fn period(grant: &Grant) -> String {
	match grant.expires_at {
		Some(end) => format!("{} to {}", when(grant.not_before), when(end)),
		None => format!("from {}", when(grant.not_before)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{relationship::Purpose, H256};
	use std::collections::BTreeSet;

	#[test]
	fn scopes_are_short_as_text_and_full_as_json() {
		let record = H256::repeat_byte(1);
		let fields = BTreeSet::from([1, 3]).try_into().unwrap();
		let fields = Scope::Fields { record, fields };
		assert_eq!(scope(&fields), "fields 1, 3 of 0x010101…0101");
		assert_eq!(scope_json(&fields), json!({ "record": record, "fields": [1, 3] }));
		assert_eq!(scope(&Scope::Category(7)), "category 7");
		assert_eq!(scope_json(&Scope::All), json!({ "all": true }));
	}

	#[test]
	fn grants_tell_whether_they_are_in_force() {
		let grant = Grant {
			grantee: Grantee::Subject(H256::repeat_byte(2)),
			effect: Effect::Permit,
			scope: Scope::All,
			purposes: BTreeSet::from([Purpose::Treat]).try_into().unwrap(),
			not_before: 1000,
			expires_at: Some(2000),
			given_at: 500,
		};
		let json = grant_json(H256::zero(), &grant, 1500);
		assert_eq!(json["in_force"], true);
		assert_eq!(json["purposes"], json!(["TREAT"]));
		assert_eq!(json["grantee"], json!({ "subject": H256::repeat_byte(2) }));
		assert_eq!(grant_json(H256::zero(), &grant, 2000)["in_force"], false);
		assert_eq!(period(&grant), "1970-01-01T00:00:01Z to 1970-01-01T00:00:02Z");
	}

	#[test]
	fn alarms_stand_out() {
		let text = activity(&ActivityKind::IntegrityAlarm(H256::zero()));
		assert!(text.starts_with("ALARM"), "{text}");
	}
}
