//! Bounties are offered, answered and collected.

use crate::support::{eventually, id, subject, Ask, Builder, Gate, DOCTOR, PROVIDER, RESEARCHER};
use http::Method;
use medrec_gatekeeper::{
	chain::{Touched, Write, WriteError},
	records::{template, State, Template},
};
use medrec_primitives::{
	bounty::{
		Bounty, BountyId, BountyState, Dataset, DatasetId, Offer, Parameters, Rules, Statistic,
		SMALLEST_GROUP,
	},
	record::{Category, FieldNumber, TemplateHash},
	relationship::{RelationshipId, ResearchConsent},
	Moment,
};
use medrec_protocol::wire::{path_collect, CollectResponse, ErrorCode};
use std::collections::BTreeSet;

const BOUNTY: u8 = 0x31;
const DATASET: u8 = 0x32;
const FAR: Moment = 4_000_000_000_000;

fn dataset(template: TemplateHash, budget: u64) -> Dataset {
	Dataset {
		provider: subject(PROVIDER),
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

fn consent(category: Category) -> ResearchConsent {
	ResearchConsent::Categories(BTreeSet::from([category]).try_into().unwrap())
}

/// A gatekeeper with this number of consenting patients.
async fn gate(patients: u32) -> Gate {
	let mut builder = Builder::new();
	builder.patients = patients;
	builder.research = consent(Category(20));
	builder.start().await
}

/// A bounty for the number of patients with records of a template, owned by the researcher.
fn bounty(template: TemplateHash, group_by: &[FieldNumber]) -> Bounty {
	Bounty {
		provider: subject(PROVIDER),
		owner: subject(RESEARCHER),
		offer: Offer {
			dataset: id(DATASET),
			template,
			parameters: Parameters {
				statistic: Statistic::Count,
				group_by: group_by.to_vec().try_into().unwrap(),
			},
			cost: 1,
			expires_at: FAR,
		},
		offered_at: 0,
		state: BountyState::Open,
	}
}

/// Offers a bounty over conditions, grouped by their code and owned by the researcher.
async fn offer(gate: &Gate, state: BountyState) -> BountyId {
	let by_code = bounty(gate.template_hash("condition"), &[0]);
	offer_as(gate, BOUNTY, Bounty { state, ..by_code }).await
}

/// Offers a bounty under an ID of its own.
async fn offer_as(gate: &Gate, byte: u8, bounty: Bounty) -> BountyId {
	let touched = [Touched::Dataset(id(DATASET)), Touched::Bounty(id(byte))];
	gate.block(&touched, |world| {
		world.datasets.insert(id(DATASET), dataset(bounty.offer.template, 10));
		world.bounties.insert(id(byte), bounty);
	})
	.await;
	id(byte)
}

fn collect<'a>(gate: &'a Gate, name: &str, bounty: &BountyId) -> Ask<'a> {
	Ask::new(gate, name, Method::POST, path_collect(*bounty))
}

fn answered(gate: &Gate) -> bool {
	is_answered(gate, &id(BOUNTY))
}

fn is_answered(gate: &Gate, bounty: &BountyId) -> bool {
	matches!(gate.chain.world().bounties[bounty].state, BountyState::Answered { .. })
}

fn answers(gate: &Gate) -> usize {
	gate.chain.written().iter().filter(|write| matches!(write, Write::Answer { .. })).count()
}

/// Waits until a bounty is answered, and collects it.
async fn collected(gate: &Gate, bounty: &BountyId) -> CollectResponse {
	eventually("the bounty is answered", || is_answered(gate, bounty)).await;
	gate.caught_up().await;
	collect(gate, RESEARCHER, bounty).send().await.ok()
}

/// Gives every patient a condition, and all conditions one code.
async fn one_code(gate: &Gate) {
	gate.sql(
		"ehr.sqlite",
		"INSERT INTO conditions (id, patient, code, display, resource) \
		 SELECT 'shared-' || id, id, 'shared', 'Shared', '{}' FROM patients",
	)
	.await;
	gate.sql("ehr.sqlite", "UPDATE conditions SET code = 'shared'").await;
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
		panic!("the bounty is answered");
	};
	assert_eq!(collected.commitment, commitment);
	assert_eq!(collected.aggregate.group_by, ["code"]);
	for cell in &collected.aggregate.cells {
		assert!(cell.count.unwrap() >= u64::from(SMALLEST_GROUP));
	}
	let again: CollectResponse = collect(&gate, RESEARCHER, &bounty).send().await.ok();
	assert_eq!(again, collected);
	assert_eq!(answers(&gate), 1);
}

