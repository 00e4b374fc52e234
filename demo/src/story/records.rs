//! A patient, a relationship, a record.

use super::{ehr, Stage};
use crate::{
	cast::{private_file, text, Who},
	chronicle::Chronicle,
	network::{until, GLANCE, PATIENCE},
};
use anyhow::{bail, ensure, Context, Result};
use medrec_client::chain::Chain;
use medrec_primitives::{
	identity::SubjectId, record::RecordId, relationship::RelationshipId, H256,
};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, str::FromStr, time::Instant};

/// Within how many blocks a new result must be on chain.
const PROMPT: u32 = 2;

/// How many results may be tried: blocks come at random, and sometimes three in half a second.
const TRIES: usize = 3;

/// What the story is about.
pub struct Case {
	/// The patient's ID in hospital A's database.
	pub local_id: String,
	/// The patient.
	pub patient: SubjectId,
	/// The clinician of hospital B.
	pub clinician: SubjectId,
	/// The relationship of the patient with hospital A.
	pub relationship: RelationshipId,
	/// The laboratory result.
	pub record: RecordId,
	/// Its row.
	pub row: String,
	/// Another record that nothing happens to.
	pub spare_record: RecordId,
}

impl Case {
	/// The words that name the record in a query.
	pub fn query(&self) -> [String; 5] {
		[
			"query".into(),
			"--relationship".into(),
			format!("{:?}", self.relationship),
			"--record".into(),
			format!("{:?}", self.record),
		]
	}
}

/// Adds words to a command.
pub fn words<'a>(command: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
	command.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

pub(super) async fn tell(
	stage: &mut Stage,
	import: Option<&Path>,
	chronicle: &mut Chronicle,
) -> Result<Case> {
	let mut case = Case {
		local_id: String::new(),
		patient: SubjectId::zero(),
		clinician: SubjectId::zero(),
		relationship: RelationshipId::zero(),
		record: RecordId::zero(),
		row: String::new(),
		spare_record: RecordId::zero(),
	};
	chronicle
		.step("2", "A enrols P under a keyed identifier, and resolves it", async {
			fill_database(stage, import)?;
			enrol(stage, &mut case).await
		})
		.await?;
	chronicle
		.step("3", "A proposes, P accepts, and the gatekeeper starts", async {
			relate(stage, &mut case).await
		})
		.await?;
	chronicle
		.step("4", "A new laboratory result comes to the chain, and P is notified", async {
			publish(stage, &mut case).await
		})
		.await?;
	Ok(case)
}

fn fill_database(stage: &Stage, import: Option<&Path>) -> Result<()> {
	let ehr = stage.gatekeeper.ehr();
	let ehr = ehr.to_str().context("the path is text")?;
	match import {
		Some(path) => {
			let path = path.to_str().context("the path is text")?;
			stage.gatekeeper.command(&["import-fhir", path, "--database", ehr])?;
		},
		None => {
			stage.gatekeeper.command(&[
				"seed",
				"--database",
				ehr,
				"--patients",
				"60",
				"--seed",
				"1",
			])?;
		},
	}
	Ok(())
}

/// A subject in a command's JSON.
pub fn subject(value: &Value, name: &str) -> Result<H256> {
	Ok(H256::from_str(&text(value, name)?)?)
}

async fn enrol(stage: &Stage, case: &mut Case) -> Result<String> {
	let terminal = &stage.terminal;
	case.local_id = ehr::smallest_patient(&stage.gatekeeper.ehr()).await?;
	let local_id = stage.folder.join("local-id");
	private_file(&local_id, &case.local_id)?;
	let secret = stage.gatekeeper.identifier_secret();
	let identifier = terminal
		.run_as(
			Who::ProviderA,
			&[
				"registrar",
				"identifier",
				"--secret-file",
				secret.to_str().context("the path is text")?,
				"--local-id-file",
				local_id.to_str().context("the path is text")?,
			],
		)
		.await?;
	let identifier = text(&identifier, "identifier")?;
	let address = Who::PatientP.address()?;
	let enroll = ["registrar", "enroll", "--account", &address, "--role", "patient"];
	let patient = terminal
		.run_as(Who::ProviderA, &[&enroll[..], &["--identifier", &identifier]].concat())
		.await?;
	case.patient = subject(&patient, "subject")?;
	let resolved =
		terminal.run_as(Who::ProviderA, &["registrar", "resolve-identifier", &identifier]).await?;
	ensure!(subject(&resolved, "subject")? == case.patient, "the identifier resolves to another");

	let address = Who::ClinicianB.address()?;
	let enroll = ["registrar", "enroll", "--account", &address, "--role", "clinician"];
	let clinician = terminal.run_as(Who::ProviderB, &enroll).await?;
	case.clinician = subject(&clinician, "subject")?;
	// P's answers are sealed from now on; the clinician's are not.
	terminal.run_as(Who::PatientP, &["keys", "encryption", Who::PatientP.name()]).await?;
	terminal.run_as(Who::PatientP, &["registrar", "set-encryption-key"]).await?;
	Ok("the hospital's own number is on no chain: only a keyed hash of it".into())
}

