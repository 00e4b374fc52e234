//! Whether they may: grants count when they are final, and what takes them away counts at once.

use crate::support::{id, key, subject, Gate, DOCTOR, PATIENT, PROVIDER, RESEARCHER};
use medrec_protocol::{verify, wire::{ErrorCode, Outcome}};
use medrec_gatekeeper::chain::{Protective, Touched};
use medrec_primitives::{
	identity::Status,
	record::Release,
	relationship::{Effect, Grantee, Purpose, RelationshipState, Scope},
};

fn scope(gate: &Gate, fields: &[u16]) -> Scope {
	let fields: std::collections::BTreeSet<u16> = fields.iter().copied().collect();
	Scope::Fields { record: gate.record(), fields: fields.try_into().unwrap() }
}

#[tokio::test]
async fn an_answer_stands_before_the_verifier() {
	let gate = Gate::start().await;
	let ask = gate.query(DOCTOR);
	let request = ask.asked.clone().unwrap();
	let sent = ask.sign();
	let hash = sent.hash;
	let medrec_protocol::wire::QueryResponse::Plain { answer, receipt } = sent.send(&gate).await.ok()
	else {
		panic!("the answer is sealed");
	};
	let (_, pointer) = gate.record_of("condition");
	verify::check_answer(&request, &answer, &pointer).unwrap();
	let expected = verify::ReceiptExpectations {
		request: &request,
		request_hash: hash,
		requester: subject(DOCTOR),
		gatekeeper: subject("Device"),
		account: &key("Device").account(),
	};
	verify::check_receipt(&receipt, &expected).unwrap();
	verify::check_receipt_of_answer(&receipt, &answer).unwrap();
	assert_eq!(answer.fields.len(), answer.template.public.fields.len());
}

#[tokio::test]
async fn the_patient_sees_everything_and_others_what_is_granted() {
	let gate = crate::support::Builder::new().start().await;
	gate.query(PATIENT).answered().await;
	gate.query(DOCTOR).refused(ErrorCode::NotFound).await;
	gate.grant(scope(&gate, &[1, 4]), |_| {}).await;
	let (answer, receipt) = gate.query(DOCTOR).answered().await;
	let numbers: Vec<_> = answer.fields.iter().map(|field| field.number).collect();
	assert_eq!(numbers, [1, 4]);
	assert_eq!(receipt.receipt.fields, [1, 4]);
	assert_eq!(answer.fields[0].name, "display");
	verify::check_proof(&answer).unwrap();

	let (answer, _) = gate.query(DOCTOR).fields(&[4]).answered().await;
	assert_eq!(answer.fields.len(), 1);
	let envelope = gate.query(DOCTOR).fields(&[4, 5]).refused(ErrorCode::NotPermitted).await;
	let receipt = envelope.error.receipt.expect("a refusal leaves a receipt").receipt;
	assert_eq!(receipt.decision, Outcome::Refused(ErrorCode::NotPermitted));
	assert!(receipt.fields.is_empty());
}

#[tokio::test]
async fn a_purpose_that_is_not_granted_is_refused() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).purpose(Purpose::Hpaymt).refused(ErrorCode::NotPermitted).await;
	gate.query(PATIENT).purpose(Purpose::Patrqt).answered().await;
}

#[tokio::test]
async fn a_grant_counts_when_it_is_final() {
	let gate = crate::support::Builder::new().start().await;
	gate.instant_finality(false);
	gate.grant(Scope::All, |_| {}).await;
	gate.query(DOCTOR).refused(ErrorCode::NotFound).await;
	gate.finalize().await;
	gate.query(DOCTOR).answered().await;
}

