//! The share of a core that a search thread uses.

use std::time::Duration;

/// The intended time of one batch of nonces. It is short, so that a new job is taken up soon, and so
/// that a thread with a small duty cycle pauses often and briefly.
const BATCH_TIME: Duration = Duration::from_millis(2);

/// The share of the time that a thread works, in percent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DutyCycle(u32);

impl DutyCycle {
	/// A duty cycle of `percent`, clamped to 1 to 100.
	pub fn percent(percent: u8) -> Self {
		Self(u32::from(percent).clamp(1, 100))
	}

	/// The pause that follows `worked`.
	pub fn pause_after(self, worked: Duration) -> Duration {
		worked * (100 - self.0) / self.0
	}
}

/// The number of nonces that a thread tries between two readings of the clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BatchSize(u64);

impl BatchSize {
	const MIN: u64 = 256;
	const MAX: u64 = 1 << 20;

	/// The first batch, which takes any machine a short time.
	pub fn first() -> Self {
		Self(Self::MIN)
	}

	/// The number of nonces in the batch.
	pub fn nonces(self) -> u64 {
		self.0
	}

	/// The size of the next batch, if this one took `elapsed`. It at most doubles, because the first
	/// batch on an idle core says little about the next.
	pub fn next(self, elapsed: Duration) -> Self {
		let nanos = elapsed.as_nanos().max(1);
		let fitting = u128::from(self.0) * BATCH_TIME.as_nanos() / nanos;
		let fitting = u64::try_from(fitting).unwrap_or(u64::MAX);
		Self(fitting.min(self.0 * 2).clamp(Self::MIN, Self::MAX))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_full_duty_cycle_has_no_pause() {
		assert_eq!(DutyCycle::percent(100).pause_after(BATCH_TIME), Duration::ZERO);
	}

	#[test]
	fn a_duty_cycle_is_the_share_of_time_spent_working() {
		for percent in 1..=100u8 {
			let pause = DutyCycle::percent(percent).pause_after(BATCH_TIME);
			let share = BATCH_TIME.as_secs_f64() / (BATCH_TIME + pause).as_secs_f64() * 100.0;
			assert!((share - f64::from(percent)).abs() < 0.01, "{percent}: {share}");
		}
	}

	#[test]
	fn a_duty_cycle_is_clamped() {
		assert_eq!(DutyCycle::percent(0), DutyCycle::percent(1));
		assert_eq!(DutyCycle::percent(255), DutyCycle::percent(100));
	}

	#[test]
	fn the_batch_size_adapts_to_the_machine() {
		let per_nonce = Duration::from_nanos(400);
		let mut batch = BatchSize::first();
		for _ in 0..16 {
			batch = batch.next(per_nonce * u32::try_from(batch.nonces()).expect("it is small"));
		}
		assert_eq!(u128::from(batch.nonces()), BATCH_TIME.as_nanos() / per_nonce.as_nanos());
	}

	#[test]
	fn the_batch_size_is_bounded() {
		assert_eq!(BatchSize::first().next(Duration::from_secs(10)), BatchSize::first());
		let mut batch = BatchSize::first();
		for _ in 0..64 {
			batch = batch.next(Duration::ZERO);
		}
		assert_eq!(batch.nonces(), BatchSize::MAX);
	}
}
