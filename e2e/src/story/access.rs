//! Who may see a record, and who saw it.

use super::{Demo, Scenario};
use anyhow::{ensure, Context, Result};
use medrec_e2e::network::{argument, until, write_private, Person};
use serde_json::Value;
use std::collections::BTreeSet;

/// The granted fields of a laboratory result: its name and its value.
const GRANTED: [u64; 2] = [1, 2];

/// The purpose of the grant, treatment.
const TREATMENT: [&str; 2] = ["--purpose", "TREAT"];

/// P reads the record and a note.
pub async fn read(demo: &Demo<'_>, scenario: &Scenario) -> Result<((), String)> {
	write_note(demo, scenario).await?;
	let answer = until("the final record at the gatekeeper", || async {
		let outcome = demo.terminal.query(Person::PatientP, scenario.target(), &[]).await?;
		Ok(outcome.success().ok())
	})
	.await?;
	let verification = &answer["verification"];
	let (verified, sealed) = (&verification["verified"], &verification["sealed"]);
	ensure!(*verified == true && *sealed == true, "not verified or not sealed: {answer}");
	let fields = numbers(&answer).len();
	ensure!(fields == 8, "P sees {fields} of 8 fields");
	let block = &verification["block"]["number"];
	Ok(((), format!("8 fields, sealed to P's key, proven against block {block}")))
}

/// The numbers of the fields in an answer.
fn numbers(answer: &Value) -> BTreeSet<u64> {
	let fields = answer["answer"]["fields"].as_array().into_iter().flatten();
	fields.filter_map(|field| field["number"].as_u64()).collect()
}

/// P posts a note, amends it, and verifies each version.
async fn write_note(demo: &Demo<'_>, scenario: &Scenario) -> Result<()> {
	let [note, first, second] = ["note.json", "note.1.salt.json", "note.2.salt.json"]
		.map(|name| demo.network.folder().join(name));
	let (note_file, first, second) = (argument(&note)?, argument(&first)?, argument(&second)?);
	let relationship = scenario.relationship.to_string();
	let post = ["post-note", "--relationship", &relationship];
	let amend = ["amend-note", "--note", first];
	for (version, (command, salt)) in [(1, (&post, first)), (2, (&amend, second))] {
		write_private(&note, &format!(r#"{{"pain":{version}}}"#))?;
		let files = ["--file", note_file, "--salt-file", salt];
		let write = [&["records"], &command[..], &files].concat();
		demo.terminal.run_as(Person::PatientP, &write).await?;
		let verify = ["records", "verify", "--note", salt, "--file", note_file];
		let verified = demo.terminal.run_as(Person::PatientP, &verify).await?;
		ensure!(verified["verification"]["version"] == version, "not verified: {verified}");
	}
	Ok(())
}

/// A clinician asks who has no grant.
pub async fn ask_without_grant(demo: &Demo<'_>, scenario: &Scenario) -> Result<((), String)> {
	let outcome = demo.terminal.query(Person::ClinicianB, scenario.target(), &TREATMENT).await?;
	outcome.refused("not_found")?;
	Ok(((), "not_found: the clinician does not learn that the record exists".into()))
}

/// P grants the clinician two fields, and no more is served.
pub async fn grant(demo: &Demo<'_>, scenario: &Scenario) -> Result<((), String)> {
	let [relationship, record] = [scenario.relationship.to_string(), scenario.record.to_string()];
	let clinician = scenario.clinician.to_string();
	let [name, value] = GRANTED.map(|field| field.to_string());
	let subject = ["--relationship", &relationship, "--record", &record, "--to", &clinician];
	let terms = ["--field", &name, &value, "--purpose", "TREAT", "--for", "1d"];
	let grant = [&["ppr", "grant"], &subject[..], &terms].concat();
	demo.terminal.run_as(Person::PatientP, &grant).await?;

	let ask = async |more: &[&str]| {
		demo.terminal.query(Person::ClinicianB, scenario.target(), more).await
	};
	let answer = until("the final grant at the gatekeeper", || async {
		Ok(ask(&TREATMENT).await?.success().ok())
	})
	.await?;
	ensure!(answer["verification"]["verified"] == true, "not verified: {answer}");
	ensure!(numbers(&answer) == GRANTED.into(), "the clinician sees {answer}");
	ask(&["--purpose", "TREAT", "--field", "6"]).await?.refused("not_permitted")?;
	ask(&["--purpose", "HRESCH"]).await?.refused("not_permitted")?;
	Ok(((), "two fields served; a third field and another purpose refused".into()))
}

/// P revokes the grant while nobody mines: the revocation counts from hospital A's pool on.
pub async fn revoke(demo: &Demo<'_>, scenario: &Scenario) -> Result<((), String)> {
	let Demo { terminal, chain, node_a, node_r1, node_r2, .. } = demo;
	let ask = async || terminal.query(Person::ClinicianB, scenario.target(), &TREATMENT).await;
	// No block can hold a revocation that is signed from now on.
	node_r1.pause()?;
	node_r2.pause()?;
	let refused = async {
		until("the revocation in hospital A's pool", || async {
			Ok(ask().await?.refused("access_revoked").ok())
		})
		.await?;
		node_r1.resume()?;
		node_r2.resume()
	};
	let [relationship, clinician] =
		[scenario.relationship.to_string(), scenario.clinician.to_string()];
	let revoke = ["ppr", "revoke-all", "--relationship", &relationship, "--to", &clinician];
	tokio::try_join!(refused, terminal.run_as(Person::PatientP, &revoke))?;
	let best = chain.best().await?.number;
	node_a.final_block(best.into()).await?;
	// From the final revocation on, the clinician is as much a stranger as before the grant.
	until("the final revocation at the gatekeeper", || async {
		Ok(ask().await?.refused("not_found").ok())
	})
	.await?;
	Ok(((), "access_revoked before any block held it, not_found ever after".into()))
}

/// P reads the receipts of all queries.
pub async fn read_log(demo: &Demo<'_>, scenario: &Scenario) -> Result<((), String)> {
	let relationship = scenario.relationship.to_string();
	let read = ["summary", "accesses", "--relationship", &relationship];
	let accesses = until("all receipts being anchored", || async {
		let read = demo.terminal.run_as(Person::PatientP, &read).await?;
		let accesses = read["accesses"].as_array().context("no accesses")?.clone();
		let proven = accesses.iter().all(|access| access["proven"] == true);
		Ok((proven && !accesses.is_empty()).then_some(accesses))
	})
	.await?;
	let clinician = scenario.clinician.to_string();
	let receipts = accesses.iter().map(|access| &access["receipt"]["receipt"]);
	let (served, refused): (Vec<_>, Vec<_>) = receipts
		.filter(|receipt| receipt["requester"] == *clinician)
		.partition(|receipt| receipt["decision"] == "permit");
	ensure!(!served.is_empty() && !refused.is_empty(), "receipts of the clinician are missing");
	let seen = format!(
		"{} receipts, all in the anchored log; {} served and {} refused the clinician",
		accesses.len(),
		served.len(),
		refused.len()
	);
	Ok(((), seen))
}
