//! The text of an output: lines, named values and tables, laid out for a terminal or for a pipe.
//!
//! On a terminal, tables fit its width: cells with words wrap, IDs, times and numbers do not, and a
//! table that is still too wide is shown as one block of named values for each row. In a pipe, the
//! columns of tables are separated by tabs and nothing wraps.
//!
//! Texts hold whole IDs, also in names as `patient 0x… of hospital-a`. The page shows their first digits
//! on a terminal, and all digits in a pipe or where the style is exact.

mod layout;

use crate::{
	style::{is_id, Style},
	text::clean,
};
use layout::{named_values, table, wrap};
use medrec_primitives::Moment;
use std::fmt::Display;

/// A value in a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
	/// Words, which may wrap.
	Words(String),
	/// A value of a record, which may wrap. It is never abbreviated.
	Value(String),
	/// A short word, name or number, which does not wrap.
	Word(String),
	/// An ID: 0x and 64 digits. A table shows its first digits, unless the style is exact.
	Id(String),
	/// A time.
	Time(Moment),
	/// No value.
	None,
}

impl Cell {
	/// Words, which may wrap.
	pub fn words(text: impl Display) -> Cell {
		Cell::Words(text.to_string())
	}

	/// A value of a record.
	pub fn value(text: impl Display) -> Cell {
		Cell::Value(text.to_string())
	}

	/// A short word, name or number, which does not wrap.
	pub fn word(text: impl Display) -> Cell {
		Cell::Word(text.to_string())
	}

	/// An ID.
	pub fn id(id: impl Display) -> Cell {
		Cell::Id(id.to_string())
	}

	/// A time, or no value.
	pub fn time(moment: impl Into<Option<Moment>>) -> Cell {
		moment.into().map_or(Cell::None, Cell::Time)
	}

	/// A value, or none.
	pub fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
		value.map_or(Cell::None, cell)
	}

	fn in_table(&self, style: &Style) -> String {
		match self {
			Cell::Words(text) | Cell::Word(text) | Cell::Id(text) => style.ids(&clean(text)),
			Cell::Value(text) => clean(text),
			Cell::Time(moment) => style.time(*moment),
			Cell::None => "-".to_owned(),
		}
	}

	/// The text among named values, where there is room for a whole ID.
	fn in_facts(&self, style: &Style) -> String {
		match self {
			Cell::Id(id) => clean(id),
			other => other.in_table(style),
		}
	}

	fn wraps(&self) -> bool {
		matches!(self, Cell::Words(_) | Cell::Value(_))
	}
}

/// The text of an output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
	parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
	Line(String),
	Verbatim(String),
	Alert(String),
	Named(Vec<(String, Cell)>),
	Table { title: String, columns: Vec<String>, rows: Vec<Vec<Cell>> },
}

impl Page {
	/// A page with one line.
	pub fn of(line: impl Display) -> Page {
		Page::default().line(line)
	}

	/// Adds a line. At a terminal it wraps between words.
	pub fn line(mut self, text: impl Display) -> Page {
		self.parts.push(Part::Line(text.to_string()));
		self
	}

	/// Adds a line if there is one.
	pub fn maybe_line(self, text: Option<impl Display>) -> Page {
		match text {
			Some(text) => self.line(text),
			None => self,
		}
	}

	/// Adds a text of this program, as a script, exactly as it is. A text from others is a line.
	pub fn verbatim(mut self, text: impl Display) -> Page {
		self.parts.push(Part::Verbatim(text.to_string()));
		self
	}

	/// Adds a line that warns.
	pub fn alert(mut self, text: impl Display) -> Page {
		self.parts.push(Part::Alert(text.to_string()));
		self
	}

	/// Adds named values. Those without a value are left out.
	pub fn facts<N: Into<String>>(mut self, facts: impl IntoIterator<Item = (N, Cell)>) -> Page {
		let present = facts.into_iter().filter(|(_, cell)| *cell != Cell::None);
		let named = present.map(|(name, cell)| (clean(&Into::<String>::into(name)), cell));
		self.parts.push(Part::Named(named.collect()));
		self
	}

