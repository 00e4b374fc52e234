//! `medrec query`, `records` and `ppr` against a node and a gatekeeper: a patient finds, shares and
//! proves their data.

mod hospital;
mod mistakes;
mod proofs;

use anyhow::{ensure, Context, Result};
use hospital::{Hospital, BEFORE, LAST};
use medrec_e2e::network::{
	older_records, text, write_private, Network,
	Person::{ClinicianB, PatientP, ProviderA, Stranger},
};
use medrec_primitives::relationship::RelationshipId;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt};

/// What the clinician reads.
const READ: &str = "query --find glucose --purpose treatment";

/// The verification of what the clinician saved.
const VERIFY: &str = "medrec records verify answer.json";

/// Checks that a text has all of these parts.
fn has(printed: &str, parts: &[&str]) -> Result<()> {
	for part in parts {
		ensure!(printed.contains(part), "{part:?} is not in\n{printed}");
	}
	Ok(())
}

/// The entries of a chart of one relationship.
fn entries(chart: &Value) -> Vec<Value> {
	chart["relationships"][0]["entries"].as_array().cloned().unwrap_or_default()
}

/// The first digits of an ID, as commands print and accept them.
fn short(id: &str) -> String {
	id.chars().take(10).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_finds_shares_and_proves_their_data() -> Result<()> {
	let network = Network::temporary()?;
	let mut hospital = Hospital::open(&network).await?;
	relate(&mut hospital).await?;
	let record = find(&hospital).await?;
	share(&hospital, &record).await?;
	deny(&hospital, &record).await?;
	consent(&hospital).await?;
	proofs::history(&hospital).await?;
	note(&hospital).await?;
	mistakes::make(&hospital, &record).await?;
	without_gatekeeper(&mut hospital).await?;
	let ended = hospital.example(PatientP, "medrec ppr terminate hospital-a").await?;
	has(&ended, &["The relationship with hospital-a has ended."])?;
	mistakes::make_after_the_end(&hospital).await?;
	hospital.terminal.all_examples_ran(file!())
}

/// Proposals are withdrawn, declined and accepted, by names; then the records come to the chain.
async fn relate(hospital: &mut Hospital<'_>) -> Result<()> {
	let propose = "medrec ppr propose --patient ann";
	let proposed = hospital.example(ProviderA, propose).await?;
	has(&proposed, &["A relationship with ann is proposed: 0x", "ann has yet to accept it."])?;
	let again = hospital.terminal.try_as(ProviderA, "ppr propose --patient ann").await?;
	again.refused("Ppr.AlreadyExists")?;
	hospital.example(ProviderA, "medrec ppr withdraw ann").await?;
	hospital.example(ProviderA, propose).await?;
	let declined = hospital.example(PatientP, "medrec ppr decline hospital-a").await?;
	has(&declined, &["The proposal of hospital-a is declined."])?;
	let relationship = hospital.run(ProviderA, "ppr propose --patient ann").await?;
	let relationship: RelationshipId = text(&relationship, "relationship")?.parse()?;
	let accepted = hospital.example(PatientP, "medrec ppr accept hospital-a").await?;
	has(&accepted, &["The relationship with hospital-a is active."])?;

	let finalized = hospital.chain.finalized().await?.hash;
	let patient = hospital.chain.at(finalized).relationship(relationship).await?;
	let patient = patient.context("no relationship")?.patient;
	hospital.gatekeeper.link(&hospital.local_id, patient).await?;
	hospital.gatekeeper.start().await?;
	older_records(&hospital.chain, relationship).await?;
	Ok(())
}

/// The patient finds the last glucose value and its date; returns the record.
async fn find(hospital: &Hospital<'_>) -> Result<String> {
	let wanted =
		|chart: &Value| entries(chart).first().is_some_and(|entry| entry["value"] == "5.9");
	hospital.until(PatientP, "query --find glucose --latest", wanted).await?;
	let printed = hospital.example(PatientP, "medrec query --find glucose --latest").await?;
	let line = format!("{}\tGlucose\t{LAST}\t0x", hospital.day);
	has(&printed, &["hospital-a\ndate\twhat\tvalue\trecord\n", &line])?;
	ensure!(!printed.contains(BEFORE), "{printed}");

	// The whole chart, the newest first.
	let chart = hospital.run(PatientP, "query --all --save chart.json").await?;
	let all = entries(&chart);
	ensure!(
		all.len() > 20 && chart["relationships"][0]["unread"] == serde_json::json!([]),
		"{chart}"
	);
	let days = Vec::from_iter(all.iter().map(|entry| entry["date"].as_str().unwrap_or_default()));
	ensure!(days.is_sorted_by(|one, other| one >= other), "{days:?}");
	let printed = hospital.example(PatientP, "medrec query --all").await?;
	has(&printed, &[LAST, BEFORE, "Body Weight", "records were read, and each answer verified"])?;
	let since = hospital.example(PatientP, "medrec query --category laboratory --since 1y").await?;
	has(&since, &[LAST, BEFORE])?;
	ensure!(!since.contains("Body Weight"), "{since}");

	check_saved(hospital, all.len()).await?;
	name_records(hospital).await
}

/// Only the fields of the lines were read, only the owner can read the file, and all of it verifies.
async fn check_saved(hospital: &Hospital<'_>, lines: usize) -> Result<()> {
	let file = hospital.network.folder.join("chart.json");
	let mode = fs::metadata(&file)?.permissions().mode() & 0o777;
	ensure!(mode == 0o600, "the mode is {mode:o}");
	let saved: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
	let saved = saved.as_array().context("no array")?;
	ensure!(saved.len() == lines, "{} answers of {lines} lines", saved.len());
	let fields = saved.iter().flat_map(|answer| answer["answer"]["fields"].as_array()).flatten();
	ensure!(fields.clone().count() > 0 && fields.clone().all(|field| field["name"] != "resource"));
	let again = hospital.terminal.try_as(PatientP, "query --all --save chart.json").await?;
	ensure!(again.success().is_err(), "the file was overwritten");
	let verified = hospital.run(Stranger, "records verify chart.json").await?;
	let verifications = verified["verifications"].as_array().context("no array")?;
	ensure!(verifications.len() == lines, "{verified}");
	ensure!(verifications.iter().all(|one| one["verification"]["verified"] == true), "{verified}");
	Ok(())
}

/// The fields of one record, and what records are without reading them; returns the record.
async fn name_records(hospital: &Hospital<'_>) -> Result<String> {
	let found = hospital.run(PatientP, "query --find glucose --latest").await?;
	let record = text(&entries(&found)[0], "record")?;
	let variables = [("RECORD", &*short(&record))];
	let example = async |line| hospital.terminal.example(PatientP, line, &variables).await;
	let printed = example("medrec query --record $RECORD").await?;
	has(&printed, &["Laboratory result (category laboratory)", "FHIR resource", "all 8 fields"])?;
	has(&printed, &["to which hospital-a committed on chain", "you requested them on"])?;
	let two = example("medrec query --record $RECORD --field value unit --json").await?;
	let two: Value = serde_json::from_str(&two)?;
	ensure!(two["answer"]["fields"].as_array().is_some_and(|fields| fields.len() == 2), "{two}");

	// What records are, without reading them.
	let listed = hospital.example(PatientP, "medrec records list").await?;
	has(&listed, &["hospital-a\nrecord\twhat\tcategory", "\tLaboratory result\tlaboratory\t1\t"])?;
	let listed = hospital.example(PatientP, "medrec records list --category laboratory").await?;
	ensure!(!listed.contains("Condition"), "{listed}");
	hospital.example(PatientP, "medrec records list --relationship hospital-a --json").await?;
	let shown = example("medrec records show $RECORD").await?;
	has(&shown, &["Laboratory result", "Date", "FHIR resource"])?;
	Ok(record)
}

/// The patient shows the value to a clinician, sees what the proof says, and takes it back.
async fn share(hospital: &Hospital<'_>, record: &str) -> Result<()> {
	hospital.until_fails(ClinicianB, READ).await?;
	let grant = "medrec ppr grant --to dr-weber --find glucose --latest --purpose treatment";
	let granted = hospital.example(PatientP, grant).await?;
	has(
		&granted,
		&[
			"Permitted: dr-weber may see the record 0x",
			"(Laboratory result) for treatment, kept by hospital-a, for as long as",
			&format!("{}\tGlucose\t{LAST}\t0x", hospital.day),
			"A permission counts once its block is final.",
		],
	)?;
	let seen = hospital.until(ClinicianB, READ, |chart| !entries(chart).is_empty()).await?;
	ensure!(entries(&seen).len() == 1 && entries(&seen)[0]["value"] == "5.9", "{seen}");
	let variables = [("RECORD", &*short(record))];
	let example = async |line| hospital.terminal.example(ClinicianB, line, &variables).await;
	let read = "medrec query --record $RECORD --purpose treatment --save answer.json";
	has(&example(read).await?, &["5.9", "you requested them"])?;

	// The patient, or an auditor, verifies the clinician's answer.
	let verified = hospital.example(PatientP, VERIFY).await?;
	has(
		&verified,
		&[
			"Verified: these are all 8 fields",
			"to which hospital-a committed on chain",
			"dr-weber requested them on",
			"with the stated purpose treatment (TREAT)",
			"Now: the chain permits dr-weber to read these fields for treatment.",
			"the word of the node ws://",
		],
	)?;
	let anchored = |printed: &Value| printed["verification"]["log"]["state"] == "anchored";
	hospital.until(Stranger, "records verify answer.json", anchored).await?;
	proofs::several_answers(hospital).await?;
	take_back(hospital).await
}

/// The patient takes the permission back. What the clinician saved stays proven, and says so.
async fn take_back(hospital: &Hospital<'_>) -> Result<()> {
	let back = hospital.example(PatientP, "medrec ppr revoke-all --to dr-weber").await?;
	has(
		&back,
		&[
			"1 permission is revoked in the relationship with hospital-a.",
			"No longer: dr-weber may see the record 0x",
			"answers were fetched before, and cannot be taken back",
			"\tLaboratory result\t",
		],
	)?;
	hospital.until_fails(ClinicianB, READ).await?;
	let verified = hospital.example(PatientP, VERIFY).await?;
	has(
		&verified,
		&[
			"Verified: these are all 8 fields",
			"is in the access log that hospital-a anchored on chain",
			"the chain does NOT permit dr-weber to read this record: the permission was revoked",
		],
	)?;
	// An end that somebody wrote into the file is not believed.
	let file = hospital.network.folder.join("answer.json");
	let mut edited: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
	edited["answer"]["until"] = 4_102_444_800_000_u64.into();
	write_private(&file, &edited.to_string())?;
	let verified = hospital.example(PatientP, VERIFY).await?;
	ensure!(!verified.contains("2100-01-01"), "{verified}");
	edited["answer"]["fields"][2]["value"] = 4.2.into();
	write_private(&hospital.network.folder.join("forged.json"), &edited.to_string())?;
	let forged = hospital.terminal.try_as(PatientP, "records verify forged.json").await?;
	ensure!(forged.success().is_err(), "a forged value verifies");
	Ok(())
}

/// A denial overrides permissions, and both say so.
async fn deny(hospital: &Hospital<'_>, record: &str) -> Result<()> {
	let denied = hospital.example(PatientP, "medrec ppr deny --to dr-weber --all").await?;
	has(&denied, &["Denied: dr-weber may see no records"])?;
	let all = "medrec ppr grant --to dr-weber --all --purpose treatment payment --for 1d";
	let granted = hospital.example(PatientP, all).await?;
	has(
		&granted,
		&[
			"dr-weber may see all records for treatment and payment",
			"overrides it wholly: dr-weber may see nothing of it",
			"medrec ppr revoke --grant 0x",
		],
	)?;
	let shown = hospital.example(PatientP, "medrec ppr show").await?;
	has(&shown, &["in force, but overridden by the denial 0x", "may see no records"])?;
	let shown = hospital.example(PatientP, "medrec ppr show hospital-a --json").await?;
	let shown: Value = serde_json::from_str(&shown)?;
	let grants = shown["grants"].as_array().context("no grants")?;
	ensure!(grants.len() == 2 && grants[1]["overridden"] == "wholly", "{shown}");
	let denial = text(&grants[0], "grant")?;
	ensure!(grants[1]["overridden_by"][0] == *denial, "{shown}");
	let variables = [("GRANT", &*short(&denial)), ("RECORD", &*short(record))];
	let example = async |line| hospital.terminal.example(PatientP, line, &variables).await;
	has(&example("medrec ppr revoke --grant $GRANT").await?, &["1 denial is revoked"])?;

	let some = "medrec ppr deny --to dr-weber --category laboratory --until 2099-01-01";
	has(&hospital.example(PatientP, some).await?, &["It overrides what you permitted before: 0x"])?;
	let shown = hospital.run(PatientP, "ppr show").await?;
	ensure!(shown["grants"][0]["overridden"] == "partly", "{shown}");
	let laboratory =
		"medrec ppr grant --to dr-weber --category laboratory --purpose TREAT --for 2w";
	let granted = hospital.example(PatientP, laboratory).await?;
	has(&granted, &["the records of the category laboratory", "overrides it wholly"])?;
	let field = "medrec ppr grant --to dr-weber --record $RECORD --field value --purpose TREAT";
	let granted = example(field).await?;
	has(&granted, &["the field Value of the record 0x", "(Laboratory result) for treatment"])?;
	hospital.run(PatientP, "ppr revoke-all --to dr-weber").await?;

	// What is likely to be a mistake is warned of.
	for (grant, warning) in [
		("ppr grant --to research-1 --all --purpose research --for 1d", "is a researcher"),
		(
			"ppr grant --to gate-a --all --purpose treatment --for 1d",
			"is a machine of the provider",
		),
		("ppr grant --to dr-weber --category 99 --purpose treatment --for 1d", "no category 99"),
	] {
		let granted = hospital.run(PatientP, grant).await?;
		has(&granted["warnings"].to_string(), &[warning])?;
		let grant = short(&text(&granted, "grant")?);
		hospital.run(PatientP, &format!("ppr revoke --grant {grant}")).await?;
	}
	let fields = format!(
		"ppr grant --to dr-weber --record {} --field 2 70 --purpose treatment",
		short(record)
	);
	let granted = hospital.run(PatientP, &fields).await?;
	has(&granted["warnings"].to_string(), &["there is no field 70"])?;
	Ok(())
}

/// The consent to research says what it replaces.
async fn consent(hospital: &Hospital<'_>) -> Result<()> {
	let set = "medrec ppr set-research-consent --category laboratory";
	let printed = hospital.example(PatientP, set).await?;
	has(&printed, &["for research: those of the category laboratory.", "Before: none."])?;
	let none = hospital.example(PatientP, "medrec ppr set-research-consent --none").await?;
	has(&none, &["for research: none.", "Before: those of the category laboratory."])?;
	let unknown = hospital.run(PatientP, "ppr set-research-consent --category 99").await?;
	has(&unknown["warnings"].to_string(), &["hospital-a has no category 99"])
}

/// The patient posts a note, amends it, and proves it.
async fn note(hospital: &Hospital<'_>) -> Result<()> {
	let file = hospital.network.folder.join("note.json");
	write_private(&file, r#"{"pain":1}"#)?;
	let post = "medrec records post-note --file note.json --salt-file note.salt";
	let posted = hospital.example(PatientP, post).await?;
	has(&posted, &["Your note in the relationship with hospital-a is posted"])?;
	write_private(&file, r#"{"pain":2}"#)?;
	let amend = "medrec records amend-note --note note.salt --file note.json --salt-file 2.salt";
	hospital.example(PatientP, amend).await?;
	let verify = "medrec records verify --note 2.salt --file note.json";
	let verified = hospital.example(PatientP, verify).await?;
	has(&verified, &["the note is version 2 of the record", "you committed on chain"])?;
	let chart = hospital.run(PatientP, "query --all").await?;
	has(&chart["relationships"][0]["unread"].to_string(), &["notes of the patient"])
}

/// Without the gatekeeper, lists have codes and the reason, and nothing can be read.
async fn without_gatekeeper(hospital: &mut Hospital<'_>) -> Result<()> {
	hospital.gatekeeper.stop().await?;
	let listed = hospital.run(PatientP, "records list").await?;
	let group = &listed["relationships"][0];
	has(&group["names_missing"].to_string(), &["cannot reach the gatekeeper"])?;
	ensure!(group["records"][0]["title"].is_null() && group["records"][0]["category"].is_u64());
	let shown = hospital.run(PatientP, "ppr show").await?;
	has(&shown["names_missing"].to_string(), &["cannot reach the gatekeeper"])?;
	hospital.until_fails(PatientP, "query --all").await?;
	// What is saved can be verified; only the log cannot be asked.
	let verified = hospital.run(Stranger, "records verify answer.json").await?;
	ensure!(verified["verification"]["verified"] == true, "{verified}");
	has(&verified["verification"]["log"].to_string(), &["unknown"])
}
