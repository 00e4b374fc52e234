//! A miner earns an aggregate.

use super::{Demo, Scenario};
use crate::step_log::Step;
use anyhow::{ensure, Context, Result};
use medrec_client::chain::MiningBountyCall;
use medrec_e2e::network::{
	admit_volunteers, ehr, laboratory_template, offer_bounty, submit, until, Patient, Person,
};
use medrec_primitives::bounty::{BountyId, DatasetId, Rules, SMALLEST_GROUP};

const DATASET: DatasetId = DatasetId::repeat_byte(0xd5);

/// Patients consent to research, hospital A offers a bounty with an update, and the researcher who
/// mined it collects the aggregate. Returns these patients.
pub async fn earn(demo: &mut Demo<'_>, scenario: &Scenario) -> Step<Vec<Patient>> {
	let except = Some(scenario.parties.local_id.as_str());
	let volunteers = admit_volunteers(&demo.gatekeeper, &demo.chain, except).await?;
	let bounty = offer(demo, &volunteers).await?;
	Ok((volunteers, collect(demo, bounty).await?))
}

/// Hospital A offers a bounty with its next update; returns the bounty.
async fn offer(demo: &mut Demo<'_>, volunteers: &[Patient]) -> Result<BountyId> {
	let rules = Rules {
		templates: vec![laboratory_template(&demo.gatekeeper).await?]
			.try_into()
			.ok()
			.context("too many")?,
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
	offer_bounty(&mut demo.gatekeeper, &demo.chain, DATASET, last, "volunteer").await
}

/// The researcher who mined the bounty collects its answer; the other one is refused. Returns the line
/// about it.
async fn collect(demo: &Demo<'_>, id: BountyId) -> Result<String> {
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
	Ok(format!("{owner} collected {cells} cells, {suppressed} suppressed; {other} refused"))
}
