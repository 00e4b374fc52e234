//! The command line.

use clap::{Args, Parser, Subcommand, ValueHint};
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId};
use std::path::PathBuf;

/// The service beside a provider's database that asks the chain before it serves a record.
#[derive(Debug, Parser)]
#[command(
	name = "medrec-gatekeeper",
	version,
	arg_required_else_help = true,
	after_help = "Exit status: 0 success, 1 failure, 2 wrong usage, 3 wrong configuration.\n\n\
	              Examples:\n  \
	              medrec-gatekeeper sign-templates --config gatekeeper.toml --built-in\n  \
	              medrec-gatekeeper check-config --config gatekeeper.toml\n  \
	              medrec-gatekeeper run --config gatekeeper.toml"
)]
pub struct Cli {
	/// Print results as JSON, one object on one line, and logs as JSON.
	#[arg(long, global = true)]
	pub json: bool,
	/// The command.
	#[command(subcommand)]
	pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Serve records until SIGINT or SIGTERM.
	Run(Run),
	/// Check the configuration, the keys, the templates and the databases. Nothing is changed.
	CheckConfig(WithConfig),
	/// Check the templates and sign them with the device's key.
	SignTemplates(SignTemplates),
	/// Link a local patient to a subject on the chain.
	///
	/// At the final block, the patient's identifier must be bound to the subject, and the subject must
	/// be a patient. The provider's database must have a row of the patient. The node of the
	/// configuration must be reachable and up to date.
	LinkPatient(LinkPatient),
	/// Remove the link of a local patient.
	///
	/// From then on, nothing of the patient is published or served. What was published stays on the
	/// chain, and its salts stay in the gatekeeper's database: after the same patient is linked again,
	/// publishing and serving continue. Neither the node nor the provider's database is needed.
	UnlinkPatient(UnlinkPatient),
	/// List linked patients.
	#[command(subcommand)]
	Patients(Patients),
	/// Print the identifier of a local patient, the keyed hash by which the chain finds them.
	Identifier(Identifier),
	/// Print the description of the HTTP interface (OpenAPI).
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
	/// Write the address of the public listener to this file.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub address_file: Option<PathBuf>,
	/// Write the address of the private listener to this file.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub private_address_file: Option<PathBuf>,
}

/// `sign-templates`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                        medrec-gatekeeper sign-templates --config gatekeeper.toml --built-in")]
pub struct SignTemplates {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// First write the templates of the example schema (`medrec-ehr schema`) into the folder.
	/// Existing files are kept.
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
	/// The local ID.
	#[command(flatten)]
	pub patient: LocalPatient,
	/// The patient's subject on the chain.
	#[arg(long, value_name = "ID")]
	pub subject: SubjectId,
	/// The relationship with the patient. Without it, the running service finds the relationship. A
	/// relationship in which the chain names another patient is neither published nor served.
	#[arg(long, value_name = "ID")]
	pub relationship: Option<RelationshipId>,
}

/// `unlink-patient`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                        medrec-gatekeeper unlink-patient --config gatekeeper.toml --subject 0x...\n  \
                        medrec-gatekeeper unlink-patient --config gatekeeper.toml \
                        --local-id-file patient.id")]
pub struct UnlinkPatient {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// The patient's subject on the chain.
	#[arg(
		long,
		value_name = "ID",
		required_unless_present = "local_id_file",
		conflicts_with = "local_id_file"
	)]
	pub subject: Option<SubjectId>,
	/// A file with the patient's ID in the provider's database, readable by its owner alone; - for
	/// the standard input.
	#[arg(long, value_name = "FILE")]
	pub local_id_file: Option<PathBuf>,
}

/// `patients`.
#[derive(Debug, Subcommand)]
pub enum Patients {
	/// List the linked patients with their relationships and the state of each link at the final
	/// block.
	///
	/// The states are: valid; identifier_unbound (the identifier is bound to no subject);
	/// other_subject (it is bound to another subject); not_a_patient. Only valid links are published
	/// and served.
	#[command(after_help = "Examples:\n  \
	                        medrec-gatekeeper patients list --config gatekeeper.toml\n  \
	                        medrec-gatekeeper patients list --config gatekeeper.toml --json")]
	List {
		/// The configuration.
		#[command(flatten)]
		config: WithConfig,
		/// Also print the IDs of the patients in the provider's database.
		#[arg(long)]
		show_local_ids: bool,
	},
}

/// `identifier`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                        medrec-gatekeeper identifier --config gatekeeper.toml --local-id-file -")]
pub struct Identifier {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// The local ID.
	#[command(flatten)]
	pub patient: LocalPatient,
}

/// A patient, by the ID in the provider's database.
#[derive(Debug, Args)]
pub struct LocalPatient {
	/// A file with the patient's ID in the provider's database, readable by its owner alone; - for
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
	fn the_definition_is_consistent() {
		Cli::command().debug_assert();
	}

	/// All help texts, of commands within commands too.
	fn help(command: &mut clap::Command) -> String {
		let mut text = command.render_long_help().to_string();
		for inner in command.get_subcommands_mut() {
			text.push_str(&help(inner));
		}
		text
	}

	#[test]
	fn every_example_in_the_help_parses() {
		let text = help(&mut Cli::command());
		let examples = text.lines().filter_map(|line| line.trim().strip_prefix("medrec-gate"));
		let mut seen = 0;
		for example in examples.filter(|line| line.starts_with("keeper ")) {
			let example = example.replace("0x...", &SubjectId::repeat_byte(7).to_string());
			Cli::try_parse_from(example.split_whitespace()).unwrap();
			seen += 1;
		}
		assert_eq!(seen, 10);
	}

	#[test]
	fn a_patient_to_unlink_is_named_in_one_way() {
		let parse = |line: &str| Cli::try_parse_from(line.split_whitespace()).map(drop);
		let subject = SubjectId::repeat_byte(7);
		let command = "gatekeeper unlink-patient --config c";
		parse(&format!("{command} --subject {subject}")).unwrap();
		parse(&format!("{command} --local-id-file f")).unwrap();
		parse(command).unwrap_err();
		parse(&format!("{command} --subject {subject} --local-id-file f")).unwrap_err();
	}
}
