//! A patient, a relationship, a record.

use super::{Demo, Scenario};
use crate::step_log::{passed, passed_with, Passed};
use anyhow::{ensure, Context, Result};
use medrec_client::chain::BlockHeader;
use medrec_e2e::network::{
	ehr, older_records, text, until,
	Person::{self, ClinicianB, GateA, PatientP, ProviderA, ProviderB},
	Publication,
};
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId};
use std::path::Path;

/// Who is enrolled.
pub struct Parties {
	local_id: String,
	patient: SubjectId,
	clinician: SubjectId,
}

/// Hospital A fills its database and enrols P; hospital B enrols a clinician.
pub async fn enroll(demo: &Demo<'_>, import: Option<&Path>) -> Result<Passed<Parties>> {
	let Demo { gatekeeper, terminal, .. } = demo;
	match import {
		Some(bundles) => gatekeeper.import(bundles).await?,
		None => gatekeeper.seed(60).await?,
	}
	let local_ids = ehr::patients(&gatekeeper.ehr(), 1).await?;
	let local_id = local_ids.into_iter().next().context("no patient has laboratory results")?;
	let identifier = gatekeeper.identifier(&local_id).await?;
	let role = format!("patient --identifier {identifier}");
	let patient = enroll_as(demo, ProviderA, PatientP, &role).await?;
	let resolve = format!("registrar resolve-identifier {identifier}");
	let resolved = terminal.run_as(ProviderA, &resolve).await?;
	ensure!(
		text(&resolved, "subject")? == patient.to_string(),
		"{identifier} resolves to {resolved}"
	);

	let clinician = enroll_as(demo, ProviderB, ClinicianB, "clinician").await?;
	// Answers to P are sealed from now on; those to the clinician are not.
	terminal.run_as(PatientP, &format!("keys encryption {}", PatientP.name())).await?;
	terminal.run_as(PatientP, "registrar set-encryption-key").await?;
	let seen = "the chain holds a keyed hash of the hospital's own patient number";
	passed_with(Parties { local_id, patient, clinician }, seen)
}

/// The provider `by` enrols a person under a role.
async fn enroll_as(demo: &Demo<'_>, by: Person, person: Person, role: &str) -> Result<SubjectId> {
	let enroll = format!("registrar enroll --account {} --role {role}", person.address()?);
	let enrolled = demo.terminal.run_as(by, &enroll).await?;
	Ok(text(&enrolled, "subject")?.parse()?)
}

/// Hospital A registers its gatekeeper and relates to P; the gatekeeper posts P's older records.
pub async fn relate(demo: &mut Demo<'_>, parties: &Parties) -> Result<Passed<RelationshipId>> {
	let device = enroll_as(demo, ProviderA, GateA, "device").await?;
	let Demo { gatekeeper, terminal, chain, .. } = demo;
	let url = gatekeeper.url();
	let profile =
		format!("registrar set-profile --gatekeeper-url {url} --gatekeeper-device {device}");
	terminal.run_as(ProviderA, &profile).await?;
	let propose = format!("ppr propose --patient {}", parties.patient);
	let relationship = text(&terminal.run_as(ProviderA, &propose).await?, "relationship")?;
	terminal.run_as(PatientP, &format!("ppr accept {relationship}")).await?;
	let relationship = relationship.parse()?;

	gatekeeper.command("sign-templates", &["--built-in"], "").await?;
	gatekeeper.link(&parties.local_id, parties.patient).await?;
	gatekeeper.start().await?;
	let posted = older_records(chain, relationship).await?;
	passed_with(relationship, format!("{posted} older records of P are on chain"))
}

/// A laboratory result of P is inserted into hospital A's database, and comes to the chain.
pub async fn publish(
	demo: &Demo<'_>,
	parties: Parties,
	relationship: RelationshipId,
) -> Result<Passed<Scenario>> {
	let Demo { gatekeeper, chain, .. } = demo;
	let Parties { local_id, patient, clinician } = parties;
	let notifications = async |at: BlockHeader| {
		let entry = chain.at(at.hash).summary_entry(patient, relationship).await?;
		Ok::<_, anyhow::Error>(entry.map_or(0, |entry| entry.pending))
	};
	let publication = Publication::of(gatekeeper, chain, &local_id, relationship, "new").await?;
	let Publication { row, record, other_record, inserted_at, block } = publication;
	let parent = chain.head(block.parent).await?;
	ensure!(
		notifications(block).await? > notifications(parent).await?,
		"block {} does not notify P",
		block.number
	);
	let seen = format!(
		"in the database at block {}, on chain with a notification of P in block {}",
		inserted_at.number, block.number
	);
	let scenario =
		Scenario { local_id, patient, clinician, relationship, record, row, other_record };
	passed_with(scenario, seen)
}

/// Somebody changes the record's row; P asks for it, and finds an alarm in the history.
pub async fn tamper(demo: &Demo<'_>, scenario: &Scenario) -> Result<Passed> {
	let Demo { gatekeeper, terminal, .. } = demo;
	ehr::tamper(&gatekeeper.ehr(), &scenario.row).await?;
	terminal.query(PatientP, scenario.target(), "").await?.refused("integrity_mismatch")?;
	let relationship = scenario.relationship.to_string();
	until("the alarm in P's history", || async {
		let activity = terminal.run_as(PatientP, "summary activity").await?;
		let activity = activity.to_string();
		let alarm = activity.contains("integrity-alarm") && activity.contains(&relationship);
		Ok(alarm.then_some(()))
	})
	.await?;
	passed("integrity_mismatch, and an alarm in P's history on chain")
}
