//! A patient, a relationship, a record.

use super::{Demo, Parties, Scenario};
use crate::step_log::{passed, Step};
use anyhow::{ensure, Context, Result};
use medrec_e2e::network::{
	ehr, older_records, text, until,
	Person::{self, ClinicianB, GateA, PatientP, ProviderA, ProviderB},
	Publication,
};
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId, H256};
use std::path::Path;

/// Hospital A fills its database and enrols P; hospital B enrols a clinician.
pub async fn enroll(demo: &Demo<'_>, import: Option<&Path>) -> Step<Parties> {
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
	let found = text(&resolved, "subject")?;
	ensure!(found == patient.to_string(), "{identifier} resolves to {found}");

	let clinician = enroll_as(demo, ProviderB, ClinicianB, "clinician").await?;
	// Answers to P are sealed from now on; those to the clinician are not.
	terminal.run_as(PatientP, &format!("keys encryption {}", PatientP.name())).await?;
	terminal.run_as(PatientP, "registrar set-encryption-key").await?;
	let seen = "the chain holds a keyed hash of the hospital's own patient number";
	Ok((Parties { local_id, patient, clinician }, seen.to_owned()))
}

/// The provider `by` enrols a person under a role.
async fn enroll_as(demo: &Demo<'_>, by: Person, person: Person, role: &str) -> Result<SubjectId> {
	let enroll = format!("registrar enroll --account {} --role {role}", person.address()?);
	let enrolled = demo.terminal.run_as(by, &enroll).await?;
	Ok(text(&enrolled, "subject")?.parse()?)
}

/// Hospital A registers its gatekeeper and relates to P; the gatekeeper posts P's older records.
pub async fn relate(demo: &mut Demo<'_>, parties: &Parties) -> Step<RelationshipId> {
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
	Ok((relationship, format!("{posted} older records of P are on chain")))
}

/// A laboratory result of P is inserted into hospital A's database, and comes to the chain.
pub async fn publish(
	demo: &Demo<'_>,
	parties: Parties,
	relationship: RelationshipId,
) -> Step<Scenario> {
	let Demo { gatekeeper, chain, .. } = demo;
	let notifications = async |block: H256| {
		let entry = chain.at(block).summary_entry(parties.patient, relationship).await?;
		Ok::<_, anyhow::Error>(entry.map_or(0, |entry| entry.pending))
	};
	let publication =
		Publication::of(gatekeeper, chain, &parties.local_id, relationship, "new").await?;
	let Publication { inserted_at, block, .. } = publication;
	let number = block.number;
	let notified = notifications(block.hash).await? > notifications(block.parent).await?;
	ensure!(notified, "block {number} does not notify P");
	let inserted = inserted_at.number;
	let seen = format!(
		"in the database at block {inserted}, on chain with a notification of P in block {number}"
	);
	Ok((Scenario { parties, relationship, publication }, seen))
}

/// The row of the record is changed in the database alone; P queries the record, and finds an alarm
/// in the history.
pub async fn tamper(demo: &Demo<'_>, scenario: &Scenario) -> Step {
	let Demo { gatekeeper, terminal, .. } = demo;
	ehr::tamper(&gatekeeper.ehr(), &scenario.publication.row).await?;
	terminal.query(PatientP, scenario.target(), "").await?.refused("integrity_mismatch")?;
	let relationship = scenario.relationship.to_string();
	until("the alarm in P's history", || async {
		let activity = terminal.run_as(PatientP, "summary activity").await?.to_string();
		let alarm = activity.contains("integrity-alarm") && activity.contains(&relationship);
		Ok(alarm.then_some(()))
	})
	.await?;
	passed("integrity_mismatch, and an alarm in P's history on chain")
}
