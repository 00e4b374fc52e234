//! The text of an output: lines, named values and tables, laid out for a terminal or for a pipe.
//!
//! On a terminal, tables fit its width: cells with words wrap, IDs, times and numbers do not, and a
//! table that is still too wide is shown as one block of named values for each row. In a pipe, the
//! columns of tables are separated by tabs and nothing wraps.

use crate::{output::clean, style::Style};
use comfy_table::{presets, ColumnConstraint, ContentArrangement, Table as Grid};
use medrec_primitives::Moment;
use std::fmt::Display;

/// The narrowest width of a column whose cells wrap.
const MIN_WORDS: usize = 16;

/// A value in a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
	/// Words, which may wrap.
	Words(String),
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
			Cell::Words(text) | Cell::Word(text) => clean(text),
			Cell::Id(id) => style.id(&clean(id)),
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
		matches!(self, Cell::Words(_))
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

impl Part {
	fn render(&self, style: &Style) -> String {
		match self {
			Part::Line(text) => wrap(&clean_lines(text), style),
			Part::Verbatim(text) => text.clone(),
			Part::Alert(text) => style.alert(&wrap(&clean_lines(text), style)),
			Part::Named(facts) => named_values(facts, style),
			Part::Table { title, rows, .. } if rows.is_empty() => format!("{}: none", clean(title)),
			Part::Table { title, columns, rows } => {
				format!("{}\n{}", style.bold(&clean(title)), table(columns, rows, style))
			},
		}
	}
}

/// A text whose own line breaks stay.
fn clean_lines(text: &str) -> String {
	Vec::from_iter(text.lines().map(clean)).join("\n")
}

/// Wraps lines at the width of the terminal. A word that is longer than a line, as an ID or an
/// address, is not split. Lines that begin with a space keep their layout.
fn wrap(text: &str, style: &Style) -> String {
	let Some(width) = style.width else { return text.to_owned() };
	let mut wrapped: Vec<String> = Vec::new();
	for line in text.lines() {
		if line.starts_with(' ') || line.chars().count() <= width {
			wrapped.push(line.to_owned());
			continue;
		}
		wrapped.extend(wrap_line(line, width));
	}
	wrapped.join("\n")
}

/// The lines of a text, each at most `width` long unless a word is longer.
fn wrap_line(text: &str, width: usize) -> Vec<String> {
	let (mut lines, mut current) = (Vec::new(), String::new());
	for word in text.split_whitespace() {
		let length = current.chars().count() + 1 + word.chars().count();
		if !current.is_empty() && length > width {
			lines.push(std::mem::take(&mut current));
		}
		if !current.is_empty() {
			current.push(' ');
		}
		current.push_str(word);
	}
	lines.push(current);
	lines
}

fn grid(style: &Style) -> Grid {
	let mut grid = Grid::new();
	grid.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
	if let Some(width) = style.width {
		grid.set_width(u16::try_from(width).unwrap_or(u16::MAX));
	}
	grid
}

/// Removes the padding around the cells at both ends of each line, beside the gaps between columns.
fn trimmed(grid: &mut Grid) -> String {
	for column in grid.column_iter_mut() {
		column.set_padding((0, 2));
	}
	Vec::from_iter(grid.lines().map(|line| line.trim_end().to_owned())).join("\n")
}

/// Named values, each on a line of its own. Words wrap beside their name; a value that does not wrap and
/// has no room beside its name, as an ID, is on the next line.
fn named_values(facts: &[(String, Cell)], style: &Style) -> String {
	const GAP: usize = 2;
	let Some(width) = style.width else {
		let lines = facts.iter().map(|(name, cell)| format!("{name}\t{}", cell.in_facts(style)));
		return Vec::from_iter(lines).join("\n");
	};
	let longest = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
	let indent = longest + GAP;
	let lines = facts.iter().map(|(name, cell)| {
		let text = cell.in_facts(style);
		let fits = indent + text.chars().count() <= width;
		let beside = match (fits, cell.wraps()) {
			(true, _) => text,
			(false, true) => {
				let next = format!("\n{:indent$}", "");
				wrap_line(&text, width.saturating_sub(indent)).join(&next)
			},
			(false, false) => return format!("{name}\n{:GAP$}{text}", ""),
		};
		format!("{name:indent$}{beside}")
	});
	Vec::from_iter(lines).join("\n")
}

fn table(columns: &[String], rows: &[Vec<Cell>], style: &Style) -> String {
	let texts = rows.iter().map(|row| Vec::from_iter(row.iter().map(|cell| cell.in_table(style))));
	let texts = Vec::from_iter(texts);
	let Some(width) = style.width else {
		let lines = texts.iter().map(|row| row.join("\t"));
		return Vec::from_iter(std::iter::once(columns.join("\t")).chain(lines)).join("\n");
	};
	let wraps = |column: usize| rows.iter().any(|row| row.get(column).is_some_and(Cell::wraps));
	let longest = |column: usize| {
		let cells = texts.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count());
		let title = columns.get(column).map_or(0, |title| title.chars().count());
		cells.max().unwrap_or(0).max(title)
	};
	let needed = |column: usize| match wraps(column) {
		true => longest(column).min(MIN_WORDS),
		false => longest(column),
	};
	let least: usize = (0..columns.len()).map(|column| needed(column) + 2).sum();
	if least > width {
		return blocks(columns, rows, style);
	}
	let mut grid = grid(style);
	grid.set_header(columns.iter().map(ToString::to_string));
	grid.add_rows(texts);
	for (position, column) in grid.column_iter_mut().enumerate() {
		if !wraps(position) {
			column.set_constraint(ColumnConstraint::ContentWidth);
		}
	}
	trimmed(&mut grid)
}

/// One block of named values for each row, separated by empty lines.
fn blocks(columns: &[String], rows: &[Vec<Cell>], style: &Style) -> String {
	let block = |row: &Vec<Cell>| {
		let facts = columns.iter().cloned().zip(row.iter().cloned());
		named_values(&facts.filter(|(_, cell)| *cell != Cell::None).collect::<Vec<_>>(), style)
	};
	Vec::from_iter(rows.iter().map(block)).join("\n\n")
}

#[cfg(test)]
mod tests {
	use super::*;

	const TERMINAL: Style = Style { width: Some(80), color: false, exact: false, now: 90_000_000 };
	const PIPE: Style = Style { width: None, color: false, exact: true, now: 90_000_000 };

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
