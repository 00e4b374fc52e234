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

/// A gauge.
#[derive(Clone, Copy, Debug)]
pub enum Gauge {
	/// The number of the best block.
	Best,
	/// The number of the final block.
	Finalized,
	/// The age of the best block, in seconds.
	HeadAge,
	/// The number of receipts in the log.
	LogSize,
	/// The number of anchored receipts.
	LogAnchored,
	/// The number of protective calls in the pool.
	Pending,
	/// 1 if the view of the chain can be used for decisions, else 0.
	Fresh,
	/// The number of relationships whose link to a patient does not match the chain.
	BrokenLinks,
}

impl Gauge {
	fn name(self) -> &'static str {
		match self {
			Gauge::Best => "medrec_gatekeeper_best_block",
			Gauge::Finalized => "medrec_gatekeeper_final_block",
			Gauge::HeadAge => "medrec_gatekeeper_head_age_seconds",
			Gauge::LogSize => "medrec_gatekeeper_log_size",
			Gauge::LogAnchored => "medrec_gatekeeper_log_anchored",
			Gauge::Pending => "medrec_gatekeeper_pending_protective_calls",
			Gauge::Fresh => "medrec_gatekeeper_chain_fresh",
			Gauge::BrokenLinks => "medrec_gatekeeper_broken_links",
		}
	}
}

/// Installs the recorder. Later calls have no effect.
pub fn install() {
	HANDLE.get_or_init(|| {
		let buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
		let builder = PrometheusBuilder::new().set_buckets(&buckets).ok()?;
		let handle = builder.install_recorder().ok()?;
		describe_counter!(REQUESTS, "Requests, by route and by what they were answered");
		describe_histogram!(SECONDS, "How long requests took, by route");
		describe_counter!(ALARMS, "Rows that did not match their commitment");
		describe_counter!(POSTED, "Records posted or amended");
		describe_counter!(FAILED, "Transactions that were given up for the time being");
		describe_gauge!(Gauge::Best.name(), "The number of the best block");
		describe_gauge!(Gauge::Finalized.name(), "The number of the final block");
		describe_gauge!(Gauge::HeadAge.name(), "The age of the best block, in seconds");
		describe_gauge!(Gauge::LogSize.name(), "Receipts in the log");
		describe_gauge!(Gauge::LogAnchored.name(), "Receipts that are anchored on the chain");
		describe_gauge!(Gauge::Pending.name(), "Protective calls in the pool");
		describe_gauge!(Gauge::Fresh.name(), "1 if access can be decided, else 0");
		describe_gauge!(
			Gauge::BrokenLinks.name(),
			"Relationships whose link to a patient does not match the chain"
		);
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
	gauge!(gauge.name()).set(value);
}
