//! Links of patients, checked against the chain when they are made, published and served.

use crate::support::{
	eventually, id, linked_patient, private, subject, Ask, Builder, Gate, CONFIG, DOCTOR, PATIENT,
};
use http::Method;
use medrec_gatekeeper::{
	app::{check_links, link_patient, resolve_identifier, LinkError, LinkState, LinkedPatient},
	chain::{LookupError, Stale, Touched},
	config::ChainConfig,
	records::{self, state::Patient, SqliteSource, State, Templates},
};
use medrec_primitives::{
	identity::{Role, SubjectId},
	relationship::RelationshipId,
};
use medrec_protocol::{keys::Key, wire::ErrorCode};
use serde_json::Value;
use std::{
	process::{Command, Output},
	time::Duration,
};

/// Binds the identifier of the first patient to `subject`, or unbinds it.
async fn bind(gate: &Gate, subject: Option<SubjectId>) {
	let identifier = linked_patient(1).identifier;
	gate.block(&[Touched::Identifier(identifier)], |world| {
		world.identifiers.remove(&identifier);
		world.identifiers.extend(subject.map(|subject| (identifier, subject)));
	})
	.await;
}

async fn broken_links(gate: &Gate) -> String {
	let text = gate.metrics().await;
	let line = text.lines().find_map(|line| line.strip_prefix("medrec_gatekeeper_broken_links "));
	line.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_patient_whose_identifier_does_not_resolve_is_neither_served_nor_published() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	for wrong in [None, Some(subject(DOCTOR))] {
		gate.query(PATIENT).answered().await;
		bind(&gate, wrong).await;
		for name in [PATIENT, DOCTOR] {
			let envelope = gate.query(name).refused(ErrorCode::NotFound).await;
			assert!(envelope.error.receipt.is_some());
			let missing = Ask::query(&gate, name, id(0x55)).refused(ErrorCode::NotFound).await;
			assert_eq!(envelope.error.message, missing.error.message);
		}
		assert_eq!(broken_links(&gate).await, "1");
		bind(&gate, Some(subject(PATIENT))).await;
	}
	gate.query(PATIENT).answered().await;
	assert_eq!(broken_links(&gate).await, "0");

	bind(&gate, None).await;
	gate.add_condition("new").await;
	// More than two rounds of publishing.
	tokio::time::sleep(Duration::from_millis(2_500)).await;
	assert_eq!(gate.chain.world().records.len(), count);
	bind(&gate, Some(subject(PATIENT))).await;
	eventually("the row is posted", || gate.chain.world().records.len() == count + 1).await;
	assert!(gate.chain.world().alarms.is_empty());
}

#[tokio::test]
async fn a_link_that_breaks_while_the_row_is_read_is_not_served() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	let unbind = bind(&gate, None);
	gate.query_during(DOCTOR, unbind).await.refused(ErrorCode::NotFound);
	bind(&gate, Some(subject(PATIENT))).await;
	gate.query(DOCTOR).answered().await;

	let unlink = async {
		let state = State::open(gate.config.state.path()).await.unwrap();
		state.unlink_patient(&gate.local_id()).await.unwrap();
		state.close().await;
	};
	gate.query_during(DOCTOR, unlink).await.refused(ErrorCode::NotFound);
}

#[tokio::test]
async fn a_link_that_breaks_while_rows_are_planned_is_not_published() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	let mut ehr = gate.connect("ehr.sqlite").await;
	sqlx::query("BEGIN EXCLUSIVE").execute(&mut ehr).await.unwrap();
	let row = gate.condition("new");
	sqlx::query(sqlx::AssertSqlSafe(row)).execute(&mut ehr).await.unwrap();
	// A round of publishing begins, and waits for the database.
	tokio::time::sleep(Duration::from_millis(1_200)).await;
	bind(&gate, None).await;
	sqlx::query("COMMIT").execute(&mut ehr).await.unwrap();
	tokio::time::sleep(Duration::from_millis(2_500)).await;
	assert_eq!(gate.chain.world().records.len(), count);
	bind(&gate, Some(subject(PATIENT))).await;
	eventually("the row is posted", || gate.chain.world().records.len() == count + 1).await;
}

