//! What commands print: one type for each, as text for people or as JSON for scripts. `outputs.json` holds
//! the schemas of the JSON.

use serde::Serialize;
use serde_json::json;
use std::{
	fmt,
	io::{self, IsTerminal, Write},
};
use utoipa::ToSchema;

/// The most columns of a line on a terminal, as on the pages of help.
const COLUMNS: usize = 80;

/// What a command that fails prints to the standard error.
#[derive(Serialize, ToSchema)]
pub(super) struct Failure {
	/// What happened and what to do, in one line.
	pub error: String,
}

impl Failure {
	/// Prints it.
	pub(super) fn print(&self, json: bool) {
		match json {
			true => eprintln!("{}", json!(self)),
			false => print_error(&self.to_string()),
		}
	}
}

impl fmt::Display for Failure {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(formatter, "error: {}", self.error)
	}
}

/// Prints the output of a command.
pub(super) fn print_result<T>(json: bool, output: &T) -> anyhow::Result<()>
where
	T: Serialize + ToSchema + fmt::Display,
{
	match json {
		true => print(serde_json::to_string(output)?),
		false => print(fit(&output.to_string(), io::stdout().is_terminal())),
	}
}

/// Prints a text to the standard error.
pub(super) fn print_error(text: &str) {
	eprintln!("{}", fit(text, io::stderr().is_terminal()));
}

/// The text as it is shown: on a terminal, long lines are wrapped.
fn fit(text: &str, is_terminal: bool) -> String {
	match is_terminal {
		true => Vec::from_iter(text.lines().map(wrap)).join("\n"),
		false => text.to_owned(),
	}
}

/// A line, broken between words where it is longer than [`COLUMNS`]. If its first word has a column of
/// its own, the lines that follow begin beside that. A line that begins with a space keeps its layout.
fn wrap(line: &str) -> String {
	if line.starts_with(' ') || line.chars().count() <= COLUMNS {
		return line.to_owned();
	}
	let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
	let column = match rest.starts_with(' ') {
		true => line.chars().count() - rest.trim_start().chars().count(),
		false => 0,
	};
	let (gap, indent) = (column.saturating_sub(1), " ".repeat(column));
	let mut wrapped = format!("{first:gap$}");
	let mut width = wrapped.chars().count();
	for word in rest.split_whitespace() {
		let length = word.chars().count();
		if width + 1 + length > COLUMNS {
			wrapped.extend(["\n", &indent, word]);
			width = column + length;
		} else {
			wrapped.extend([" ", word]);
			width += 1 + length;
		}
	}
	wrapped
}

/// Prints a line. A closed standard output is not an error.
pub(super) fn print(line: impl fmt::Display) -> anyhow::Result<()> {
	let mut out = io::stdout().lock();
	let printed = writeln!(out, "{line}").and_then(|()| out.flush());
	match printed {
		Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
		_ => Ok(()),
	}
}

