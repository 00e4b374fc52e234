//! What Prometheus is told of mining.

use super::status::Status;
use medrec_primitives::work::Difficulty;
use substrate_prometheus_endpoint::{
	register, Counter, Gauge, PrometheusError, Registry, F64, U64,
};

/// The metrics of mining.
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
	/// Registers them.
	///
	/// # Errors
	///
	/// If there are others of the same names.
	pub fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		let counter = |name, help| register(Counter::<U64>::new(name, help)?, registry);
		let gauge = |name, help| register(Gauge::<F64>::new(name, help)?, registry);
		Ok(Self {
			hashes: counter("medrec_mining_hashes_total", "How many nonces were tried")?,
			rate: gauge("medrec_mining_hash_rate", "How many nonces are tried a second")?,
			difficulty: gauge("medrec_mining_difficulty", "The difficulty of the next block")?,
			builds: counter("medrec_mining_builds_total", "How many blocks were built to mine")?,
			found: counter("medrec_mining_seals_found_total", "How many nonces were found")?,
			stale: counter("medrec_mining_seals_stale_total", "How many of them were too late")?,
			failed: counter(
				"medrec_mining_seals_failed_total",
				"How many of them were refused or not signed",
			)?,
		})
	}

	/// Takes over what `status` counts.
	pub fn take_over(&self, status: &Status) {
		raise(&self.hashes, status.hashes());
		raise(&self.builds, status.builds());
		raise(&self.found, status.finds());
		raise(&self.stale, status.stales());
		raise(&self.failed, status.failures());
		self.rate.set(status.state().rate);
	}

	/// The difficulty of the next block is this.
	pub fn difficulty(&self, difficulty: Difficulty) {
		self.difficulty.set(to_f64(difficulty));
	}
}

/// Raises a counter to a total.
fn raise(counter: &Counter<U64>, total: u64) {
	counter.inc_by(total.saturating_sub(counter.get()));
}

/// The nearest number with a floating point, or near enough.
fn to_f64(difficulty: Difficulty) -> f64 {
	difficulty.0.iter().rev().fold(0.0, |sum, limb| sum * 2f64.powi(64) + *limb as f64)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::mining::status::MissReason;

	#[test]
	fn metrics_follow_what_is_counted() {
		let registry = Registry::new();
		let metrics = Metrics::register(&registry).expect("the names are new");
		let status = Status::default();
		status.hashed(300);
		metrics.take_over(&status);
		status.hashed(200);
		status.found();
		status.lost(MissReason::Refused);
		metrics.take_over(&status);
		assert_eq!(metrics.hashes.get(), 500);
		assert_eq!(metrics.found.get(), 1);
		assert_eq!((metrics.stale.get(), metrics.failed.get()), (0, 1));
		assert!(Metrics::register(&registry).is_err());
	}

	#[test]
	fn difficulties_of_any_size_are_told() {
		assert_eq!(to_f64(Difficulty::from(40_000)), 40_000.0);
		assert_eq!(to_f64(Difficulty::one() << 200), 2f64.powi(200));
	}
}
