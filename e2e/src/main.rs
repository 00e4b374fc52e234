//! The demonstration: the story of one record over a real network on this machine.

mod run;
mod signals;
mod step_log;
mod story;

use clap::Parser;
use std::{path::PathBuf, process::ExitCode};

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
	match run::run(Options::parse()).await {
		Ok(true) => ExitCode::SUCCESS,
		Ok(false) => ExitCode::FAILURE,
		Err(error) => {
			eprintln!("demo: {error:#}");
			ExitCode::FAILURE
		},
	}
}
