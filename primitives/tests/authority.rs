//! Authority compared with a naive model, for every combination of actor, act and state in a small
//! universe.
//!
//! The model is a table of who may perform which act in which state. It names actors by their part in
//! the relationship, where the crate compares subjects.

use medrec_primitives::{
	authority::{authorize, may_set_status, Act, Actor, AuthorityError, CallKind, StatusOrigin},
	identity::{Role, Status, Subject, SubjectId},
	relationship::{
		Effect, Grant, Grantee, GroupId, Purposes, Relationship, RelationshipState,
		ResearchConsent, Scope,
	},
};
use std::collections::BTreeSet;
use Part::*;

/// The part of an actor in the relationship.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Part {
	Patient,
	Provider,
	/// The gatekeeper of the provider.
	Gatekeeper,
	/// A clinician with grants.
	Viewer,
	OtherPatient,
	OtherProvider,
	/// The gatekeeper of the other provider.
	OtherGatekeeper,
	/// A device that no profile names.
	Monitor,
	Researcher,
}

const PARTS: [Part; 9] = [
	Patient,
	Provider,
	Gatekeeper,
	Viewer,
	OtherPatient,
	OtherProvider,
	OtherGatekeeper,
	Monitor,
	Researcher,
];

const STATES: [RelationshipState; 4] = [
	RelationshipState::Proposed,
	RelationshipState::Active,
	RelationshipState::Declined,
	RelationshipState::Terminated,
];

fn id(part: Part) -> SubjectId {
	SubjectId::repeat_byte(part as u8 + 1)
}

fn actor(part: Part) -> Actor {
	let (role, gatekeeper_of) = match part {
		Patient | OtherPatient => (Role::Patient, None),
		Provider | OtherProvider => (Role::Provider, None),
		Gatekeeper => (Role::Device, Some(id(Provider))),
		OtherGatekeeper => (Role::Device, Some(id(OtherProvider))),
		Monitor => (Role::Device, None),
		Viewer => (Role::Clinician, None),
		Researcher => (Role::Researcher, None),
	};
	Actor::new(id(part), role, || gatekeeper_of)
}

fn relationship(state: RelationshipState) -> Relationship {
	Relationship {
		patient: id(Patient),
		provider: id(Provider),
		state,
		since: 0,
		research: ResearchConsent::None,
		records: 1,
		notes: 1,
		grants: 1,
	}
}

fn grant(grantee: Grantee, effect: Effect) -> Grant {
	Grant {
		grantee,
		effect,
		scope: Scope::All,
		purposes: Purposes::new(),
		not_before: 0,
		expires_at: None,
		given_at: 0,
	}
}

/// The parts that may perform `act`, the state that it requires, and the state after it.
fn model(
	act: &Act,
) -> (BTreeSet<Part>, Option<RelationshipState>, Option<Option<RelationshipState>>) {
	use RelationshipState as State;
	let viewer = Grantee::Subject(id(Viewer));
	let is_viewers_permission =
		|grant: &Grant| grant.effect == Effect::Permit && grant.grantee == viewer;
	let (parts, required, after): (&[Part], _, _) = match act {
		Act::Withdraw => (&[Provider], Some(State::Proposed), Some(None)),
		Act::Accept => (&[Patient], Some(State::Proposed), Some(Some(State::Active))),
		Act::Decline => (&[Patient], Some(State::Proposed), Some(Some(State::Declined))),
		Act::Terminate => {
			(&[Patient, Provider], Some(State::Active), Some(Some(State::Terminated)))
		},
		Act::PostRecord => (&[Patient, Provider, Gatekeeper], Some(State::Active), None),
		Act::AmendRecord { author } if **author == id(Patient) => {
			(&[Patient], Some(State::Active), None)
		},
		Act::AmendRecord { author } if **author == id(Provider) => {
			(&[Provider, Gatekeeper], Some(State::Active), None)
		},
		Act::AmendRecord { .. } => (&[], Some(State::Active), None),
		Act::Give(_) | Act::SetResearchConsent => (&[Patient], Some(State::Active), None),
		Act::Revoke(grant) if is_viewers_permission(grant) => (&[Patient, Viewer], None, None),
		Act::Revoke(_) => (&[Patient], None, None),
		Act::RevokeAll(grantee) if **grantee == viewer => (&[Patient, Viewer], None, None),
		Act::RevokeAll(_) => (&[Patient], None, None),
		Act::RaiseAlarm => (&[Provider, Gatekeeper], None, None),
	};
	(parts.iter().copied().collect(), required, after)
}

/// The subject in whose name an actor acts.
fn party(part: Part) -> SubjectId {
	match part {
		Gatekeeper => id(Provider),
		other => id(other),
	}
}

/// Calls `check` with every act.
fn for_all_acts(mut check: impl FnMut(Act)) {
	let group = Grantee::Group(GroupId(id(Viewer).0));
	let grantees = [Grantee::Subject(id(Viewer)), group];
	for act in [
		Act::Withdraw,
		Act::Accept,
		Act::Decline,
		Act::Terminate,
		Act::PostRecord,
		Act::Give(Effect::Permit),
		Act::Give(Effect::Deny),
		Act::SetResearchConsent,
		Act::RaiseAlarm,
	] {
		check(act);
	}
	for part in PARTS {
		check(Act::AmendRecord { author: &id(part) });
	}
	for grantee in &grantees {
		check(Act::RevokeAll(grantee));
		for effect in [Effect::Permit, Effect::Deny] {
			check(Act::Revoke(&grant(*grantee, effect)));
		}
	}
}

