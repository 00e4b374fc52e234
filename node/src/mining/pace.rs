//! When to rebuild the block that is being mined.

use std::time::{Duration, Instant};

/// How soon after a build a transaction may cause the next.
pub const AFTER_TRANSACTION: Duration = Duration::from_millis(200);

/// How old a build may become: its timestamp should not lag behind.
pub const AT_LEAST: Duration = Duration::from_secs(1);

/// Says when the next build is due: at once when the best block changes, soon when a transaction
/// comes in, and at least every second.
pub struct Pace {
	/// When the last build began, if it is worth anything.
	built: Option<Instant>,
	due: Instant,
}

impl Pace {
	/// The first build is due at once.
	pub fn new(now: Instant) -> Self {
		Self { built: None, due: now }
	}

	/// When the next build is due.
	pub fn due(&self) -> Instant {
		self.due
	}

	/// The best block changed.
	pub fn best_changed(&mut self, now: Instant) {
		self.built = None;
		self.due = now;
	}

	/// A transaction came in. One that comes while a build is being made may have missed it.
	pub fn transaction(&mut self) {
		if let Some(built) = self.built {
			self.due = self.due.min(built + AFTER_TRANSACTION);
		}
	}

	/// A build begins.
	pub fn building(&mut self, now: Instant) {
		self.built = Some(now);
		self.due = now + AT_LEAST;
	}

	/// There is nothing to build before `wait` has passed, whatever comes into the pool.
	pub fn wait(&mut self, now: Instant, wait: Duration) {
		self.built = None;
		self.due = now + wait;
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const MOMENT: Duration = Duration::from_millis(1);

	#[test]
	fn the_first_build_is_due_at_once() {
		let now = Instant::now();
		assert_eq!(Pace::new(now).due(), now);
	}

	#[test]
	fn a_build_is_renewed_every_second() {
		let now = Instant::now();
		let mut pace = Pace::new(now);
		pace.building(now);
		assert_eq!(pace.due(), now + AT_LEAST);
	}

	#[test]
	fn transactions_cause_a_build_but_not_one_each() {
		let now = Instant::now();
		let mut pace = Pace::new(now);
		pace.building(now);
		pace.transaction();
		pace.transaction();
		assert_eq!(pace.due(), now + AFTER_TRANSACTION);
		pace.building(now + AFTER_TRANSACTION);
		assert_eq!(pace.due(), now + AFTER_TRANSACTION + AT_LEAST);
	}

	#[test]
	fn a_transaction_does_not_put_off_a_build() {
		let now = Instant::now();
		let mut pace = Pace::new(now);
		pace.best_changed(now);
		pace.transaction();
		assert_eq!(pace.due(), now);
	}

	#[test]
	fn a_new_best_block_is_built_on_at_once() {
		let now = Instant::now();
		let mut pace = Pace::new(now);
		pace.building(now);
		pace.best_changed(now + MOMENT);
		assert_eq!(pace.due(), now + MOMENT);
	}

	#[test]
	fn nothing_but_a_new_best_block_ends_a_wait() {
		let now = Instant::now();
		let mut pace = Pace::new(now);
		pace.building(now);
		pace.wait(now, AT_LEAST * 5);
		pace.transaction();
		assert_eq!(pace.due(), now + AT_LEAST * 5);
		pace.best_changed(now + MOMENT);
		assert_eq!(pace.due(), now + MOMENT);
	}
}
