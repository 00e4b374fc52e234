//! Publishing: every row is posted once.

use crate::support::{eventually, id, subject, Builder, Gate, PATIENT};
use medrec_gatekeeper::{
	chain::{Touched, Write, WriteError},
	records::{
		record_id,
		state::{Progress, State},
		Secret,
	},
};
use medrec_primitives::relationship::RelationshipId;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::{
	fs::{self, File},
	time::Duration,
};

async fn unfinished(gate: &Gate) -> usize {
	let state = State::open(gate.config.state.path()).await.unwrap();
	let unfinished = state.unfinished().await.unwrap().len();
	state.close().await;
	unfinished
}

fn posts(gate: &Gate) -> usize {
	let count = |write: &Write| match write {
		Write::Records(posts, _) => posts.len(),
		_ => 0,
	};
	gate.chain.written().iter().map(count).sum()
}

#[tokio::test]
async fn every_row_is_posted_once_and_no_more_after_a_restart() {
	let mut gate = Gate::start().await;
	let posted = gate.chain.world().records.len();
	assert!(posted > 5);
	assert_eq!(posts(&gate), posted);
	gate.restart().await;
	tokio::time::sleep(Duration::from_millis(1_500)).await;
	assert_eq!(posts(&gate), posted);
}

#[tokio::test]
async fn new_and_changed_rows_follow() {
	let gate = Gate::start().await;
	let (record, before) = gate.record_of("condition");
	let count = gate.chain.world().records.len();
	gate.add_condition("new").await;
	gate.sql("ehr.sqlite", "UPDATE conditions SET code = '2', changed = NULL").await;
	eventually("both are posted", || {
		let world = gate.chain.world();
		world.records.len() == count + 1
			&& world.records[&(gate.relationship(), record)].version == before.version + 1
	})
	.await;
}

#[tokio::test]
async fn a_post_in_a_retracted_block_is_sent_again() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	// All posts are final and marked as such before finality stops.
	let started = std::time::Instant::now();
	while unfinished(&gate).await > 0 {
		assert!(started.elapsed() < Duration::from_secs(10));
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
	gate.instant_finality(false);
	gate.add_condition("new").await;
	eventually("it is posted", || gate.chain.world().records.len() == count + 1).await;
	gate.chain.retract();
	assert_eq!(gate.chain.world().records.len(), count);
	for _ in 0..4 {
		gate.block(&[], |_| {}).await;
	}
	eventually("it is posted again", || gate.chain.world().records.len() == count + 1).await;
	gate.instant_finality(true);
	gate.finalize().await;
	let started = std::time::Instant::now();
	while unfinished(&gate).await > 0 {
		assert!(started.elapsed() < Duration::from_secs(10));
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
}

#[tokio::test]
async fn a_sent_version_that_was_not_marked_is_found_on_the_chain() {
	let mut gate = Gate::start().await;
	let sent = posts(&gate);
	gate.stop().await;
	// The state after a crash between sending and marking.
	gate.sql(
		"state.sqlite",
		"UPDATE records SET progress = 'planned', block_number = NULL, block_hash = NULL",
	)
	.await;
	// The counters and the log of this thread alone, on which the service of this test runs.
	let recorder = PrometheusBuilder::new().build_recorder();
	let _counting = metrics::set_default_local_recorder(&recorder);
	let log = File::create(gate.path("log")).unwrap();
	let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log);
	let _logging = tracing::subscriber::set_default(subscriber.finish());
	gate.start_again().await;
	gate.settled().await;
	assert_eq!(posts(&gate), sent);
	let counted = format!("medrec_gatekeeper_records_posted_total {sent}\n");
	eventually("they are counted", || recorder.handle().render().contains(&counted)).await;
	let log = fs::read_to_string(gate.path("log")).unwrap();
	let lines = Vec::from_iter(log.lines().filter(|line| line.contains("records are in a block")));
	assert_eq!(lines.len(), 1, "{log}");
	assert!(lines[0].contains(&format!("posted={sent} amended=0 block=")), "{log}");
	let state = State::open(gate.config.state.path()).await.unwrap();
	let kept = state.records_of(&gate.relationship()).await.unwrap();
	assert!(kept.iter().all(|kept| kept.progress != Progress::Planned));
}

