//! How text is shown: the width of the terminal, colour, and full or short IDs and times.

use crate::text::{short, when};
use medrec_client::now;
use medrec_primitives::Moment;
use std::{
	env,
	io::{self, IsTerminal},
	os::fd::AsFd,
};

/// The narrowest width that is used. A narrower terminal wraps lines by itself.
const MIN_WIDTH: usize = 80;

/// The length of an ID as text.
const ID_LENGTH: usize = 66;

/// How text is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Style {
	/// The width of the terminal in columns; `None` where the output is no terminal and lines may
	/// have any length.
	pub width: Option<usize>,
	/// Whether escape codes for colour may be used.
	pub color: bool,
	/// Whether IDs and times are shown in full: an ID with all its digits, a time as RFC 3339.
	pub exact: bool,
	/// The time to which relative times refer.
	pub now: Moment,
}

impl Style {
	/// The style for the standard output. `exact` is what the command line asks for. In a pipe or a
	/// file, IDs and times are always exact.
	pub fn detect(exact: bool) -> Style {
		Style::of(io::stdout(), exact)
	}

	/// The style for the standard error.
	pub fn for_errors() -> Style {
		Style::of(io::stderr(), true)
	}

	fn of(out: impl AsFd + IsTerminal, exact: bool) -> Style {
		let is_terminal = out.is_terminal();
		let columns = terminal_size::terminal_size_of(&out).map(|(width, _)| usize::from(width.0));
		let width = is_terminal.then(|| columns.unwrap_or(MIN_WIDTH).max(MIN_WIDTH));
		let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
		let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
		let color = is_terminal && !is_dumb && !is_set("NO_COLOR");
		Style { width, color, exact: exact || !is_terminal, now: now() }
	}

	/// `text` in bold.
	pub fn bold(&self, text: &str) -> String {
		self.code("1", text)
	}

	/// `text` in red.
	pub fn alert(&self, text: &str) -> String {
		self.code("31", text)
	}

	fn code(&self, code: &str, text: &str) -> String {
		match self.color {
			true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
			false => text.to_owned(),
		}
	}

	/// A time: relative to now, or RFC 3339 if exact.
	pub fn time(&self, moment: Moment) -> String {
		match self.exact {
			true => when(moment),
			false => relative(moment, self.now),
		}
	}

	/// A text with the first digits of each ID in it, or unchanged if exact.
	pub fn ids(&self, text: &str) -> String {
		if self.exact {
			return text.to_owned();
		}
		let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
		while let Some(start) = find_id(rest) {
			let (before, id) = rest.split_at(start);
			let (id, after) = id.split_at(ID_LENGTH);
			shown.push_str(before);
			shown.push_str(&short(id));
			rest = after;
		}
		shown + rest
	}
}

#[cfg(test)]
impl Style {
	/// A pipe.
	pub const PIPE: Style = Style { width: None, color: false, exact: true, now: 0 };

	/// A terminal of 80 columns without colour, at this time.
	pub const fn terminal(now: Moment) -> Style {
		Style { width: Some(80), color: false, exact: false, now }
	}
}

/// The position of the first ID in a text: `0x` and 64 hexadecimal digits, no more.
pub fn find_id(text: &str) -> Option<usize> {
	let is_id = |start: usize| {
		let digits = text.bytes().skip(start + 2);
		digits.take_while(u8::is_ascii_hexdigit).count() + 2 == ID_LENGTH
	};
	text.match_indices("0x").map(|(start, _)| start).find(|start| is_id(*start))
}

/// Whether a text is an ID and nothing else.
pub fn is_id(text: &str) -> bool {
	text.len() == ID_LENGTH && find_id(text) == Some(0)
}

/// The distance of a time from now in its largest unit, rounded to the nearest number, as `3 h ago` or
/// `in 7 d`.
fn relative(moment: Moment, now: Moment) -> String {
	// The length of a unit, and that of the next smaller one.
	const UNITS: [(Moment, Moment, &str); 5] = [
		(31_536_000_000, 86_400_000, "y"),
		(86_400_000, 3_600_000, "d"),
		(3_600_000, 60_000, "h"),
		(60_000, 1000, "min"),
		(1000, 0, "s"),
	];
	let distance = moment.abs_diff(now);
	// What rounds to a whole larger unit is shown in it: no 60 min, but 1 h.
	let reaches = |(length, smaller, _): &&(Moment, Moment, &str)| {
		distance.saturating_add(smaller / 2) >= *length
	};
	let Some((length, _, unit)) = UNITS.iter().find(reaches) else { return "now".to_owned() };
	let number = distance.saturating_add(length / 2) / length;
	match moment > now {
		true => format!("in {number} {unit}"),
		false => format!("{number} {unit} ago"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const NOW: Moment = 1_769_860_800_000;

	#[test]
	fn times_are_relative_unless_they_are_to_be_exact() {
		let style = Style::terminal(NOW);
		for (moment, text) in [
			(NOW, "now"),
			(NOW - 999, "now"),
			(NOW - 1000, "1 s ago"),
			(NOW - 7_200_000, "2 h ago"),
			(NOW + 6 * 86_400_000 + 5, "in 6 d"),
			// A week, a moment later.
			(NOW + 7 * 86_400_000 - 5000, "in 7 d"),
			(NOW + 3_600_000 - 1, "in 1 h"),
			(NOW - 59 * 60_000 - 29_000, "59 min ago"),
			(NOW - 86_400_000 + 60_000, "1 d ago"),
			(NOW - 400 * 86_400_000, "1 y ago"),
		] {
			assert_eq!(style.time(moment), text);
		}
		let exact = Style { exact: true, ..style };
		assert_eq!(exact.time(NOW), "2026-01-31T12:00:00Z");
	}

	#[test]
	fn ids_in_a_text_are_short_unless_they_are_to_be_exact() {
		let digits = "1f2a9c4e".repeat(8);
		let text = format!("clinician 0x{digits} of hospital-a (0x{digits}), 0x12, 0x{digits}00");
		let expected =
			format!("clinician 0x1f2a9c4e of hospital-a (0x1f2a9c4e), 0x12, 0x{digits}00");
		let style = Style::terminal(NOW);
		assert_eq!(style.ids(&text), expected);
		assert_eq!(style.ids("no ID, größer than 0x"), "no ID, größer than 0x");
		assert_eq!(Style { exact: true, ..style }.ids(&text), text);
	}

	#[test]
	fn colour_codes_are_written_on_request_only() {
		let plain = Style::PIPE;
		assert_eq!(plain.bold("a"), "a");
		let color = Style { color: true, ..plain };
		assert_eq!(color.alert("a"), "\u{1b}[31ma\u{1b}[0m");
	}
}
