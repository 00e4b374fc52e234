//! Import of FHIR R4 transaction bundles, as Synthea and bulk exports give them.

use crate::{
	bundle::{self, Fault},
	report::{Failed, LeftOutFile},
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
	let imported = match content {
		Some(content) => import_content(store, &file, &content, report).await,
		None => Err(Fault::TooLarge),
	};
	match imported {
		Ok(()) => {},
		Err(Fault::Database(error)) => return Err(error),
		Err(fault @ Fault::NotABundle(_)) => {
			report.files.left_out.push(LeftOutFile { file, reason: fault.to_string() });
		},
		Err(fault) => report.files.failed.push(Failed { file, error: fault.to_string() }),
	}
	Ok(())
}

async fn import_content(
	store: &EhrStore,
	file: &str,
	content: &[u8],
	report: &mut Report,
) -> Result<(), Fault> {
	let hash: [u8; 32] = Sha3_256::digest(content).into();
	if store.was_imported(&hash).await? {
		report.files.already_imported += 1;
		return Ok(());
	}
	import_entries(store, &bundle::parse(content)?, Some((file, &hash)), report).await
}

/// Imports the entries of one bundle, and notes the name and the hash of the `file` that held it.
pub(crate) async fn import_entries(
	store: &EhrStore,
	entries: &[Value],
	file: Option<(&str, &[u8; 32])>,
	report: &mut Report,
) -> Result<(), Fault> {
	// Nothing of a bundle counts if one of its entries is not acceptable.
	let mut counted = report.clone();
	let mut batch = store.begin().await?;
	bundle::write(entries, &mut batch, &mut counted).await?;
	if let Some((name, hash)) = file {
		batch.note_import(name, hash).await?;
	}
	batch.commit().await?;
	*report = counted;
	Ok(())
}

/// A bar over `count` files, or a spinner where the number is not known.
pub(crate) fn progress_bar(count: Option<u64>, show: bool) -> ProgressBar {
	let (bar, template) = match count {
		_ if !show => return ProgressBar::hidden(),
		Some(count) => (ProgressBar::new(count), "{bar:40} {pos}/{len} {per_sec}"),
		None => (ProgressBar::no_length(), "{spinner} {pos} files {per_sec}"),
	};
	bar.with_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()))
}
