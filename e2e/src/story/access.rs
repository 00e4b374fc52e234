//! Who may see a record, and who may not any more.

use super::{
	records::{words, Case},
	Stage,
};
use crate::{
	cast::{private_file, Who},
	step_log::StepLog,
	network::until,
};
use anyhow::{ensure, Result};
use medrec_client::chain::{PprCall, RuntimeCall};
use medrec_primitives::relationship::Grantee;
use serde_json::Value;
use std::collections::BTreeSet;
use tokio::task::JoinHandle;

/// The fields that are granted, of a laboratory result: its name and its value.
const GRANTED: [u16; 2] = [1, 2];

pub(super) async fn tell(stage: &Stage, case: &Case, step_log: &mut StepLog) -> Result<()> {
	step_log
		.step("5", "P asks, gets it, and verifies it against the chain; a note of P's too", async {
			note(stage, case).await?;
			own_record(stage, case).await
		})
		.await?;
	step_log
		.step("6", "A clinician of B asks, and is refused", async {
			let query = case.query();
			let query = words(&query, &["--purpose", "TREAT"]);
			stage.terminal.try_as(Who::ClinicianB, &query).await?.refused("not_found")?;
			Ok("not_found: not even that the record exists".into())
		})
		.await?;
	step_log
		.step("7", "P grants two fields for treatment for a day", async {
			grant(stage, case).await
		})
		.await?;
	step_log
		.step("8", "P revokes, and the very next query is refused", async {
			revoke(stage, case).await
		})
		.await?;
	Ok(())
}

/// The numbers of the fields in an answer.
fn numbers(answer: &Value) -> BTreeSet<u64> {
	let fields = answer["answer"]["fields"].as_array().cloned().unwrap_or_default();
	fields.iter().filter_map(|field| field["number"].as_u64()).collect()
}

/// P posts a note, amends it, and proves what it says each time.
async fn note(stage: &Stage, case: &Case) -> Result<()> {
	let file = stage.folder.join("note.json");
	let [note, first, second] = ["note.json", "note.1.salt.json", "note.2.salt.json"]
		.map(|name| stage.folder.join(name).display().to_string());
	let relationship = format!("{:?}", case.relationship);
	let post = ["records", "post-note", "--relationship", &relationship, "--salt-file", &first];
	let amend = ["records", "amend-note", "--note", &first, "--salt-file", &second];
	for (version, (command, salt)) in [(&post, &first), (&amend, &second)].into_iter().enumerate() {
		private_file(&file, &format!("{{\"version\":{version}}}"))?;
		let terminal = &stage.terminal;
		terminal.run_as(Who::PatientP, &[&command[..], &["--file", &note]].concat()).await?;
		let verify = ["records", "verify", "--note", salt, "--file", &note];
		let said = terminal.run_as(Who::PatientP, &verify).await?;
		ensure!(said["verification"]["version"] == version + 1, "it is not verified: {said}");
	}
	Ok(())
}

/// Waits until the gatekeeper knows what is final now, and asks.
async fn own_record(stage: &Stage, case: &Case) -> Result<String> {
	let query = case.query();
	// The record counts once its block is final.
	let answer = until("the record being final", || async {
		let said = stage.terminal.try_as(Who::PatientP, &words(&query, &[])).await?;
		Ok(said.done().ok())
	})
	.await?;
	ensure!(answer["verification"]["verified"] == true, "it is not verified: {answer}");
	ensure!(answer["verification"]["sealed"] == true, "it was not sealed to P's key");
	let fields = numbers(&answer);
	ensure!(fields.len() == 8, "P sees {} of 8 fields", fields.len());
	Ok(format!(
		"8 fields, sealed to P's key, proven against the commitment at block {}",
		answer["verification"]["block"]["number"]
	))
}

async fn grant(stage: &Stage, case: &Case) -> Result<String> {
	let terminal = &stage.terminal;
	let (relationship, clinician, record) = (
		format!("{:?}", case.relationship),
		format!("{:?}", case.clinician),
		format!("{:?}", case.record),
	);
	let fields = GRANTED.map(|field| field.to_string());
	terminal
		.run_as(
			Who::PatientP,
			&[
				"ppr",
				"grant",
				"--relationship",
				&relationship,
				"--to",
				&clinician,
				"--record",
				&record,
				"--field",
				&fields[0],
				&fields[1],
				"--purpose",
				"TREAT",
				"--for",
				"1d",
			],
		)
		.await?;
	let query = case.query();
	let answer = until("the grant being final at the gatekeeper", || async {
		let said =
			terminal.try_as(Who::ClinicianB, &words(&query, &["--purpose", "TREAT"])).await?;
		Ok(said.done().ok())
	})
	.await?;
	ensure!(answer["verification"]["verified"] == true, "it is not verified: {answer}");
	let shown = numbers(&answer);
	ensure!(shown == GRANTED.map(u64::from).into(), "the clinician sees the fields {shown:?}");
	let third = words(&query, &["--purpose", "TREAT", "--field", "6"]);
	terminal.try_as(Who::ClinicianB, &third).await?.refused("not_permitted")?;
	let other = words(&query, &["--purpose", "HRESCH"]);
	terminal.try_as(Who::ClinicianB, &other).await?.refused("not_permitted")?;
	Ok("the clinician proves those two, and is refused a third field and another purpose".into())
}

async fn revoke(stage: &Stage, case: &Case) -> Result<String> {
	// Nobody mines for a moment, so that the revocation is in no block for sure.
	let miners = [&stage.node_r1, &stage.node_r2];
	for miner in miners {
		miner.hold(true)?;
	}
	let outcome = revoke_in_a_pause(stage, case).await;
	for miner in miners {
		miner.hold(false)?;
	}
	let revoked = outcome?;
	revoked.await??;
	// And now it stays so: not even that there is a record is told.
	let query = case.query();
	until("the revocation being final", || async {
		let said =
			stage.terminal.try_as(Who::ClinicianB, &words(&query, &["--purpose", "TREAT"])).await?;
		Ok(said.refused("not_found").ok())
	})
	.await?;
	Ok("access_revoked before any block held it, not_found ever after".into())
}

async fn revoke_in_a_pause(stage: &Stage, case: &Case) -> Result<JoinHandle<Result<Value>>> {
	let terminal = stage.terminal.clone();
	let (relationship, clinician) =
		(format!("{:?}", case.relationship), format!("{:?}", case.clinician));
	let revocation = RuntimeCall::from(PprCall::RevokeAll {
		relationship: case.relationship,
		grantee: Grantee::Subject(case.clinician),
	});
	let revoked = tokio::spawn(async move {
		let revoke = ["ppr", "revoke-all", "--relationship", &relationship, "--to", &clinician];
		terminal.run_as(Who::PatientP, &revoke).await
	});
	until("the revocation reaching hospital A's pool", || async {
		// Others send as well, as the gatekeeper does when it anchors its log.
		let waiting = stage.chain.pending().await?;
		let found = waiting.iter().any(|waiting| waiting.call.as_ref() == Some(&revocation));
		Ok(found.then_some(()))
	})
	.await?;
	let before = stage.chain.best().await?;
	let query = case.query();
	let said =
		stage.terminal.try_as(Who::ClinicianB, &words(&query, &["--purpose", "TREAT"])).await?;
	said.refused("access_revoked")?;
	let after = stage.chain.best().await?;
	ensure!(before.hash == after.hash, "a block came while nobody mined");
	Ok(revoked)
}
