//! Import of FHIR R4 transaction bundles, as Synthea and bulk exports give them.

use crate::{
	bundle::{self, Content, Fault},
	report::{Counts, Failed, LeftOutFile},
	source::{Source, SourceFile},
	EhrStore, Error, Report,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use sha3::{Digest, Sha3_256};
use std::path::PathBuf;

/// What to import, and where to.
#[derive(Clone, Debug)]
pub struct Options {
	/// A folder of `*.json` files, or a `.tar.gz` of them.
	pub source: PathBuf,
	/// The SQLite database to write; created if it does not exist.
	pub database: PathBuf,
	/// Whether to show a progress bar on the standard error, if that is a terminal.
	pub progress: bool,
}

/// Imports every bundle of a folder or archive, each in a transaction of its own. A file whose
/// content was imported before is skipped, so an interrupted import can be run again. A file that is
/// not acceptable is named in the report and does not stop the import.
pub async fn import(options: &Options) -> Result<Report, Error> {
	let mut source = Source::open(&options.source)?;
	let store = EhrStore::open(&options.database).await?;
	let bar = progress_bar(source.count, options.progress);
	let mut report = Report::default();
	let mut is_empty = true;
	while let Some(file) = source.files.recv().await {
		is_empty = false;
		let imported = match file {
			Ok(file) => import_file(&store, file, &mut report).await,
			Err(error) => Err(error),
		};
		if let Err(error) = imported {
			bar.abandon();
			return Err(error);
		}
		bar.inc(1);
	}
	bar.finish_and_clear();
	store.close().await;
	match is_empty {
		true => Err(Error::Empty(options.source.clone())),
		false => Ok(report),
	}
}

async fn import_file(store: &EhrStore, file: SourceFile, report: &mut Report) -> Result<(), Error> {
	let SourceFile { name: file, content } = file;
	let outcome = match content {
		Some(content) => import_content(store, &file, &content).await,
		None => Err(Fault::TooLarge),
	};
	match outcome {
		Ok(Outcome::Imported(counts)) => report.add(counts),
		Ok(Outcome::ImportedBefore) => report.files.already_imported += 1,
		Ok(Outcome::NotABundle(kind)) => {
			let reason = format!("it is a {kind} and not a transaction bundle");
			report.files.left_out.push(LeftOutFile { file, reason });
		},
		Err(Fault::Database(error)) => return Err(error),
		Err(fault) => report.files.failed.push(Failed { file, error: fault.to_string() }),
	}
	Ok(())
}

/// The result for one file.
enum Outcome {
	Imported(Counts),
	ImportedBefore,
	/// A resource of this type.
	NotABundle(String),
}

async fn import_content(store: &EhrStore, file: &str, content: &[u8]) -> Result<Outcome, Fault> {
	let hash: [u8; 32] = Sha3_256::digest(content).into();
	if store.was_imported(&hash).await? {
		return Ok(Outcome::ImportedBefore);
	}
	let entries = match bundle::parse(content)? {
		Content::Bundle(entries) => entries,
		Content::Other(kind) => return Ok(Outcome::NotABundle(kind)),
	};
	let mut batch = store.begin().await?;
	let counts = bundle::write(&entries, &mut batch).await?;
	batch.note_import(file, &hash).await?;
	batch.commit().await?;
	Ok(Outcome::Imported(counts))
}

/// Imports the entries of one bundle that did not come from a file.
pub(crate) async fn import_entries(store: &EhrStore, entries: &[Value]) -> Result<Counts, Fault> {
	let mut batch = store.begin().await?;
	let counts = bundle::write(entries, &mut batch).await?;
	batch.commit().await?;
	Ok(counts)
}

/// A bar over `count` files, or a spinner where the number is not known.
pub(crate) fn progress_bar(count: Option<u64>, show: bool) -> ProgressBar {
	let (bar, template) = match count {
		_ if !show => return ProgressBar::hidden(),
		Some(count) => (ProgressBar::new(count), "{bar:40} {pos}/{len} {per_sec}"),
		None => (ProgressBar::no_length(), "{spinner} {pos} files {per_sec}"),
	};
	match ProgressStyle::with_template(template) {
		Ok(style) => bar.with_style(style),
		Err(_) => bar,
	}
}
