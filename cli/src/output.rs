//! Output of commands: text for people, JSON for scripts.

use crate::{page::Page, style::Style};
use comfy_table::{presets, ContentArrangement, Table};
use medrec_primitives::Moment;
use serde::{Serialize, Serializer};
use serde_json::{json, Value};
use std::{
	fmt::{self, Display},
	io::{self, Write},
};
use time::{format_description::well_known::Rfc3339, OffsetDateTime};

/// The output of a command: it serializes for scripts and has a page for people.
pub trait Report: Serialize {
	/// The page.
	fn page(&self) -> Page;
}

/// The output of a command in both forms.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
	page: Page,
	json: Value,
}

impl<T: Serialize + Display> From<T> for Output {
	fn from(output: T) -> Output {
		Output::new(&output, json!(output))
	}
}

impl Output {
	/// The output of a report.
	pub fn of(report: &impl Report) -> Output {
		Output { page: report.page(), json: json!(report) }
	}

	/// An output of this text and this JSON.
	pub fn new(text: impl Display, json: impl Serialize) -> Output {
		Output { page: Page::of(text), json: json!(json) }
	}

	/// A table of some fields under its title, and all fields as the array `key` of the JSON.
	pub fn table(key: &str, title: &str, columns: &str, rows: &[Fields]) -> Output {
		Output::new(table(title, columns, rows), json!({ key: rows }))
	}

	/// Adds a field to the JSON.
	pub fn with_field(mut self, key: &str, value: impl Serialize) -> Output {
		if let Some(fields) = self.json.as_object_mut() {
			fields.insert(key.to_owned(), json!(value));
		}
		self
	}

	/// Adds a line to the text.
	pub fn with_line(mut self, line: impl Display) -> Output {
		self.page = self.page.line(line);
		self
	}

	/// Prints one of the forms to the standard output.
	pub fn print(&self, json: bool, style: &Style) {
		match json {
			true => line(&self.json),
			false => line(self.page.render(style)),
		}
	}
}

/// Named values. They serialize to an object and display as a table of names and values; a value
/// without text is left out of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<Field>);

#[derive(Clone, Debug, PartialEq)]
struct Field {
	key: &'static str,
	json: Option<Value>,
	text: Option<String>,
}

impl Fields {
	/// Adds a value whose text is that of its JSON: yes or no, items separated by commas, and no text
	/// for null.
	pub fn field(self, key: &'static str, value: impl Serialize) -> Fields {
		let json = json!(value);
		let text = match &json {
			Value::Null => None,
			Value::Bool(value) => Some(if *value { "yes" } else { "no" }.to_owned()),
			Value::Array(items) => Some(list(items.iter().map(plain), "none")),
			other => Some(plain(other)),
		};
		self.push(key, Some(json), text)
	}

	/// Adds a value with a text of its own.
	pub fn show(self, key: &'static str, value: impl Serialize, text: impl Display) -> Fields {
		self.push(key, Some(json!(value)), Some(text.to_string()))
	}

	/// Adds a time.
	pub fn time(self, key: &'static str, value: impl Into<Option<Moment>>) -> Fields {
		let value = value.into();
		self.push(key, Some(json!(value)), value.map(when))
	}

	/// Adds a value that has no text.
	pub fn json(self, key: &'static str, value: impl Serialize) -> Fields {
		self.push(key, Some(json!(value)), None)
	}

	/// Adds a text that is not in the JSON.
	pub fn text(self, key: &'static str, text: Option<impl Display>) -> Fields {
		self.push(key, None, text.map(|text| text.to_string()))
	}

	/// Adds the texts of other fields.
	pub fn texts(mut self, fields: Fields) -> Fields {
		self.0.extend(fields.0.into_iter().map(|field| Field { json: None, ..field }));
		self
	}

	fn push(mut self, key: &'static str, json: Option<Value>, text: Option<String>) -> Fields {
		self.0.push(Field { key, json, text });
		self
	}

	/// The text of a value, or a dash without one.
	pub fn cell(&self, key: &str) -> &str {
		let mut fields = self.0.iter().filter(|field| field.key == key);
		fields.find_map(|field| field.text.as_deref()).unwrap_or("-")
	}
}

impl Serialize for Fields {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		let fields = self.0.iter();
		serializer.collect_map(fields.filter_map(|field| Some((field.key, field.json.as_ref()?))))
	}
}

impl Display for Fields {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let rows = self.0.iter().filter_map(|field| Some([label(field.key), field.text.clone()?]));
		bordered(ContentArrangement::Dynamic, rows).fmt(formatter)
	}
}

