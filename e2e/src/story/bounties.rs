//! What miners earn.

use super::{ehr, records::Case, Stage};
use crate::{
	cast::{development_key, Who},
	step_log::StepLog,
	network::{until, Bounty},
};
use anyhow::{bail, ensure, Context, Result};
use medrec_client::chain::{Head, MiningBountyCall, PprCall, RegistrarCall, RuntimeCall, SubmitOptions};
use medrec_protocol::keys::{Key, Scheme};
use medrec_primitives::{
	bounty::{BountyState, Rules},
	identity::Role,
	relationship::ResearchConsent,
	H256,
};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

/// How many patients consent to research besides P.
const VOLUNTEERS: u32 = 40;

/// How many of them have the rare result: fewer than may be shown.
const RARE: usize = 3;

/// The code of a result that few have.
const RARE_CODE: &str = "rare-1";

/// The category of laboratory results.
const LABORATORY: u16 = 10;

/// How many calls go into one transaction.
const BATCH: usize = 20;

const DATASET: H256 = H256::repeat_byte(0xd5);

pub(super) async fn tell(stage: &mut Stage, case: &Case, step_log: &mut StepLog) -> Result<()> {
	step_log
		.step("11", "An update carries a bounty, and whoever mines it collects", async {
			let volunteers = consenting(stage, case).await?;
			let bounty = offered(stage, &volunteers).await?;
			collect(stage, bounty).await
		})
		.await
}

/// A patient who takes part in research.
struct Volunteer {
	key: Key,
	local_id: String,
}

fn final_soon() -> SubmitOptions {
	SubmitOptions::until_final(Duration::from_secs(120))
}

async fn submit_all(stage: &Stage, calls: Vec<RuntimeCall>, key: &Key) -> Result<()> {
	for batch in calls.chunks(BATCH) {
		stage.chain.submit(&RuntimeCall::batch_all(batch.to_vec()), key, final_soon()).await?;
	}
	Ok(())
}

/// Enrols patients with relationships and consent, links them, and registers the dataset.
async fn consenting(stage: &mut Stage, case: &Case) -> Result<Vec<Volunteer>> {
	let chain = &stage.chain;
	let operator = Who::ProviderA.key()?;
	let locals = ehr::other_patients(&stage.gatekeeper.ehr(), &case.local_id, VOLUNTEERS).await?;
	ensure!(locals.len() == VOLUNTEERS as usize, "only {} patients have results", locals.len());
	let volunteers: Vec<Volunteer> = locals
		.into_iter()
		.enumerate()
		.map(|(number, local_id)| {
			let key = development_key(&format!("//Volunteer{number}"), Scheme::Sr25519)?;
			Ok(Volunteer { key, local_id })
		})
		.collect::<Result<_>>()?;
	let enrolments = volunteers
		.iter()
		.map(|volunteer| {
			RegistrarCall::Enroll {
				account: volunteer.key.account(),
				role: Role::Patient,
				identifier: None,
				encryption_key: None,
			}
			.into()
		})
		.collect();
	submit_all(stage, enrolments, &operator).await?;

	let head = chain.finalized().await?;
	let at = chain.at(head.hash);
	let mut patients = Vec::new();
	for volunteer in &volunteers {
		let subject =
			at.subject_of(&volunteer.key.account()).await?.context("the volunteer is enrolled")?;
		patients.push(subject);
	}
	let proposals =
		patients.iter().map(|patient| PprCall::Propose { patient: *patient }.into()).collect();
	submit_all(stage, proposals, &operator).await?;

	let provider = chain
		.at(chain.finalized().await?.hash)
		.resolve("hospital-a")
		.await?
		.context("hospital A is registered")?;
	let consent: BTreeSet<u16> = [LABORATORY].into();
	let head = chain.finalized().await?;
	let mut tasks = Vec::new();
	for (volunteer, patient) in volunteers.iter().zip(&patients) {
		let relationship = chain
			.at(head.hash)
			.relationship_between(provider, *patient)
			.await?
			.context("the relationship was proposed")?;
		let consent = consent.clone().try_into().ok().context("one category is few enough")?;
		let calls = vec![
			PprCall::Accept { relationship }.into(),
			PprCall::SetResearchConsent {
				relationship,
				consent: ResearchConsent::Categories(consent),
			}
			.into(),
		];
		stage.gatekeeper.link(&volunteer.local_id, &format!("{patient:?}")).await?;
		let (chain, key) = (chain.clone(), volunteer.key.clone());
		tasks.push(tokio::spawn(async move {
			chain.submit(&RuntimeCall::batch_all(calls), &key, final_soon()).await
		}));
	}
	for task in tasks {
		task.await??;
	}
	for volunteer in volunteers.iter().take(RARE) {
		let ehr = stage.gatekeeper.ehr();
		ehr::insert_coded_result(&ehr, &volunteer.local_id, "rare", RARE_CODE).await?;
	}
	Ok(volunteers)
}

