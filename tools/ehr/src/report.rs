use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// What an import did. It prints for people and serialises for programs.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
	/// What became of the files.
	pub files: Files,
	/// How many resources were written, by their type: new ones and changed ones.
	pub written: BTreeMap<String, u64>,
	/// How many resources were there already with the same content, by their type.
	pub unchanged: BTreeMap<String, u64>,
	/// How many resources of imported files were left out, by their type.
	pub left_out: BTreeMap<String, LeftOut>,
}

/// What became of the files of an import.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Files {
	/// How many were imported.
	pub imported: u64,
	/// How many had been imported before, and were passed over.
	pub already_imported: u64,
	/// Which hold no bundle.
	pub left_out: Vec<LeftOutFile>,
	/// Which could not be imported. Nothing of them was written.
	pub failed: Vec<Failed>,
}

/// A file that is no bundle.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LeftOutFile {
	/// Its name.
	pub file: String,
	/// Why it was left out.
	pub reason: String,
}

/// A file that could not be imported.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Failed {
	/// Its name.
	pub file: String,
	/// What is wrong with it.
	pub error: String,
}

/// Resources that were left out.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct LeftOut {
	/// How many.
	pub count: u64,
	/// Why, with how many of them.
	pub reasons: BTreeMap<String, u64>,
}

impl Report {
	/// Whether every file was imported, now or before, or held no bundle.
	pub fn succeeded(&self) -> bool {
		self.files.failed.is_empty()
	}

	/// Adds the resources of an imported file.
	pub(super) fn add(&mut self, counts: Counts) {
		self.files.imported += 1;
		for (kind, count) in counts.written {
			*self.written.entry(kind).or_default() += count;
		}
		for (kind, count) in counts.unchanged {
			*self.unchanged.entry(kind).or_default() += count;
		}
		for ((kind, reason), count) in counts.left_out {
			let left_out = self.left_out.entry(kind).or_default();
			left_out.count += count;
			*left_out.reasons.entry(reason.to_owned()).or_default() += count;
		}
	}
}

/// The resources of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
	pub written: BTreeMap<String, u64>,
	pub unchanged: BTreeMap<String, u64>,
	pub left_out: BTreeMap<(String, &'static str), u64>,
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