#[test]
fn authorization_agrees_with_the_model() {
	for_all_acts(|act| {
		let (allowed, required, _) = model(&act);
		for part in PARTS {
			for state in STATES {
				let expected = match required {
					_ if !allowed.contains(&part) => Err(AuthorityError::NotAuthorized),
					Some(RelationshipState::Proposed) if state != RelationshipState::Proposed => {
						Err(AuthorityError::NotProposed)
					},
					Some(RelationshipState::Active) if state != RelationshipState::Active => {
						Err(AuthorityError::NotActive)
					},
					_ => Ok(party(part)),
				};
				let found = authorize(&actor(part), &relationship(state), act);
				assert_eq!(found, expected, "{part:?} {act:?} {state:?}");
			}
		}
	});
}

#[test]
fn state_after_an_act_agrees_with_the_model() {
	for_all_acts(|act| {
		for state in STATES {
			let expected = model(&act).2.unwrap_or(Some(state));
			assert_eq!(act.state_after(state), expected, "{act:?} {state:?}");
		}
	});
}

#[test]
fn revoke_all_ends_the_permissions_of_its_grantee_only() {
	let (viewer, other) = (Grantee::Subject(id(Viewer)), Grantee::Subject(id(Researcher)));
	let group = Grantee::Group(GroupId(id(Viewer).0));
	for grantee in [viewer, other, group] {
		for effect in [Effect::Permit, Effect::Deny] {
			let expected = grantee == viewer && effect == Effect::Permit;
			assert_eq!(Act::RevokeAll(&viewer).ends(&grant(grantee, effect)), expected);
		}
	}
}

#[test]
fn revoke_ends_the_named_grant_only() {
	let viewer = Grantee::Subject(id(Viewer));
	let (permission, denial) = (grant(viewer, Effect::Permit), grant(viewer, Effect::Deny));
	for (named, other) in [(&permission, &denial), (&denial, &permission)] {
		assert!(Act::Revoke(named).ends(named));
		assert!(!Act::Revoke(named).ends(other));
	}
	assert!(!Act::Terminate.ends(&permission));
}

/// An act that narrows neither gives a permission, nor ends a denial, nor activates a relationship.
#[test]
fn narrowing_acts_take_access_away_and_open_none() {
	let mut narrowing = Vec::new();
	for_all_acts(|act| {
		if act.narrows() {
			narrowing.push(format!("{act:?}").split([' ', '(']).next().unwrap().to_owned());
			assert_ne!(act, Act::Give(Effect::Permit));
			assert_ne!(
				act.state_after(RelationshipState::Proposed),
				Some(RelationshipState::Active)
			);
			for effect in [Effect::Permit, Effect::Deny] {
				let grant = grant(Grantee::Subject(id(Viewer)), effect);
				assert!(!act.ends(&grant) || grant.is_permission());
			}
		}
	});
	narrowing.dedup();
	assert_eq!(
		narrowing,
		["Decline", "Terminate", "Give", "RevokeAll", "Revoke", "RevokeAll", "Revoke"]
	);
}

#[test]
fn only_devices_are_looked_up_as_gatekeepers() {
	for role in [Role::Provider, Role::Clinician, Role::Patient, Role::Researcher] {
		let actor = Actor::new(id(Viewer), role, || unreachable!("{role:?} is no device"));
		let expected = (role == Role::Provider).then_some(id(Viewer));
		assert_eq!(actor.acting_provider, expected);
		assert_eq!(actor.provider(), expected);
		let is_organisation = matches!(role, Role::Provider | Role::Researcher);
		assert_eq!(actor.organisation().is_some(), is_organisation);
	}
	let device = actor(Gatekeeper);
	assert_eq!(device.acting_provider, Some(id(Provider)));
	assert_eq!((device.provider(), device.organisation()), (None, None));
}

fn stored(role: Role, sponsor: Option<SubjectId>) -> Subject<()> {
	Subject {
		role,
		account: (),
		sponsor,
		status: Status::Active,
		encryption_key: None,
		registered_at: 0,
	}
}

#[test]
fn status_is_set_by_council_sponsor_and_the_subject_itself() {
	let sponsored = stored(Role::Patient, Some(id(Provider)));
	let organisation = stored(Role::Provider, None);
	for status in [Status::Active, Status::Suspended, Status::Retired] {
		let may = |origin: StatusOrigin, part, subject| {
			may_set_status(&origin, &id(part), subject, status)
		};
		assert!(may(StatusOrigin::Council, Provider, &organisation));
		assert!(!may(StatusOrigin::Council, Patient, &sponsored));
		for part in PARTS {
			let retires = |itself| part == itself && status == Status::Retired;
			let by = StatusOrigin::Actor(actor(part));
			assert_eq!(may(by, Patient, &sponsored), part == Provider || retires(Patient));
			assert_eq!(may(by, Provider, &organisation), retires(Provider));
		}
	}
}

#[test]
fn only_a_provider_is_a_sponsor() {
	for part in PARTS {
		let subject = stored(Role::Patient, Some(id(part)));
		let is_provider = matches!(part, Provider | OtherProvider);
		assert_eq!(actor(part).is_sponsor_of(&subject), is_provider, "{part:?}");
	}
}

#[test]
fn protective_calls_take_away_and_other_calls_do_not() {
	for kind in [
		CallKind::Decline,
		CallKind::Terminate,
		CallKind::Deny,
		CallKind::Revoke,
		CallKind::RevokeAll,
		CallKind::RotateAccount,
		CallKind::SetStatus(Status::Suspended),
		CallKind::SetStatus(Status::Retired),
	] {
		assert!(kind.is_protective(), "{kind:?}");
	}
	for kind in [CallKind::SetStatus(Status::Active), CallKind::Other] {
		assert!(!kind.is_protective(), "{kind:?}");
	}
}
