//! `medrec-ehr`: schema, synthetic patients and FHIR import of an example EHR database.

use clap::Parser;
use medrec_ehr::cli::{self, Cli};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
	cli::run(Cli::parse()).await
}
