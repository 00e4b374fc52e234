//! Rows come to the chain, once each.

use crate::support::{eventually, Gate};
use medrec_gatekeeper::{
	chain::{Write, WriteError},
	records::state::{Progress, State},
};
use std::time::Duration;

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
	gate.sql(
		"ehr.sqlite",
		"INSERT INTO conditions (id, patient, code, display, resource) \
		 SELECT 'new', patient, '1', 'New', '{}' FROM conditions LIMIT 1",
	)
	.await;
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
	// What was posted is final, and noted as such, before the chain hesitates.
	let started = std::time::Instant::now();
	while unfinished(&gate).await > 0 {
		assert!(started.elapsed() < Duration::from_secs(10));
		tokio::time::sleep(Duration::from_millis(50)).await;
	}
	gate.instant_finality(false);
	gate.sql(
		"ehr.sqlite",
		"INSERT INTO conditions (id, patient, code, display, resource) \
		 SELECT 'new', patient, '1', 'New', '{}' FROM conditions LIMIT 1",
	)
	.await;
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
async fn what_was_sent_but_not_noted_is_recognised_on_the_chain() {
	let mut gate = Gate::start().await;
	let sent = posts(&gate);
	gate.stop().await;
	// As if the process had died between the two.
	gate.sql(
		"state.sqlite",
		"UPDATE records SET progress = 'planned', block_number = NULL, block_hash = NULL",
	)
	.await;
	gate.start_again().await;
	gate.settled().await;
	assert_eq!(posts(&gate), sent);
	let state = State::open(gate.config.state.path()).await.unwrap();
	let kept = state.records_of(&gate.relationship()).await.unwrap();
	assert!(kept.iter().all(|kept| kept.progress != Progress::Planned));
}

#[tokio::test]
async fn one_post_that_is_refused_does_not_hold_up_the_others() {
	let gate = Gate::start().await;
	let count = gate.chain.world().records.len();
	gate.chain.refuse(Some(WriteError::Refused("Ppr.TooManyRecords".into())));
	gate.sql(
		"ehr.sqlite",
		"INSERT INTO conditions (id, patient, code, display, resource) \
		 SELECT 'full', patient, '1', 'New', '{}' FROM conditions LIMIT 1",
	)
	.await;
	let sent = posts(&gate);
	eventually("it is tried", || posts(&gate) > sent).await;
	gate.chain.refuse(None);
	gate.sql(
		"ehr.sqlite",
		"INSERT INTO conditions (id, patient, code, display, resource) \
		 SELECT 'other', patient, '1', 'New', '{}' FROM conditions LIMIT 1",
	)
	.await;
	eventually("the other is posted", || gate.chain.world().records.len() == count + 1).await;
	tokio::time::sleep(Duration::from_millis(1_200)).await;
	assert_eq!(gate.chain.world().records.len(), count + 1, "the first is left alone for a while");
}
