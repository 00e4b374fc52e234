//! A row that was tampered with is refused whatever it holds now, and holds up nobody else's.

use crate::support::{eventually, Ask, Gate, DOCTOR, PATIENT};
use medrec_protocol::wire::{ErrorCode, Outcome};

/// A statement that leaves the rows of a template other than they were posted is found out: whoever
/// asks is refused with a receipt, and the patient is told.
async fn is_found_out(template: &str, statement: &str) {
	let gate = Gate::start().await;
	let (record, _) = gate.record_of(template);
	Ask::query(&gate, DOCTOR, record).answered().await;
	assert!(gate.sql("ehr.sqlite", statement).await > 0);
	for name in [DOCTOR, PATIENT] {
		let ask = Ask::query(&gate, name, record);
		let envelope = ask.refused(ErrorCode::IntegrityMismatch).await;
		let receipt = envelope.error.receipt.expect("it leaves a receipt").receipt;
		assert_eq!(receipt.decision, Outcome::Refused(ErrorCode::IntegrityMismatch));
	}
	eventually("the alarm is raised", || !gate.chain.world().alarms.is_empty()).await;
	assert_eq!(gate.chain.world().alarms, [(gate.relationship(), record)]);
}

#[tokio::test]
async fn a_resource_that_is_no_json_any_more_is_found_out() {
	is_found_out("lab-result", "UPDATE observations SET resource = 'x'").await;
}

#[tokio::test]
async fn a_text_in_place_of_a_number_is_found_out() {
	is_found_out("lab-result", "UPDATE observations SET value = 'much'").await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_found_out() {
	is_found_out("condition", "UPDATE conditions SET display = CAST(x'ff' AS TEXT)").await;
}

#[tokio::test]
async fn a_changed_column_of_another_type_is_found_out() {
	is_found_out("condition", "UPDATE conditions SET changed = 'long ago'").await;
}

#[tokio::test]
async fn an_unreadable_row_of_a_stranger_holds_up_no_record() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	for statement in [
		"INSERT INTO patients (id, resource) VALUES ('stranger', '{}'), (x'00', '{}')",
		// Nobody's, and one without a place among the others.
		"INSERT INTO conditions (id, patient, resource) VALUES ('nobody', x'00', '{}')",
		"INSERT INTO conditions (id, patient, resource, changed) \
		 VALUES ('nowhere', 'stranger', '{}', 'long ago')",
		"INSERT INTO conditions (id, patient, resource) VALUES (x'00', 'stranger', '{}')",
	] {
		assert!(gate.sql("ehr.sqlite", statement).await > 0);
	}
	let new = format!(
		"INSERT INTO conditions (id, patient, code, display, resource) \
		 VALUES ('new', '{}', '1', 'New', '{{}}')",
		gate.local_id()
	);
	gate.sql("ehr.sqlite", &new).await;
	eventually("it is posted", || gate.chain.world().records.len() == count + 1).await;
	gate.caught_up().await;
	gate.query(DOCTOR).answered().await;
}
