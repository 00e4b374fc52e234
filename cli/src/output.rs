//! Output of commands: text for people, JSON for scripts.

use crate::{page::Page, style::Style, text::json_line};
use serde::Serialize;
use serde_json::{json, Value};
use std::io::{self, Write};

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

impl Output {
	/// The output of a report.
	pub fn of(report: &impl Report) -> Output {
		Output { page: report.page(), json: json!(report) }
	}

	/// An output for people only.
	pub fn text(page: Page) -> Output {
		Output { page, json: Value::Null }
	}

	/// Prints one of the forms to the standard error.
	pub fn print_error(&self, json: bool) {
		match json {
			true => eprintln!("{}", json_line(&self.json)),
			false => eprintln!("{}", self.page.render(&Style::for_errors())),
		}
	}

	/// Prints one of the forms to the standard output. A closed standard output is no error.
	pub fn print(&self, json: bool, style: &Style) {
		let text = match json {
			true => json_line(&self.json),
			false => self.page.render(style),
		};
		let mut out = io::stdout().lock();
		let _ = writeln!(out, "{text}").and_then(|()| out.flush());
	}
}
