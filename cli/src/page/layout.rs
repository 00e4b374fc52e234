//! The layout of the parts of a page.

use super::Cell;
use crate::style::{find_id, Style};
use comfy_table::{presets, ColumnConstraint, ContentArrangement, Table as Grid, Width};

/// The narrowest width of a column whose cells wrap.
const MIN_WORDS: usize = 16;

/// Wraps lines at the width of the terminal. A word that is longer than a line, as an ID or an
/// address, is not split. Lines that begin with a space keep their layout.
pub(super) fn wrap(text: &str, style: &Style) -> String {
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

/// The length of the longest word with an ID. Other words may be split.
fn longest_id(text: &str) -> usize {
	let with_id = text.split_whitespace().filter(|word| find_id(word).is_some());
	with_id.map(|word| word.chars().count()).max().unwrap_or(0)
}

/// Named values, each on a line of its own. Words wrap beside their name; a value that does not wrap and
/// has no room beside its name, as an ID, is on the next line.
pub(super) fn named_values(facts: &[(String, Cell)], style: &Style) -> String {
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
		let wrapped = |indent: usize| {
			let next = format!("\n{:indent$}", "");
			wrap_line(&text, width.saturating_sub(indent)).join(&next)
		};
		match (fits, cell.wraps()) {
			(true, _) => format!("{name:indent$}{text}"),
			(false, true) if indent + longest_id(&text) <= width => {
				format!("{name:indent$}{}", wrapped(indent))
			},
			(false, true) => format!("{name}\n{:GAP$}{}", "", wrapped(GAP)),
			(false, false) => format!("{name}\n{:GAP$}{text}", ""),
		}
	});
	Vec::from_iter(lines).join("\n")
}

/// A table: with columns that fit, or else as blocks.
pub(super) fn table(columns: &[String], rows: &[Vec<Cell>], style: &Style) -> String {
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
	let longest_id = |column: usize| {
		let cells = texts.iter().filter_map(|row| row.get(column)).map(|text| longest_id(text));
		cells.max().unwrap_or(0)
	};
	let needed = |column: usize| match wraps(column) {
		true => longest(column).min(MIN_WORDS).max(longest_id(column)),
		false => longest(column),
	};
	// With a gap after each.
	let widths = Vec::from_iter((0..columns.len()).map(|column| needed(column) + 2));
	if widths.iter().sum::<usize>() > width {
		return blocks(columns, rows, style);
	}
	let mut grid = Grid::new();
	grid.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
	grid.set_width(u16::try_from(width).unwrap_or(u16::MAX));
	grid.set_header(columns).add_rows(texts);
	for ((position, column), least) in grid.column_iter_mut().enumerate().zip(widths) {
		// A gap between columns, and nothing at the ends of a line.
		column.set_padding((0, 2));
		column.set_constraint(match wraps(position) {
			true => {
				let least = u16::try_from(least).unwrap_or(u16::MAX);
				ColumnConstraint::LowerBoundary(Width::Fixed(least))
			},
			false => ColumnConstraint::ContentWidth,
		});
	}
	Vec::from_iter(grid.lines().map(|line| line.trim_end().to_owned())).join("\n")
}

/// One block of named values for each row, separated by empty lines.
fn blocks(columns: &[String], rows: &[Vec<Cell>], style: &Style) -> String {
	let block = |row: &Vec<Cell>| {
		let facts = columns.iter().cloned().zip(row.iter().cloned());
		named_values(&facts.filter(|(_, cell)| *cell != Cell::None).collect::<Vec<_>>(), style)
	};
	Vec::from_iter(rows.iter().map(block)).join("\n\n")
}