/// A table of some fields under its title, or `title: none` without rows. The names of the columns
/// are separated by spaces. Cells are not wrapped, so that an ID stays on one line.
pub fn table(title: &str, columns: &str, rows: &[Fields]) -> String {
	if rows.is_empty() {
		return format!("{title}: none");
	}
	let cells = rows.iter().map(|row| columns.split(' ').map(|column| row.cell(column)));
	let mut table = bordered(ContentArrangement::Disabled, cells);
	format!("{title}\n{}", table.set_header(columns.split(' ').map(label)))
}

/// A table whose cells are wrapped at the width of the terminal.
pub fn wrapped(columns: &[&str], rows: &[Vec<String>]) -> String {
	let mut table = bordered(ContentArrangement::Dynamic, rows);
	table.set_header(columns.iter().map(|column| clean(column))).to_string()
}

fn bordered<R: IntoIterator<Item: AsRef<str>>>(
	arrangement: ContentArrangement,
	rows: impl IntoIterator<Item = R>,
) -> Table {
	let mut table = Table::new();
	table.load_preset(presets::UTF8_FULL_CONDENSED).set_content_arrangement(arrangement);
	let cells = |row: R| Vec::from_iter(row.into_iter().map(|cell| clean(cell.as_ref())));
	table.add_rows(rows.into_iter().map(cells));
	table
}

/// The name of a field in text.
fn label(key: &str) -> String {
	key.replace('_', " ")
}

/// Writes a line to the standard output. A closed standard output is no error.
pub fn line(text: impl Display) {
	let mut out = io::stdout().lock();
	let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A text with escapes in place of control characters and of characters that change the direction
/// of text. Values of records and messages of gatekeepers come from other people and could
/// otherwise control the terminal.
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

/// A number of milliseconds as a sum of units, as `1d 12h`.
pub fn span(mut milliseconds: Moment) -> String {
	let mut parts = Vec::new();
	for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
		let count = milliseconds / length;
		milliseconds %= length;
		if count > 0 {
			parts.push(format!("{count}{unit}"));
		}
	}
	match parts.is_empty() {
		true => format!("{milliseconds}ms"),
		false => parts.join(" "),
	}
}

/// A number with the singular or the plural of a word.
pub fn count(number: usize, one: &str, many: &str) -> String {
	format!("{number} {}", if number == 1 { one } else { many })
}

/// Items separated by commas, or `none` for no items.
pub fn list(items: impl IntoIterator<Item = impl Display>, none: &str) -> String {
	let items = Vec::from_iter(items.into_iter().map(|item| item.to_string()));
	or((!items.is_empty()).then(|| items.join(", ")), none)
}

/// A value, or `none` without one.
pub fn or(value: Option<impl Display>, none: &str) -> String {
	value.map_or_else(|| none.to_owned(), |value| value.to_string())
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
		assert_eq!(or(None::<Moment>.map(when), "-"), "-");
	}

	#[test]
	fn spans_are_sums_of_units() {
		assert_eq!(span(86_400_000 + 43_200_000), "1d 12h");
		assert_eq!(span(61_000), "1m 1s");
		assert_eq!(span(7), "7ms");
	}

	#[test]
	fn ids_are_short_in_tables_and_full_elsewhere() {
		let id = SubjectId::repeat_byte(0xab);
		assert_eq!(short(id), "0xabababab");
		assert_eq!(id.to_string(), format!("0x{}", "ab".repeat(32)));
	}

	#[test]
	fn control_characters_are_escaped() {
		assert_eq!(clean("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
		assert_eq!(clean("a\u{202e}b\u{9b}"), "a\\u{202e}b\\u{9b}");
		assert_eq!(clean("Größe 5 µg"), "Größe 5 µg");
	}

	#[test]
	fn tables_have_their_rows_and_empty_tables_say_none() {
		let columns = "field some_value end";
		assert_eq!(table("Fields", columns, &[]), "Fields: none");
		let row = Fields::default().field("field", "code").show("some_value", 1, "a\nb");
		let text = table("Fields", columns, std::slice::from_ref(&row));
		assert!(text.starts_with("Fields\n"), "{text}");
		assert!(text.contains("┆ some value ┆"), "{text}");
		assert!(text.contains("│ code  ┆ a\\nb       ┆ -   │"), "{text}");
		let row = row.json("hidden", 2).time("end", None).text("note", Some("c"));
		assert_eq!(json!(row), json!({"field": "code", "some_value": 1, "hidden": 2, "end": null}));
		let text = row.to_string();
		assert!(text.contains("│ some value ┆ a\\nb │"), "{text}");
		assert!(text.contains("│ note       ┆ c    │"), "{text}");
		assert!(!text.contains("hidden") && !text.contains("end"), "{text}");
	}

	#[test]
	fn words_are_those_of_the_json() {
		assert_eq!(word(Effect::Deny), "deny");
		assert_eq!(plain(&json!("a b")), "a b");
		assert_eq!(plain(&Value::Null), "-");
		assert_eq!(plain(&json!({"a": 1})), r#"{"a":1}"#);
	}
}
