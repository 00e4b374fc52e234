//! Bounties are offered, answered and collected.

use crate::support::{eventually, id, subject, Ask, Builder, Gate, DOCTOR, RESEARCHER};
use http::Method;
use medrec_client::wire::{path_collect, CollectResponse, ErrorCode};
use medrec_gatekeeper::chain::{Touched, Write, WriteError};
use medrec_primitives::{
	bounty::{
		Bounty, BountyId, BountyState, Dataset, Offer, Parameters, Rules, Statistic, SMALLEST_GROUP,
	},
	relationship::ResearchConsent,
	Moment, H256,
};
use std::collections::BTreeSet;

const BOUNTY: u8 = 0x31;
const DATASET: u8 = 0x32;
const FAR: Moment = 4_000_000_000_000;

fn dataset(template: H256, budget: u64) -> Dataset {
	Dataset {
		provider: subject(crate::support::PROVIDER),
		rules: Rules {
			templates: vec![template].try_into().unwrap(),
			smallest_group: SMALLEST_GROUP,
			budget,
			period: 1_000_000,
		},
		period_start: 0,
		spent: 0,
	}
}

fn consent(category: u16) -> ResearchConsent {
	ResearchConsent::Categories(BTreeSet::from([category]).try_into().unwrap())
}

/// A gatekeeper of so many consenting patients.
async fn gate(patients: u32) -> Gate {
	let mut builder = Builder::new();
	builder.patients = patients;
	builder.research = consent(20);
	builder.start().await
}

/// Offers a bounty over conditions by their code, owned by the researcher.
async fn offer(gate: &Gate, state: BountyState) -> BountyId {
	let template = gate.template_hash("condition");
	let bounty = Bounty {
		provider: subject(crate::support::PROVIDER),
		owner: subject(RESEARCHER),
		offer: Offer {
			dataset: id(DATASET),
			template,
			parameters: Parameters {
				statistic: Statistic::Count,
				group_by: vec![0].try_into().unwrap(),
			},
			cost: 1,
			expires_at: FAR,
		},
		offered_at: 0,
		state,
	};
	let touched = [Touched::Dataset(id(DATASET)), Touched::Bounty(id(BOUNTY))];
	gate.block(&touched, |world| {
		world.datasets.insert(id(DATASET), dataset(template, 10));
		world.bounties.insert(id(BOUNTY), bounty);
	})
	.await;
	id(BOUNTY)
}

fn collect<'a>(gate: &'a Gate, name: &str, bounty: &BountyId) -> Ask<'a> {
	Ask::new(gate, name, Method::POST, path_collect(bounty))
}

fn answered(gate: &Gate) -> bool {
	matches!(gate.chain.world().bounties[&id(BOUNTY)].state, BountyState::Answered { .. })
}

#[tokio::test]
async fn an_answer_is_computed_once_and_its_owner_collects_it() {
	let gate = gate(30).await;
	let bounty = offer(&gate, BountyState::Open).await;
	eventually("the bounty is answered", || answered(&gate)).await;
	gate.caught_up().await;
	let collected: CollectResponse = collect(&gate, RESEARCHER, &bounty).send().await.ok();
	assert_eq!(collected.aggregate.commitment(), Some(collected.commitment));
	let BountyState::Answered { commitment, .. } = gate.chain.world().bounties[&bounty].state
	else {
		panic!("it was answered");
	};
	assert_eq!(collected.commitment, commitment);
	assert_eq!(collected.aggregate.group_by, ["code"]);
	for cell in &collected.aggregate.cells {
		assert!(cell.count.unwrap() >= u64::from(SMALLEST_GROUP));
	}
	let again: CollectResponse = collect(&gate, RESEARCHER, &bounty).send().await.ok();
	assert_eq!(again, collected);
	let answers =
		gate.chain.written().iter().filter(|write| matches!(write, Write::Answer { .. })).count();
	assert_eq!(answers, 1);
}

#[tokio::test]
async fn patients_who_do_not_consent_do_not_count() {
	let mut builder = Builder::new();
	builder.patients = 12;
	builder.research = consent(7);
	let gate = builder.start().await;
	let bounty = offer(&gate, BountyState::Open).await;
	eventually("the bounty is answered", || answered(&gate)).await;
	gate.caught_up().await;
	let collected: CollectResponse = collect(&gate, RESEARCHER, &bounty).send().await.ok();
	assert_eq!(collected.aggregate.cells, []);
	assert_eq!(collected.aggregate.suppressed, 0);
}

