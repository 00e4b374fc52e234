//! Authorization: permissions count when they are final, and revocations at once.

use crate::support::{id, key, subject, Ask, Builder, Gate, DOCTOR, PATIENT, PROVIDER, RESEARCHER};
use medrec_client::chain::{PprCall, RegistrarCall, RuntimeCall};
use medrec_gatekeeper::chain::Touched;
use medrec_primitives::{
	identity::Status,
	record::Release,
	relationship::{Effect, Grantee, Purpose, RelationshipState, Scope},
};
use medrec_protocol::{
	verify,
	wire::{ErrorCode, Outcome, QueryResponse},
};

fn scope(gate: &Gate, fields: &[u16]) -> Scope {
	let fields: std::collections::BTreeSet<u16> = fields.iter().copied().collect();
	Scope::Fields { record: gate.record(), fields: fields.try_into().unwrap() }
}

#[tokio::test]
async fn an_answer_passes_verification() {
	let gate = Gate::start().await;
	let ask = gate.query(DOCTOR);
	let request = ask.asked.clone().unwrap();
	let sent = ask.sign();
	let hash = sent.hash;
	let QueryResponse::Plain { answer, receipt } = sent.send(&gate).await.ok() else {
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
async fn the_patient_reads_everything_and_others_what_is_permitted() {
	let gate = Builder::new().start().await;
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
async fn a_purpose_that_is_not_permitted_is_refused() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).purpose(Purpose::Hpaymt).refused(ErrorCode::NotPermitted).await;
	gate.query(PATIENT).purpose(Purpose::Patrqt).answered().await;
}

#[tokio::test]
async fn a_permission_counts_when_it_is_final() {
	let gate = Builder::new().start().await;
	gate.instant_finality(false);
	gate.grant(Scope::All, |_| {}).await;
	gate.query(DOCTOR).refused(ErrorCode::NotFound).await;
	gate.finalize().await;
	gate.query(DOCTOR).answered().await;
}

#[tokio::test]
async fn a_permission_in_a_retracted_block_never_counts() {
	let gate = Builder::new().start().await;
	gate.instant_finality(false);
	gate.grant(Scope::All, |_| {}).await;
	gate.chain.retract();
	gate.caught_up().await;
	gate.finalize().await;
	gate.query(DOCTOR).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn a_revocation_counts_at_the_best_block() {
	let gate = Builder::new().start().await;
	let grant = gate.grant(Scope::All, |_| {}).await;
	gate.query(DOCTOR).answered().await;
	gate.instant_finality(false);
	gate.revoke(grant).await;
	gate.query(DOCTOR).refused(ErrorCode::AccessRevoked).await;
	gate.finalize().await;
	gate.query(DOCTOR).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn a_revocation_counts_in_the_pool() {
	let gate = Builder::new().start().await;
	let grant = gate.grant(Scope::All, |_| {}).await;
	let relationship = gate.relationship();
	let revoke = RuntimeCall::from(PprCall::revoke { relationship, grant });
	// The call of a subject without the right to make it has no effect.
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
	let grantee = Grantee::Subject(subject(DOCTOR));
	let (not_before, expires_at) = (None, None);
	let deny = PprCall::deny { relationship, grantee, scope: Scope::All, not_before, expires_at };
	let suspend = RegistrarCall::set_status { subject: subject(DOCTOR), status: Status::Suspended };
	for (sender, call) in [
		(PATIENT, RuntimeCall::from(PprCall::revoke_all { relationship, grantee })),
		(PATIENT, deny.into()),
		(PATIENT, PprCall::terminate { relationship }.into()),
		(PROVIDER, PprCall::terminate { relationship }.into()),
		(PROVIDER, suspend.into()),
	] {
		gate.query(DOCTOR).answered().await;
		gate.pend(sender, call.clone()).await;
		gate.query(DOCTOR).refused(ErrorCode::AccessRevoked).await;
		// It leaves the pool, and none of the next blocks holds it.
		gate.chain.pool(vec![]);
		for _ in 0..3 {
			gate.block(&[], |_| {}).await;
		}
	}
	gate.query(DOCTOR).answered().await;
}

#[tokio::test]
async fn a_denial_by_the_patient_is_not_revealed() {
	let gate = Gate::start().await;
	gate.grant(Scope::All, |grant| grant.effect = Effect::Deny).await;
	let refused = gate.query(DOCTOR).refused(ErrorCode::NotPermitted).await;
	let other = gate.query(DOCTOR).purpose(Purpose::Hpaymt).refused(ErrorCode::NotPermitted).await;
	assert_eq!(refused.error.message, other.error.message);
}

#[tokio::test]
async fn a_permission_ends_at_its_time() {
	let gate = Builder::new().start().await;
	gate.grant(Scope::All, |grant| grant.expires_at = Some(grant.given_at + 1_500)).await;
	let (answer, _) = gate.query(DOCTOR).answered().await;
	assert!(answer.until.is_some());
	tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
	gate.query(DOCTOR).refused(ErrorCode::NotPermitted).await;
}

#[tokio::test]
async fn subjects_without_permission_learn_nothing() {
	let gate = Gate::start().await;
	let stranger = gate.query(RESEARCHER).refused(ErrorCode::NotFound).await;
	let nothing = gate.query(RESEARCHER).relationship(id(0x99)).refused(ErrorCode::NotFound).await;
	assert_eq!(stranger.error.message, nothing.error.message);
	let provider = gate.query(PROVIDER).refused(ErrorCode::NotFound).await;
	assert_eq!(provider.error.message, nothing.error.message);
	assert!(stranger.error.receipt.is_some());
}

#[tokio::test]
async fn requesters_with_access_learn_that_a_record_does_not_exist() {
	let gate = Gate::start().await;
	let missing = |name| Ask::query(&gate, name, id(0x55));
	missing(PATIENT).refused(ErrorCode::NotFound).await;
	missing(DOCTOR).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn a_note_of_the_patient_is_not_served() {
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
	Ask::query(&gate, PATIENT, other).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn a_relationship_that_is_linked_to_another_patient_is_not_served() {
	let mut builder = Builder::new();
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
		let nothing = Ask::query(&gate, name, id(0x55));
		let nothing = nothing.refused(ErrorCode::NotFound).await;
		assert_eq!(refused.error.message, nothing.error.message);
		assert!(refused.error.receipt.is_some());
	}
	assert!(gate.chain.world().alarms.is_empty(), "no row was changed");
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
async fn a_terminated_relationship_stays_readable_to_the_patient_alone() {
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
async fn a_withheld_record_is_served_to_nobody() {
	let gate = Gate::start().await;
	let (relationship, record) = (gate.relationship(), gate.record());
	gate.block(&[Touched::Record(relationship, record)], |world| {
		world.records.get_mut(&(relationship, record)).unwrap().release = Release::Withheld;
	})
	.await;
	gate.query(PATIENT).refused(ErrorCode::Withheld).await;
	gate.query(DOCTOR).refused(ErrorCode::Withheld).await;
}
