//! `medrec-gatekeeper`: see `medrec_gatekeeper`.

use std::process::ExitCode;

fn main() -> ExitCode {
	medrec_gatekeeper::commands::main(std::env::args_os().collect())
}
