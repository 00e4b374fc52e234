//! Parsers of durations, times and days.

use medrec_client::now;
use medrec_primitives::Moment;
use std::str::FromStr;
use time::{
	format_description::well_known::Rfc3339, macros::format_description, Date, OffsetDateTime,
};

const SECOND: Moment = 1000;
const MINUTE: Moment = 60 * SECOND;
const HOUR: Moment = 60 * MINUTE;
const DAY: Moment = 24 * HOUR;

/// A duration, as `30s`, `15m`, `12h`, `1d`, `2w` or `1d12h`.
pub fn duration(text: &str) -> Result<Moment, String> {
	let wrong = || {
		"expected a duration without spaces, as 12h, 1d, 2w or 1d12h; the units are s, m, h, d and w"
			.to_owned()
	};
	let mut sum: Moment = 0;
	for part in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
		let number = part.trim_end_matches(|letter: char| !letter.is_ascii_digit());
		let unit = match part.strip_prefix(number) {
			Some("s") => SECOND,
			Some("m") => MINUTE,
			Some("h") => HOUR,
			Some("d") => DAY,
			Some("w") => 7 * DAY,
			_ => return Err(wrong()),
		};
		let length = number.parse::<Moment>().map_err(|_| wrong())?.checked_mul(unit);
		let longer = length.and_then(|length| sum.checked_add(length));
		sum = longer.ok_or_else(|| "the duration is too long".to_owned())?;
	}
	match sum {
		0 => Err(wrong()),
		sum => Ok(sum),
	}
}

/// A time: RFC 3339 (`2026-01-31T12:00:00Z`), or a date (`2026-01-31`), which means its first moment
/// in UTC.
pub fn time(text: &str) -> Result<Moment, String> {
	let day = format_description!("[year]-[month]-[day]");
	let time = OffsetDateTime::parse(text, &Rfc3339)
		.or_else(|_| Date::parse(text, &day).map(|date| date.midnight().assume_utc()));
	time.ok()
		.and_then(|time| Moment::try_from(time.unix_timestamp_nanos() / 1_000_000).ok())
		.ok_or_else(|| {
			"expected a year, a month and a day that exist, as 2026-01-31, or a time, as \
			 2026-01-31T12:00:00Z"
				.to_owned()
		})
}

/// A day, as `2026-01-31`, or that of some time ago, as `1y`, `2w` or `30d`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Day(pub String);

impl FromStr for Day {
	type Err = String;

	fn from_str(text: &str) -> Result<Day, String> {
		day(text, now())
	}
}

fn day(text: &str, now: Moment) -> Result<Day, String> {
	let years = text.strip_suffix('y').and_then(|years| years.parse::<Moment>().ok());
	let years = years.map(|years| years.saturating_mul(365 * DAY));
	let ago = years.or_else(|| duration(text).ok()).map(|ago| now.saturating_sub(ago));
	let moment = match ago {
		Some(moment) => moment,
		None => time(text).map_err(|_| {
			"expected a date as 2026-01-31, or how long ago, as 1y, 2w or 30d".to_owned()
		})?,
	};
	let seconds = i64::try_from(moment / SECOND).unwrap_or(i64::MAX);
	let day = OffsetDateTime::from_unix_timestamp(seconds).map(|time| time.date().to_string());
	day.map(Day).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn durations_are_sums_of_units() {
		for (text, milliseconds) in
			[("1s", SECOND), ("15m", 15 * MINUTE), ("1d12h", 36 * HOUR), ("2w", 14 * DAY)]
		{
			assert_eq!(duration(text), Ok(milliseconds));
		}
		for bad in ["", "1", "d", "1y", "-1d", "0s", "1d 12h", "99999999999999999999d"] {
			assert!(duration(bad).is_err(), "{bad}");
		}
		assert!(duration("999999999999999999w").is_err());
	}

	#[test]
	fn times_are_rfc_3339_or_dates() {
		assert_eq!(time("1970-01-01T00:00:01Z"), Ok(1000));
		assert_eq!(time("1970-01-01T01:00:01+01:00"), Ok(1000));
		assert_eq!(time("1970-01-02"), Ok(DAY));
		for bad in ["", "tomorrow", "1969-12-31", "2026-13-01", "2026-01-31 12:00"] {
			assert!(time(bad).is_err(), "{bad}");
		}
	}

	#[test]
	fn days_are_dates_or_ages() {
		let now = time("2026-03-01T12:00:00Z").unwrap();
		for (text, expected) in [
			("2026-01-31", "2026-01-31"),
			("2026-01-31T23:00:00Z", "2026-01-31"),
			("1y", "2025-03-01"),
			("2w", "2026-02-15"),
			("36h", "2026-02-28"),
			("999y", "1970-01-01"),
		] {
			assert_eq!(day(text, now), Ok(Day(expected.into())), "{text}");
		}
		for bad in ["", "y", "yesterday", "31.01.2026"] {
			assert!(day(bad, now).is_err(), "{bad}");
		}
	}
}
