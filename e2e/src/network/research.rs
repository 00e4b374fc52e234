use super::{admit_patients, development_key, ehr, submit, until, Gatekeeper, Patient};
use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use medrec_client::chain::{Chain, PprCall};
use medrec_primitives::{
	bounty::{BountyId, DatasetId, SMALLEST_GROUP},
	record::{Category, TemplateHash},
	relationship::ResearchConsent,
};
use medrec_protocol::keys::Scheme;
use std::collections::BTreeSet;

/// The number of patients who consent to research: some more than the smallest group.
const VOLUNTEERS: u32 = SMALLEST_GROUP + 4;

/// The category of laboratory results.
const LABORATORY: Category = Category(10);

/// The secret URI of the key of a volunteer.
pub fn volunteer_uri(number: usize) -> String {
	format!("//Volunteer{number}")
}

/// Hospital A admits patients of its database, other than `except`, who consent to research.
pub async fn admit_volunteers(
	gatekeeper: &Gatekeeper<'_>,
	chain: &Chain,
	except: Option<&str>,
) -> Result<Vec<Patient>> {
	let mut local_ids = ehr::patients(&gatekeeper.ehr(), VOLUNTEERS + 1).await?;
	local_ids.retain(|local_id| Some(local_id.as_str()) != except);
	local_ids.truncate(VOLUNTEERS as usize);
	ensure!(local_ids.len() == VOLUNTEERS as usize, "only {} other patients", local_ids.len());
	let person = |(number, local_id)| {
		Ok((development_key(&volunteer_uri(number), Scheme::Sr25519)?, local_id))
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

/// The hash of hospital A's template of laboratory results.
pub async fn laboratory_template(gatekeeper: &Gatekeeper<'_>) -> Result<TemplateHash> {
	let report = gatekeeper.command("check-config", &[], "").await?;
	let mut templates = report["templates"].as_array().into_iter().flatten();
	let template = templates.find(|template| template["id"] == "lab-result");
	let hash = template.and_then(|template| template["hash"].as_str());
	Ok(hash.with_context(|| format!("no laboratory results in {report}"))?.parse()?)
}

/// Restarts the gatekeeper, so that it offers a bounty with its next update, and inserts a result of
/// this name for a patient. Returns the bounty, which is final.
pub async fn offer_bounty(
	gatekeeper: &mut Gatekeeper<'_>,
	chain: &Chain,
	dataset: DatasetId,
	patient: &Patient,
	result: &str,
) -> Result<BountyId> {
	gatekeeper.stop().await?;
	gatekeeper.configure(&format!(
		r#"[publish.bounty]
dataset = "{dataset}"
template = "lab-result"
statistic = "count"
group_by = ["code"]
cost = 1
lifetime_s = 3600
"#
	))?;
	gatekeeper.start().await?;
	ehr::insert_result(&gatekeeper.ehr(), &patient.local_id, result).await?;
	until("a final bounty", || async {
		let head = chain.finalized().await?;
		let bounties = chain.at(head.hash).bounties().await?;
		Ok(bounties.last().map(|(id, _)| *id))
	})
	.await
}
