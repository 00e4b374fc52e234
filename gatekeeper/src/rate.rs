//! Rate limits: one token bucket for each key.

use crate::config::Rate;
use parking_lot::Mutex;
use std::{collections::HashMap, hash::Hash, time::Instant};

/// The maximum number of keys with a bucket of their own. All further keys share one bucket, which bounds
/// the memory that invented keys can use.
const MAX_KEYS: usize = 65_536;

/// Limits the requests of each key.
#[derive(Debug)]
pub struct RateLimiter<K> {
	rate: Rate,
	buckets: Mutex<Buckets<K>>,
}

#[derive(Debug)]
struct Buckets<K> {
	by_key: HashMap<K, Bucket>,
	shared: Bucket,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
	tokens: f64,
	at: Instant,
}

impl<K: Eq + Hash> RateLimiter<K> {
	/// A limiter with full buckets.
	pub fn new(rate: Rate) -> Self {
		let shared = Bucket { tokens: f64::from(rate.burst), at: Instant::now() };
		RateLimiter { rate, buckets: Mutex::new(Buckets { by_key: HashMap::new(), shared }) }
	}

	/// Takes a token from the bucket of `key`. False if it is empty.
	pub fn take(&self, key: K) -> bool {
		self.take_at(key, Instant::now())
	}

	/// Returns a token to the bucket of `key`.
	pub fn give_back(&self, key: &K) {
		let mut buckets = self.buckets.lock();
		let burst = f64::from(self.rate.burst);
		if let Some(bucket) = buckets.by_key.get_mut(key) {
			bucket.tokens = (bucket.tokens + 1.0).min(burst);
		}
	}

	fn take_at(&self, key: K, now: Instant) -> bool {
		let rate = self.rate;
		let full = Bucket { tokens: f64::from(rate.burst), at: now };
		let mut buckets = self.buckets.lock();
		let Buckets { by_key, shared } = &mut *buckets;
		if by_key.len() >= MAX_KEYS && !by_key.contains_key(&key) {
			// A full bucket is the same as none.
			by_key.retain(|_, bucket| bucket.refilled(rate, now).tokens < f64::from(rate.burst));
			if by_key.len() >= MAX_KEYS {
				return shared.take(rate, now);
			}
		}
		by_key.entry(key).or_insert(full).take(rate, now)
	}
}

impl Bucket {
	fn refilled(&self, rate: Rate, now: Instant) -> Bucket {
		let passed = now.saturating_duration_since(self.at).as_secs_f64();
		let tokens = self.tokens + passed * f64::from(rate.per_second);
		Bucket { tokens: tokens.min(f64::from(rate.burst)), at: now }
	}

	fn take(&mut self, rate: Rate, now: Instant) -> bool {
		*self = self.refilled(rate, now);
		let allowed = self.tokens >= 1.0;
		if allowed {
			self.tokens -= 1.0;
		}
		allowed
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::time::Duration;

	fn limiter() -> RateLimiter<u32> {
		RateLimiter::new(Rate { per_second: 2, burst: 3 })
	}

	#[test]
	fn a_burst_is_allowed_and_no_more() {
		let (limiter, now) = (limiter(), Instant::now());
		assert_eq!([0; 5].map(|key| limiter.take_at(key, now)), [true, true, true, false, false]);
	}

	#[test]
	fn keys_have_separate_buckets() {
		let (limiter, now) = (limiter(), Instant::now());
		while limiter.take_at(0, now) {}
		assert!(limiter.take_at(1, now));
	}

	#[test]
	fn tokens_return_at_the_rate_up_to_the_burst() {
		let (limiter, now) = (limiter(), Instant::now());
		while limiter.take_at(0, now) {}
		assert!(!limiter.take_at(0, now + Duration::from_millis(400)));
		assert!(limiter.take_at(0, now + Duration::from_millis(600)));
		let later = now + Duration::from_secs(600);
		assert_eq!([0; 4].map(|key| limiter.take_at(key, later)), [true, true, true, false]);
	}

	#[test]
	fn a_returned_token_can_be_taken_again() {
		let (limiter, now) = (limiter(), Instant::now());
		while limiter.take_at(0, now) {}
		limiter.give_back(&0);
		assert!(limiter.take_at(0, now));
		assert!(!limiter.take_at(0, now));
	}

	#[test]
	fn keys_beyond_the_bound_share_one_bucket() {
		let (limiter, now) = (limiter(), Instant::now());
		for key in 0..MAX_KEYS as u32 {
			assert!(limiter.take_at(key, now));
		}
		let beyond = MAX_KEYS as u32;
		let taken = [beyond, beyond + 1, beyond + 2, beyond + 3];
		assert_eq!(taken.map(|key| limiter.take_at(key, now)), [true, true, true, false]);
		let later = now + Duration::from_secs(600);
		assert!(limiter.take_at(beyond, later), "idle keys make room");
	}
}
