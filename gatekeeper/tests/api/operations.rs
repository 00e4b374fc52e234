//! Health, metrics, stop, and failures of node and database.

use crate::support::{eventually, Ask, Builder, Gate, DOCTOR, PATIENT};
use http::Method;
use medrec_gatekeeper::{
	chain::{Registration, WriteError},
	metrics::Metric,
};
use medrec_protocol::wire::{ErrorCode, Outcome};
use serde_json::Value;
use std::time::Duration;

async fn ready(gate: &Gate) -> (u16, Value) {
	let reply = Ask::new(gate, DOCTOR, Method::GET, "/readyz").send().await;
	assert!(reply.body.ends_with(b"}\n"));
	(reply.status, serde_json::from_slice(&reply.body).unwrap())
}

#[tokio::test]
async fn a_working_service_is_ready() {
	let gate = Gate::start().await;
	let (status, body) = ready(&gate).await;
	assert_eq!(status, 200, "{body}");
	assert_eq!(body["ready"], true);
	assert_eq!(body["best"], gate.chain.best().number);
	let health = Ask::new(&gate, DOCTOR, Method::GET, "/healthz").send().await;
	assert_eq!(health.ok::<Value>()["alive"], true);
	assert!(health.body.ends_with(b"}\n"));
	assert_eq!(health.headers["content-type"], "application/json");
}

