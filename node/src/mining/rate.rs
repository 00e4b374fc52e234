//! How fast something that is counted goes, lately.

use std::time::{Duration, Instant};

/// Over about how long the rate is averaged.
const MEMORY: Duration = Duration::from_secs(10);

/// The rate of a counter, averaged over the last several seconds.
#[derive(Debug, Default)]
pub struct Rate {
	last: Option<(Instant, u64)>,
	per_second: f64,
}

impl Rate {
	/// Notes that the counter stands at `total`, and returns its rate per second. The first note
	/// returns zero.
	pub fn note(&mut self, now: Instant, total: u64) -> f64 {
		let Some((then, before)) = self.last.replace((now, total)) else { return 0.0 };
		let elapsed = now.saturating_duration_since(then).as_secs_f64();
		if elapsed > 0.0 {
			let current = total.saturating_sub(before) as f64 / elapsed;
			let weight = 1.0 - (-elapsed / MEMORY.as_secs_f64()).exp();
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
		let mut last = rate.note(now, 0);
		for second in 1..=seconds {
			now += Duration::from_secs(1);
			last = rate.note(now, second * per_second);
		}
		(rate, now, last)
	}

	#[test]
	fn a_steady_counter_has_its_rate() {
		let (_, _, rate) = after(120, 5_000);
		assert!((rate - 5_000.0).abs() < 1.0, "{rate}");
	}

	#[test]
	fn a_counter_that_stops_slows_down() {
		let (mut rate, mut now, _) = after(120, 5_000);
		now += MEMORY * 10;
		assert!(rate.note(now, 120 * 5_000) < 1.0);
	}

	#[test]
	fn a_note_at_the_same_instant_changes_nothing() {
		let (mut rate, now, before) = after(120, 5_000);
		assert_eq!(rate.note(now, 120 * 5_000 + 7), before);
	}
}
