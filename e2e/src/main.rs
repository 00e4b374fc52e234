//! The demonstration: the story of one record over a real network on this machine.

mod signals;
mod step_log;
mod story;

use anyhow::{ensure, Context, Result};
use clap::Parser;
use medrec_e2e::network::Network;
use signals::{Stop, StopSignals};
use std::{
	io::Write,
	path::{Path, PathBuf},
	process::ExitCode,
};
use step_log::StepLog;

/// Runs two hospitals and two researchers on this machine, and tells the story of one record.
#[derive(Debug, Parser)]
#[command(
	name = "medrec-e2e",
	version,
	after_help = "Examples:\n  medrec-e2e --smoke\n  medrec-e2e --import bundles.tar.gz"
)]
struct Options {
	/// The folder of medrec-node, medrec-gatekeeper, medrec-ehr and medrec [default: that of this
	/// program].
	#[arg(long, value_name = "DIR", env = "MEDREC_BIN_DIR")]
	bin_dir: Option<PathBuf>,
	/// Tell the story and end.
	#[arg(long)]
	smoke: bool,
	/// Run on FHIR R4 bundles, a folder or a .tar.gz, in place of synthetic patients.
	#[arg(long, value_name = "PATH")]
	import: Option<PathBuf>,
	/// Keep databases, keys and logs in this folder, which must be empty, and leave them there.
	#[arg(long, value_name = "DIR")]
	keep_dir: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
	match run(Options::parse()).await {
		Ok(true) => ExitCode::SUCCESS,
		Ok(false) => ExitCode::FAILURE,
		Err(error) => {
			eprintln!("demo: {error:#}");
			ExitCode::FAILURE
		},
	}
}

/// Tells the story. False if a step failed or the story was cut short.
async fn run(options: Options) -> Result<bool> {
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