#[tokio::test]
async fn requests_are_refused_while_the_node_is_unreachable() {
	let gate = Gate::start().await;
	gate.chain.down(true);
	let address = gate.address();
	eventually("the listener accepts", || std::net::TcpStream::connect(address).is_ok()).await;
	let started = std::time::Instant::now();
	while ready(&gate).await.0 != 503 {
		assert!(started.elapsed() < Duration::from_secs(10));
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	let reply = gate.query(PATIENT).send().await;
	reply.refused(ErrorCode::ChainStale);
	assert_eq!(reply.headers["retry-after"], "5");
	gate.chain.down(false);
	while ready(&gate).await.0 != 200 {
		assert!(started.elapsed() < Duration::from_secs(20));
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	gate.query(PATIENT).answered().await;
}

#[tokio::test]
async fn nothing_is_served_if_the_node_disconnects_after_the_decision() {
	let gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	let envelope =
		gate.query_during(DOCTOR, gate.disconnect()).await.refused(ErrorCode::ChainStale);
	let receipt = envelope.error.receipt.expect("a refusal leaves a receipt").receipt;
	assert_eq!(receipt.decision, Outcome::Refused(ErrorCode::ChainStale));
	gate.query(PATIENT).refused(ErrorCode::ChainStale).await;
}

#[tokio::test]
async fn requests_are_refused_while_the_best_block_is_old() {
	let gate = Builder::new().extra("chain = { max_head_age_s = 60 }").start().await;
	gate.query(PATIENT).answered().await;
	gate.chain.block_of_age(61_000, &[], |_| {});
	gate.caught_up().await;
	gate.query(PATIENT).refused(ErrorCode::ChainStale).await;
	let (status, body) = ready(&gate).await;
	assert_eq!((status, &body["ready"]), (503, &Value::Bool(false)));
	assert!(body["chain"].as_str().unwrap().contains("old"), "{body}");
}

#[tokio::test]
async fn requests_are_refused_when_no_profile_names_the_gatekeeper() {
	let gate = Gate::start().await;
	gate.block(&[], |world| world.registration = Registration::default()).await;
	gate.query(PATIENT).refused(ErrorCode::ChainStale).await;
}

#[tokio::test]
async fn a_database_that_does_not_answer_has_its_own_code() {
	let gate = Gate::start().await;
	let url = format!("sqlite://{}", gate.path("ehr.sqlite").display());
	let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
	let mut lock = pool.acquire().await.unwrap();
	sqlx::query("BEGIN EXCLUSIVE").execute(&mut *lock).await.unwrap();
	let envelope = gate.query(PATIENT).refused(ErrorCode::DatabaseUnavailable).await;
	assert!(!envelope.error.message.contains("sqlite"));
	sqlx::query("ROLLBACK").execute(&mut *lock).await.unwrap();
	gate.query(PATIENT).answered().await;
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_cancelled() {
	let gate = Gate::start().await;
	gate.sql("ehr.sqlite", "ALTER TABLE conditions RENAME TO conditions_kept").await;
	gate.sql(
		"ehr.sqlite",
		"CREATE VIEW conditions AS SELECT * FROM conditions_kept WHERE (WITH RECURSIVE n(i) AS \
		 (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n) > 0",
	)
	.await;
	gate.query(PATIENT).refused(ErrorCode::QueryTimeout).await;
}

#[tokio::test]
async fn internal_errors_reveal_nothing() {
	let gate = Gate::start().await;
	gate.sql("ehr.sqlite", "ALTER TABLE conditions RENAME COLUMN display TO shown").await;
	let envelope = gate.query(PATIENT).refused(ErrorCode::Internal).await;
	for word in ["display", "conditions", "sql", "column"] {
		assert!(!envelope.error.message.to_lowercase().contains(word), "{word}");
	}
}

#[tokio::test]
async fn metrics_are_served_on_the_private_listener_alone_and_name_nobody() {
	// Other tests of the process count in the same recorder.
	let answered = |text: &str| {
		let counter = "medrec_gatekeeper_requests_total{route=\"/v1/query\",code=\"ok\"} ";
		let count = text.lines().find_map(|line| line.strip_prefix(counter));
		count.map_or(0, |count| count.parse::<u64>().unwrap())
	};
	let gate = Gate::start().await;
	let before = answered(&gate.metrics().await);
	gate.query(DOCTOR).answered().await;
	gate.query("Stranger").refused(ErrorCode::UnknownKey).await;
	let text = gate.metrics().await;
	assert!(answered(&text) > before, "{text}");
	for name in [
		"code=\"unknown_key\"",
		"medrec_gatekeeper_request_duration_seconds",
		"medrec_gatekeeper_best_block",
		"medrec_gatekeeper_chain_fresh 1",
		"medrec_gatekeeper_log_size 1",
		"medrec_gatekeeper_records_posted_total",
	] {
		assert!(text.contains(name), "{name} is not in\n{text}");
	}
	let secret = gate.relationship().to_string();
	assert!(!text.contains(&secret[2..]) && !text.contains(&gate.local_id()));
	Ask::new(&gate, DOCTOR, Method::GET, "/metrics").refused(ErrorCode::NotFound).await;
}

/// The value of a metric without labels, or of the line that begins with `name` and labels.
fn value(text: &str, name: &str) -> f64 {
	let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
	line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn metrics_show_what_waits_what_fails_and_when_it_last_succeeded() {
	let mut gate = Gate::start().await;
	let waiting = "medrec_gatekeeper_records_waiting";
	let failed = "medrec_gatekeeper_transactions_failed_total{kind=\"records\"}";
	let text = gate.metrics().await;
	assert_eq!(value(&text, waiting), 0.0);
	assert_eq!(value(&text, "medrec_gatekeeper_ready"), 1.0);
	let posted = value(&text, "medrec_gatekeeper_last_post_timestamp_seconds");
	let (now, before) = (medrec_client::now() as f64 / 1000.0, value(&text, failed));
	assert!((now - 600.0..=now).contains(&posted), "{posted} at {now}");
	assert!(value(&text, "medrec_gatekeeper_head_age_seconds") < 600.0);

	gate.chain.fail(Some(WriteError::NotIncluded("for the test".into())));
	gate.add_condition("new").await;
	let started = std::time::Instant::now();
	loop {
		let text = gate.metrics().await;
		if value(&text, waiting) == 1.0 && value(&text, failed) > before {
			break;
		}
		assert!(started.elapsed() < Duration::from_secs(20), "{text}");
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	gate.chain.fail(None);
	gate.settled().await;
	gate.query(DOCTOR).answered().await;
	gate.restart().await;
	// The stop anchored the log.
	let text = gate.metrics().await;
	assert_eq!(value(&text, "medrec_gatekeeper_log_anchored"), 1.0);
	let anchored = value(&text, "medrec_gatekeeper_last_anchor_timestamp_seconds");
	let now = medrec_client::now() as f64 / 1000.0;
	assert!((now - 600.0..=now).contains(&anchored), "{anchored} at {now}");
}

#[tokio::test]
async fn a_service_that_is_not_ready_is_counted_as_failed() {
	let gate = Gate::start().await;
	let failed = |text: &str| {
		let counter = "medrec_gatekeeper_requests_total{route=\"/readyz\",code=\"failed\"} ";
		let count = text.lines().find_map(|line| line.strip_prefix(counter));
		count.map_or(0, |count| count.parse::<u64>().unwrap())
	};
	let before = failed(&gate.metrics().await);
	gate.disconnect().await;
	assert_eq!(ready(&gate).await.0, 503);
	let text = gate.metrics().await;
	assert!(failed(&text) > before, "{text}");
	assert_eq!(value(&text, "medrec_gatekeeper_ready"), 0.0);
}

#[tokio::test]
async fn the_table_of_the_readme_lists_every_metric_and_no_other() {
	let readme = include_str!("../../README.md");
	let listed: Vec<&str> =
		readme.lines().filter(|line| line.starts_with("| `medrec_gatekeeper_")).collect();
	let kind = |metric: &Metric| format!("{:?}", metric.kind).to_lowercase();
	let rows: Vec<String> = Metric::ALL
		.iter()
		.map(|metric| {
			let Metric { name, labels, description, .. } = metric;
			format!("| `{name}` | {} | {} | {description} |", kind(metric), labels.join(", "))
		})
		.collect();
	assert_eq!(listed, rows);

	// A recorder has each of them from the first request on.
	let gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	let text = gate.metrics().await;
	for metric in Metric::ALL {
		let line = format!("# TYPE {} {}\n", metric.name, kind(metric));
		assert!(text.contains(&line), "{line}{text}");
	}
	let types = text.lines().filter(|line| line.starts_with("# TYPE "));
	assert_eq!(types.count(), Metric::ALL.len(), "{text}");
	let version = env!("CARGO_PKG_VERSION");
	let info = format!("medrec_gatekeeper_build_info{{version=\"{version}\"}} 1");
	assert!(text.contains(&info), "{text}");
}

#[tokio::test]
async fn a_stop_anchors_the_log() {
	let mut gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	gate.query(DOCTOR).answered().await;
	assert_eq!(gate.chain.world().anchored, None);
	gate.stop().await;
	assert_eq!(gate.chain.world().anchored.unwrap().size, 2);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_node_that_is_gone() {
	let mut gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	// It counts as connected at first: the last answer is not old.
	gate.chain.silent(true);
	// An anchor that waits for the node takes longer.
	let limit = Duration::from_secs(20);
	tokio::time::timeout(limit, gate.stop()).await.expect("it stops without its node");
	assert_eq!(gate.chain.world().anchored, None);

	gate.chain.silent(false);
	gate.start_again().await;
	let started = std::time::Instant::now();
	while ready(&gate).await.0 != 200 {
		assert!(started.elapsed() < limit);
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	gate.stop().await;
	assert_eq!(gate.chain.world().anchored.unwrap().size, 1);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_an_anchor_after_the_node_is_gone() {
	let mut gate = Gate::start().await;
	gate.query(DOCTOR).answered().await;
	gate.instant_finality(false);
	let chain = gate.chain.clone();
	// The anchor is in a block, and waits for finality.
	let lost = async {
		eventually("the log is anchored", || chain.world().anchored.is_some()).await;
		chain.silent(true);
	};
	let limit = Duration::from_secs(20);
	let stop = tokio::time::timeout(limit, gate.stop());
	let (stopped, ()) = tokio::join!(stop, lost);
	stopped.expect("it stops without its node");
	assert_eq!(gate.chain.world().anchored.unwrap().size, 1);
}

#[tokio::test]
async fn pages_of_the_configured_origins_alone_may_read_responses() {
	let gate = Builder::new().extra("origins = [\"https://portal.example\"]").start().await;
	let url = format!("http://{}/v1/query", gate.address());
	let preflight = |origin: &'static str| {
		gate.http()
			.request(Method::OPTIONS, &url)
			.header("origin", origin)
			.header("access-control-request-method", "POST")
			.send()
	};
	let response = preflight("https://portal.example").await.unwrap();
	assert_eq!(response.status(), 204);
	assert_eq!(response.headers()["access-control-allow-origin"], "https://portal.example");
	let allowed = response.headers()["access-control-allow-headers"].to_str().unwrap();
	for header in ["signature", "signature-input", "content-digest", "medrec-session"] {
		assert!(allowed.contains(header));
	}
	let response = preflight("https://other.example").await.unwrap();
	assert_eq!(response.status(), 405);
	assert!(!response.headers().contains_key("access-control-allow-origin"));

	let refused = gate.query("Stranger").header("origin", "https://portal.example").send().await;
	refused.refused(ErrorCode::UnknownKey);
	assert_eq!(refused.headers["access-control-allow-origin"], "https://portal.example");
}
