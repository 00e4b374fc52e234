//! The catalogue of a relationship.

use crate::support::{
	id, key, subject, Ask, Builder, Gate, AUTHORITY, DOCTOR, PATIENT, PROVIDER, RESEARCHER,
};
use http::Method;
use medrec_client::{
	chain::{PprCall, RuntimeCall},
	http::GatekeeperClient,
};
use medrec_gatekeeper::{chain::Touched, config::Rate};
use medrec_primitives::{
	record::{Category, RecordId, Release},
	relationship::{Effect, Purpose, Purposes, RelationshipId, RelationshipState, Scope},
};
use medrec_protocol::{
	catalogue::{Catalogue, Posted},
	signing::RequestSigner,
	wire::{path_catalogue, CatalogueResponse, ErrorCode, LogHead, PATH_LOG_HEAD},
};
use std::{collections::BTreeSet, time::Duration};

const ALL: [&str; 6] =
	["condition", "encounter", "immunization", "lab-result", "medication", "observation"];

const LABORATORY: Category = Category(10);

fn ask<'a>(gate: &'a Gate, name: &str) -> Ask<'a> {
	ask_of(gate, name, gate.relationship())
}

fn ask_of<'a>(gate: &'a Gate, name: &str, relationship: RelationshipId) -> Ask<'a> {
	Ask::new(gate, name, Method::GET, path_catalogue(relationship))
}

/// What the provider has on the chain in the relationship.
fn posted(gate: &Gate) -> Posted {
	let (world, relationship) = (gate.chain.world(), gate.relationship());
	let of_it = world.records.iter().filter(|((id, _), _)| *id == relationship);
	Posted::by(subject(PROVIDER), of_it.map(|(_, pointer)| pointer))
}

/// The IDs of the templates that `name` may know, in order. All entries verify.
async fn known(gate: &Gate, name: &str) -> Vec<String> {
	let response: CatalogueResponse = ask(gate, name).send().await.ok();
	assert_eq!(response.decided_at, gate.chain.finalized().into());
	let listed: BTreeSet<_> = response.categories.iter().map(|category| category.key).collect();
	let catalogue = Catalogue::verify(response, &posted(gate));
	assert_eq!(catalogue.unproven(), []);
	let categories: BTreeSet<_> = catalogue.templates().map(|template| template.category).collect();
	assert_eq!(listed, categories, "of these templates alone");
	let named = catalogue.categories().chain(catalogue.stated()).map(|(key, _)| key);
	assert_eq!(named.collect::<BTreeSet<_>>(), categories);
	let mut ids: Vec<_> = catalogue.templates().map(|template| template.id.clone()).collect();
	ids.sort();
	ids
}

fn scope_of(records: &[RecordId]) -> Scope {
	let records: BTreeSet<RecordId> = records.iter().copied().collect();
	Scope::Records(records.try_into().unwrap())
}

/// The records of the first patient in a category.
fn records_in(gate: &Gate, category: Category) -> Vec<RecordId> {
	let world = gate.chain.world();
	let within = world.records.iter().filter(|(_, pointer)| pointer.category == category);
	within.map(|((_, record), _)| *record).collect()
}

#[tokio::test]
async fn the_patient_and_the_provider_read_the_whole_catalogue() {
	let gate = Builder::new().start().await;
	for name in [PATIENT, PROVIDER] {
		assert_eq!(known(&gate, name).await, ALL);
	}
	let catalogue = Catalogue::verify(ask(&gate, PATIENT).send().await.ok(), &posted(&gate));
	for pointer in gate.chain.world().records.values() {
		let template = catalogue.template(&pointer.pointer.template).unwrap();
		assert_eq!(template.category, pointer.category);
		let name = catalogue.category_name(pointer.category).unwrap();
		assert_eq!(catalogue.category_named(name), Some(pointer.category));
	}
	let (_, lab) = gate.record_of("lab-result");
	let template = catalogue.template(&lab.pointer.template).unwrap();
	assert_eq!(template.title, "Laboratory result");
	assert_eq!(template.number_of("value"), Some(2));
	assert_eq!(catalogue.category_named("laboratory"), Some(LABORATORY));

	let head: LogHead = Ask::new(&gate, PATIENT, Method::GET, PATH_LOG_HEAD).send().await.ok();
	assert_eq!(head.size, 0, "no receipt");
}

