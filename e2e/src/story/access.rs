//! Access to the record: reads, a grant, a revocation, and the access log.

use super::{Demo, Scenario};
use crate::step_log::{passed, Step};
use anyhow::{ensure, Context, Result};
use medrec_e2e::network::{
	until, write_private,
	Person::{ClinicianB, PatientP},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// P reads the record and a note.
pub async fn read(demo: &Demo<'_>, scenario: &Scenario) -> Step {
	write_note(demo, scenario).await?;
	// It is not served before it is final.
	let answer = demo.terminal.until_served(PatientP, scenario.target(), "").await?;
	let verification = &answer["verification"];
	let (verified, sealed) = (&verification["verified"], &verification["sealed"]);
	ensure!(*verified == true && *sealed == true, "not verified or not sealed: {answer}");
	let fields = numbers(&answer).len();
	ensure!(fields == 8, "P sees {fields} of 8 fields");
	let block = &verification["block"]["number"];
	passed(format!("8 fields, sealed to P's key, proven against block {block}"))
}

/// The numbers of the fields in an answer.
fn numbers(answer: &Value) -> BTreeSet<u64> {
	let fields = answer["answer"]["fields"].as_array().into_iter().flatten();
	fields.filter_map(|field| field["number"].as_u64()).collect()
}

/// P posts a note, amends it, and verifies each version.
async fn write_note(demo: &Demo<'_>, scenario: &Scenario) -> Result<()> {
	let post = format!("post-note --relationship {} --salt-file 1.salt", scenario.relationship);
	let amend = "amend-note --note 1.salt --salt-file 2.salt";
	for (version, command) in [(1, &*post), (2, amend)] {
		let note = format!(r#"{{"pain":{version}}}"#);
		write_private(&demo.network.folder.join("note.json"), &note)?;
		let write = format!("records {command} --file note.json");
		demo.terminal.run_as(PatientP, &write).await?;
		let verify = format!("records verify --note {version}.salt --file note.json");
		let verified = demo.terminal.run_as(PatientP, &verify).await?;
		ensure!(verified["verification"]["version"] == version, "not verified: {verified}");
	}
	Ok(())
}

/// A clinician without a grant queries the record.
pub async fn ask_without_grant(demo: &Demo<'_>, scenario: &Scenario) -> Step {
	let outcome = demo.terminal.query(ClinicianB, scenario.target(), "--purpose TREAT").await?;
	outcome.refused("not_found")?;
	passed("not_found: the clinician does not learn that the record exists")
}

/// P grants the clinician two fields, and no more is served.
pub async fn grant(demo: &Demo<'_>, scenario: &Scenario) -> Step {
	let (terminal, target) = (&demo.terminal, scenario.target());
	let (relationship, record) = target;
	let grant = format!(
		"ppr grant --relationship {relationship} --record {record} --field 1 2 --to {} --purpose \
		 TREAT --for 1d",
		scenario.parties.clinician
	);
	terminal.run_as(PatientP, &grant).await?;
	let answer = terminal.until_served(ClinicianB, target, "--purpose TREAT").await?;
	ensure!(answer["verification"]["verified"] == true, "not verified: {answer}");
	ensure!(numbers(&answer) == [1, 2].into(), "the clinician sees {answer}");
	for more in ["--purpose TREAT --field 6", "--purpose HRESCH"] {
		terminal.query(ClinicianB, target, more).await?.refused("not_permitted")?;
	}
	passed("two fields served; a third field and another purpose refused")
}

/// P revokes the grant while no node mines: the revocation counts from hospital A's pool on.
pub async fn revoke(demo: &Demo<'_>, scenario: &Scenario) -> Step {
	let Demo { terminal, chain, node_a, node_r1, node_r2, .. } = demo;
	let refusal = async |code| {
		until(&format!("a refusal with {code}"), || async {
			let asked = terminal.query(ClinicianB, scenario.target(), "--purpose TREAT").await?;
			Ok(asked.refused(code).ok())
		})
		.await
	};
	// No block can hold a revocation that is signed from now on.
	node_r1.pause()?;
	node_r2.pause()?;
	let refused = async {
		refusal("access_revoked").await?;
		node_r1.resume()?;
		node_r2.resume()
	};
	let Scenario { relationship, parties, .. } = scenario;
	let revoke = format!("ppr revoke-all --relationship {relationship} --to {}", parties.clinician);
	tokio::try_join!(refused, terminal.run_as(PatientP, &revoke))?;
	let best = chain.best().await?.number;
	node_a.final_block(best.into()).await?;
	// Once the revocation is final, the clinician gets the same answer as before the grant.
	refusal("not_found").await?;
	passed("access_revoked before a block held the revocation, then not_found")
}

/// P reads the receipts of all queries.
pub async fn read_log(demo: &Demo<'_>, scenario: &Scenario) -> Step {
	let read = format!("summary accesses --relationship {}", scenario.relationship);
	let accesses = until("all receipts being anchored", || async {
		let read = demo.terminal.run_as(PatientP, &read).await?;
		let accesses = read["accesses"].as_array().context("no accesses")?.clone();
		let proven = accesses.iter().all(|access| access["proven"] == true);
		Ok((proven && !accesses.is_empty()).then_some(accesses))
	})
	.await?;
	let clinician = scenario.parties.clinician.to_string();
	let receipts = accesses.iter().map(|access| &access["receipt"]["receipt"]);
	let (served, refused): (Vec<_>, Vec<_>) = receipts
		.filter(|receipt| receipt["requester"] == *clinician)
		.partition(|receipt| receipt["decision"] == "permit");
	ensure!(!served.is_empty() && !refused.is_empty(), "receipts of the clinician are missing");
	passed(format!(
		"{} receipts, all in the anchored log; the clinician was served {} times and refused {}",
		accesses.len(),
		served.len(),
		refused.len()
	))
}
