//! What failed is left alone for a while: longer after each time.

use medrec_primitives::Moment;
use std::{collections::HashMap, hash::Hash, time::Duration};

/// How long something is left alone that failed for the first time, in milliseconds.
const FIRST: Moment = 2_000;

/// What failed, and from when on each may be tried again. It is not kept over a restart.
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

	/// Leaves `key` alone, which failed at `now`: for twice as long as the last time, and for `most`
	/// milliseconds at most.
	pub fn failed(&mut self, key: K, now: Moment, most: Moment) {
		let last = self.waits.get(&key).map(|wait| wait.span);
		let span = last.map_or(FIRST, |last| last.saturating_mul(2)).min(most);
		self.waits.insert(key, Wait { span, until: now.saturating_add(span) });
	}

	/// Forgets that `key` ever failed.
	pub fn succeeded(&mut self, key: &K) {
		self.waits.remove(key);
	}

	/// How long it is at `now` until the next of what is left alone may be tried.
	pub fn next(&self, now: Moment) -> Option<Duration> {
		let left = self.waits.values().filter_map(|wait| wait.until.checked_sub(now));
		left.filter(|left| *left > 0).min().map(Duration::from_millis)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_fails_again_waits_twice_as_long_up_to_the_most() {
		let mut backoff = Backoff::default();
		let mut now = 1_000;
		for span in [2_000, 4_000, 8_000, 9_000, 9_000] {
			assert!(backoff.may_try(&'a', now));
			backoff.failed('a', now, 9_000);
			assert!(!backoff.may_try(&'a', now + span - 1));
			assert_eq!(backoff.next(now), Some(Duration::from_millis(span)));
			now += span;
		}
		assert_eq!(backoff.next(now), None);
	}

	#[test]
	fn what_succeeded_begins_anew_and_others_are_not_concerned() {
		let mut backoff = Backoff::default();
		backoff.failed('a', 0, 9_000);
		backoff.failed('a', 2_000, 9_000);
		assert!(backoff.may_try(&'b', 0));
		backoff.succeeded(&'a');
		backoff.failed('a', 5_000, 9_000);
		assert!(backoff.may_try(&'a', 7_000));
	}
}