#[tokio::test]
async fn an_unbound_identifier_counts_at_the_best_block_and_a_bound_one_when_it_is_final() {
	let gate = Gate::start().await;
	gate.instant_finality(false);
	bind(&gate, None).await;
	gate.query(PATIENT).refused(ErrorCode::NotFound).await;
	gate.finalize().await;
	bind(&gate, Some(subject(PATIENT))).await;
	gate.query(PATIENT).refused(ErrorCode::NotFound).await;
	gate.finalize().await;
	gate.query(PATIENT).answered().await;
}

/// Links a patient in the state of a gatekeeper, as the command does.
async fn link_in(
	gate: &Gate,
	chain: &ChainConfig,
	patient: &Patient,
	relationship: Option<&RelationshipId>,
) -> Result<(), LinkError> {
	let config = &gate.config;
	let key: Key = crate::support::key("Device");
	let ehr = SqliteSource::open(config.ehr.path()).await.unwrap();
	let templates = Templates::load(&config.templates, &key.account()).unwrap();
	let state = State::open(config.state.path()).await.unwrap();
	let linked =
		link_patient((&*gate.chain, chain), (&ehr, &templates), &state, patient, relationship)
			.await;
	state.close().await;
	linked
}

/// Links a patient in the state of a gatekeeper, as the command does without a relationship.
async fn link(gate: &Gate, chain: &ChainConfig, patient: &Patient) -> Result<(), LinkError> {
	link_in(gate, chain, patient, None).await
}

/// A gatekeeper with one linked patient, and a second patient in its database only.
async fn gate_with_unlinked_patient() -> (Gate, Patient) {
	let mut builder = Builder::new();
	builder.patients = 2;
	let gate = builder.start().await;
	let patient = linked_patient(2);
	let state = State::open(gate.config.state.path()).await.unwrap();
	state.unlink_patient(&patient.local_id).await.unwrap();
	state.close().await;
	(gate, patient)
}

#[tokio::test]
async fn a_patient_is_linked_if_the_identifier_resolves_at_the_final_block() {
	let (gate, patient) = gate_with_unlinked_patient().await;
	let chain = ChainConfig::default();
	link(&gate, &chain, &patient).await.unwrap();
	// Linking again changes nothing.
	link(&gate, &chain, &patient).await.unwrap();

	gate.instant_finality(false);
	let entry = [Touched::Identifier(patient.identifier)];
	gate.block(&entry, |world| world.identifiers.retain(|id, _| *id != patient.identifier)).await;
	link(&gate, &chain, &patient).await.unwrap();
	gate.finalize().await;
	let error = link(&gate, &chain, &patient).await.unwrap_err();
	assert!(matches!(error, LinkError::IdentifierUnbound(_)), "{error}");
}

#[tokio::test]
async fn a_patient_who_does_not_match_the_chain_or_the_database_is_not_linked() {
	let (gate, patient) = gate_with_unlinked_patient().await;
	let chain = ChainConfig::default();

	let other = Patient { subject: subject(PATIENT), ..patient.clone() };
	let error = link(&gate, &chain, &other).await.unwrap_err();
	let LinkError::OtherSubject { bound, given } = error else { panic!("{error}") };
	assert_eq!((bound, given), (patient.subject, subject(PATIENT)));

	let unbound = Patient { identifier: id(0x66), ..patient.clone() };
	let error = link(&gate, &chain, &unbound).await.unwrap_err();
	assert!(matches!(error, LinkError::IdentifierUnbound(_)), "{error}");
	assert!(error.to_string().contains("medrec registrar bind-identifier"));

	let missing = Patient { local_id: "nobody".to_owned(), ..patient.clone() };
	let error = link(&gate, &chain, &missing).await.unwrap_err();
	assert!(matches!(error, LinkError::NotInDatabase), "{error}");

	let entry = [Touched::Subject(patient.subject)];
	gate.block(&entry, |world| {
		world.subjects.get_mut(&patient.subject).unwrap().role = Role::Clinician;
	})
	.await;
	let error = link(&gate, &chain, &patient).await.unwrap_err();
	assert!(matches!(error, LinkError::NotAPatient(_)), "{error}");

	let linked = Patient { identifier: patient.identifier, ..linked_patient(1) };
	let binding = [Touched::Identifier(patient.identifier)];
	gate.block(&binding, |world| {
		world.identifiers.insert(patient.identifier, linked.subject);
	})
	.await;
	let error = link(&gate, &chain, &linked).await.unwrap_err();
	assert!(matches!(error, LinkError::Records(records::Error::AlreadyLinked(_))), "{error}");
}

