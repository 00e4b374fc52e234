//! The time.

use frame_support::{storage_alias, traits::Time};
use medrec_primitives::Moment;

/// The time at which tests begin: 2023-11-14, in Unix milliseconds.
pub const NOW: Moment = 1_700_000_000_000;

#[storage_alias]
type Now = StorageValue<Testing, Moment>;

/// The time of the block, which tests set. It is zero until it is set.
pub struct MockTime;

impl MockTime {
	/// Sets the time.
	pub fn set(now: Moment) {
		Now::put(now);
	}

	/// Adds `duration` to the time.
	pub fn advance(duration: Moment) {
		Self::set(Self::now() + duration);
	}
}

impl Time for MockTime {
	type Moment = Moment;

	fn now() -> Moment {
		Now::get().unwrap_or_default()
	}
}