/// Has the gatekeeper offer a bounty with its next update; returns the bounty.
async fn offered(stage: &mut Stage, volunteers: &[Volunteer]) -> Result<H256> {
	let template = lab_template(stage).await?;
	let register = MiningBountyCall::RegisterDataset {
		dataset: DATASET,
		rules: Rules {
			templates: vec![template].try_into().ok().context("one is few enough")?,
			smallest_group: 11,
			budget: 1_000,
			period: 24 * 3_600_000,
		},
	};
	stage.chain.submit(&register.into(), &Who::ProviderA.key()?, final_soon()).await?;
	// The operator tells the gatekeeper which bounty to offer, and starts it again.
	stage.gatekeeper.stop().await?;
	stage.gatekeeper.configure(Some(&Bounty { dataset: DATASET }))?;
	stage.gatekeeper.start().await?;
	let first = volunteers.first().context("there are volunteers")?;
	ehr::insert_result(&stage.gatekeeper.ehr(), &first.local_id, 77).await?;
	until("a final bounty", || async {
		let head = stage.chain.finalized().await?;
		let bounties = stage.chain.at(head.hash).bounties().await?;
		Ok(bounties.last().map(|(id, _)| *id))
	})
	.await
}

/// The hash of the template of laboratory results.
async fn lab_template(stage: &Stage) -> Result<H256> {
	let said = stage.gatekeeper.configured("check-config", &["--json"]).await?;
	let report: Value = serde_json::from_str(said.trim())?;
	let hash = report["templates"]
		.as_array()
		.into_iter()
		.flatten()
		.find(|template| template["id"] == "lab-result")
		.and_then(|template| template["hash"].as_str())
		.context("the gatekeeper has no template of laboratory results")?;
	Ok(hash.parse()?)
}

async fn collect(stage: &Stage, id: H256) -> Result<String> {
	let Head { hash, .. } = stage.chain.finalized().await?;
	let at = stage.chain.at(hash);
	let bounty = at.bounty(id).await?.context("the bounty is there")?;
	let subjects = [
		(Who::ResearcherOne, at.resolve("research-1").await?),
		(Who::ResearcherTwo, at.resolve("research-2").await?),
	];
	let mut owner = None;
	let mut other = None;
	for (who, subject) in subjects {
		match subject == Some(bounty.owner) {
			true => owner = Some(who),
			false => other = Some(who),
		}
	}
	let (Some(owner), Some(other)) = (owner, other) else {
		bail!("the bounty belongs to neither researcher")
	};
	let bounty = format!("{id:?}");
	stage.terminal.try_as(other, &["bounties", "collect", &bounty]).await?.refused("not_found")?;
	let first = until("the answer being committed", || async {
		Ok(stage.terminal.try_as(owner, &["bounties", "collect", &bounty]).await?.done().ok())
	})
	.await?;
	let second = stage.terminal.run_as(owner, &["bounties", "collect", &bounty]).await?;
	let [once, again] = [&first, &second].map(|answer| answer["aggregate"].to_string());
	ensure!(once == again, "asked again, the answer is another");
	let head = stage.chain.best().await?;
	let held = stage.chain.at(head.hash).bounty(id).await?.context("the bounty is there")?;
	ensure!(matches!(held.state, BountyState::Answered { .. }), "the chain holds no answer");
	let aggregate = &first["aggregate"];
	let cells = aggregate["cells"].as_array().context("there are cells")?;
	ensure!(!cells.is_empty(), "no cell was large enough: {aggregate}");
	ensure!(!aggregate.to_string().contains(RARE_CODE), "a small cell is shown");
	for cell in cells {
		let count = cell["count"].as_u64().unwrap_or(0);
		ensure!(count >= 10 && count % 5 == 0, "a cell is not as it should be: {cell}");
	}
	Ok(format!(
		"{} earned it; {} cells, {} cut; {} was refused",
		owner.name(),
		cells.len(),
		aggregate["suppressed"],
		other.name()
	))
}
