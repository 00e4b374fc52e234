//! The story of one record, told by a real network on this machine.

mod cast;
mod step_log;
mod ending;
mod network;
mod story;

use clap::Parser;
use std::{path::PathBuf, process::ExitCode};

/// Tells the story of one record over a real network of nodes and gatekeepers on this machine.
#[derive(Debug, Parser)]
#[command(
	name = "medrec-demo",
	version,
	after_help = "Examples:\n  medrec-demo --bin-dir target/release --smoke\n  \
	              medrec-demo --bin-dir target/release --import bundles.tar.gz"
)]
struct Options {
	/// Where medrec-node, medrec-gatekeeper and medrec are.
	#[arg(long, value_name = "DIR")]
	bin_dir: PathBuf,
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
	// An error says that there is a provider already, which is as good.
	let _ = rustls::crypto::ring::default_provider().install_default();
	match story::tell(Options::parse()).await {
		Ok(true) => ExitCode::SUCCESS,
		Ok(false) => ExitCode::FAILURE,
		Err(error) => {
			eprintln!("demo: {error:#}");
			ExitCode::FAILURE
		},
	}
}