#[tokio::test]
async fn patients_who_do_not_consent_do_not_count() {
	let mut builder = Builder::new();
	builder.patients = 12;
	builder.research = consent(Category(7));
	let gate = builder.start().await;
	let bounty = offer(&gate, BountyState::Open).await;
	eventually("the bounty is answered", || answered(&gate)).await;
	gate.caught_up().await;
	let collected: CollectResponse = collect(&gate, RESEARCHER, &bounty).send().await.ok();
	assert_eq!(collected.aggregate.cells, []);
	assert_eq!(collected.aggregate.suppressed, 0);
}

#[tokio::test]
async fn the_consent_of_one_patient_does_not_count_for_another() {
	let gate = gate(SMALLEST_GROUP).await;
	one_code(&gate).await;
	// The last patient does not consent, and is also linked to a relationship of the first.
	let (last, foreign): (_, RelationshipId) = (subject("Patient11"), id(0x44));
	let state = State::open(gate.config.state.path()).await.unwrap();
	let patient = state.patient_by_subject(&last).await.unwrap().unwrap();
	state.link_patient(&patient, Some(&foreign)).await.unwrap();
	state.close().await;
	let world = gate.chain.world();
	let (own, _) = world.relationships.iter().find(|(_, own)| own.patient == last).unwrap();
	gate.block(&[Touched::Relationship(*own), Touched::Everything(foreign)], |world| {
		let consenting = world.relationships[&gate.relationship()].clone();
		world.relationships.insert(foreign, consenting);
		world.relationships.get_mut(own).unwrap().research = ResearchConsent::None;
	})
	.await;
	let over_all = offer_as(&gate, BOUNTY, bounty(gate.template_hash("condition"), &[])).await;
	let aggregate = collected(&gate, &over_all).await.aggregate;
	assert_eq!((aggregate.cells, aggregate.suppressed), (vec![], 1));
}

#[tokio::test]
async fn the_same_question_has_the_same_answer() {
	let mut gate = gate(30).await;
	one_code(&gate).await;
	let template = gate.template_hash("condition");
	let first = offer_as(&gate, 0x51, bounty(template, &[0])).await;
	let first = collected(&gate, &first).await.aggregate;
	assert_eq!(first.cells.len(), 1);
	assert_eq!(first.cells[0].count, Some(30));
	gate.sql(
		"ehr.sqlite",
		"DELETE FROM conditions WHERE patient IN (SELECT id FROM patients ORDER BY id LIMIT 15)",
	)
	.await;
	gate.restart().await;
	let second = offer_as(&gate, 0x52, bounty(template, &[0])).await;
	let again = collected(&gate, &second).await;
	assert_eq!(again.aggregate.commitment(), Some(again.commitment));
	let BountyState::Answered { commitment, .. } = gate.chain.world().bounties[&second].state
	else {
		panic!("the bounty is answered");
	};
	assert_eq!(again.commitment, commitment);
	assert_eq!(again.aggregate.bounty, second);
	assert_ne!(Some(again.commitment), first.commitment());
	assert_eq!(again.aggregate.cells, first.cells);
	assert_eq!(again.aggregate.computed_at, first.computed_at);
	let other = offer_as(&gate, 0x53, bounty(template, &[])).await;
	let other = collected(&gate, &other).await.aggregate;
	assert_eq!(other.cells[0].count, Some(15));
	assert_ne!(other.computed_at, first.computed_at);
}

#[tokio::test]
async fn a_question_is_computed_again_in_the_next_period_of_the_budget() {
	let gate = gate(30).await;
	one_code(&gate).await;
	let template = gate.template_hash("condition");
	let first = offer_as(&gate, 0x51, bounty(template, &[0])).await;
	let first = collected(&gate, &first).await.aggregate;
	let touched = [Touched::Dataset(id(DATASET)), Touched::Bounty(id(0x52))];
	gate.block(&touched, |world| {
		world.datasets.get_mut(&id(DATASET)).unwrap().period_start = 1_000_000;
		world.bounties.insert(id(0x52), bounty(template, &[0]));
	})
	.await;
	let second = collected(&gate, &id(0x52)).await.aggregate;
	assert_eq!(second.cells, first.cells);
	assert_ne!(second.computed_at, first.computed_at);
}

#[tokio::test]
async fn a_bounty_is_answered_once_its_records_can_be_read_again() {
	let gate = gate(1).await;
	gate.sql("ehr.sqlite", "ALTER TABLE conditions RENAME TO elsewhere").await;
	let unreadable = gate.template_hash("condition");
	let readable = gate.template_hash("medication");
	// The one with the nearer deadline is tried before the other is answered.
	let mut later = bounty(readable, &[]);
	later.offer.expires_at += 1;
	let touched =
		[Touched::Dataset(id(DATASET)), Touched::Bounty(id(BOUNTY)), Touched::Bounty(id(0x52))];
	gate.block(&touched, |world| {
		let mut both = dataset(unreadable, 10);
		both.rules.templates = vec![unreadable, readable].try_into().unwrap();
		world.datasets.insert(id(DATASET), both);
		world.bounties.insert(id(BOUNTY), bounty(unreadable, &[]));
		world.bounties.insert(id(0x52), later);
	})
	.await;
	eventually("the other is answered", || is_answered(&gate, &id(0x52))).await;
	assert!(!answered(&gate));
	gate.sql("ehr.sqlite", "ALTER TABLE elsewhere RENAME TO conditions").await;
	eventually("it is answered", || answered(&gate)).await;
}

