//! Times, numbers, IDs, values and lists as text.

use medrec_primitives::Moment;
use serde::Serialize;
use serde_json::Value;
use std::fmt::Display;
use time::{format_description::well_known::Rfc3339, OffsetDateTime};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether a character is invisible and acts on what is around it: control characters, those of Unicode's
/// category Format, which change the direction of text or have no width, and separators of lines.
/// Values of records and messages of gatekeepers come from other people and could otherwise control the
/// terminal, or hide in a name.
fn is_hidden(letter: char) -> bool {
	use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
	matches!(letter.general_category(), Control | Format | LineSeparator | ParagraphSeparator)
}

/// A text with escapes in place of hidden characters.
pub fn clean(text: &str) -> String {
	let mut cleaned = String::with_capacity(text.len());
	for letter in text.chars() {
		match is_hidden(letter) {
			true => cleaned.extend(letter.escape_default()),
			false => cleaned.push(letter),
		}
	}
	cleaned
}

/// A value as JSON in one line, with escapes in place of hidden characters, which JSON has in strings only.
pub fn json_line(value: &Value) -> String {
	let json = value.to_string();
	let mut line = String::with_capacity(json.len());
	for letter in json.chars() {
		match is_hidden(letter) {
			true => {
				let mut units = [0; 2];
				let units = letter.encode_utf16(&mut units).iter();
				line.extend(units.map(|unit| format!("\\u{unit:04x}")));
			},
			false => line.push(letter),
		}
	}
	line
}

/// The word of a value that serializes to one, as `active`.
pub fn word(value: impl Serialize) -> String {
	serde_json::to_value(value).as_ref().map(plain).unwrap_or_default()
}

/// A JSON value as text: a string without quotation marks, null as a dash.
pub fn plain(value: &Value) -> String {
	match value {
		Value::Null => "-".to_owned(),
		Value::String(text) => text.clone(),
		other => other.to_string(),
	}
}

/// Bytes as `0x` and hexadecimal digits.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// The first eight digits of an ID, as commands accept them in its place.
pub fn short(id: impl Display) -> String {
	let id = id.to_string();
	id.get(..10).unwrap_or(&id).to_owned()
}

/// A time as RFC 3339, in UTC, to the second.
pub fn when(moment: Moment) -> String {
	i64::try_from(moment / 1000)
		.ok()
		.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
		.and_then(|time| time.format(&Rfc3339).ok())
		.unwrap_or_else(|| format!("{moment} ms"))
}

/// A number of milliseconds as a sum of units, as `1 day 12 hours`.
pub fn span(mut milliseconds: Moment) -> String {
	const UNITS: [(Moment, &str, &str); 4] = [
		(86_400_000, "day", "days"),
		(3_600_000, "hour", "hours"),
		(60_000, "minute", "minutes"),
		(1000, "second", "seconds"),
	];
	let mut parts = Vec::new();
	for (length, one, many) in UNITS {
		let number = milliseconds / length;
		milliseconds %= length;
		if number > 0 {
			parts.push(count(number, one, many));
		}
	}
	match parts.is_empty() {
		true => format!("{milliseconds} ms"),
		false => parts.join(" "),
	}
}

/// A number of milliseconds in whole seconds, as `1 minute 30 seconds`.
pub fn seconds(milliseconds: Moment) -> String {
	match milliseconds / 1000 {
		0 => "less than a second".to_owned(),
		seconds => span(seconds.saturating_mul(1000)),
	}
}

/// A number with the singular or the plural of a word.
pub fn count<N: Display + PartialEq + From<u8>>(number: N, one: &str, many: &str) -> String {
	let word = if number == N::from(1) { one } else { many };
	format!("{number} {word}")
}

/// Items separated by commas, or `none` for no items.
pub fn list(items: impl IntoIterator<Item = impl Display>, none: &str) -> String {
	let items = Vec::from_iter(items.into_iter().map(|item| item.to_string()));
	match items.is_empty() {
		true => none.to_owned(),
		false => items.join(", "),
	}
}

/// Items as in a sentence: separated by commas, and the last one by `and`.
pub fn and(items: impl IntoIterator<Item = impl Display>) -> String {
	let items = Vec::from_iter(items.into_iter().map(|item| item.to_string()));
	match items.split_last() {
		None => String::new(),
		Some((last, [])) => last.clone(),
		Some((last, before)) => format!("{} and {last}", before.join(", ")),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::{identity::SubjectId, relationship::Effect};
	use serde_json::json;

	#[test]
	fn times_are_iso_8601_in_utc() {
		assert_eq!(when(0), "1970-01-01T00:00:00Z");
		assert_eq!(when(1_769_860_800_999), "2026-01-31T12:00:00Z");
		assert_eq!(when(Moment::MAX), format!("{} ms", Moment::MAX));
	}

	#[test]
	fn spans_are_sums_of_units() {
		assert_eq!(span(86_400_000 + 43_200_000), "1 day 12 hours");
		assert_eq!(span(61_000), "1 minute 1 second");
		assert_eq!(span(7), "7 ms");
		assert_eq!(seconds(61_900), "1 minute 1 second");
		assert_eq!(seconds(900), "less than a second");
	}

	#[test]
	fn items_of_a_sentence_are_joined() {
		assert_eq!(and(["a"]), "a");
		assert_eq!(and(["a", "b"]), "a and b");
		assert_eq!(and(["a", "b", "c"]), "a, b and c");
		assert_eq!(and([""; 0]), "");
		assert_eq!(list(["a", "b"], "none"), "a, b");
		assert_eq!(list([""; 0], "none"), "none");
	}

	#[test]
	fn ids_are_short_in_tables_and_full_elsewhere() {
		let id = SubjectId::repeat_byte(0xab);
		assert_eq!(short(id), "0xabababab");
		assert_eq!(id.to_string(), format!("0x{}", "ab".repeat(32)));
	}

	/// Of each kind that must not reach a terminal: C0, C1, direction, zero width, a tag, line breaks.
	const HIDDEN: [char; 9] = [
		'\u{1b}',
		'\u{7f}',
		'\u{9b}',
		'\u{ad}',
		'\u{200b}',
		'\u{202e}',
		'\u{2028}',
		'\u{feff}',
		'\u{e0041}',
	];

	#[test]
	fn hidden_characters_are_escaped() {
		for letter in HIDDEN {
			let escaped = format!("a{}b", letter.escape_unicode());
			assert_eq!(clean(&format!("a{letter}b")), escaped);
		}
		assert_eq!(clean("a\nb\tc"), "a\\nb\\tc");
		let visible = "Größe 5\u{a0}µg, e\u{301}, 血糖, \u{1f600}";
		assert_eq!(clean(visible), visible);
	}

	#[test]
	fn json_has_no_hidden_characters_and_means_the_same() {
		let text = String::from_iter(HIDDEN);
		let value = json!({ text.as_str(): text, "visible": "Größe \"5\"" });
		let line = json_line(&value);
		assert!(!line.contains(HIDDEN), "{line}");
		assert!(line.contains("\\u009b") && line.contains("Größe"), "{line}");
		assert!(line.contains("\\udb40\\udc41"), "{line}");
		assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
	}

	#[test]
	fn words_are_those_of_the_json() {
		assert_eq!(word(Effect::Deny), "deny");
		assert_eq!(plain(&json!("a b")), "a b");
		assert_eq!(plain(&Value::Null), "-");
		assert_eq!(plain(&json!({"a": 1})), r#"{"a":1}"#);
	}
}