async fn relate(stage: &mut Stage, case: &mut Case) -> Result<String> {
	let terminal = &stage.terminal;
	let address = Who::GateA.address()?;
	let enroll = ["registrar", "enroll", "--account", &address, "--role", "device"];
	let device = text(&terminal.run_as(Who::ProviderA, &enroll).await?, "subject")?;
	let url = stage.gatekeeper.url();
	let profile =
		["registrar", "set-profile", "--gatekeeper-url", &url, "--gatekeeper-device", &device];
	terminal.run_as(Who::ProviderA, &profile).await?;

	let patient = format!("{:?}", case.patient);
	let proposed =
		terminal.run_as(Who::ProviderA, &["ppr", "propose", "--patient", &patient]).await?;
	case.relationship = subject(&proposed, "relationship")?;
	let relationship = format!("{:?}", case.relationship);
	terminal.run_as(Who::PatientP, &["ppr", "accept", &relationship]).await?;

	stage.gatekeeper.configured("sign-templates", &["--built-in"])?;
	stage
		.gatekeeper
		.configured("link-patient", &["--local-id", &case.local_id, "--subject", &patient])?;
	stage.gatekeeper.start()?;
	let posted = settled(&stage.chain, case.relationship).await?;
	Ok(format!("{posted} records that were there before are on chain"))
}

/// Waits until no more of a patient's older records come to the chain; returns how many there are.
async fn settled(chain: &Chain, relationship: RelationshipId) -> Result<u32> {
	/// For how many blocks nothing must have come.
	const QUIET: u32 = 4;
	let (mut posted, mut since) = (0, chain.best().await?.number);
	let begin = Instant::now();
	loop {
		let head = chain.best().await?;
		let now = chain
			.at(head.hash)
			.relationship(relationship)
			.await?
			.context("the relationship is there")?
			.records;
		if now != posted || now == 0 {
			(posted, since) = (now, head.number);
			ensure!(begin.elapsed() < PATIENCE, "no record comes to the chain, or no end of them");
		} else if head.number >= since.saturating_add(QUIET) {
			return Ok(posted);
		}
		tokio::time::sleep(GLANCE).await;
	}
}

async fn records(chain: &Chain, relationship: RelationshipId) -> Result<BTreeSet<RecordId>> {
	let head = chain.best().await?;
	let records = chain.at(head.hash).records(relationship).await?;
	Ok(records.into_iter().map(|(id, _)| id).collect())
}

async fn pending(chain: &Chain, case: &Case) -> Result<u32> {
	let head = chain.best().await?;
	let entry = chain.at(head.hash).summary_entry(case.patient, case.relationship).await?;
	Ok(entry.map_or(0, |entry| entry.pending))
}

async fn publish(stage: &Stage, case: &mut Case) -> Result<String> {
	let chain = &stage.chain;
	let relationship = case.relationship;
	case.spare_record =
		*records(chain, relationship).await?.first().context("there are older records")?;
	let mut seen = Vec::new();
	for attempt in 0..TRIES {
		let before = records(chain, relationship).await?;
		let notified = pending(chain, case).await?;
		let at = chain.best().await?.number;
		case.row = ehr::insert_result(&stage.gatekeeper.ehr(), &case.local_id, attempt).await?;
		let (record, posted_at) = until("the new result coming to the chain", || async {
			let head = chain.best().await?;
			let now = chain.at(head.hash).records(relationship).await?;
			Ok(now
				.into_iter()
				.find(|(id, _)| !before.contains(id))
				.map(|(id, _)| (id, head.number)))
		})
		.await?;
		case.record = record;
		ensure!(pending(chain, case).await? > notified, "P is not notified");
		let blocks = posted_at.saturating_sub(at);
		seen.push(blocks);
		if blocks <= PROMPT {
			let relationship = format!("{relationship:?}");
			let shown = stage.terminal.run_as(Who::PatientP, &["summary", "show"]).await?;
			ensure!(
				shown.to_string().contains(&relationship),
				"the summary lacks the relationship"
			);
			return Ok(format!("after {blocks} blocks"));
		}
	}
	bail!("it took more than {PROMPT} blocks {TRIES} times: {seen:?}")
}