#[tokio::test]
async fn a_bounty_is_collected_when_its_answer_is_final() {
	let gate = gate(1).await;
	gate.instant_finality(false);
	let bounty = offer(&gate, BountyState::Open).await;
	collect(&gate, RESEARCHER, &bounty).refused(ErrorCode::NotFound).await;
	gate.finalize().await;
	let reply = collect(&gate, RESEARCHER, &bounty).send().await;
	reply.refused(ErrorCode::BountyNotReady);
	assert_eq!(reply.headers["retry-after"], "1");
	eventually("the bounty is answered", || answered(&gate)).await;
	gate.caught_up().await;
	collect(&gate, RESEARCHER, &bounty).refused(ErrorCode::BountyNotReady).await;
	gate.finalize().await;
	collect(&gate, RESEARCHER, &bounty).send().await.ok::<CollectResponse>();
}

#[tokio::test]
async fn a_bounty_is_nobodys_business_but_its_owners() {
	let gate = gate(1).await;
	let bounty = offer(&gate, BountyState::Open).await;
	collect(&gate, DOCTOR, &bounty).refused(ErrorCode::NotFound).await;
	collect(&gate, RESEARCHER, &id(0x99)).refused(ErrorCode::NotFound).await;
	collect(&gate, "Stranger", &bounty).refused(ErrorCode::UnknownKey).await;
	Ask::new(&gate, RESEARCHER, Method::POST, "/v1/bounties/17/collect")
		.refused(ErrorCode::MalformedRequest)
		.await;
}

#[tokio::test]
async fn a_bounty_that_was_let_expire_has_no_answer() {
	let gate = gate(1).await;
	let bounty = offer(&gate, BountyState::Defaulted).await;
	collect(&gate, RESEARCHER, &bounty).refused(ErrorCode::NotFound).await;
	let written = gate.chain.written();
	assert!(!written.iter().any(|write| matches!(write, Write::Answer { .. })));
}

#[tokio::test]
async fn an_answer_that_is_lost_here_is_not_made_up() {
	let gate = gate(1).await;
	let state = BountyState::Answered { commitment: id(0x77), at: 0 };
	let bounty = offer(&gate, state).await;
	collect(&gate, RESEARCHER, &bounty).refused(ErrorCode::Internal).await;
}

#[tokio::test]
async fn datasets_that_the_operator_leaves_out_are_not_answered() {
	let mut builder = Builder::new().extra("datasets = []");
	builder.research = consent(20);
	let gate = builder.start().await;
	let bounty = offer(&gate, BountyState::Open).await;
	tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
	collect(&gate, RESEARCHER, &bounty).refused(ErrorCode::BountyNotReady).await;
	assert!(!answered(&gate));
}

fn with_offer() -> String {
	format!(
		"[publish.bounty]\ndataset = \"{:?}\"\ntemplate = \"condition\"\nstatistic = \"count\"\n\
		 group_by = [\"code\"]\ncost = 4\nlifetime_s = 3600\n",
		id(DATASET)
	)
}

#[tokio::test]
async fn a_batch_of_records_offers_a_bounty_while_the_budget_lasts() {
	let mut template = H256::zero();
	let gate = {
		// The hash is that of the built-in template, which is the same in every folder.
		let folder = tempfile::tempdir().unwrap();
		medrec_gatekeeper::records::template::built_in::install(folder.path()).unwrap();
		let path = folder.path().join("condition.toml");
		let found = medrec_gatekeeper::records::Template::load_unsigned(&path).unwrap();
		template.assign_from_slice(found.hash().as_bytes());
		Builder::new()
			.extra(&with_offer())
			.world(|world| {
				world.datasets.insert(id(DATASET), dataset(template, 5));
			})
			.start()
			.await
	};
	let world = gate.chain.world();
	assert_eq!(world.bounties.len(), 1, "the budget is for one");
	let bounty = world.bounties.values().next().unwrap();
	assert_eq!(bounty.offer.cost, 4);
	assert_eq!(bounty.offer.parameters.group_by.as_slice(), [0]);
	assert!(gate.chain.world().records.len() > 1, "records are posted all the same");
}

#[tokio::test]
async fn an_offer_that_the_chain_refuses_holds_up_no_record() {
	// No such dataset is registered.
	let gate = Builder::new().extra(&with_offer()).start().await;
	assert!(gate.chain.world().bounties.is_empty());
	assert!(!gate.chain.world().records.is_empty());
	let refused = WriteError::Refused(String::new());
	assert_ne!(refused, WriteError::NotIncluded(String::new()));
}