	/// Adds a table, or `title: none` without rows. Each row has a cell for each column.
	pub fn table<const N: usize>(
		self,
		title: impl Display,
		columns: [&'static str; N],
		rows: impl IntoIterator<Item = [Cell; N]>,
	) -> Page {
		let columns = columns.map(str::to_owned).into();
		self.columns(title, columns, rows.into_iter().map(Vec::from).collect())
	}

	/// The same with any number of columns.
	pub fn columns(
		mut self,
		title: impl Display,
		columns: Vec<String>,
		rows: Vec<Vec<Cell>>,
	) -> Page {
		let columns = columns.iter().map(|column| clean(column)).collect();
		self.parts.push(Part::Table { title: title.to_string(), columns, rows });
		self
	}

	/// Adds the parts of another page.
	pub fn then(mut self, other: Page) -> Page {
		self.parts.extend(other.parts);
		self
	}

	/// The text, without a line break at its end.
	pub fn render(&self, style: &Style) -> String {
		Vec::from_iter(self.parts.iter().map(|part| part.render(style))).join("\n")
	}
}

#[cfg(test)]
impl Page {
	/// The text at a terminal, which fits it and has these parts.
	#[track_caller]
	pub fn shows(&self, parts: &[&str]) -> String {
		let text = self.render(&Style::terminal(0));
		for part in parts {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
		text
	}
}

impl Part {
	fn render(&self, style: &Style) -> String {
		match self {
			Part::Line(text) => lines(text, style),
			Part::Verbatim(text) => text.clone(),
			Part::Alert(text) => style.alert(&lines(text, style)),
			Part::Named(facts) => named_values(facts, style),
			Part::Table { title, rows, .. } if rows.is_empty() => {
				format!("{}: none", heading(title, style))
			},
			Part::Table { title, columns, rows } => {
				let title = style.bold(&heading(title, style));
				format!("{title}\n{}", table(columns, rows, style))
			},
		}
	}
}

/// The title of a table.
fn heading(title: &str, style: &Style) -> String {
	wrap(&style.ids(&clean(title)), style)
}

/// A text whose own line breaks stay. A line that is an ID has room for the whole of it.
fn lines(text: &str, style: &Style) -> String {
	let shown = text.lines().map(clean).map(|line| match is_id(&line) {
		true => line,
		false => style.ids(&line),
	});
	wrap(&Vec::from_iter(shown).join("\n"), style)
}

#[cfg(test)]
mod tests {
	use super::*;

	const TERMINAL: Style = Style::terminal(90_000_000);
	const PIPE: Style = Style::PIPE;

	fn id(byte: u8) -> Cell {
		Cell::id(format!("0x{}", hex::encode([byte; 32])))
	}

	fn page() -> Page {
		let long = "a sentence of many words that does not fit into what is left of the line";
		let rows = [
			[id(0xab), Cell::words(long), Cell::word("hospital-a"), Cell::time(86_400_000)],
			[id(0xcd), Cell::words("short"), Cell::word("hospital-b"), Cell::None],
		];
		Page::default().table("Things", ["thing", "what", "at", "since"], rows)
	}

	#[test]
	fn a_table_fits_the_terminal_and_splits_no_id() {
		let text = page().render(&TERMINAL);
		assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
		assert!(text.starts_with("Things\nthing"), "{text}");
		assert!(text.contains("0xabababab  a sentence"), "{text}");
		assert!(text.contains("1 h ago"), "{text}");
		assert!(text.lines().count() > 4, "{text}");
	}

	#[test]
	fn a_pipe_has_whole_ids_exact_times_and_one_line_for_each_row() {
		let text = page().render(&PIPE);
		let lines = Vec::from_iter(text.lines());
		assert_eq!(lines[1], "thing\twhat\tat\tsince");
		assert_eq!(lines[3], format!("0x{}\tshort\thospital-b\t-", "cd".repeat(32)));
		assert!(lines[2].ends_with("\t1970-01-02T00:00:00Z"), "{text}");
		assert_eq!(lines.len(), 4);
	}

	#[test]
	fn a_table_that_is_too_wide_becomes_blocks() {
		let exact = Style { exact: true, ..TERMINAL };
		let text = page().render(&exact);
		assert!(text.contains(&format!("thing  0x{}", "ab".repeat(32))), "{text}");
		assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
		assert!(text.contains("\n\nthing"), "{text}");
	}