#[tokio::test]
async fn a_bounty_that_cannot_be_answered_delays_no_other() {
	let gate = gate(1).await;
	let template = gate.template_hash("condition");
	let mut later = bounty(template, &[0]);
	later.offer.expires_at += 1;
	let touched =
		[Touched::Dataset(id(DATASET)), Touched::Bounty(id(BOUNTY)), Touched::Bounty(id(0x52))];
	gate.block(&touched, |world| {
		world.datasets.insert(id(DATASET), dataset(template, 10));
		// Field 7 is JSON, by which patients cannot be grouped.
		world.bounties.insert(id(BOUNTY), bounty(template, &[7]));
		world.bounties.insert(id(0x52), later);
	})
	.await;
	eventually("the other is answered", || is_answered(&gate, &id(0x52))).await;
	assert!(!answered(&gate));
}

#[tokio::test]
async fn an_answer_whose_transaction_failed_is_sent_again() {
	let gate = gate(1).await;
	gate.chain.fail(Some(WriteError::Failed("MiningBounty.NotAuthorized".into())));
	offer(&gate, BountyState::Open).await;
	eventually("it is tried", || answers(&gate) > 0).await;
	assert!(!answered(&gate));
	gate.chain.fail(None);
	eventually("it is answered", || answered(&gate)).await;
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
async fn only_the_owner_learns_that_a_bounty_exists() {
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
async fn an_expired_bounty_has_no_answer() {
	let gate = gate(1).await;
	let bounty = offer(&gate, BountyState::Defaulted).await;
	collect(&gate, RESEARCHER, &bounty).refused(ErrorCode::NotFound).await;
	let written = gate.chain.written();
	assert!(!written.iter().any(|write| matches!(write, Write::Answer { .. })));
}

#[tokio::test]
async fn a_lost_answer_is_not_computed_again() {
	let gate = gate(1).await;
	let state = BountyState::Answered { commitment: id(0x77), at: 0 };
	let bounty = offer(&gate, state).await;
	collect(&gate, RESEARCHER, &bounty).refused(ErrorCode::Internal).await;
}

#[tokio::test]
async fn datasets_that_the_operator_leaves_out_are_not_answered() {
	let mut builder = Builder::new().extra("datasets = []");
	builder.research = consent(Category(20));
	let gate = builder.start().await;
	let bounty = offer(&gate, BountyState::Open).await;
	tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
	collect(&gate, RESEARCHER, &bounty).refused(ErrorCode::BountyNotReady).await;
	assert!(!answered(&gate));
}

fn with_offer() -> String {
	format!(
		"[publish.bounty]\ndataset = \"{}\"\ntemplate = \"condition\"\nstatistic = \"count\"\n\
		 group_by = [\"code\"]\ncost = 4\nlifetime_s = 3600\n",
		id::<DatasetId>(DATASET)
	)
}

#[tokio::test]
async fn a_batch_of_records_offers_a_bounty_while_the_budget_lasts() {
	// The hash is that of the built-in template, which is the same in every folder.
	let folder = tempfile::tempdir().unwrap();
	template::built_in::install(folder.path()).unwrap();
	let path = folder.path().join("condition.toml");
	let condition = Template::load_unsigned(&path).unwrap().hash();
	let gate = Builder::new()
		.extra(&with_offer())
		.world(|world| drop(world.datasets.insert(id(DATASET), dataset(condition, 5))))
		.start()
		.await;
	let world = gate.chain.world();
	assert_eq!(world.bounties.len(), 1, "the budget is for one");
	let bounty = world.bounties.values().next().unwrap();
	assert_eq!(bounty.offer.cost, 4);
	assert_eq!(bounty.offer.parameters.group_by.as_slice(), [0]);
	assert!(gate.chain.world().records.len() > 1, "records are posted all the same");
}

#[tokio::test]
async fn a_failed_offer_delays_no_record() {
	// No such dataset is registered.
	let gate = Builder::new().extra(&with_offer()).start().await;
	assert!(gate.chain.world().bounties.is_empty());
	assert!(!gate.chain.world().records.is_empty());
	let refused = WriteError::Failed(String::new());
	assert_ne!(refused, WriteError::NotIncluded(String::new()));
}
