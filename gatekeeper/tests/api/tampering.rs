//! A row that was changed without announcement is refused, and affects no other row.

use crate::support::{eventually, Ask, Gate, DOCTOR, PATIENT};
use medrec_protocol::wire::{ErrorCode, Outcome};

/// Executes a statement that changes the rows of a template. Requests must be refused with a receipt, and
/// an alarm raised.
async fn is_detected(template: &str, statement: &str) {
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
async fn a_resource_that_is_not_json_is_detected() {
	is_detected("lab-result", "UPDATE observations SET resource = 'x'").await;
}

#[tokio::test]
async fn a_text_in_place_of_a_number_is_detected() {
	is_detected("lab-result", "UPDATE observations SET value = 'much'").await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_detected() {
	is_detected("condition", "UPDATE conditions SET display = CAST(x'ff' AS TEXT)").await;
}

#[tokio::test]
async fn a_changed_column_of_another_type_is_detected() {
	is_detected("condition", "UPDATE conditions SET changed = 'long ago'").await;
}

#[tokio::test]
async fn an_unreadable_row_of_an_unknown_patient_delays_no_record() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	for statement in [
		"INSERT INTO patients (id, resource) VALUES ('stranger', '{}'), (x'00', '{}')",
		// A row of no patient, and one without a position.
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
