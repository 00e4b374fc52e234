//! `medrec-gatekeeper`: see `medrec_gatekeeper`.

use clap::Parser;
use medrec_gatekeeper::{cli::Cli, commands};
use std::process::ExitCode;

fn main() -> ExitCode {
	commands::main(Cli::parse())
}
