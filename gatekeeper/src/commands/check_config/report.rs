//! The findings of `check-config`.

use crate::commands::{explain, UNREACHABLE};
use medrec_primitives::record::TemplateHash;
use serde::Serialize;
use std::{fmt, process::ExitCode};
use utoipa::ToSchema;

/// The state of what was checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
	/// As it should be.
	Ok,
	/// The gatekeeper serves, and an operator should know this.
	Warning,
	/// Missing for serving.
	Missing,
	/// Not known, since the node could not be asked.
	Unknown,
}

/// A finding.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct Check {
	/// The name of what was checked.
	pub check: String,
	/// Its state.
	pub state: State,
	/// What was found, and what to do about it unless it is as it should be. One line.
	pub found: String,
}

/// A template in the folder of the configuration.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct CheckedTemplate {
	/// Its ID.
	pub id: String,
	/// Its version.
	pub version: u32,
	/// Its hash.
	pub hash: TemplateHash,
}

/// Whether a gatekeeper with this configuration can serve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
	/// Nothing is missing.
	Serves,
	/// This many checks found something missing.
	Missing(usize),
	/// Only the node could not be asked.
	Unknown,
}

/// The findings, with what scripts ask for.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Report {
	/// Whether the gatekeeper can serve; none if nothing is missing here and the node could not be asked.
	pub serves: Option<bool>,
	/// The findings, in the order of the checks.
	pub checks: Vec<Check>,
	/// The address of the device's account.
	pub device: Option<String>,
	/// The templates, of all versions.
	pub templates: Vec<CheckedTemplate>,
}

impl Report {
	/// Adds a finding.
	pub fn add(&mut self, check: &str, state: State, found: impl fmt::Display) {
		// An error in a TOML file quotes lines of it.
		let found = found.to_string();
		let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
		self.checks.push(Check { check: check.to_owned(), state, found });
		self.serves = match self.verdict() {
			Verdict::Serves => Some(true),
			Verdict::Missing(_) => Some(false),
			Verdict::Unknown => None,
		};
	}

	/// Adds the result of a check: `good` of its value, or its error as something that is missing.
	pub fn take<T, E: Into<anyhow::Error>>(
		&mut self,
		check: &str,
		result: Result<T, E>,
		good: impl FnOnce(&T) -> String,
	) -> Option<T> {
		match result {
			Ok(value) => {
				self.add(check, State::Ok, good(&value));
				Some(value)
			},
			Err(error) => {
				self.add(check, State::Missing, explain(&error.into()));
				None
			},
		}
	}

	/// What follows from the findings.
	pub fn verdict(&self) -> Verdict {
		let count = |state| self.checks.iter().filter(|check| check.state == state).count();
		match (count(State::Missing), count(State::Unknown)) {
			(0, 0) => Verdict::Serves,
			(0, _) => Verdict::Unknown,
			(missing, _) => Verdict::Missing(missing),
		}
	}
}

impl Verdict {
	/// The exit status.
	pub fn exit(self) -> ExitCode {
		match self {
			Verdict::Serves => ExitCode::SUCCESS,
			Verdict::Missing(_) => ExitCode::FAILURE,
			Verdict::Unknown => ExitCode::from(UNREACHABLE),
		}
	}
}

impl fmt::Display for State {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.pad(match self {
			State::Ok => "ok",
			State::Warning => "warning",
			State::Missing => "missing",
			State::Unknown => "unknown",
		})
	}
}

impl fmt::Display for Report {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		for Check { check, state, found } in &self.checks {
			writeln!(formatter, "{state:<8} {check}: {found}")?;
		}
		match self.verdict() {
			Verdict::Serves => formatter.write_str("The gatekeeper can serve."),
			Verdict::Missing(count) => {
				write!(formatter, "The gatekeeper cannot serve; checks that say missing: {count}.")
			},
			Verdict::Unknown => formatter.write_str(
				"Nothing is missing on this machine. Check again when the node answers.",
			),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_missing_outweighs_what_is_unknown() {
		let mut report = Report::default();
		report.add("patients", State::Warning, "none");
		assert_eq!((report.verdict(), report.serves), (Verdict::Serves, Some(true)));
		report.add("node", State::Unknown, "cannot be reached");
		assert_eq!((report.verdict(), report.serves), (Verdict::Unknown, None));
		report.add("state", State::Missing, "the folder\n  does not exist");
		assert_eq!((report.verdict(), report.serves), (Verdict::Missing(1), Some(false)));
		let text = report.to_string();
		let lines: Vec<&str> = text.lines().collect();
		assert_eq!(lines[2], "missing  state: the folder does not exist");
		assert_eq!(lines.len(), 4);
	}
}