#[tokio::test]
async fn a_grant_in_a_retracted_block_never_counted() {
	let gate = crate::support::Builder::new().start().await;
	gate.instant_finality(false);
	gate.grant(Scope::All, |_| {}).await;
	gate.chain.retract();
	gate.caught_up().await;
	gate.finalize().await;
	gate.query(DOCTOR).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn a_revocation_counts_at_the_best_block() {
	let gate = crate::support::Builder::new().start().await;
	let grant = gate.grant(Scope::All, |_| {}).await;
	gate.query(DOCTOR).answered().await;
	gate.instant_finality(false);
	gate.revoke(grant).await;
	gate.query(DOCTOR).refused(ErrorCode::AccessRevoked).await;
	gate.finalize().await;
	gate.query(DOCTOR).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn a_revocation_counts_while_it_waits_in_the_pool() {
	let gate = crate::support::Builder::new().start().await;
	let grant = gate.grant(Scope::All, |_| {}).await;
	let relationship = gate.relationship();
	let revoke = Protective::Revoke(relationship, grant);
	// A call by somebody who has no right to make it does nothing.
	gate.pend(RESEARCHER, revoke.clone()).await;
	gate.query(DOCTOR).answered().await;
	gate.pend(PATIENT, revoke).await;
	gate.query(DOCTOR).refused(ErrorCode::AccessRevoked).await;
	gate.query(PATIENT).answered().await;
}

#[tokio::test]
async fn every_protective_call_counts_in_the_pool() {
	let gate = Gate::start().await;
	let relationship = gate.relationship();
	let doctor = Grantee::Subject(subject(DOCTOR));
	for (sender, call) in [
		(PATIENT, Protective::RevokeAll(relationship, doctor)),
		(PATIENT, Protective::Deny(relationship, doctor, Scope::All, None, None)),
		(PATIENT, Protective::Terminate(relationship)),
		(PROVIDER, Protective::Terminate(relationship)),
		(PROVIDER, Protective::SetStatus(subject(DOCTOR), Status::Suspended)),
	] {
		gate.query(DOCTOR).answered().await;
		gate.pend(sender, call.clone()).await;
		gate.query(DOCTOR).refused(ErrorCode::AccessRevoked).await;
		// It leaves the pool, and is in neither of the next blocks.
		gate.chain.pool(vec![]);
		for _ in 0..3 {
			gate.block(&[], |_| {}).await;
		}
	}
	gate.query(DOCTOR).answered().await;
}

#[tokio::test]
async fn a_refusal_by_the_patient_is_not_told() {
	let gate = Gate::start().await;
	gate.grant(Scope::All, |grant| grant.effect = Effect::Deny).await;
	let refused = gate.query(DOCTOR).refused(ErrorCode::NotPermitted).await;
	let other = gate.query(DOCTOR).purpose(Purpose::Hpaymt).refused(ErrorCode::NotPermitted).await;
	assert_eq!(refused.error.message, other.error.message);
}

#[tokio::test]
async fn a_grant_ends_at_its_time() {
	let gate = crate::support::Builder::new().start().await;
	gate.grant(Scope::All, |grant| grant.expires_at = Some(grant.given_at + 1_500)).await;
	let (answer, _) = gate.query(DOCTOR).answered().await;
	assert!(answer.until.is_some());
	tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
	gate.query(DOCTOR).refused(ErrorCode::NotPermitted).await;
}

#[tokio::test]
async fn nobody_learns_of_what_does_not_concern_them() {
	let gate = Gate::start().await;
	let stranger = gate.query(RESEARCHER).refused(ErrorCode::NotFound).await;
	let nothing = gate.query(RESEARCHER).relationship(id(0x99)).refused(ErrorCode::NotFound).await;
	assert_eq!(stranger.error.message, nothing.error.message);
	let provider = gate.query(PROVIDER).refused(ErrorCode::NotFound).await;
	assert_eq!(provider.error.message, nothing.error.message);
	assert!(stranger.error.receipt.is_some());
}

#[tokio::test]
async fn a_record_that_is_not_there_is_told_to_those_who_could_see_it() {
	let gate = Gate::start().await;
	let missing = |name| crate::support::Ask::query(&gate, name, id(0x55));
	missing(PATIENT).refused(ErrorCode::NotFound).await;
	missing(DOCTOR).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn a_note_of_the_patients_own_is_not_kept_here() {
	let gate = Gate::start().await;
	let (record, mut note) = gate.record_of("condition");
	note.author = subject(PATIENT);
	note.pointer.template = id(0x44);
	let relationship = gate.relationship();
	let other = id(0x45);
	assert_ne!(record, other);
	gate.block(&[Touched::Record(relationship, other)], |world| {
		world.records.insert((relationship, other), note);
	})
	.await;
	crate::support::Ask::query(&gate, PATIENT, other).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn a_relationship_that_is_linked_to_another_patient_is_served_to_nobody() {
	let mut builder = crate::support::Builder::new();
	builder.patients = 2;
	let gate = builder.start().await;
	gate.grant(Scope::All, |_| {}).await;
	gate.query(DOCTOR).answered().await;
	let local_id = gate.local_id();
	let link = format!(
		"UPDATE relationships SET local_id = \
		 (SELECT local_id FROM patients WHERE local_id <> '{local_id}') \
		 WHERE local_id = '{local_id}'"
	);
	assert_eq!(gate.sql("state.sqlite", &link).await, 1);
	for name in [DOCTOR, PATIENT] {
		let refused = gate.query(name).refused(ErrorCode::NotFound).await;
		let nothing = crate::support::Ask::query(&gate, name, id(0x55));
		let nothing = nothing.refused(ErrorCode::NotFound).await;
		assert_eq!(refused.error.message, nothing.error.message);
		assert!(refused.error.receipt.is_some());
	}
	assert!(gate.chain.world().alarms.is_empty(), "no row was tampered with");
}

#[tokio::test]
async fn a_suspended_requester_is_refused() {
	let gate = Gate::start().await;
	let doctor = subject(DOCTOR);
	gate.instant_finality(false);
	gate.block(&[Touched::Subject(doctor)], |world| {
		world.subjects.get_mut(&doctor).unwrap().status = Status::Suspended;
	})
	.await;
	gate.query(DOCTOR).refused(ErrorCode::AccessRevoked).await;
	gate.finalize().await;
	let envelope = gate.query(DOCTOR).refused(ErrorCode::RequesterNotActive).await;
	assert!(envelope.error.receipt.is_some());
}

#[tokio::test]
async fn an_ended_relationship_stays_open_to_the_patient_alone() {
	let gate = Gate::start().await;
	let relationship = gate.relationship();
	gate.block(&[Touched::Everything(relationship)], |world| {
		world.relationships.get_mut(&relationship).unwrap().state = RelationshipState::Terminated;
	})
	.await;
	gate.query(DOCTOR).refused(ErrorCode::RelationshipNotActive).await;
	gate.query(PATIENT).answered().await;
}

#[tokio::test]
async fn a_withheld_record_is_shown_to_nobody() {
	let gate = Gate::start().await;
	let (relationship, record) = (gate.relationship(), gate.record());
	gate.block(&[Touched::Record(relationship, record)], |world| {
		world.records.get_mut(&(relationship, record)).unwrap().release = Release::Withheld;
	})
	.await;
	gate.query(PATIENT).refused(ErrorCode::Withheld).await;
	gate.query(DOCTOR).refused(ErrorCode::Withheld).await;
}
