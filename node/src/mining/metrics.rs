//! Prometheus metrics of the miner.

use super::status::{MinerStatus, SharedStatus};
use medrec_primitives::work::Difficulty;
use substrate_prometheus_endpoint::{
	register as add, MetricSource, Opts, PrometheusError, Registry, SourcedCounter, SourcedGauge,
};

/// Reads the value of a metric.
type Read = fn(&MinerStatus) -> f64;

/// Name, help text and value of each counter.
const COUNTERS: [(&str, &str, Read); 5] = [
	("medrec_mining_hashes_total", "Nonces tried", |status| status.hashes as f64),
	("medrec_mining_builds_total", "Block templates built", |status| status.builds as f64),
	("medrec_mining_seals_found_total", "Nonces found", |status| status.found as f64),
	("medrec_mining_seals_stale_total", "Nonces found too late", |status| status.stale as f64),
	(
		"medrec_mining_seals_failed_total",
		"Nonces found in time whose block was rejected or not signed",
		|status| status.failed as f64,
	),
];

/// Name, help text and value of each gauge.
const GAUGES: [(&str, &str, Read); 3] = [
	("medrec_mining_active", "Whether the search threads have a template", |status| {
		f64::from(u8::from(status.mining))
	}),
	("medrec_mining_hash_rate", "Nonces tried per second", |status| status.hashrate),
	("medrec_mining_difficulty", "Difficulty of the next block", |status| {
		to_f64(status.difficulty)
	}),
];

/// A value of the status, read when Prometheus collects the metrics.
#[derive(Clone)]
struct StatusValue(SharedStatus, Read);

impl MetricSource for StatusValue {
	type N = f64;

	fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
		set(&[], self.1(&self.0.lock()));
	}
}

/// Registers the metrics of `status`.
///
/// # Errors
///
/// Fails if the registry contains metrics of the same names.
pub fn register(status: &SharedStatus, registry: &Registry) -> Result<(), PrometheusError> {
	let value = |read| StatusValue(status.clone(), read);
	for (name, help, read) in COUNTERS {
		add(SourcedCounter::new(&Opts::new(name, help), value(read))?, registry)?;
	}
	for (name, help, read) in GAUGES {
		add(SourcedGauge::new(&Opts::new(name, help), value(read))?, registry)?;
	}
	Ok(())
}

/// The difficulty as a floating-point number, with its rounding.
fn to_f64(difficulty: Difficulty) -> f64 {
	difficulty.0.iter().rev().fold(0.0, |sum, limb| sum * 2f64.powi(64) + *limb as f64)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::mining::status::MissReason;
	use substrate_prometheus_endpoint::prometheus::TextEncoder;

	#[test]
	fn metrics_follow_the_status() {
		let registry = Registry::new();
		let status = SharedStatus::default();
		register(&status, &registry).expect("the names are new");
		let assert_collected = |lines: &[&str]| {
			let text = TextEncoder::new().encode_to_string(&registry.gather()).expect("it is text");
			for line in lines {
				assert!(text.lines().any(|other| other == *line), "no {line} in {text}");
			}
		};
		assert_collected(&[
			"medrec_mining_active 0",
			"medrec_mining_hashes_total 0",
			"medrec_mining_difficulty 0",
		]);

		status.lock().missed(MissReason::Rejected);
		let failed = *status.lock();
		*status.lock() = MinerStatus {
			hashes: 500,
			builds: 4,
			found: 3,
			stale: 2,
			mining: true,
			hashrate: 1.5,
			difficulty: 40_000.into(),
			..failed
		};
		assert_collected(&[
			"medrec_mining_hashes_total 500",
			"medrec_mining_builds_total 4",
			"medrec_mining_seals_found_total 3",
			"medrec_mining_seals_stale_total 2",
			"medrec_mining_seals_failed_total 1",
			"medrec_mining_active 1",
			"medrec_mining_hash_rate 1.5",
			"medrec_mining_difficulty 40000",
			"# TYPE medrec_mining_hashes_total counter",
			"# TYPE medrec_mining_difficulty gauge",
		]);
		assert!(register(&status, &registry).is_err());
	}

	#[test]
	fn difficulties_of_any_size_are_converted() {
		assert_eq!(to_f64(Difficulty::from(40_000)), 40_000.0);
		assert_eq!(to_f64(Difficulty::one() << 200), 2f64.powi(200));
	}
}
