//! A miner earns an aggregate.

use super::{Demo, Scenario};
use crate::step_log::{passed, Step};
use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use medrec_client::chain::{MiningBountyCall, PprCall};
use medrec_e2e::network::{admit_patients, development_key, ehr, submit, until, Patient, Person};
use medrec_primitives::{
	bounty::{BountyId, DatasetId, Rules, SMALLEST_GROUP},
	record::{Category, TemplateHash},
	relationship::ResearchConsent,
};
use medrec_protocol::keys::Scheme;
use std::collections::BTreeSet;

/// How many patients consent to research: some more than the smallest group.
const VOLUNTEERS: u32 = SMALLEST_GROUP + 4;

/// The category of laboratory results.
const LABORATORY: Category = Category(10);

const DATASET: DatasetId = DatasetId::repeat_byte(0xd5);

/// Patients consent to research, hospital A offers a bounty with an update, and the researcher who
/// mined it collects the aggregate.
pub async fn earn(demo: &mut Demo<'_>, scenario: &Scenario) -> Step {
	let volunteers = volunteer(demo, scenario).await?;
	let bounty = offer(demo, &volunteers).await?;
	collect(demo, bounty).await
}

/// Hospital A admits more patients, who consent to research.
async fn volunteer(demo: &Demo<'_>, scenario: &Scenario) -> Result<Vec<Patient>> {
	let Demo { gatekeeper, chain, .. } = demo;
	let mut local_ids = ehr::patients(&gatekeeper.ehr(), VOLUNTEERS + 1).await?;
	local_ids.retain(|local_id| *local_id != scenario.parties.local_id);
	local_ids.truncate(VOLUNTEERS as usize);
	ensure!(local_ids.len() == VOLUNTEERS as usize, "only {} other patients", local_ids.len());
	let person = |(number, local_id)| {
		Ok((development_key(&format!("//Volunteer{number}"), Scheme::Sr25519)?, local_id))
	};
	let people = local_ids.into_iter().enumerate().map(person).collect::<Result<_>>()?;
	let volunteers = admit_patients(gatekeeper, chain, people).await?;
	let categories = BTreeSet::from([LABORATORY]);
	let consent = ResearchConsent::Categories(categories.try_into().ok().context("too many")?);
	try_join_all(volunteers.iter().map(|Patient { key, relationship, .. }| {
		let (relationship, consent) = (*relationship, consent.clone());
		let call = PprCall::set_research_consent { relationship, consent };
		submit(chain, vec![call.into()], key)
	}))
	.await?;
	Ok(volunteers)
}

/// Hospital A offers a bounty with its next update; returns the bounty.
async fn offer(demo: &mut Demo<'_>, volunteers: &[Patient]) -> Result<BountyId> {
	let rules = Rules {
		templates: vec![laboratory_template(demo).await?].try_into().ok().context("too many")?,
		smallest_group: SMALLEST_GROUP,
		budget: 1_000,
		period: 24 * 60 * 60 * 1000,
	};
	let register = MiningBountyCall::register_dataset { dataset: DATASET, rules };
	submit(&demo.chain, vec![register.into()], &Person::ProviderA.key()?).await?;
	let (last, others) = volunteers.split_last().context("no volunteers")?;
	for volunteer in others {
		ehr::insert_result(&demo.gatekeeper.ehr(), &volunteer.local_id, "volunteer").await?;
	}
	demo.gatekeeper.stop().await?;
	demo.gatekeeper.configure(&format!(
		r#"[publish.bounty]
dataset = "{DATASET}"
template = "lab-result"
statistic = "count"
group_by = ["code"]
cost = 1
lifetime_s = 3600
"#
	))?;
	demo.gatekeeper.start().await?;
	ehr::insert_result(&demo.gatekeeper.ehr(), &last.local_id, "volunteer").await?;
	until("a final bounty", || async {
		let head = demo.chain.finalized().await?;
		let bounties = demo.chain.at(head.hash).bounties().await?;
		Ok(bounties.last().map(|(id, _)| *id))
	})
	.await
}

/// The hash of the template of laboratory results.
async fn laboratory_template(demo: &Demo<'_>) -> Result<TemplateHash> {
	let report = demo.gatekeeper.command("check-config", &[], "").await?;
	let mut templates = report["templates"].as_array().into_iter().flatten();
	let template = templates.find(|template| template["id"] == "lab-result");
	let hash = template.and_then(|template| template["hash"].as_str());
	Ok(hash.with_context(|| format!("no laboratory results in {report}"))?.parse()?)
}

/// The researcher who mined the bounty collects its answer; the other one is refused.
async fn collect(demo: &Demo<'_>, id: BountyId) -> Step {
	let head = demo.chain.finalized().await?;
	let at = demo.chain.at(head.hash);
	let bounty = at.bounty(id).await?.context("the bounty does not exist")?;
	let (owner, other) = match at.resolve("research-1").await? == Some(bounty.owner) {
		true => (Person::ResearcherOne, Person::ResearcherTwo),
		false => (Person::ResearcherTwo, Person::ResearcherOne),
	};
	let collect = async |who| demo.terminal.try_as(who, &format!("bounties collect {id}")).await;
	collect(other).await?.refused("not_found")?;
	let answer =
		until("the answer on chain", || async { Ok(collect(owner).await?.success().ok()) }).await?;
	let cells = answer["aggregate"]["cells"].as_array().map_or(0, Vec::len);
	ensure!(cells > 0, "no cell is large enough: {answer}");
	let suppressed = &answer["aggregate"]["suppressed"];
	let (owner, other) = (owner.name(), other.name());
	passed(format!("{owner} collected {cells} cells, {suppressed} suppressed; {other} refused"))
}
