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

/// Tells the story. False if a step failed or the story was cut short.
pub async fn run(options: Options) -> Result<bool> {
	let mut signals = StopSignals::listen()?;
	let programs = match &options.bin_dir {
		Some(folder) => folder.clone(),
		None => std::env::current_exe()?.parent().context("no folder")?.into(),
	};
	let temporary = tempfile::Builder::new().prefix("medrec-demo-").tempdir()?;
	let folder = match &options.keep_dir {
		Some(folder) => empty(folder)?,
		None => temporary.path().to_owned(),
	};
	let network = Network::in_folder(programs, folder.clone())?;
	let mut log = StepLog::default();
	let outcome = tokio::select! {
		biased;
		stop = signals.next() => {
			// Dropping the story has ended all processes. A user may leave while the network stays up; a
			// run that is cut short has not passed.
			let passed = log.close() && stop == Stop::Interrupted && !options.smoke;
			if !passed {
				// The terminal may be gone.
				let _ = writeln!(std::io::stderr(), "demo: stopped before the end");
			}
			return Ok(passed);
		},
		outcome = story::tell(&network, &options, &mut log) => outcome,
	};
	if let Err(error) = &outcome {
		eprintln!("\ndemo: {error:#}");
		show_logs(&folder);
	}
	Ok(log.close() && outcome.is_ok())
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