#[tokio::test]
async fn a_patient_is_linked_only_to_a_relationship_of_the_same_subject() {
	let (gate, patient) = gate_with_unlinked_patient().await;
	let chain = ChainConfig::default();
	for wrong in [gate.relationship(), id(0x77)] {
		let error = link_in(&gate, &chain, &patient, Some(&wrong)).await.unwrap_err();
		assert!(matches!(error, LinkError::OtherRelationship(_)), "{error}");
	}
	let relationships = gate.chain.world().relationships;
	let own = relationships.iter().find(|(_, found)| found.patient == patient.subject).unwrap();
	link_in(&gate, &chain, &patient, Some(own.0)).await.unwrap();
}

#[tokio::test]
async fn the_subject_of_an_identifier_is_found_at_the_final_block() {
	let gate = Gate::start().await;
	let (chain, patient) = (ChainConfig::default(), linked_patient(1));
	let state = State::open(gate.config.state.path()).await.unwrap();
	let resolve = || resolve_identifier((&*gate.chain, &chain), &state, &patient.identifier);
	assert_eq!(resolve().await.unwrap(), patient.subject);
	gate.instant_finality(false);
	bind(&gate, None).await;
	assert_eq!(resolve().await.unwrap(), patient.subject);
	gate.finalize().await;
	let error = resolve().await.unwrap_err();
	assert!(matches!(error, LinkError::IdentifierUnbound(_)), "{error}");
}

#[tokio::test]
async fn a_database_is_not_used_with_another_chain() {
	let (gate, patient) = gate_with_unlinked_patient().await;
	let state = State::open(gate.config.state.path()).await.unwrap();
	// The running service has saved the chain that it follows.
	assert_eq!(state.genesis().await.unwrap(), Some(gate.chain.genesis()));
	state.close().await;
	gate.sql("state.sqlite", "UPDATE chain SET genesis = zeroblob(32)").await;
	let error = link(&gate, &ChainConfig::default(), &patient).await.unwrap_err();
	assert!(matches!(error, LinkError::Chain(LookupError::OtherChain(_))), "{error}");
	assert!(error.to_string().contains("`state`"), "{error}");
}

#[tokio::test]
async fn no_patient_is_linked_by_a_node_that_is_down_old_or_of_another_chain() {
	let (gate, patient) = gate_with_unlinked_patient().await;
	let other_chain = ChainConfig { genesis: Some(id(0x99)), ..ChainConfig::default() };
	let error = link(&gate, &other_chain, &patient).await.unwrap_err();
	assert!(matches!(error, LinkError::Chain(LookupError::OtherChain(_))), "{error}");

	let chain = ChainConfig::default();
	gate.chain.down(true);
	let error = link(&gate, &chain, &patient).await.unwrap_err();
	assert!(matches!(error, LinkError::Chain(LookupError::Source(_))), "{error}");
	gate.chain.down(false);

	gate.chain.block_of_age(200_000, &[], |_| {});
	let error = link(&gate, &chain, &patient).await.unwrap_err();
	assert!(matches!(error, LinkError::Chain(LookupError::Stale(Stale::Old))), "{error}");
}

