//! A row that does not match its commitment is not served.

use crate::support::{eventually, id, Gate, CONFIG, DOCTOR, PATIENT};
use medrec_gatekeeper::chain::{Touched, Write};
use medrec_protocol::wire::{ErrorCode, Outcome};

/// Changes the conditions of the patient, with or without announcement.
async fn change(gate: &Gate, announced: bool) {
	let announce = if announced { ", changed = NULL" } else { "" };
	let statement = format!("UPDATE conditions SET display = display || ' (changed)'{announce}");
	assert!(gate.sql("ehr.sqlite", &statement).await > 0);
}

fn alarms(gate: &Gate) -> usize {
	let written = gate.chain.written();
	written.iter().filter(|write| matches!(write, Write::Alarm { .. })).count()
}

#[tokio::test]
async fn a_changed_row_is_refused_and_the_patient_notified_once() {
	let gate = Gate::start().await;
	change(&gate, false).await;
	let envelope = gate.query(DOCTOR).refused(ErrorCode::IntegrityMismatch).await;
	let receipt = envelope.error.receipt.expect("it leaves a receipt").receipt;
	assert_eq!(receipt.decision, Outcome::Refused(ErrorCode::IntegrityMismatch));
	eventually("the alarm is raised", || alarms(&gate) == 1).await;
	assert_eq!(gate.chain.world().alarms, [(gate.relationship(), gate.record())]);
	gate.query(PATIENT).refused(ErrorCode::IntegrityMismatch).await;
	tokio::time::sleep(std::time::Duration::from_millis(300)).await;
	assert_eq!(alarms(&gate), 1, "once for each version of a record");
}

#[tokio::test]
async fn a_missing_row_is_refused_and_the_patient_notified() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	gate.sql("ehr.sqlite", "DELETE FROM conditions").await;
	gate.query(DOCTOR).refused(ErrorCode::IntegrityMismatch).await;
	eventually("the alarm is raised", || alarms(&gate) == 1).await;
}

#[tokio::test]
async fn a_due_alarm_is_raised_after_a_restart() {
	let mut gate = Gate::start().await;
	let unreachable =
		medrec_gatekeeper::chain::WriteError::NotIncluded("the node is away".to_owned());
	gate.chain.fail(Some(unreachable));
	change(&gate, false).await;
	gate.query(DOCTOR).refused(ErrorCode::IntegrityMismatch).await;
	gate.stop().await;
	gate.chain.fail(None);
	gate.start_again().await;
	eventually("the alarm is raised", || gate.chain.world().alarms.len() == 1).await;
}

#[tokio::test]
async fn an_alarm_whose_transaction_failed_is_raised_later() {
	let gate = Gate::start().await;
	let refused = medrec_gatekeeper::chain::WriteError::Failed("NotAuthorized".to_owned());
	gate.chain.fail(Some(refused));
	change(&gate, false).await;
	gate.query(DOCTOR).refused(ErrorCode::IntegrityMismatch).await;
	eventually("it is tried", || alarms(&gate) > 0).await;
	assert!(gate.chain.world().alarms.is_empty());
	gate.chain.fail(None);
	eventually("the alarm is raised", || gate.chain.world().alarms.len() == 1).await;
}

#[tokio::test]
async fn an_announced_change_raises_no_alarm_and_is_served_when_it_is_final() {
	let gate = Gate::start().await;
	let (record, before) = gate.record_of("condition");
	let unreachable =
		medrec_gatekeeper::chain::WriteError::NotIncluded("the node is away".to_owned());
	gate.chain.fail(Some(unreachable));
	change(&gate, true).await;
	gate.query(DOCTOR).refused(ErrorCode::ChainStale).await;
	gate.chain.fail(None);
	eventually("the new version is posted", || {
		let world = gate.chain.world();
		world.records[&(gate.relationship(), record)].version == before.version + 1
	})
	.await;
	gate.caught_up().await;
	let (answer, _) = gate.query(DOCTOR).answered().await;
	assert_eq!(answer.version, before.version + 1);
	assert_ne!(answer.commitment, before.commitment);
	assert!(answer.fields[1].value.as_str().unwrap().ends_with("(changed)"));
	assert_eq!(alarms(&gate), 0);
}

#[tokio::test]
async fn a_commitment_of_another_author_is_refused() {
	let gate = Gate::start().await;
	let (relationship, record) = (gate.relationship(), gate.record());
	gate.block(&[Touched::Record(relationship, record)], |world| {
		world.records.get_mut(&(relationship, record)).unwrap().commitment = id(0x66);
	})
	.await;
	gate.query(DOCTOR).refused(ErrorCode::IntegrityMismatch).await;
}

#[tokio::test]
async fn the_operator_lists_the_records_of_alarms() {
	let mut gate = Gate::start().await;
	change(&gate, false).await;
	gate.query(DOCTOR).refused(ErrorCode::IntegrityMismatch).await;
	eventually("the alarm is raised", || alarms(&gate) == 1).await;
	gate.stop().await;
	let list = |arguments: &[&str]| {
		let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_medrec-gatekeeper"));
		let output = command.args(["alarms", "list", "--config"]).arg(gate.path(CONFIG));
		let output = output.args(arguments).output().unwrap();
		assert!(output.status.success());
		String::from_utf8(output.stdout).unwrap()
	};
	let listed: serde_json::Value = serde_json::from_str(&list(&["--json"])).unwrap();
	let alarm = &listed["alarms"][0];
	assert_eq!(alarm["record"], gate.record().to_string());
	assert_eq!(alarm["relationship"], gate.relationship().to_string());
	assert_eq!(alarm["version"], 1);
	assert!(list(&[]).contains(&gate.record().to_string()));
}
