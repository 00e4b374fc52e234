//! The command line of `medrec-ehr`.

use crate::{
	import::{import, Options},
	store::{self, EhrStore},
	synthetic, Error,
};
use clap::{Parser, Subcommand, ValueHint};
use serde_json::{json, Value};
use std::{
	io::{ErrorKind, Write},
	path::PathBuf,
	process::ExitCode,
};

/// The command failed.
const FAILED: u8 = 1;

/// Some files could not be imported. (Clap exits with 2 for wrong usage.)
const IN_PART: u8 = 4;

/// An example EHR database: its schema, synthetic patients, and FHIR R4 import.
#[derive(Debug, Parser)]
#[command(
	name = "medrec-ehr",
	version,
	arg_required_else_help = true,
	max_term_width = 80,
	after_help = "Exit status: 0 done, 1 failed, 2 wrong usage, 4 done in part\n\n\
	              Example:\n  medrec-ehr seed --database ehr.sqlite"
)]
pub struct Cli {
	/// Print the result as one line of JSON.
	#[arg(long, global = true)]
	pub json: bool,
	/// The command.
	#[command(subcommand)]
	pub command: Command,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Print the SQL schema, or create or migrate a database.
	#[command(after_help = "Examples:\n  medrec-ehr schema\n  \
	                        medrec-ehr schema --database ehr.sqlite")]
	Schema {
		/// The SQLite database to create or to migrate to this version of the schema.
		#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
		database: Option<PathBuf>,
	},
	/// Write synthetic patients into a database.
	#[command(after_help = "Examples:\n  medrec-ehr seed --database ehr.sqlite\n  \
	                        medrec-ehr seed --database ehr.sqlite --patients 20 --seed 7")]
	Seed {
		/// The SQLite database; created if it does not exist.
		#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
		database: PathBuf,
		/// The number of patients.
		#[arg(long, value_name = "N", default_value_t = 10)]
		patients: u32,
		/// The seed of the pseudo-random content: the same seed gives the same patients.
		#[arg(long, value_name = "NUMBER", default_value_t = 0)]
		seed: u64,
	},
	/// Import FHIR R4 transaction bundles into a database.
	///
	/// A file whose content was imported before is skipped, so an interrupted import can be run again.
	#[command(
		after_help = "Examples:\n  medrec-ehr import-fhir bundles --database ehr.sqlite\n  \
	                        medrec-ehr import-fhir bundles.tar.gz --database ehr.sqlite --json"
	)]
	ImportFhir {
		/// A folder of bundles (*.json), or a .tar.gz of them.
		#[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
		source: PathBuf,
		/// The SQLite database; created if it does not exist.
		#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
		database: PathBuf,
	},
}

/// The result of a command: for programs, for people, and whether all of it was done.
type Outcome = (Value, String, bool);

/// Runs a command. The result goes to the standard output; errors and progress to the standard error.
pub async fn run(cli: Cli) -> ExitCode {
	let json = cli.json;
	let (value, text, complete) = match execute(cli.command, !json).await {
		Ok(outcome) => outcome,
		Err(error) => {
			match json {
				true => eprintln!("{}", json!({ "error": error.to_string() })),
				false => eprintln!("error: {error}"),
			}
			return ExitCode::from(FAILED);
		},
	};
	let line = if json { value.to_string() } else { text };
	let mut out = std::io::stdout().lock();
	let printed = writeln!(out, "{}", line.trim_end()).and_then(|()| out.flush());
	match printed {
		Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::from(FAILED),
		_ if complete => ExitCode::SUCCESS,
		_ => ExitCode::from(IN_PART),
	}
}

async fn execute(command: Command, progress: bool) -> Result<Outcome, Error> {
	Ok(match command {
		Command::Schema { database: None } => {
			let text = store::schema();
			(json!({ "schema": text }), text, true)
		},
		Command::Schema { database: Some(database) } => {
			EhrStore::open(&database).await?.close().await;
			let text = format!("{} has the current schema", database.display());
			(json!({ "database": database }), text, true)
		},
		Command::Seed { database, patients, seed } => {
			let seeded = synthetic::seed(&database, patients, seed, progress).await?;
			let text = format!("{}{}", seeded.report, seeded.patients.join("\n"));
			(json!(seeded), text, true)
		},
		Command::ImportFhir { source, database } => {
			let report = import(&Options { source, database, progress }).await?;
			(json!(report), report.to_string(), report.succeeded())
		},
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_sound() {
		Cli::command().debug_assert();
	}
}
