use serde::Serialize;
use std::{collections::BTreeMap, fmt};
use utoipa::ToSchema;

/// The result of an import.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, ToSchema)]
pub struct Report {
	/// The files.
	pub files: Files,
	/// The number of resources that were inserted or changed, by type.
	pub written: BTreeMap<String, u64>,
	/// The number of resources that were there already with the same content, by type.
	pub unchanged: BTreeMap<String, u64>,
	/// The resources of imported files that were left out, by type.
	pub left_out: BTreeMap<String, LeftOut>,
}

/// The files of an import.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, ToSchema)]
pub struct Files {
	/// The number of files that were imported.
	pub imported: u64,
	/// The number of files that had been imported before and were skipped.
	pub already_imported: u64,
	/// The files that are no bundles.
	pub left_out: Vec<LeftOutFile>,
	/// The files that could not be imported. Nothing of them was written.
	pub failed: Vec<Failed>,
}

/// A file that is no bundle.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct LeftOutFile {
	/// Its name.
	pub file: String,
	/// Why it was left out.
	pub reason: String,
}

/// A file that could not be imported.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct Failed {
	/// Its name.
	pub file: String,
	/// The problem, without content of the file.
	pub error: String,
}

/// Resources that were left out.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, ToSchema)]
pub struct LeftOut {
	/// The number of resources.
	pub count: u64,
	/// The number of resources for each reason.
	pub reasons: BTreeMap<String, u64>,
}

impl Report {
	/// Whether every file that is a bundle was imported, now or before.
	pub fn succeeded(&self) -> bool {
		self.files.failed.is_empty()
	}

	/// Counts a resource that is left out.
	pub(crate) fn leave_out(&mut self, kind: String, reason: &str) {
		let left_out = self.left_out.entry(kind).or_default();
		left_out.count += 1;
		*left_out.reasons.entry(reason.to_owned()).or_default() += 1;
	}
}

impl fmt::Display for Report {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Files { imported, already_imported, left_out, failed } = &self.files;
		writeln!(
			formatter,
			"files: {imported} imported, {already_imported} imported before, {} left out, {} failed",
			left_out.len(),
			failed.len()
		)?;
		for (words, counts) in [("written", &self.written), ("unchanged", &self.unchanged)] {
			for (kind, count) in counts {
				writeln!(formatter, "{words}: {count} {kind}")?;
			}
		}
		for (kind, left_out) in &self.left_out {
			for (reason, count) in &left_out.reasons {
				writeln!(formatter, "left out: {count} {kind}: {reason}")?;
			}
		}
		for LeftOutFile { file, reason } in left_out {
			writeln!(formatter, "left out: {file}: {reason}")?;
		}
		for Failed { file, error } in failed {
			writeln!(formatter, "failed: {file}: {error}")?;
		}
		Ok(())
	}
}
