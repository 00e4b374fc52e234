//! When to rebuild the block template.

use std::time::{Duration, Instant};

/// The minimum time between the start of a build and the build that a transaction causes.
pub const TRANSACTION_INTERVAL: Duration = Duration::from_millis(200);

/// The maximum age of a template, so that its timestamp does not lag behind.
pub const MAX_AGE: Duration = Duration::from_secs(1);

/// Schedules the next build: immediately when the best block changes, soon after a transaction, and at
/// least every second.
pub struct RebuildTimer {
	/// When the last build on the current best block began, `None` if there is none.
	last: Option<Instant>,
	due: Instant,
}

impl RebuildTimer {
	/// A timer whose first build is due immediately.
	pub fn new(now: Instant) -> Self {
		Self { last: None, due: now }
	}

	/// The time of the next build.
	pub fn due(&self) -> Instant {
		self.due
	}

	/// Makes the next build due immediately.
	pub fn rebuild(&mut self, now: Instant) {
		self.last = None;
		self.due = now;
	}

	/// Makes the next build due soon after a transaction: a build in progress may have missed it.
	pub fn transaction(&mut self) {
		if let Some(last) = self.last {
			self.due = self.due.min(last + TRANSACTION_INTERVAL);
		}
	}

	/// Records the start of a build.
	pub fn started(&mut self, now: Instant) {
		self.last = Some(now);
		self.due = now + MAX_AGE;
	}

	/// Defers the next build by `wait`, even if transactions arrive.
	pub fn defer(&mut self, now: Instant, wait: Duration) {
		self.last = None;
		self.due = now + wait;
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const MOMENT: Duration = Duration::from_millis(1);

	fn started() -> (RebuildTimer, Instant) {
		let now = Instant::now();
		let mut timer = RebuildTimer::new(now);
		timer.started(now);
		(timer, now)
	}

	#[test]
	fn the_first_build_is_due_immediately() {
		let now = Instant::now();
		assert_eq!(RebuildTimer::new(now).due(), now);
	}

	#[test]
	fn a_template_is_rebuilt_every_second() {
		let (timer, now) = started();
		assert_eq!(timer.due(), now + MAX_AGE);
	}

	#[test]
	fn several_transactions_cause_one_build() {
		let (mut timer, now) = started();
		timer.transaction();
		timer.transaction();
		assert_eq!(timer.due(), now + TRANSACTION_INTERVAL);
		timer.started(now + TRANSACTION_INTERVAL);
		assert_eq!(timer.due(), now + TRANSACTION_INTERVAL + MAX_AGE);
	}

	#[test]
	fn a_transaction_does_not_defer_a_build() {
		let now = Instant::now();
		let mut timer = RebuildTimer::new(now);
		timer.rebuild(now);
		timer.transaction();
		assert_eq!(timer.due(), now);
	}

	#[test]
	fn a_new_best_block_is_built_on_immediately() {
		let (mut timer, now) = started();
		timer.rebuild(now + MOMENT);
		assert_eq!(timer.due(), now + MOMENT);
	}

	#[test]
	fn only_a_new_best_block_ends_a_deferral() {
		let (mut timer, now) = started();
		timer.defer(now, MAX_AGE * 5);
		timer.transaction();
		assert_eq!(timer.due(), now + MAX_AGE * 5);
		timer.rebuild(now + MOMENT);
		assert_eq!(timer.due(), now + MOMENT);
	}
}