#[tokio::test]
async fn links_are_listed_with_their_states_and_without_local_ids() {
	let mut builder = Builder::new();
	builder.patients = 4;
	let gate = builder.start().await;
	let [_, unbound, other, clinician] = [1, 2, 3, 4].map(linked_patient);
	let entries = [
		Touched::Identifier(unbound.identifier),
		Touched::Identifier(other.identifier),
		Touched::Subject(clinician.subject),
	];
	gate.block(&entries, |world| {
		world.identifiers.remove(&unbound.identifier);
		world.identifiers.insert(other.identifier, subject(PATIENT));
		world.subjects.get_mut(&clinician.subject).unwrap().role = Role::Clinician;
	})
	.await;
	let state = State::open(gate.config.state.path()).await.unwrap();
	let chain = ChainConfig::default();
	let listed = check_links((&*gate.chain, &chain), &state, false).await.unwrap();
	let state_of = |subject: SubjectId| {
		listed.iter().find(|link| link.subject == subject).expect("it is linked").state
	};
	assert_eq!(state_of(subject(PATIENT)), LinkState::Valid);
	assert_eq!(state_of(unbound.subject), LinkState::IdentifierUnbound);
	assert_eq!(state_of(other.subject), LinkState::OtherSubject);
	assert_eq!(state_of(clinician.subject), LinkState::NotAPatient);
	let first = listed.iter().find(|link| link.subject == subject(PATIENT)).unwrap();
	assert_eq!(first.relationships, [gate.relationship()]);
	assert!(first.to_string().contains(&gate.relationship().to_string()));
	let proposed = LinkedPatient { relationships: Vec::new(), ..first.clone() };
	assert!(proposed.to_string().contains("no relationship yet that the patient has accepted"));
	let text = serde_json::to_string(&listed).unwrap();
	assert!(!text.contains(&gate.local_id()) && text.contains("\"identifier_unbound\""));
	let shown = check_links((&*gate.chain, &chain), &state, true).await.unwrap();
	assert!(serde_json::to_string(&shown).unwrap().contains(&gate.local_id()));
}

/// Runs a command with the configuration of `gate`.
fn run(gate: &Gate, command: &[&str], arguments: &[&str]) -> Output {
	Command::new(env!("CARGO_BIN_EXE_medrec-gatekeeper"))
		.arg("--json")
		.args(command)
		.arg("--config")
		.arg(gate.path(CONFIG))
		.args(arguments)
		.output()
		.unwrap()
}

#[tokio::test]
async fn an_unlinked_patient_is_not_served_until_linked_again() {
	let gate = Gate::start().await;
	gate.query(PATIENT).answered().await;
	let patient = linked_patient(1);
	let named = patient.subject.to_string();
	let file = gate.path("patient.id");
	private(&file, &patient.local_id);
	for arguments in [["--subject", named.as_str()], ["--local-id-file", file.to_str().unwrap()]] {
		let output = run(&gate, &["unlink-patient"], &arguments);
		assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
		let unlinked: Value = serde_json::from_slice(&output.stdout).unwrap();
		assert_eq!(unlinked["subject"], named.as_str());
		assert_eq!(unlinked["relationships"][0], gate.relationship().to_string().as_str());
		gate.query(PATIENT).refused(ErrorCode::NotFound).await;

		let again = run(&gate, &["unlink-patient"], &arguments);
		assert_eq!(again.status.code(), Some(1));
		assert!(String::from_utf8_lossy(&again.stderr).contains("patients list"));

		let count = gate.chain.world().records.len();
		link(&gate, &ChainConfig::default(), &patient).await.unwrap();
		let relationship = gate.relationship();
		let state = State::open(gate.config.state.path()).await.unwrap();
		let started = std::time::Instant::now();
		while state.patient_of(&relationship).await.unwrap().is_none() {
			assert!(started.elapsed().as_secs() < 10, "the relationship is not linked again");
			tokio::time::sleep(Duration::from_millis(50)).await;
		}
		gate.query(PATIENT).answered().await;
		assert_eq!(gate.chain.world().records.len(), count, "nothing is posted twice");
	}
}

#[tokio::test]
async fn commands_about_links_fail_without_a_node() {
	let gate = Gate::start().await;
	let patient = linked_patient(1);
	let (file, named) = (gate.path("patient.id"), patient.subject.to_string());
	private(&file, &patient.local_id);
	let link = ["--subject", &named, "--local-id-file", file.to_str().unwrap()];
	for (command, arguments) in [(&["link-patient"][..], &link[..]), (&["patients", "list"], &[])] {
		let output = run(&gate, command, arguments);
		assert_eq!(output.status.code(), Some(5));
		let text = String::from_utf8_lossy(&output.stderr);
		assert!(text.contains("cannot reach the node"), "{text}");
	}
	let health = Ask::new(&gate, DOCTOR, Method::GET, "/healthz").send().await;
	assert_eq!(health.status, 200);
}
