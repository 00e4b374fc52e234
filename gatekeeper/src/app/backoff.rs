//! Exponential backoff of failed attempts.

use medrec_primitives::Moment;
use std::{collections::HashMap, hash::Hash, ops::RangeInclusive, time::Duration};

/// The failed attempts, each with the time of its next one. A restart forgets them.
#[derive(Debug)]
pub(super) struct Backoff<K> {
	waits: HashMap<K, Wait>,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
	span: Moment,
	until: Moment,
}

impl<K> Default for Backoff<K> {
	fn default() -> Self {
		Backoff { waits: HashMap::new() }
	}
}

impl<K: Eq + Hash> Backoff<K> {
	/// Whether `key` may be tried at `now`.
	pub fn may_try(&self, key: &K, now: Moment) -> bool {
		self.waits.get(key).is_none_or(|wait| wait.until <= now)
	}

	/// Notes that `key` failed at `now`. The wait is the start of `spans`, in milliseconds, at first,
	/// and doubles with each failure up to their end.
	pub fn failed(&mut self, key: K, now: Moment, spans: RangeInclusive<Moment>) {
		let last = self.waits.get(&key).map(|wait| wait.span.saturating_mul(2));
		let span = last.unwrap_or(*spans.start()).min(*spans.end());
		self.waits.insert(key, Wait { span, until: now.saturating_add(span) });
	}

	/// Forgets the failures of `key`.
	pub fn succeeded(&mut self, key: &K) {
		self.waits.remove(key);
	}

	/// The time from `now` until the next attempt, `None` if all may be tried.
	pub fn next(&self, now: Moment) -> Option<Duration> {
		let left = self.waits.values().filter_map(|wait| wait.until.checked_sub(now));
		left.filter(|left| *left > 0).min().map(Duration::from_millis)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_wait_doubles_with_each_failure_up_to_the_maximum() {
		let mut backoff = Backoff::default();
		let mut now = 1_000;
		for span in [2_000, 4_000, 8_000, 9_000, 9_000] {
			assert!(backoff.may_try(&'a', now));
			backoff.failed('a', now, 2_000..=9_000);
			assert!(!backoff.may_try(&'a', now + span - 1));
			assert_eq!(backoff.next(now), Some(Duration::from_millis(span)));
			now += span;
		}
		assert_eq!(backoff.next(now), None);
	}

	#[test]
	fn a_success_resets_the_wait_of_its_key_alone() {
		let mut backoff = Backoff::default();
		backoff.failed('a', 0, 2_000..=9_000);
		backoff.failed('a', 2_000, 2_000..=9_000);
		assert!(backoff.may_try(&'b', 0));
		backoff.succeeded(&'a');
		backoff.failed('a', 5_000, 2_000..=9_000);
		assert!(backoff.may_try(&'a', 7_000));
	}
}
