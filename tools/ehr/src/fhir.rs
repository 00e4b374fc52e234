//! Importing FHIR R4 transaction bundles, as Synthea and bulk exports give them.

use super::{
	bundle::{self, Content, Fault},
	report::{Counts, Failed, LeftOutFile},
	source::{Found, Source},
	Error, Report,
};
use crate::records::{self, EhrStore};
use indicatif::{ProgressBar, ProgressStyle};
use medrec_primitives::merkle::sha3;
use serde_json::Value;
use std::path::PathBuf;

/// What to import, and where to.
#[derive(Clone, Debug)]
pub struct Options {
	/// A folder of `*.json` files, or a `.tar.gz` of them.
	pub source: PathBuf,
	/// The SQLite database to write. It is made if there is none.
	pub database: PathBuf,
	/// Whether to show progress, on the standard error of a terminal.
	pub progress: bool,
}

/// Imports every bundle of a folder or archive, each in a transaction of its own. One that was
/// imported before is passed over, so that an import that was interrupted goes on where it stopped.
/// One that is not acceptable is named in the report, and the others are imported all the same.
pub async fn import(options: &Options) -> Result<Report, Error> {
	let mut source = Source::open(&options.source)?;
	let store = EhrStore::open(&options.database).await?;
	let bar = progress_bar(source.count, options.progress);
	let mut report = Report::default();
	let mut is_empty = true;
	while let Some(found) = source.files.recv().await {
		is_empty = false;
		let outcome = match found {
			Ok(found) => import_file(&store, found, &mut report).await,
			Err(error) => Err(error),
		};
		if let Err(error) = outcome {
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

async fn import_file(store: &EhrStore, found: Found, report: &mut Report) -> Result<(), Error> {
	let Found { name: file, content } = found;
	let outcome = match content {
		Some(content) => import_content(store, &file, &content).await,
		None => Err(Fault::TooLarge),
	};
	match outcome {
		Ok(Outcome::Imported(counts)) => report.add(counts),
		Ok(Outcome::Already) => report.files.already_imported += 1,
		Ok(Outcome::Other(kind)) => {
			let reason = format!("it is a {kind} and not a transaction bundle");
			report.files.left_out.push(LeftOutFile { file, reason });
		},
		Err(Fault::Records(error)) if is_broken(&error) => return Err(error.into()),
		Err(fault) => report.files.failed.push(Failed { file, error: fault.to_string() }),
	}
	Ok(())
}

/// Whether the fault is the database's and not the file's.
fn is_broken(error: &records::Error) -> bool {
	matches!(
		error,
		records::Error::Database(_) | records::Error::Open { .. } | records::Error::Migrate { .. }
	)
}

enum Outcome {
	Imported(Counts),
	Already,
	Other(String),
}

async fn import_content(store: &EhrStore, file: &str, content: &[u8]) -> Result<Outcome, Fault> {
	let hash = sha3(&[content]);
	if store.was_imported(&hash).await? {
		return Ok(Outcome::Already);
	}
	let entries = match bundle::parse(content)? {
		Content::Bundle(entries) => entries,
		Content::Other(kind) => return Ok(Outcome::Other(kind)),
	};
	let mut batch = store.begin().await?;
	let counts = bundle::write(&entries, &mut batch).await?;
	batch.note_import(file, &hash).await?;
	batch.commit().await?;
	Ok(Outcome::Imported(counts))
}

/// Imports one bundle that did not come from a file.
pub(super) async fn import_value(store: &EhrStore, bundle: Value) -> Result<Counts, Fault> {
	let Content::Bundle(entries) = bundle::classify(bundle)? else {
		return Err(Fault::NotTransaction);
	};
	let mut batch = store.begin().await?;
	let counts = bundle::write(&entries, &mut batch).await?;
	batch.commit().await?;
	Ok(counts)
}

/// A bar over so many files, or a spinner where that is not known.
pub(super) fn progress_bar(count: Option<u64>, show: bool) -> ProgressBar {
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
