//! A patient, a relationship, a record.

use super::{ehr, Stage};
use crate::{
	cast::{private_file, text, Who},
	step_log::StepLog,
	network::{until, GLANCE, PATIENCE},
};
use anyhow::{bail, ensure, Context, Result};
use medrec_client::chain::{Chain, Head, PprCall, RuntimeCall};
use medrec_primitives::{
	identity::SubjectId, record::RecordId, relationship::RelationshipId, H256,
};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, str::FromStr, time::Instant};

/// Within how many blocks a new result must be on chain, from the moment at which it is in the
/// hospital's database.
const PROMPT: u32 = 2;

/// How many results may be tried. The gatekeeper looks for new ones once a second. So often do blocks
/// come here, at random, so that two of them may well pass before it has seen anything.
const TRIES: usize = 10;

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
	step_log: &mut StepLog,
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
	step_log
		.step("2", "A enrols P under a keyed identifier, and resolves it", async {
			fill_database(stage, import).await?;
			enrol(stage, &mut case).await
		})
		.await?;
	step_log
		.step("3", "A proposes, P accepts, and the gatekeeper starts", async {
			relate(stage, &mut case).await
		})
		.await?;
	step_log
		.step("4", "A new laboratory result comes to the chain, and P is notified", async {
			publish(stage, &mut case).await
		})
		.await?;
	Ok(case)
}

async fn fill_database(stage: &Stage, import: Option<&Path>) -> Result<()> {
	let ehr = stage.gatekeeper.ehr();
	let ehr = ehr.to_str().context("the path is text")?;
	match import {
		Some(path) => {
			let path = path.to_str().context("the path is text")?;
			stage.gatekeeper.command(&["import-fhir", path, "--database", ehr]).await?;
		},
		None => {
			let seed = ["seed", "--database", ehr, "--patients", "60", "--seed", "1"];
			stage.gatekeeper.command(&seed).await?;
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

	stage.gatekeeper.configured("sign-templates", &["--built-in"]).await?;
	stage.gatekeeper.link(&case.local_id, &patient).await?;
	stage.gatekeeper.start().await?;
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

/// How often P was notified of the relationship, as of this block.
async fn notified(chain: &Chain, case: &Case, at: Head) -> Result<u32> {
	let entry = chain.at(at.hash).summary_entry(case.patient, case.relationship).await?;
	Ok(entry.map_or(0, |entry| entry.pending))
}

/// How a new result came to the chain.
struct Arrival {
	record: RecordId,
	/// The first block that has it.
	block: Head,
	/// The best block when its post was first seen, in the pool or, failing that, in a block.
	posted_at: Head,
}

impl Arrival {
	/// Follows the way of a new result to the chain. `before` are the records that were there.
	async fn of(
		chain: &Chain,
		relationship: RelationshipId,
		before: &BTreeSet<RecordId>,
	) -> Result<Arrival> {
		let arrived = || async {
			let head = chain.best().await?;
			let now = chain.at(head.hash).records(relationship).await?;
			let new = now.into_iter().map(|(id, _)| id).find(|id| !before.contains(id));
			Ok(new.map(|record| (record, head)))
		};
		let posted_at = until("hospital A posting the new result", || async {
			let head = chain.best().await?;
			let waiting = chain.pending().await?;
			let mut calls = waiting.iter().filter_map(|waiting| waiting.call.as_ref());
			let seen = calls.any(|call| posts_anew(call, relationship, before));
			Ok((seen || arrived().await?.is_some()).then_some(head))
		})
		.await?;
		let (record, mut block) = until("the new result coming to the chain", arrived).await?;
		// More blocks may have come since the chain was last looked at.
		loop {
			let parent = chain.head(block.parent).await?;
			match chain.at(parent.hash).record(relationship, record).await? {
				Some(_) => block = parent,
				None => return Ok(Arrival { record, block, posted_at }),
			}
		}
	}
}

/// Whether a call posts a record that is not among those that were there before.
fn posts_anew(
	call: &RuntimeCall,
	relationship: RelationshipId,
	before: &BTreeSet<RecordId>,
) -> bool {
	let mut found = false;
	call.visit(&mut |call| {
		if let RuntimeCall::Ppr(PprCall::PostRecord { relationship: of, record, .. }) = call {
			found |= *of == relationship && !before.contains(record);
		}
	});
	found
}

async fn publish(stage: &Stage, case: &mut Case) -> Result<String> {
	let chain = &stage.chain;
	let relationship = case.relationship;
	case.spare_record =
		*records(chain, relationship).await?.first().context("there are older records")?;
	let mut seen = Vec::new();
	for attempt in 0..TRIES {
		let before = records(chain, relationship).await?;
		let best = chain.best().await?;
		let notices = notified(chain, case, best).await?;
		case.row = ehr::insert_result(&stage.gatekeeper.ehr(), &case.local_id, attempt).await?;
		let Arrival { record, block, posted_at } =
			Arrival::of(chain, relationship, &before).await?;
		case.record = record;
		ensure!(notified(chain, case, block).await? > notices, "P is not notified in that block");
		let blocks = block.number.saturating_sub(best.number);
		let tries = match seen.is_empty() {
			true => "at the first try".to_owned(),
			false => format!("after tries that took {seen:?} blocks"),
		};
		seen.push(blocks);
		if blocks <= PROMPT {
			let relationship = format!("{relationship:?}");
			let shown = stage.terminal.run_as(Who::PatientP, &["summary", "show"]).await?;
			ensure!(
				shown.to_string().contains(&relationship),
				"the summary lacks the relationship"
			);
			return Ok(format!(
				"in the database at block {}, posted at block {}, and on chain with a notice to P \
				 in block {}, {tries}",
				best.number, posted_at.number, block.number
			));
		}
	}
	bail!("it took more than {PROMPT} blocks {TRIES} times: {seen:?}")
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::record::{Pointer, Release};

	#[test]
	fn a_new_post_is_found_alone_and_among_others() {
		let [relationship, known, new] = [1, 2, 3].map(H256::repeat_byte);
		let post = |record| {
			RuntimeCall::from(PprCall::PostRecord {
				relationship,
				record,
				commitment: H256::zero(),
				pointer: Pointer { template: H256::zero(), handle: Default::default() },
				category: 7,
				release: Release::Released,
			})
		};
		let before = BTreeSet::from([known]);
		assert!(posts_anew(&post(new), relationship, &before));
		let batch = RuntimeCall::batch_all(vec![post(known), post(new)]);
		assert!(posts_anew(&batch, relationship, &before));
		assert!(!posts_anew(&post(known), relationship, &before));
		assert!(!posts_anew(&post(new), H256::zero(), &before));
		let other = RuntimeCall::from(PprCall::Accept { relationship });
		assert!(!posts_anew(&other, relationship, &before));
	}
}
