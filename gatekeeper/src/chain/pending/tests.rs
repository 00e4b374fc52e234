use super::*;
use crate::chain::{
	fixtures::{grant, id, relationship},
	Head, Update,
};
use medrec_primitives::{identity::Subject, relationship::Relationship, H256};

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

/// A relationship `10` in which grant `20` permits and grant `21` refuses the doctor.
fn mirror() -> ChainState {
	let relationship = Relationship { grants: 2, ..relationship(id(PATIENT), id(PROVIDER)) };
	let mut mirror = ChainState::new(id(PROVIDER), Head::default());
	mirror.advance(
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
	mirror
}

fn narrowed(signer: u8, call: Protective) -> Arc<RelationshipFacts> {
	let mirror = mirror();
	let mut pending = PendingCalls::default();
	pending.refresh(1, [(account(signer), call)]);
	pending.narrow(&mirror, &id(10), mirror.relationship(&id(10)).unwrap())
}

fn keys(facts: &RelationshipFacts) -> Vec<H256> {
	facts.grants.keys().copied().collect()
}

#[test]
fn a_patient_takes_a_grant_back_and_others_do_not() {
	let call = Protective::Revoke(id(10), id(20));
	assert_eq!(keys(&narrowed(PATIENT, call.clone())), [id(21)]);
	assert_eq!(keys(&narrowed(DOCTOR, call.clone())), [id(21)], "the grantee gives it up");
	for other in [PROVIDER, STRANGER, 99] {
		assert_eq!(keys(&narrowed(other, call.clone())), [id(20), id(21)]);
	}
}

#[test]
fn nothing_in_the_pool_takes_a_refusal_back() {
	for sender in [PATIENT, DOCTOR] {
		let call = Protective::Revoke(id(10), id(21));
		assert_eq!(keys(&narrowed(sender, call)), [id(20), id(21)]);
	}
}

#[test]
fn taking_everything_back_leaves_refusals() {
	let call = Protective::RevokeAll(id(10), Grantee::Subject(id(DOCTOR)));
	assert_eq!(keys(&narrowed(PATIENT, call.clone())), [id(21)]);
	assert_eq!(keys(&narrowed(DOCTOR, call.clone())), [id(21)]);
	assert_eq!(keys(&narrowed(STRANGER, call)), [id(20), id(21)]);
}

#[test]
fn a_refusal_counts_if_the_patient_sends_it() {
	let grantee = Grantee::Subject(id(STRANGER));
	let call = Protective::Deny(id(10), grantee, Scope::Category(3), None, Some(9));
	let facts = narrowed(PATIENT, call.clone());
	let refusal = facts.grants.values().find(|grant| grant.grantee == grantee).unwrap();
	assert_eq!((refusal.effect, refusal.expires_at), (Effect::Deny, Some(9)));
	assert_eq!(narrowed(PROVIDER, call).grants.len(), 2);
}

#[test]
fn either_party_ends_a_relationship_and_nobody_else() {
	let call = Protective::Terminate(id(10));
	for party in [PATIENT, PROVIDER] {
		let facts = narrowed(party, call.clone());
		assert_eq!(facts.relationship.state, RelationshipState::Terminated);
	}
	let facts = narrowed(DOCTOR, call);
	assert_eq!(facts.relationship.state, RelationshipState::Active);
}

#[test]
fn a_sponsor_suspends_and_one_may_retire_oneself() {
	let mirror = mirror();
	let suspends = |signer: u8, status| {
		let mut pending = PendingCalls::default();
		pending.refresh(1, [(account(signer), Protective::SetStatus(id(DOCTOR), status))]);
		pending.suspends(&mirror, &id(DOCTOR))
	};
	assert!(suspends(PROVIDER, Status::Suspended));
	assert!(suspends(DOCTOR, Status::Retired));
	assert!(!suspends(DOCTOR, Status::Suspended));
	assert!(!suspends(PROVIDER, Status::Active));
	assert!(!suspends(STRANGER, Status::Suspended));
}

#[test]
fn calls_in_other_relationships_change_nothing() {
	assert_eq!(keys(&narrowed(PATIENT, Protective::Revoke(id(11), id(20)))), [id(20), id(21)]);
}

#[test]
fn a_call_that_left_the_pool_counts_until_its_block_is_read() {
	let call = (account(PATIENT), Protective::Revoke(id(10), id(20)));
	let mut pending = PendingCalls::default();
	pending.refresh(7, [call.clone()]);
	pending.refresh(7, []);
	assert_eq!(pending.len(), 1);
	pending.forget(8);
	assert_eq!(pending.len(), 1, "the block at hand may be the one before it");
	pending.forget(9);
	assert!(pending.is_empty());
}

#[test]
fn a_call_that_stays_in_the_pool_counts_as_long() {
	let call = (account(PATIENT), Protective::Revoke(id(10), id(20)));
	let mut pending = PendingCalls::default();
	for best in 1..20 {
		pending.refresh(best, [call.clone()]);
		assert_eq!(pending.len(), 1);
	}
}
