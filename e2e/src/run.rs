//! One run of the demonstration, until the story ends or a signal stops it.

use crate::{
	signals::{Stop, StopSignals},
	step_log::StepLog,
	story, Options,
};
use anyhow::{ensure, Context, Result};
use medrec_e2e::network::Network;
use std::{
	io::Write,
	path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Tells the story. False if a step failed or the story was cut short.
pub async fn run(options: Options) -> Result<bool> {
	let mut signals = StopSignals::listen()?;
	let programs = match &options.bin_dir {
		Some(folder) => folder.clone(),
		None => std::env::current_exe()?.parent().context("no folder")?.into(),
	};
	let files = Files::new(options.keep_dir.as_deref())?;
	let network = Network::in_folder(programs, files.folder.clone())?;
	let mut log = StepLog::default();
	let (passed, end) = tokio::select! {
		biased;
		stop = signals.next() => {
			// Dropping the story has ended all processes. A user may leave while the network stays up; a
			// run that is cut short has not passed.
			let passed = log.close() && stop == Stop::Interrupted && !options.smoke;
			(passed, Some(if passed { "stopped" } else { "stopped before the end" }))
		},
		outcome = story::tell(&network, &options, &mut log) => {
			let failed = outcome.err().map(|error| {
				eprintln!("\ndemo: {error:#}");
				show_logs(&files.folder);
				"failed"
			});
			(log.close() && failed.is_none(), failed)
		},
	};
	let files = files.close()?;
	if let Some(end) = end {
		// The terminal may be gone.
		let _ = writeln!(std::io::stderr(), "\ndemo: {end}; {files}");
	}
	Ok(passed)
}

/// The folder of all files of a run.
struct Files {
	folder: PathBuf,
	/// The same folder, if it is removed at the end.
	temporary: Option<TempDir>,
}

impl Files {
	/// A folder to keep, which must be empty, or a new one.
	fn new(keep: Option<&Path>) -> Result<Files> {
		if let Some(folder) = keep {
			return Ok(Files { folder: empty(folder)?, temporary: None });
		}
		let temporary = tempfile::Builder::new().prefix("medrec-demo-").tempdir()?;
		Ok(Files { folder: temporary.path().into(), temporary: Some(temporary) })
	}

	/// Removes the folder if it is not kept; says what becomes of it.
	fn close(self) -> Result<String> {
		let folder = self.folder.display();
		let Some(temporary) = self.temporary else {
			return Ok(format!("{folder} has its files"));
		};
		temporary.close().with_context(|| format!("cannot remove {folder}"))?;
		Ok(format!("{folder} is removed, with all that was saved there; --keep-dir keeps a folder"))
	}
}

/// The absolute path of an empty folder, which is made if there is none.
fn empty(folder: &Path) -> Result<PathBuf> {
	std::fs::create_dir_all(folder)?;
	let is_empty = std::fs::read_dir(folder)?.next().is_none();
	ensure!(is_empty, "{} is not empty; name another folder with --keep-dir", folder.display());
	Ok(folder.canonicalize()?)
}

/// Prints the last lines of all logs.
fn show_logs(folder: &Path) {
	const LINES: usize = 25;
	for name in ["hospital-a", "research-1", "hospital-b", "research-2", "gatekeeper-a"] {
		let Ok(text) = std::fs::read(folder.join(name).join("log")) else { continue };
		let text = String::from_utf8_lossy(&text);
		let lines: Vec<&str> = text.lines().collect();
		eprintln!("\n--- the last lines of the log of {name}");
		for line in lines.iter().skip(lines.len().saturating_sub(LINES)) {
			eprintln!("{line}");
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_folder_is_removed_unless_it_is_to_be_kept() {
		let files = Files::new(None).unwrap();
		let folder = files.folder.clone();
		std::fs::write(folder.join("saved"), "").unwrap();
		let said = files.close().unwrap();
		assert!(said.contains(&format!("{} is removed", folder.display())), "{said}");
		assert!(!folder.exists());

		let kept = tempfile::tempdir().unwrap();
		let folder = kept.path().join("new");
		let files = Files::new(Some(&folder)).unwrap();
		std::fs::write(folder.join("saved"), "").unwrap();
		let said = files.close().unwrap();
		assert!(said.contains("new has its files"), "{said}");
		assert!(folder.join("saved").exists());
	}

	#[test]
	fn a_folder_with_files_is_not_used() {
		let folder = tempfile::tempdir().unwrap();
		std::fs::write(folder.path().join("mine"), "").unwrap();
		let error = Files::new(Some(folder.path())).err().unwrap().to_string();
		assert!(error.ends_with("is not empty; name another folder with --keep-dir"), "{error}");
	}
}
