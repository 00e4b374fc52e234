//! What a command says: a text for people and JSON for scripts.

use comfy_table::{presets, ContentArrangement, Table};
use medrec_primitives::{Moment, H256};
use serde_json::Value;
use std::{
	fmt::{self, Write as _},
	io::{self, Write},
};
use time::{format_description::well_known::Rfc3339, OffsetDateTime};

/// What a command says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
	text: String,
	json: Value,
}

impl Report {
	/// A report of this text and this JSON.
	pub fn new(text: impl Into<String>, json: Value) -> Report {
		Report { text: text.into(), json }
	}

	/// Prints it to the standard output, and nothing if it says nothing.
	pub fn print(&self, json: bool) {
		match json {
			true if self.json.is_null() => {},
			true => line(&self.json),
			false if self.text.is_empty() => {},
			false => line(&self.text),
		}
	}
}

/// Writes a line to the standard output. That nobody reads it any more is no failure.
pub fn line(text: impl fmt::Display) {
	let mut out = io::stdout().lock();
	let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A text in which whatever a terminal would obey, or would use to reorder what is read, is spelled
/// out. Values of records and words of gatekeepers are other people's.
pub fn clean(text: &str) -> String {
	let mut cleaned = String::with_capacity(text.len());
	for letter in text.chars() {
		let reorders = matches!(letter,
			'\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}'
			| '\u{2029}' | '\u{2066}'..='\u{2069}');
		match letter.is_control() || reorders {
			true => cleaned.extend(letter.escape_default()),
			false => cleaned.push(letter),
		}
	}
	cleaned
}

/// A table with these columns, whose ids stay on one line each.
pub fn table(columns: &[&str]) -> Table {
	let mut table = Table::new();
	table
		.load_preset(presets::UTF8_FULL_CONDENSED)
		.set_content_arrangement(ContentArrangement::Disabled)
		.set_header(columns.iter().copied());
	table
}

/// A table of two columns without a head, whose values are wrapped at the terminal's width.
pub fn facts(rows: impl IntoIterator<Item = (String, String)>) -> String {
	let mut table = Table::new();
	table
		.load_preset(presets::UTF8_FULL_CONDENSED)
		.set_content_arrangement(ContentArrangement::Dynamic);
	for (name, value) in rows {
		table.add_row([clean(&name), clean(&value)]);
	}
	table.to_string()
}

/// Adds a row, cleaned.
pub fn row<const N: usize>(table: &mut Table, cells: [String; N]) {
	table.add_row(cells.map(|cell| clean(&cell)));
}

/// A table under its title, or that there is none.
pub fn section(title: &str, table: &Table) -> String {
	match table.row_count() {
		0 => format!("{title}: none"),
		_ => format!("{title}\n{table}"),
	}
}

/// An id in full.
pub fn full(id: &H256) -> String {
	format!("{id:?}")
}

/// An id for a table, where others stand beside it.
pub fn short(id: &H256) -> String {
	let digits = hex::encode(id);
	let (head, tail) = (digits.get(..6).unwrap_or_default(), digits.get(60..).unwrap_or_default());
	format!("0x{head}…{tail}")
}

/// A time in ISO 8601, in UTC, to the second.
pub fn when(moment: Moment) -> String {
	i64::try_from(moment / 1000)
		.ok()
		.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
		.and_then(|time| time.format(&Rfc3339).ok())
		.unwrap_or_else(|| format!("{moment} ms"))
}

/// A time, or a dash.
pub fn when_if(moment: Option<Moment>) -> String {
	moment.map_or_else(|| "-".to_owned(), when)
}

/// A number of milliseconds in words, as `1d 12h`.
pub fn span(mut milliseconds: Moment) -> String {
	let mut text = String::new();
	for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
		let count = milliseconds / length;
		milliseconds %= length;
		if count > 0 {
			let space = if text.is_empty() { "" } else { " " };
			let _ = write!(text, "{space}{count}{unit}");
		}
	}
	match text.is_empty() {
		true => format!("{milliseconds}ms"),
		false => text,
	}
}

/// How many, with the right form of the word.
pub fn count(number: usize, one: &str, many: &str) -> String {
	format!("{number} {}", if number == 1 { one } else { many })
}

/// Joins texts by commas.
pub fn list(items: impl IntoIterator<Item = impl fmt::Display>) -> String {
	items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn times_are_iso_8601_in_utc() {
		assert_eq!(when(0), "1970-01-01T00:00:00Z");
		assert_eq!(when(1_769_860_800_999), "2026-01-31T12:00:00Z");
		assert_eq!(when(Moment::MAX), format!("{} ms", Moment::MAX));
		assert_eq!(when_if(None), "-");
	}

	#[test]
	fn spans_are_words() {
		assert_eq!(span(86_400_000 + 43_200_000), "1d 12h");
		assert_eq!(span(61_000), "1m 1s");
		assert_eq!(span(7), "7ms");
	}

	#[test]
	fn ids_are_short_in_tables_and_full_elsewhere() {
		let id = H256::repeat_byte(0xab);
		assert_eq!(short(&id), "0xababab…abab");
		assert_eq!(full(&id), format!("0x{}", "ab".repeat(32)));
	}

	#[test]
	fn what_a_terminal_would_obey_is_spelled_out() {
		assert_eq!(clean("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
		assert_eq!(clean("a\u{202e}b\u{9b}"), "a\\u{202e}b\\u{9b}");
		assert_eq!(clean("Größe 5 µg"), "Größe 5 µg");
	}

	#[test]
	fn tables_hold_their_rows_and_empty_ones_say_so() {
		let mut some = table(&["field", "value"]);
		assert_eq!(section("Fields", &some), "Fields: none");
		row(&mut some, ["code".into(), "a\nb".into()]);
		let text = section("Fields", &some);
		assert!(text.starts_with("Fields\n"), "{text}");
		assert!(text.contains("│ code  ┆ a\\nb  │"), "{text}");
		assert!(facts([("a".into(), "b".into())]).contains("│ a ┆ b │"));
	}
}
