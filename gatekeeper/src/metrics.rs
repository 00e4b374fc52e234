//! Metrics for Prometheus. No label names a person, a relationship or a record.

use medrec_primitives::Moment;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{sync::OnceLock, time::Duration};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The upper bounds of the histogram of durations, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// The type of a metric.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
	/// A number that only grows, from 0 at each start.
	Counter,
	/// A present value.
	Gauge,
	/// A distribution.
	Histogram,
}

/// A metric. README.md lists them all.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
	/// Its name.
	pub name: &'static str,
	/// Its type.
	pub kind: Kind,
	/// The names of its labels.
	pub labels: &'static [&'static str],
	/// What it measures.
	pub description: &'static str,
}

/// Declares metrics, each with its description as documentation.
macro_rules! declare {
	($($metric:ident $kind:ident $name:literal $labels:tt $description:literal,)+) => {
		impl Metric {
			$(#[doc = $description]
			pub const $metric: Metric = Metric {
				name: concat!("medrec_gatekeeper_", $name),
				kind: Kind::$kind,
				labels: &$labels,
				description: $description,
			};)+

			/// All metrics.
			pub const ALL: &[Metric] = &[$(Metric::$metric),+];
		}
	};
}

declare! {
	BUILD_INFO Gauge "build_info" ["version"] "Always 1, with the version of the program",
	READY Gauge "ready" [] "1 if records can be served, as `/readyz` says, else 0",
	CHAIN_FRESH Gauge "chain_fresh" [] "1 if access can be decided by the view of the chain, else 0",
	BEST_BLOCK Gauge "best_block" [] "The number of the best block",
	FINAL_BLOCK Gauge "final_block" [] "The number of the final block",
	HEAD_AGE Gauge "head_age_seconds" [] "The age of the best block; 0 before one is known",
	PENDING Gauge "pending_protective_calls" [] "Protective calls in the node's pool",
	BROKEN_LINKS Gauge "broken_links" [] "Relationships whose link to a patient does not match the chain",
	RECORDS_WAITING Gauge "records_waiting" [] "Versions of records that wait to be posted or amended",
	RECORDS_POSTED Counter "records_posted_total" [] "Versions of records that were posted or amended",
	LAST_POST Gauge "last_post_timestamp_seconds" [] "The time of the last successful post since the start; 0 before it",
	TRANSACTIONS_FAILED Counter "transactions_failed_total" ["kind"] "Transactions that failed or were not included; the kind `records` posts records",
	LOG_SIZE Gauge "log_size" [] "Receipts in the log",
	LOG_ANCHORED Gauge "log_anchored" [] "Receipts that are anchored on the chain",
	LAST_ANCHOR Gauge "last_anchor_timestamp_seconds" [] "The time of the last anchor on the chain; 0 before one is known",
	ALARMS Counter "integrity_alarms_total" [] "Rows that did not match their commitment",
	REQUESTS Counter "requests_total" ["route", "code"] "Requests; the code is `ok`, that of the refusal, or `failed`",
	REQUEST_DURATION Histogram "request_duration_seconds" ["route"] "The duration of requests",
}

/// Installs the recorder, with the metrics without labels at 0. `kinds` are the kinds of transactions.
/// Later calls have no effect.
pub fn install(kinds: &[&'static str]) {
	HANDLE.get_or_init(|| {
		let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?;
		let handle = builder.install_recorder().ok()?;
		for Metric { name, kind, labels, description } in Metric::ALL.iter().copied() {
			match kind {
				Kind::Counter => describe_counter!(name, description),
				Kind::Gauge => describe_gauge!(name, description),
				Kind::Histogram => describe_histogram!(name, description),
			}
			match kind {
				Kind::Counter if labels.is_empty() => counter!(name).increment(0),
				Kind::Gauge if labels.is_empty() => gauge!(name).set(0.0),
				_ => {},
			}
		}
		gauge!(Metric::BUILD_INFO.name, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
		for kind in kinds {
			counter!(Metric::TRANSACTIONS_FAILED.name, "kind" => *kind).increment(0);
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
	let name = Metric::REQUESTS.name;
	counter!(name, "route" => route.to_owned(), "code" => code).increment(1);
	histogram!(Metric::REQUEST_DURATION.name, "route" => route.to_owned()).record(spent);
}

/// Counts a row that does not match its commitment.
pub fn alarm() {
	counter!(Metric::ALARMS.name).increment(1);
}

/// Counts records that were posted at `time`.
pub fn posted(count: usize, time: Moment) {
	counter!(Metric::RECORDS_POSTED.name).increment(count as u64);
	set_time(Metric::LAST_POST, time);
}

/// Counts a transaction that failed or was not included.
pub fn transaction_failed(kind: &'static str) {
	counter!(Metric::TRANSACTIONS_FAILED.name, "kind" => kind).increment(1);
}

/// Sets a gauge without labels.
pub fn set(gauge: Metric, value: f64) {
	gauge!(gauge.name).set(value);
}

/// Sets a gauge to a time, in seconds as Prometheus has them.
pub fn set_time(gauge: Metric, time: Moment) {
	set(gauge, time as f64 / 1000.0);
}
