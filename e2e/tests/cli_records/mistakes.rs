//! Mistakes of patients, clinicians and providers, with their messages.

use crate::{hospital::Hospital, short};
use anyhow::Result;
use medrec_e2e::network::{
	text,
	Person::{ClinicianB, PatientP, ProviderA, Stranger},
};

/// The file that holds the messages.
const FILE: &str = "cli/tests/mistakes_records.txt";

/// The ID of nothing.
const NOTHING: &str = "0x1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f";

/// Makes the mistakes.
pub async fn make(hospital: &Hospital<'_>, record: &str) -> Result<()> {
	for (who, line) in [
		(PatientP, "medrec query --find cholesterole"),
		(PatientP, "medrec query --category radiology"),
		(PatientP, "medrec query --record 0x00000000"),
		(PatientP, "medrec records show 0x00000000"),
		(PatientP, "medrec query --all --save chart.json"),
		(PatientP, "medrec query --all --save nowhere/chart.json"),
		(PatientP, "medrec ppr grant --to nobody-known --all --purpose treatment"),
		(PatientP, "medrec ppr grant --to dr-weber --find cholesterole --purpose treatment"),
		(PatientP, "medrec ppr grant --to dr-weber --category radiology --purpose treatment"),
		(
			PatientP,
			"medrec ppr grant --to dr-weber --find glucose --field value --purpose treatment",
		),
		(PatientP, "medrec ppr grant --to hospital-a --all --purpose treatment"),
		(PatientP, "medrec ppr grant --to ann --all --purpose treatment"),
		(PatientP, "medrec ppr grant --to dr-weber --all --purpose treatment --until 2020-01-01"),
		// The warning comes before the transaction would be sent.
		(
			PatientP,
			"medrec ppr grant --to dr-weber --category 99 --purpose treatment --until 2020-01-01",
		),
		(
			PatientP,
			"medrec ppr grant --to dr-weber --all --purpose treatment --from 2099-01-02 --until \
			 2099-01-01",
		),
		(PatientP, "medrec ppr grant --to Dr-Weber --all --purpose treatment"),
		(PatientP, "medrec ppr grant --to 1f2a9c4e --all --purpose treatment"),
		(
			PatientP,
			"medrec ppr grant --to 5GrwvaEF5zXb26Fz9rcQpDWS57CtERH --all --purpose treatment",
		),
		(PatientP, "medrec ppr set-research-consent --category radiology"),
		(PatientP, "medrec ppr revoke --grant 0x00000000"),
		(PatientP, &format!("medrec ppr revoke --grant {NOTHING}")),
		(PatientP, "medrec ppr revoke-all --to research-1"),
		(PatientP, "medrec ppr accept"),
		(PatientP, "medrec ppr accept hospital-a"),
		(PatientP, "medrec ppr decline hospital-a"),
		(ProviderA, "medrec ppr propose --patient ann"),
		(Stranger, "medrec ppr terminate hospital-a"),
		(PatientP, "medrec ppr withdraw hospital-a"),
		(ClinicianB, "medrec ppr show hospital-b"),
		(ProviderA, "medrec ppr propose --patient dr-weber"),
		(ProviderA, "medrec query --all"),
		(Stranger, "medrec query --all"),
		(PatientP, "medrec records verify --note note.salt --file note.json"),
		(PatientP, "medrec records verify forged.json"),
	] {
		hospital.terminal.mistake(who, line).await?;
	}
	let listed = hospital.run(PatientP, "records list").await?;
	let relationship = text(&listed["relationships"][0], "relationship")?;
	let query = format!("medrec query --record {}", short(record));
	for (who, line) in [
		(PatientP, format!("{query} --field colour")),
		(PatientP, format!("{query} --gatekeeper http://127.0.0.1:1")),
		// What listens there is a node.
		(PatientP, format!("{query} --gatekeeper http://${{MEDREC_NODE#ws://}}")),
		(
			ClinicianB,
			format!(
				"medrec query --relationship {relationship} --record {record} --purpose payment"
			),
		),
	] {
		hospital.terminal.mistake(who, &line).await?;
	}
	Ok(())
}

/// Makes mistakes after the end of the relationship, and compares all messages with the file.
pub async fn make_after_the_end(hospital: &Hospital<'_>) -> Result<()> {
	for line in [
		"medrec ppr terminate hospital-a",
		"medrec ppr accept hospital-a",
		"medrec ppr grant --to dr-weber --all --purpose treatment",
		"medrec ppr grant --relationship hospital-a --to dr-weber --all --purpose treatment",
	] {
		hospital.terminal.mistake(PatientP, line).await?;
	}
	hospital.terminal.mistakes_are(FILE)
}
