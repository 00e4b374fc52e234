//! The command line.

use clap::{Args, Parser, Subcommand, ValueHint};
use std::path::PathBuf;

/// The service beside a provider's database that asks the chain before it serves a record.
#[derive(Debug, Parser)]
#[command(
	name = "medrec-gatekeeper",
	version,
	arg_required_else_help = true,
	after_help = "Exit status: 0 done, 1 failed, 2 wrong usage, 3 wrong configuration, \
	              4 done in part.\n\nExamples:\n  \
	              medrec-gatekeeper seed --database ehr.sqlite --patients 20 --seed 7\n  \
	              medrec-gatekeeper sign-templates --config gatekeeper.toml --built-in\n  \
	              medrec-gatekeeper check-config --config gatekeeper.toml\n  \
	              medrec-gatekeeper run --config gatekeeper.toml"
)]
pub struct Cli {
	/// Say what happened as JSON, one object on one line; logs too.
	#[arg(long, global = true)]
	pub json: bool,
	/// What to do.
	#[command(subcommand)]
	pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Serve records until it is told to stop (SIGINT, SIGTERM).
	Run(Run),
	/// Check the configuration, the keys, the templates and the databases, and change nothing.
	CheckConfig(WithConfig),
	/// Import FHIR R4 bundles into a database of the project's own schema.
	///
	/// A bundle that was imported before is passed over, so that an import can be resumed.
	ImportFhir(ImportFhir),
	/// Write synthetic patients into a database of the project's own schema.
	Seed(Seed),
	/// Check the templates and sign them with the device's key.
	SignTemplates(SignTemplates),
	/// Say which subject of the chain a local patient is.
	LinkPatient(LinkPatient),
	/// Print the keyed hash by which the chain knows a local patient.
	Identifier(Identifier),
	/// Print the description of the service (OpenAPI).
	Openapi,
}

/// A command that reads the configuration.
#[derive(Debug, Args)]
pub struct WithConfig {
	/// The configuration.
	#[arg(long, short, value_name = "FILE", env = "MEDREC_GATEKEEPER_CONFIG",
		value_hint = ValueHint::FilePath)]
	pub config: PathBuf,
}

/// `run`.
#[derive(Debug, Args)]
pub struct Run {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// Write the address on which clients are listened for to this file, once it is.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub address_file: Option<PathBuf>,
	/// Write the address on which metrics are given to this file, once they are.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub private_address_file: Option<PathBuf>,
}

/// `import-fhir`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                        medrec-gatekeeper import-fhir bundles/ --database ehr.sqlite\n  \
                        medrec-gatekeeper import-fhir bundles.tar.gz --database ehr.sqlite --json")]
pub struct ImportFhir {
	/// A folder of bundles (*.json), or a .tar.gz of them.
	#[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
	pub source: PathBuf,
	/// The database, which is made if there is none.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub database: PathBuf,
}

/// `seed`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                        medrec-gatekeeper seed --database ehr.sqlite --patients 20 --seed 7")]
pub struct Seed {
	/// The database, which is made if there is none.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub database: PathBuf,
	/// How many patients.
	#[arg(long, value_name = "N", default_value_t = 10)]
	pub patients: u32,
	/// What the patients are made from: the same seed gives the same patients.
	#[arg(long, value_name = "NUMBER", default_value_t = 0)]
	pub seed: u64,
}

/// `sign-templates`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                        medrec-gatekeeper sign-templates --config gatekeeper.toml --built-in")]
pub struct SignTemplates {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// First write the templates of the project's own schema into the folder, where they are not
	/// there yet.
	#[arg(long)]
	pub built_in: bool,
}

/// `link-patient`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                        medrec-gatekeeper link-patient --config gatekeeper.toml --subject 0x... \
                        --local-id-file patient.id")]
pub struct LinkPatient {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// A file with the patient's ID in the provider's database, which only its owner may read; - for
	/// the standard input.
	#[arg(long, value_name = "FILE")]
	pub local_id_file: PathBuf,
	/// The patient's subject on the chain.
	#[arg(long, value_name = "HASH")]
	pub subject: medrec_primitives::H256,
	/// The relationship with the patient. If it is left out, the running service finds it. If the
	/// chain names another patient in it, the service serves nothing of it.
	#[arg(long, value_name = "HASH")]
	pub relationship: Option<medrec_primitives::H256>,
	/// The namespace of local IDs.
	#[arg(long, value_name = "NAME", default_value = "patient")]
	pub namespace: String,
}

/// `identifier`.
#[derive(Debug, Args)]
pub struct Identifier {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// A file with the patient's ID in the provider's database, which only its owner may read; - for
	/// the standard input.
	#[arg(long, value_name = "FILE")]
	pub local_id_file: PathBuf,
	/// The namespace of local IDs.
	#[arg(long, value_name = "NAME", default_value = "patient")]
	pub namespace: String,
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_sound() {
		Cli::command().debug_assert();
	}

	#[test]
	fn every_command_of_the_examples_parses() {
		let help = Cli::command().render_long_help().to_string();
		let examples = help.lines().filter_map(|line| line.trim().strip_prefix("medrec-gate"));
		let mut seen = 0;
		for example in examples.filter(|line| line.starts_with("keeper ")) {
			Cli::try_parse_from(example.split_whitespace()).unwrap();
			seen += 1;
		}
		assert_eq!(seen, 4);
	}
}