	#[test]
	fn lines_wrap_between_words_at_a_terminal_only() {
		let words = "word ".repeat(30);
		let address = "5".repeat(90);
		let text = Page::of(&words).line(&address).line("  a layout").render(&TERMINAL);
		let lines = Vec::from_iter(text.lines());
		assert_eq!(lines.len(), 4, "{text}");
		assert_eq!(lines[2..], [address.as_str(), "  a layout"]);
		assert_eq!(Page::of(words.trim()).render(&PIPE), words.trim());
	}

	#[test]
	fn named_values_show_whole_ids_and_leave_out_what_has_no_value() {
		let facts = [("grant", id(1)), ("ends", Cell::None), ("in force", Cell::word("yes"))];
		let text = Page::default().facts(facts).render(&TERMINAL);
		assert_eq!(text, format!("grant     0x{}\nin force  yes", "01".repeat(32)));
	}

	#[test]
	fn named_values_fit_the_terminal_and_split_no_id() {
		let words = Cell::words("one word after the other ".repeat(6).trim());
		let facts = [("a name with many words", id(1)), ("words", words)];
		let text = Page::default().facts(facts).render(&TERMINAL);
		let whole = format!("a name with many words\n  0x{}\n", "01".repeat(32));
		assert!(text.starts_with(&whole), "{text}");
		assert!(text.contains(&format!("\nwords{:19}one word", "")), "{text}");
		assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
	}

	/// Everything that shows the name of a subject, with its ID.
	fn named(name: &str) -> Page {
		Page::of(format!("Served to {name}."))
			.alert(format!("Not genuine: {name}"))
			.facts([("a name that leaves no room", Cell::words(name))])
			.table(name, ["what", "who"], [[Cell::words("Laboratory result"), Cell::words(name)]])
			.table(name, ["none"], [])
	}

	#[test]
	fn an_id_within_words_is_short_at_a_terminal_and_whole_elsewhere() {
		let digits = "1f2a9c4e".repeat(8);
		let name = format!("clinician 0x{digits} of hospital-a");
		let page = named(&name);
		let text = page.shows(&["clinician 0x1f2a9c4e of hospital-a"]);
		assert_eq!(text.matches("0x1f2a9c4e").count(), 6, "{text}");
		assert!(!text.contains(&digits), "{text}");
		for style in [PIPE, Style { exact: true, ..TERMINAL }] {
			let text = page.render(&style);
			assert_eq!(text.matches(&digits).count(), 6, "{text}");
			let fits = |line: &str| line.chars().count() <= 80;
			assert!(style == PIPE || text.lines().all(fits), "{text}");
		}
	}

	#[test]
	fn an_id_on_a_line_of_its_own_is_whole() {
		let id = format!("0x{}", "ab".repeat(32));
		let text = Page::of(format!("Of {id}\n{id}")).render(&TERMINAL);
		assert_eq!(text, format!("Of 0xabababab\n{id}"));
	}

	#[test]
	fn a_value_of_a_record_is_shown_as_it_is() {
		let value = format!("0x{}", "ab".repeat(32));
		let page = Page::default().table("T", ["value"], [[Cell::value(&value)]]);
		assert!(page.render(&TERMINAL).contains(&value));
	}

	#[test]
	fn cells_cannot_control_the_terminal() {
		let text = Page::default().table("T", ["a"], [[Cell::words("x\u{1b}[2J\ny")]]);
		assert!(text.render(&TERMINAL).contains("x\\u{1b}[2J\\ny"));
		assert!(Page::of("x\u{9b}1").render(&PIPE).contains("\\u{9b}"));
		let facts = Page::default().facts([("a\u{1b}", Cell::id("0x\u{1b}"))]).render(&PIPE);
		assert_eq!(facts, "a\\u{1b}\t0x\\u{1b}");
		let empty = Page::default().table("T\u{1b}", ["a"], []).render(&PIPE);
		assert_eq!(empty, "T\\u{1b}: none");
	}

	#[test]
	fn a_verbatim_text_keeps_its_tabs_and_long_lines() {
		let script = format!("\t{}\n{}", "a b ".repeat(30), "c d ".repeat(30));
		assert_eq!(Page::default().verbatim(&script).render(&TERMINAL), script);
	}

	#[test]
	fn an_empty_table_says_none() {
		assert_eq!(Page::default().table("Things", ["a"], []).render(&TERMINAL), "Things: none");
	}
}
