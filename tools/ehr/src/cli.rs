//! The command line of `medrec-ehr`.

use crate::{
	import::{import, Options},
	store::{self, EhrStore},
	synthetic, Error,
};
use clap::{Parser, Subcommand, ValueHint};
use serde::Serialize;
use serde_json::{json, Value};
use std::{
	fmt,
	io::{ErrorKind, Write},
	path::PathBuf,
	process::ExitCode,
};
use utoipa::ToSchema;

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

/// What `schema` prints.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Schema {
	/// Without a database.
	Text {
		/// The SQL of the schema.
		schema: String,
	},
	/// With one.
	Database {
		/// The database, which has the current schema.
		#[schema(value_type = String)]
		database: PathBuf,
	},
}

impl fmt::Display for Schema {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Schema::Text { schema } => formatter.write_str(schema),
			Schema::Database { database } => {
				write!(formatter, "{} has the current schema", database.display())
			},
		}
	}
}

/// What a command that fails prints to the standard error.
#[derive(Serialize, ToSchema)]
struct Failure {
	/// What happened.
	error: String,
}

/// The output of a command: for programs and for people. `outputs.json` holds the schemas of the JSON.
struct Output {
	json: Value,
	text: String,
	/// Whether all of it was done.
	complete: bool,
}

impl Output {
	fn of<T: Serialize + ToSchema + fmt::Display>(output: &T, complete: bool) -> Output {
		Output { json: json!(output), text: output.to_string(), complete }
	}
}

/// Runs a command. The result goes to the standard output; errors and progress to the standard error.
pub async fn run(cli: Cli) -> ExitCode {
	let as_json = cli.json;
	let Output { json, text, complete } = match execute(cli.command, !as_json).await {
		Ok(output) => output,
		Err(error) => {
			match as_json {
				true => eprintln!("{}", json!(Failure { error: error.to_string() })),
				false => eprintln!("error: {error}"),
			}
			return ExitCode::from(FAILED);
		},
	};
	let line = if as_json { json.to_string() } else { text };
	let mut out = std::io::stdout().lock();
	let printed = writeln!(out, "{}", line.trim_end()).and_then(|()| out.flush());
	match printed {
		Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::from(FAILED),
		_ if complete => ExitCode::SUCCESS,
		_ => ExitCode::from(IN_PART),
	}
}

async fn execute(command: Command, progress: bool) -> Result<Output, Error> {
	Ok(match command {
		Command::Schema { database: None } => {
			Output::of(&Schema::Text { schema: store::schema() }, true)
		},
		Command::Schema { database: Some(database) } => {
			EhrStore::open(&database).await?.close().await;
			Output::of(&Schema::Database { database }, true)
		},
		Command::Seed { database, patients, seed } => {
			Output::of(&synthetic::seed(&database, patients, seed, progress).await?, true)
		},
		Command::ImportFhir { source, database } => {
			let report = import(&Options { source, database, progress }).await?;
			Output::of(&report, report.succeeded())
		},
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{synthetic::Seeded, Report};
	use clap::CommandFactory;
	use serde_json::Map;
	use utoipa::PartialSchema;

	/// The schemas of the outputs, in which references lead to `$defs` and not to components of an OpenAPI
	/// document.
	fn schemas() -> Value {
		let mut parts = Vec::new();
		Schema::schemas(&mut parts);
		Seeded::schemas(&mut parts);
		Report::schemas(&mut parts);
		let parts = parts.into_iter().map(|(name, schema)| (name, json!(schema)));
		let document = json!({
			"$schema": "https://json-schema.org/draft/2020-12/schema",
			"title": "What the commands of medrec-ehr print with --json",
			"commands": {
				"schema": Schema::schema(),
				"seed": Seeded::schema(),
				"import-fhir": Report::schema(),
			},
			"error": Failure::schema(),
			"$defs": Map::from_iter(parts),
		});
		let text = document.to_string().replace("#/components/schemas/", "#/$defs/");
		serde_json::from_str(&text).unwrap()
	}

	#[test]
	fn the_output_of_every_command_is_documented() {
		let schemas = schemas();
		let documented = schemas["commands"].as_object().unwrap();
		let commands = Cli::command();
		let commands = Vec::from_iter(commands.get_subcommands().map(clap::Command::get_name));
		assert_eq!(documented.len(), commands.len());
		assert!(commands.iter().all(|name| documented.contains_key(*name)), "{commands:?}");
	}

	/// With `UPDATE_OUTPUTS=1`, the test writes the file.
	#[test]
	fn the_checked_in_schemas_are_those_of_the_outputs() {
		let path = concat!(env!("CARGO_MANIFEST_DIR"), "/outputs.json");
		let schemas = schemas();
		if std::env::var_os("UPDATE_OUTPUTS").is_some() {
			std::fs::write(path, format!("{schemas:#}\n")).unwrap();
		}
		let text = std::fs::read_to_string(path).unwrap_or_default();
		let checked_in: Value = serde_json::from_str(&text).unwrap_or_default();
		assert!(checked_in == schemas, "run this test with UPDATE_OUTPUTS=1 and review the change");
	}

	#[test]
	fn the_command_line_is_sound() {
		Cli::command().debug_assert();
	}
}
