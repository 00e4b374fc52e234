use medrec_primitives::Moment;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time, in Unix milliseconds.
pub(super) fn now() -> Moment {
	let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	Moment::try_from(since.as_millis()).unwrap_or(Moment::MAX)
}