/// Writes one item after another, each on lines of its own, or `none` if there are none.
pub(super) fn write_lines<T: fmt::Display>(
	formatter: &mut fmt::Formatter<'_>,
	items: &[T],
	none: &str,
) -> fmt::Result {
	let lines: Vec<String> = items.iter().map(ToString::to_string).collect();
	match lines.is_empty() {
		true => formatter.write_str(none),
		false => formatter.write_str(&lines.join("\n")),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		cli::Cli,
		commands::{
			alarms::AlarmList,
			check_config::Report,
			patients::{Linked, PatientIdentifier, PatientList, Unlinked},
			run::Listening,
			templates::Signed,
		},
	};
	use clap::CommandFactory;
	use serde_json::{Map, Value};
	use utoipa::PartialSchema;

	/// The schemas of outputs, with the definitions to which they refer.
	#[derive(Default)]
	struct Schemas {
		commands: Map<String, Value>,
		definitions: Map<String, Value>,
	}

	impl Schemas {
		/// Adds the schema of what a command prints.
		fn with<T: ToSchema>(mut self, command: &str) -> Schemas {
			let mut parts = Vec::new();
			T::schemas(&mut parts);
			for (name, schema) in parts {
				let before = self.definitions.insert(name.clone(), json!(schema));
				let is_same = before.is_none_or(|before| before == json!(schema));
				assert!(is_same, "two types have the name {name}");
			}
			self.commands.insert(command.to_owned(), json!(T::schema()));
			self
		}

		/// The document, in which references lead to `$defs` and not to components of an OpenAPI document.
		fn document(self) -> Value {
			let document = json!({
				"$schema": "https://json-schema.org/draft/2020-12/schema",
				"title": "What the commands of medrec-gatekeeper print with --json",
				"commands": self.commands,
				"error": Failure::schema(),
				"$defs": self.definitions,
			});
			let text = document.to_string().replace("#/components/schemas/", "#/$defs/");
			serde_json::from_str(&text).unwrap()
		}
	}

	fn schemas() -> Schemas {
		Schemas::default()
			.with::<Listening>("run")
			.with::<Report>("check-config")
			.with::<Signed>("sign-templates")
			.with::<Linked>("link-patient")
			.with::<Unlinked>("unlink-patient")
			.with::<PatientList>("patients list")
			.with::<AlarmList>("alarms list")
			.with::<PatientIdentifier>("identifier")
	}

	#[test]
	fn on_a_terminal_a_text_has_80_columns_and_no_id_is_split() {
		let id = format!("0x{}", "ab".repeat(32));
		let words = "one word after the other ".repeat(6);
		let text =
			format!("error: {words}{id} {words}\n\nok       check: {words}{id} end\n  {words}");
		let shown = fit(&text, true);
		let lines = Vec::from_iter(shown.lines());
		let (own_layout, wrapped) = lines.split_last().unwrap();
		assert_eq!(*own_layout, format!("  {words}"));
		assert!(wrapped.iter().all(|line| line.chars().count() <= COLUMNS), "{shown}");
		assert!(shown.contains(&id), "{shown}");
		let row = lines.iter().position(|line| line.starts_with("ok       check: one")).unwrap();
		let beside = |line: &&str| line.rfind("  ") == Some(7);
		assert!(row + 2 < wrapped.len() && wrapped[row + 1..].iter().all(beside), "{shown}");
		assert_eq!(
			Vec::from_iter(shown.split_whitespace()),
			Vec::from_iter(text.split_whitespace())
		);
		assert_eq!(fit(&text, false), text);
		assert_eq!(fit("", true), "");
	}

	/// The commands that have no commands of their own, without `openapi`, whose output has a standard.
	fn leaves(command: &clap::Command, path: &str) -> Vec<String> {
		let inner = command.get_subcommands().filter(|inner| inner.get_name() != "openapi");
		let inner = inner.flat_map(|inner| {
			let path = format!("{path} {}", inner.get_name());
			match inner.has_subcommands() {
				true => leaves(inner, &path),
				false => vec![path.trim_start().to_owned()],
			}
		});
		inner.collect()
	}

	#[test]
	fn the_output_of_every_command_is_documented() {
		let mut leaves = leaves(&Cli::command(), "");
		leaves.sort();
		let mut documented = Vec::from_iter(schemas().commands.into_iter().map(|(name, _)| name));
		documented.sort();
		assert_eq!(documented, leaves);
	}

	/// With `UPDATE_OUTPUTS=1`, the test writes the file.
	#[test]
	fn the_checked_in_schemas_are_those_of_the_outputs() {
		let path = concat!(env!("CARGO_MANIFEST_DIR"), "/outputs.json");
		let document = schemas().document();
		for reference in document.to_string().split("\"#/$defs/").skip(1) {
			let name = reference.split('"').next().unwrap();
			assert!(document["$defs"][name].is_object(), "there is no definition of {name}");
		}
		if std::env::var_os("UPDATE_OUTPUTS").is_some() {
			std::fs::write(path, format!("{document:#}\n")).unwrap();
		}
		let text = std::fs::read_to_string(path).unwrap_or_default();
		let checked_in: Value = serde_json::from_str(&text).unwrap_or_default();
		assert!(
			checked_in == document,
			"run this test with UPDATE_OUTPUTS=1 and review the change"
		);
	}
}
