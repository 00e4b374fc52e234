//! Metrics for Prometheus. No label names a person, a relationship or a record.

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{sync::OnceLock, time::Duration};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

const REQUESTS: &str = "medrec_gatekeeper_requests_total";
const SECONDS: &str = "medrec_gatekeeper_request_seconds";
const ALARMS: &str = "medrec_gatekeeper_integrity_alarms_total";
const POSTED: &str = "medrec_gatekeeper_records_posted_total";
const FAILED: &str = "medrec_gatekeeper_transactions_failed_total";

/// A gauge, by its name and its description.
#[derive(Clone, Copy, Debug)]
pub struct Gauge(&'static str, &'static str);

/// Declares gauges, each with its description as documentation.
macro_rules! gauges {
	($($gauge:ident $name:literal $description:literal,)+) => {
		impl Gauge {
			$(#[doc = $description]
			pub const $gauge: Gauge = Gauge(concat!("medrec_gatekeeper_", $name), $description);)+

			const ALL: &[Gauge] = &[$(Gauge::$gauge),+];
		}
	};
}

gauges! {
	BEST "best_block" "The number of the best block",
	FINALIZED "final_block" "The number of the final block",
	HEAD_AGE "head_age_seconds" "The age of the best block, in seconds",
	LOG_SIZE "log_size" "Receipts in the log",
	LOG_ANCHORED "log_anchored" "Receipts that are anchored on the chain",
	PENDING "pending_protective_calls" "Protective calls in the pool",
	FRESH "chain_fresh" "1 if access can be decided, else 0",
	BROKEN_LINKS "broken_links" "Relationships whose link to a patient does not match the chain",
}

/// Installs the recorder. Later calls have no effect.
pub fn install() {
	HANDLE.get_or_init(|| {
		let buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
		let builder = PrometheusBuilder::new().set_buckets(&buckets).ok()?;
		let handle = builder.install_recorder().ok()?;
		describe_counter!(REQUESTS, "Requests, by route and by code");
		describe_histogram!(SECONDS, "The duration of requests, by route");
		describe_counter!(ALARMS, "Rows that did not match their commitment");
		describe_counter!(POSTED, "Records posted or amended");
		describe_counter!(FAILED, "Transactions that failed or were not included");
		for Gauge(name, description) in Gauge::ALL {
			describe_gauge!(*name, *description);
		}
		Some(handle)
	});
}

/// The metrics in the text format of Prometheus; empty without a recorder.
pub fn render() -> String {
	HANDLE.get().and_then(Option::as_ref).map_or_else(String::new, |handle| {
		handle.run_upkeep();
		handle.render()
	})
}

/// Counts a request to `route` that was answered with `code`.
pub fn request(route: &str, code: &'static str, spent: Duration) {
	counter!(REQUESTS, "route" => route.to_owned(), "code" => code).increment(1);
	histogram!(SECONDS, "route" => route.to_owned()).record(spent);
}

/// Counts a row that does not match its commitment.
pub fn alarm() {
	counter!(ALARMS).increment(1);
}

/// Counts records that were posted.
pub fn posted(count: usize) {
	counter!(POSTED).increment(count as u64);
}

/// Counts a transaction that failed or was not included.
pub fn transaction_failed(kind: &'static str) {
	counter!(FAILED, "kind" => kind).increment(1);
}

/// Sets a gauge.
pub fn set(gauge: Gauge, value: f64) {
	gauge!(gauge.0).set(value);
}