#[tokio::test]
async fn a_failed_version_does_not_delay_others() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	gate.chain.fail(Some(WriteError::Failed("Ppr.TooManyRecords".into())));
	gate.add_condition("full").await;
	let sent = posts(&gate);
	eventually("it is tried", || posts(&gate) > sent).await;
	gate.chain.fail(None);
	gate.add_condition("other").await;
	eventually("the other is posted", || gate.chain.world().records.len() == count + 1).await;
	tokio::time::sleep(Duration::from_millis(1_200)).await;
	assert_eq!(gate.chain.world().records.len(), count + 1, "the first one waits");
}

#[tokio::test]
async fn versions_that_cannot_be_sent_do_not_hide_later_ones() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	// More than one window of due versions, in a relationship that the chain does not know.
	gate.sql(
		"state.sqlite",
		"INSERT INTO relationships SELECT zeroblob(32), local_id FROM patients LIMIT 1",
	)
	.await;
	let planned = gate
		.sql(
			"state.sqlite",
			"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
			 INSERT INTO records (relationship, record, version, local_id, template, row_handle, \
			 row_changed, handle, salt, commitment, category, release) \
			 SELECT zeroblob(32), randomblob(32), 1, local_id, randomblob(32), x'31', '1', x'31', \
			 randomblob(32), randomblob(32), 1, 'released' \
			 FROM n, (SELECT local_id FROM patients LIMIT 1)",
		)
		.await;
	assert_eq!(planned, 5_000);
	gate.add_condition("new").await;
	eventually("it is posted", || gate.chain.world().records.len() == count + 1).await;
}

#[tokio::test]
async fn a_template_without_its_table_delays_no_other_and_resumes() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	gate.sql("ehr.sqlite", "ALTER TABLE conditions RENAME TO elsewhere").await;
	gate.sql(
		"ehr.sqlite",
		"INSERT INTO observations (id, patient, category, code, display, resource) \
		 SELECT 'new', id, 'laboratory', '1', 'New', '{}' FROM patients LIMIT 1",
	)
	.await;
	eventually("the other is posted", || gate.chain.world().records.len() == count + 1).await;
	gate.sql("ehr.sqlite", "ALTER TABLE elsewhere RENAME TO conditions").await;
	gate.add_condition("new").await;
	eventually("it is read on", || gate.chain.world().records.len() == count + 2).await;
}

#[tokio::test]
async fn nothing_is_posted_into_a_relationship_that_was_linked_to_another_patient() {
	let mut builder = Builder::new();
	builder.patients = 2;
	let gate = builder.start().await;
	// The operator names the second patient's new relationship for the first.
	let foreign: RelationshipId = id(0x44);
	let state = State::open(gate.config.state.path()).await.unwrap();
	let patient = state.patient_by_subject(&subject(PATIENT)).await.unwrap().unwrap();
	state.link_patient(&patient, Some(&foreign)).await.unwrap();
	state.close().await;
	let mut relationship = gate.chain.world().relationships[&gate.relationship()].clone();
	relationship.patient = subject("Patient2");
	gate.block(&[Touched::Everything(foreign)], |world| {
		world.relationships.insert(foreign, relationship);
	})
	.await;
	gate.add_condition("new").await;
	let record = record_id(&Secret::new([0x5a; 32]), "condition", b"new");
	let new = (gate.relationship(), record);
	eventually("it is posted", || gate.chain.world().records.contains_key(&new)).await;
	// The rows for the other relationship would have been posted before this one.
	assert!(!gate.chain.world().records.keys().any(|(id, _)| *id == foreign));
}
