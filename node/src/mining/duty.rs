//! How much of a core a search thread takes.

use std::time::Duration;

/// How long a slice of searching should take: short, so that a new build is taken up soon and a
/// thread with a small duty rests often and never long.
const SLICE: Duration = Duration::from_millis(2);

/// The share of a core that a thread may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Duty(u32);

impl Duty {
	/// So many percent, held to 1 to 100.
	pub fn percent(percent: u8) -> Self {
		Self(u32::from(percent).clamp(1, 100))
	}

	/// How long to rest after having worked for so long.
	pub fn rest_after(self, worked: Duration) -> Duration {
		worked * (100 - self.0) / self.0
	}
}

/// How many nonces to try between two looks at the clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slice(u64);

impl Slice {
	const FEWEST: u64 = 256;
	const MOST: u64 = 1 << 20;

	/// A slice that takes any machine a short while.
	pub fn first() -> Self {
		Self(Self::FEWEST)
	}

	/// How many nonces it holds.
	pub fn nonces(self) -> u64 {
		self.0
	}

	/// The next slice, after this one took so long. It at most doubles: a first slice on a cold
	/// core says little.
	pub fn after(self, took: Duration) -> Self {
		let nanos = took.as_nanos().max(1);
		let fit = u128::from(self.0) * SLICE.as_nanos() / nanos;
		let fit = u64::try_from(fit).unwrap_or(u64::MAX);
		Self(fit.min(self.0 * 2).clamp(Self::FEWEST, Self::MOST))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn full_duty_never_rests() {
		assert_eq!(Duty::percent(100).rest_after(SLICE), Duration::ZERO);
	}

	#[test]
	fn a_duty_is_the_share_of_time_spent_working() {
		for percent in 1..=100u8 {
			let rest = Duty::percent(percent).rest_after(SLICE);
			let share = SLICE.as_secs_f64() / (SLICE + rest).as_secs_f64() * 100.0;
			assert!((share - f64::from(percent)).abs() < 0.01, "{percent}: {share}");
		}
	}

	#[test]
	fn senseless_duties_are_held_to_sensible_ones() {
		assert_eq!(Duty::percent(0), Duty::percent(1));
		assert_eq!(Duty::percent(255), Duty::percent(100));
	}

	#[test]
	fn slices_come_to_fit_the_machine() {
		let per_nonce = Duration::from_nanos(400);
		let mut slice = Slice::first();
		for _ in 0..16 {
			slice = slice.after(per_nonce * u32::try_from(slice.nonces()).expect("it is small"));
		}
		assert_eq!(u128::from(slice.nonces()), SLICE.as_nanos() / per_nonce.as_nanos());
	}

	#[test]
	fn slices_have_bounds() {
		assert_eq!(Slice::first().after(Duration::from_secs(10)), Slice::first());
		let mut slice = Slice::first();
		for _ in 0..64 {
			slice = slice.after(Duration::ZERO);
		}
		assert_eq!(slice.nonces(), Slice::MOST);
	}
}