#[tokio::test]
async fn the_client_reads_a_verified_catalogue() {
	let gate = Builder::new().start().await;
	let base = format!("http://{}", gate.address());
	let signer = RequestSigner::Wallet(key(PATIENT));
	let client = GatekeeperClient::new(&base, gate.chain.genesis(), signer).unwrap();
	let client = client.with_authority(AUTHORITY);
	let catalogue = client.catalogue(gate.relationship(), &posted(&gate)).await.unwrap();
	assert_eq!(catalogue.templates().count(), ALL.len());
	let unknown = client.catalogue(id(0x99), &Posted::default()).await.unwrap_err();
	assert_eq!(unknown.code(), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn a_grantee_reads_what_its_permissions_cover() {
	let gate = Builder::new().start().await;
	gate.grant(Scope::Category(LABORATORY), |_| {}).await;
	assert_eq!(known(&gate, DOCTOR).await, ["lab-result"]);
	gate.grant(scope_of(&[gate.record()]), |_| {}).await;
	assert_eq!(known(&gate, DOCTOR).await, ["condition", "lab-result"]);
	let (record, _) = gate.record_of("medication");
	let fields = BTreeSet::from([1]).try_into().unwrap();
	gate.grant(Scope::Fields { record, fields }, |_| {}).await;
	// A template is listed as a whole, since its hash covers all of it.
	assert_eq!(known(&gate, DOCTOR).await, ["condition", "lab-result", "medication"]);
	gate.grant(Scope::All, |_| {}).await;
	assert_eq!(known(&gate, DOCTOR).await, ALL);
}

#[tokio::test]
async fn a_permission_for_any_purpose_counts() {
	let gate = Builder::new().start().await;
	let mut purposes = Purposes::new();
	purposes.try_insert(Purpose::Hpaymt).unwrap();
	gate.grant(Scope::Category(LABORATORY), |grant| grant.purposes = purposes).await;
	assert_eq!(known(&gate, DOCTOR).await, ["lab-result"]);
}

#[tokio::test]
async fn a_category_without_records_is_known_to_whom_it_is_permitted() {
	let gate = Builder::new().start().await;
	gate.grant(Scope::Category(LABORATORY), |_| {}).await;
	let relationship = gate.relationship();
	gate.block(&[Touched::Everything(relationship)], |world| {
		world.records.retain(|_, pointer| pointer.category != LABORATORY);
	})
	.await;
	assert_eq!(known(&gate, DOCTOR).await, ["lab-result"]);
	assert_eq!(known(&gate, PATIENT).await, ALL);
}

#[tokio::test]
async fn what_is_denied_is_not_listed() {
	let gate = Gate::start().await;
	let deny = |scope| {
		gate.grant(scope, |grant| {
			grant.effect = Effect::Deny;
			grant.purposes = Purposes::new();
		})
	};
	let laboratory = records_in(&gate, LABORATORY);
	assert!(laboratory.len() > 1);
	deny(scope_of(&laboratory[..1])).await;
	assert_eq!(known(&gate, DOCTOR).await, ALL, "other records of the template are permitted");
	deny(Scope::Category(LABORATORY)).await;
	let rest: Vec<_> = ALL.into_iter().filter(|id| *id != "lab-result").collect();
	assert_eq!(known(&gate, DOCTOR).await, rest);
	assert_eq!(known(&gate, PATIENT).await, ALL);
	deny(Scope::All).await;
	ask(&gate, DOCTOR).refused(ErrorCode::NotPermitted).await;
}

#[tokio::test]
async fn a_withheld_record_names_its_template_to_the_patient_alone() {
	let gate = Builder::new().start().await;
	let (relationship, record) = (gate.relationship(), gate.record());
	gate.grant(scope_of(&[record]), |_| {}).await;
	assert_eq!(known(&gate, DOCTOR).await, ["condition"]);
	gate.block(&[Touched::Record(relationship, record)], |world| {
		world.records.get_mut(&(relationship, record)).unwrap().release = Release::Withheld;
	})
	.await;
	ask(&gate, DOCTOR).refused(ErrorCode::NotPermitted).await;
	assert_eq!(known(&gate, PATIENT).await, ALL);
}

#[tokio::test]
async fn others_learn_nothing() {
	let gate = Gate::start().await;
	let nothing = ask_of(&gate, RESEARCHER, id(0x99)).refused(ErrorCode::NotFound).await;
	let query = gate.query(RESEARCHER).refused(ErrorCode::NotFound).await;
	assert_eq!(nothing.error.message, query.error.message);
	let stranger = ask(&gate, RESEARCHER).refused(ErrorCode::NotFound).await;
	assert_eq!(stranger.error, nothing.error);
	// A denial alone does not reveal the relationship.
	let gate = Builder::new().start().await;
	gate.grant(Scope::All, |grant| grant.effect = Effect::Deny).await;
	let denied = ask(&gate, DOCTOR).refused(ErrorCode::NotFound).await;
	assert_eq!(denied.error, nothing.error);
	ask(&gate, "Stranger").refused(ErrorCode::UnknownKey).await;
	for id in ["0x12", "all"] {
		let path = format!("/v1/relationships/{id}/catalogue");
		Ask::new(&gate, PATIENT, Method::GET, path).refused(ErrorCode::MalformedRequest).await;
	}
}

#[tokio::test]
async fn a_permission_that_is_not_in_force_covers_nothing() {
	let gate = Builder::new().start().await;
	gate.grant(Scope::All, |grant| grant.expires_at = Some(1)).await;
	let ended = ask(&gate, DOCTOR).refused(ErrorCode::NotPermitted).await;
	gate.grant(Scope::All, |grant| grant.not_before = grant.given_at + 3_600_000).await;
	ask(&gate, DOCTOR).refused(ErrorCode::NotPermitted).await;
	// A denial reads like a missing permission.
	gate.grant(Scope::All, |_| {}).await;
	assert_eq!(known(&gate, DOCTOR).await, ALL);
	gate.grant(Scope::All, |grant| grant.effect = Effect::Deny).await;
	let denied = ask(&gate, DOCTOR).refused(ErrorCode::NotPermitted).await;
	assert_eq!(denied.error, ended.error);
}

#[tokio::test]
async fn a_permission_counts_when_it_is_final_and_a_revocation_at_once() {
	let gate = Builder::new().start().await;
	gate.instant_finality(false);
	let grant = gate.grant(Scope::All, |_| {}).await;
	ask(&gate, DOCTOR).refused(ErrorCode::NotFound).await;
	gate.finalize().await;
	assert_eq!(known(&gate, DOCTOR).await, ALL);
	let relationship = gate.relationship();
	gate.pend(PATIENT, RuntimeCall::from(PprCall::revoke { relationship, grant })).await;
	ask(&gate, DOCTOR).refused(ErrorCode::AccessRevoked).await;
	assert_eq!(known(&gate, PATIENT).await, ALL);
	gate.chain.pool(vec![]);
	gate.revoke(grant).await;
	ask(&gate, DOCTOR).refused(ErrorCode::AccessRevoked).await;
	gate.finalize().await;
	ask(&gate, DOCTOR).refused(ErrorCode::NotFound).await;
}

#[tokio::test]
async fn the_catalogue_of_a_terminated_relationship_is_the_patients() {
	let gate = Gate::start().await;
	let relationship = gate.relationship();
	gate.block(&[Touched::Everything(relationship)], |world| {
		world.relationships.get_mut(&relationship).unwrap().state = RelationshipState::Terminated;
	})
	.await;
	ask(&gate, DOCTOR).refused(ErrorCode::RelationshipNotActive).await;
	assert_eq!(known(&gate, PATIENT).await, ALL);
}

#[tokio::test]
async fn a_suspended_requester_is_refused() {
	let gate = Gate::start().await;
	let doctor = subject(DOCTOR);
	gate.block(&[Touched::Subject(doctor)], |world| {
		let status = &mut world.subjects.get_mut(&doctor).unwrap().status;
		*status = medrec_primitives::identity::Status::Suspended;
	})
	.await;
	ask(&gate, DOCTOR).refused(ErrorCode::RequesterNotActive).await;
}

#[tokio::test]
async fn an_account_over_its_rate_is_told_when_to_ask_again() {
	let gate = Builder::new()
		// No tokens are added over time.
		.limits(|limits| limits.account = Rate { per_second: 0, burst: 2 })
		.start()
		.await;
	let base = format!("http://{}", gate.address());
	let signer = RequestSigner::Wallet(key(PATIENT));
	let client = GatekeeperClient::new(&base, gate.chain.genesis(), signer).unwrap();
	let client = client.with_authority(AUTHORITY);
	for _ in 0..2 {
		client.catalogue(gate.relationship(), &Posted::default()).await.unwrap();
	}
	let refused = client.catalogue(gate.relationship(), &Posted::default()).await.unwrap_err();
	assert_eq!(refused.code(), Some(ErrorCode::RateLimited));
	assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
}
