//! Prometheus metrics of the miner.

use super::status::MinerStatus;
use medrec_primitives::work::Difficulty;
use substrate_prometheus_endpoint::{
	register, Counter, Gauge, PrometheusError, Registry, F64, U64,
};

/// The metrics of the miner.
pub struct Metrics {
	hashes: Counter<U64>,
	rate: Gauge<F64>,
	difficulty: Gauge<F64>,
	builds: Counter<U64>,
	found: Counter<U64>,
	stale: Counter<U64>,
	failed: Counter<U64>,
}

impl Metrics {
	/// Registers the metrics.
	///
	/// # Errors
	///
	/// Fails if the registry contains metrics of the same names.
	pub fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		let counter = |name, help| register(Counter::<U64>::new(name, help)?, registry);
		let gauge = |name, help| register(Gauge::<F64>::new(name, help)?, registry);
		Ok(Self {
			hashes: counter("medrec_mining_hashes_total", "Nonces tried")?,
			rate: gauge("medrec_mining_hash_rate", "Nonces tried per second")?,
			difficulty: gauge("medrec_mining_difficulty", "Difficulty of the next block")?,
			builds: counter("medrec_mining_builds_total", "Block templates built")?,
			found: counter("medrec_mining_seals_found_total", "Nonces found")?,
			stale: counter("medrec_mining_seals_stale_total", "Nonces found too late")?,
			failed: counter(
				"medrec_mining_seals_failed_total",
				"Nonces found in time whose block was rejected or not signed",
			)?,
		})
	}

	/// Sets the metrics to the values of `status`.
	pub fn update(&self, status: &MinerStatus) {
		let raise = |counter: &Counter<U64>, total: u64| {
			counter.inc_by(total.saturating_sub(counter.get()));
		};
		raise(&self.hashes, status.hashes);
		raise(&self.builds, status.builds);
		raise(&self.found, status.found);
		raise(&self.stale, status.stale);
		raise(&self.failed, status.failed);
		self.rate.set(status.hashrate);
	}

	/// Sets the difficulty of the next block.
	pub fn set_difficulty(&self, difficulty: Difficulty) {
		self.difficulty.set(to_f64(difficulty));
	}
}

/// The difficulty as a floating-point number, with its rounding.
fn to_f64(difficulty: Difficulty) -> f64 {
	difficulty.0.iter().rev().fold(0.0, |sum, limb| sum * 2f64.powi(64) + *limb as f64)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::mining::status::MissReason;

	#[test]
	fn metrics_follow_the_status() {
		let registry = Registry::new();
		let metrics = Metrics::register(&registry).expect("the names are new");
		let mut status = MinerStatus { hashes: 300, ..Default::default() };
		metrics.update(&status);
		status.hashes += 200;
		status.found += 1;
		status.missed(MissReason::Rejected);
		metrics.update(&status);
		assert_eq!(metrics.hashes.get(), 500);
		assert_eq!(metrics.found.get(), 1);
		assert_eq!((metrics.stale.get(), metrics.failed.get()), (0, 1));
		assert!(Metrics::register(&registry).is_err());
	}

	#[test]
	fn difficulties_of_any_size_are_converted() {
		assert_eq!(to_f64(Difficulty::from(40_000)), 40_000.0);
		assert_eq!(to_f64(Difficulty::one() << 200), 2f64.powi(200));
	}
}
