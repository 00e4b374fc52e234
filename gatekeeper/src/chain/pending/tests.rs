use super::*;
use crate::chain::{
	fixtures::{grant, id, relationship},
	Head, Update,
};
use medrec_primitives::{
	identity::{Role, Subject},
	record::Category,
	relationship::{Grantee, Relationship, RelationshipState, Scope},
};

const PATIENT: u8 = 1;
const PROVIDER: u8 = 2;
const DOCTOR: u8 = 3;
const STRANGER: u8 = 4;

fn account(byte: u8) -> AccountId {
	AccountId::new([byte; 32])
}

fn subject(byte: u8, role: Role, sponsor: Option<SubjectId>) -> Update {
	let subject = Subject {
		role,
		account: account(byte),
		sponsor,
		status: Status::Active,
		encryption_key: None,
		registered_at: 0,
	};
	Update::Subject(id(byte), Some(subject))
}

/// A relationship `10` in which grant `20` permits and grant `21` denies the doctor.
fn state() -> ChainState {
	let relationship = Relationship { grants: 2, ..relationship(id(PATIENT), id(PROVIDER)) };
	let mut state = ChainState::new(id(PROVIDER), Head::default());
	state.advance(
		Head::default(),
		[
			subject(PATIENT, Role::Patient, Some(id(PROVIDER))),
			subject(PROVIDER, Role::Provider, None),
			subject(DOCTOR, Role::Clinician, Some(id(PROVIDER))),
			subject(STRANGER, Role::Researcher, None),
			Update::Relationship(id(10), Some(relationship)),
			Update::Grant(id(10), id(20), Some(grant(id(DOCTOR), Effect::Permit))),
			Update::Grant(id(10), id(21), Some(grant(id(DOCTOR), Effect::Deny))),
		],
	);
	state
}

fn narrowed(signer: u8, call: impl Into<RuntimeCall>) -> Arc<RelationshipFacts> {
	let state = state();
	let mut pending = PendingCalls::default();
	pending.refresh(1, [(account(signer), call.into())]);
	pending.narrow(&state, &id(10), state.relationship(&id(10)).unwrap())
}

fn keys(facts: &RelationshipFacts) -> Vec<GrantId> {
	facts.grants.keys().copied().collect()
}

#[test]
fn the_patient_and_the_grantee_revoke_a_permission_and_nobody_else() {
	let call = PprCall::revoke { relationship: id(10), grant: id(20) };
	assert_eq!(keys(&narrowed(PATIENT, call.clone())), [id(21)]);
	assert_eq!(keys(&narrowed(DOCTOR, call.clone())), [id(21)], "by the grantee");
	for other in [PROVIDER, STRANGER, 99] {
		assert_eq!(keys(&narrowed(other, call.clone())), [id(20), id(21)]);
	}
}

#[test]
fn no_pending_call_revokes_a_denial() {
	for signer in [PATIENT, DOCTOR] {
		let call = PprCall::revoke { relationship: id(10), grant: id(21) };
		assert_eq!(keys(&narrowed(signer, call)), [id(20), id(21)]);
	}
}

#[test]
fn revoke_all_leaves_denials() {
	let call = PprCall::revoke_all { relationship: id(10), grantee: Grantee::Subject(id(DOCTOR)) };
	assert_eq!(keys(&narrowed(PATIENT, call.clone())), [id(21)]);
	assert_eq!(keys(&narrowed(DOCTOR, call.clone())), [id(21)]);
	assert_eq!(keys(&narrowed(STRANGER, call)), [id(20), id(21)]);
}

#[test]
fn a_pending_denial_counts_if_the_patient_signed_it() {
	let grantee = Grantee::Subject(id(STRANGER));
	let call = PprCall::deny {
		relationship: id(10),
		grantee,
		scope: Scope::Category(Category(3)),
		not_before: None,
		expires_at: Some(9),
	};
	let facts = narrowed(PATIENT, call.clone());
	let denial = facts.grants.values().find(|grant| grant.grantee == grantee).unwrap();
	assert_eq!((denial.effect, denial.expires_at), (Effect::Deny, Some(9)));
	assert_eq!(narrowed(PROVIDER, call).grants.len(), 2);
}

#[test]
fn either_party_terminates_a_relationship_and_nobody_else() {
	let call = PprCall::terminate { relationship: id(10) };
	for party in [PATIENT, PROVIDER] {
		let facts = narrowed(party, call.clone());
		assert_eq!(facts.relationship.state, RelationshipState::Terminated);
	}
	let facts = narrowed(DOCTOR, call);
	assert_eq!(facts.relationship.state, RelationshipState::Active);
}

#[test]
fn a_sponsor_suspends_and_a_subject_retires_itself() {
	let state = state();
	let suspends = |signer: u8, status| {
		let mut pending = PendingCalls::default();
		let call = RegistrarCall::set_status { subject: id(DOCTOR), status };
		pending.refresh(1, [(account(signer), call.into())]);
		pending.suspends(&state, &id(DOCTOR))
	};
	assert!(suspends(PROVIDER, Status::Suspended));
	assert!(suspends(DOCTOR, Status::Retired));
	assert!(!suspends(DOCTOR, Status::Suspended));
	assert!(!suspends(PROVIDER, Status::Active));
	assert!(!suspends(STRANGER, Status::Suspended));
}

#[test]
fn calls_in_other_relationships_change_nothing() {
	let call = PprCall::revoke { relationship: id(11), grant: id(20) };
	assert_eq!(keys(&narrowed(PATIENT, call)), [id(20), id(21)]);
}

#[test]
fn a_call_that_left_the_pool_counts_for_two_blocks() {
	let revoke = PprCall::revoke { relationship: id(10), grant: id(20) };
	let call = (account(PATIENT), RuntimeCall::from(revoke));
	let mut pending = PendingCalls::default();
	pending.refresh(7, [call.clone()]);
	pending.refresh(7, []);
	assert_eq!(pending.len(), 1);
	pending.forget(8);
	assert_eq!(pending.len(), 1, "the last block that was read may be its parent");
	pending.forget(9);
	assert_eq!(pending.len(), 0);
}

#[test]
fn a_call_counts_while_it_is_in_the_pool() {
	let revoke = PprCall::revoke { relationship: id(10), grant: id(20) };
	let call = (account(PATIENT), RuntimeCall::from(revoke));
	let mut pending = PendingCalls::default();
	for best in 1..20 {
		pending.refresh(best, [call.clone()]);
		assert_eq!(pending.len(), 1);
	}
}
