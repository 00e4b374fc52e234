//! The rate of a counter.

use std::time::{Duration, Instant};

/// The time constant of the exponential average.
const TIME_CONSTANT: Duration = Duration::from_secs(10);

/// The exponential average of a counter's rate.
#[derive(Debug, Default)]
pub struct Rate {
	last: Option<(Instant, u64)>,
	per_second: f64,
}

impl Rate {
	/// Adds a reading of the counter and returns its rate per second, zero after the first reading.
	pub fn update(&mut self, now: Instant, total: u64) -> f64 {
		let Some((then, before)) = self.last.replace((now, total)) else { return 0.0 };
		let elapsed = now.saturating_duration_since(then).as_secs_f64();
		if elapsed > 0.0 {
			let current = total.saturating_sub(before) as f64 / elapsed;
			let weight = 1.0 - (-elapsed / TIME_CONSTANT.as_secs_f64()).exp();
			self.per_second += weight * (current - self.per_second);
		}
		self.per_second
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn after(seconds: u64, per_second: u64) -> (Rate, Instant, f64) {
		let mut now = Instant::now();
		let mut rate = Rate::default();
		let mut last = rate.update(now, 0);
		for second in 1..=seconds {
			now += Duration::from_secs(1);
			last = rate.update(now, second * per_second);
		}
		(rate, now, last)
	}

	#[test]
	fn the_rate_of_a_steady_counter_is_exact() {
		let (_, _, rate) = after(120, 5_000);
		assert!((rate - 5_000.0).abs() < 1.0, "{rate}");
	}

	#[test]
	fn the_rate_of_a_stopped_counter_falls_to_zero() {
		let (mut rate, mut now, _) = after(120, 5_000);
		now += TIME_CONSTANT * 10;
		assert!(rate.update(now, 120 * 5_000) < 1.0);
	}

	#[test]
	fn a_reading_at_the_same_instant_changes_nothing() {
		let (mut rate, now, before) = after(120, 5_000);
		assert_eq!(rate.update(now, 120 * 5_000 + 7), before);
	}
}
