//! The command line. Every page of help fits a terminal of 24 lines and 80 columns, and has an example.

use clap::{Args, Parser, Subcommand, ValueHint};
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId};
use std::path::PathBuf;

/// The MedRec gatekeeper: serves a provider's records as the chain permits.
#[derive(Debug, Parser)]
#[command(
	name = "medrec-gatekeeper",
	version,
	arg_required_else_help = true,
	max_term_width = 80,
	after_help = "Exit status: 0 success, 1 failure, 2 usage, 3 configuration, 5 node unreachable\n\n\
	              Example: medrec-gatekeeper check-config --config gatekeeper.toml"
)]
pub struct Cli {
	/// Print results, errors and logs as JSON.
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
	/// Check what is missing for serving, here and on the chain.
	#[command(
		after_help = "Each line says ok, warning, missing or unknown, what was found, and what \
	                        to do.\nNothing is changed.\n\n\
	                        Exit status: 0 the gatekeeper can serve; 1 it cannot; 5 nothing is \
	                        missing\nhere, and the node could not be asked.\n\n\
	                        Examples:\n  \
	                        medrec-gatekeeper check-config --config gatekeeper.toml\n  \
	                        medrec-gatekeeper check-config --config gatekeeper.toml --json"
	)]
	CheckConfig(WithConfig),
	/// Check the templates, and sign them with the device's key.
	SignTemplates(SignTemplates),
	/// Link a local patient to a subject on the chain.
	LinkPatient(LinkPatient),
	/// Remove the link of a local patient.
	UnlinkPatient(UnlinkPatient),
	/// List linked patients.
	#[command(
		subcommand,
		after_help = "Example: medrec-gatekeeper patients list --config gatekeeper.toml"
	)]
	Patients(Patients),
	/// List the records whose rows do not match the chain.
	#[command(
		subcommand,
		after_help = "Example: medrec-gatekeeper alarms list --config gatekeeper.toml"
	)]
	Alarms(Alarms),
	/// Print the identifier by which the chain finds a local patient.
	Identifier(Identifier),
	/// Print the description of the HTTP interface (OpenAPI).
	#[command(after_help = "Example: medrec-gatekeeper openapi")]
	Openapi,
}

/// A command that reads the configuration.
#[derive(Debug, Args)]
pub struct WithConfig {
	/// The configuration.
	#[arg(long, short, value_name = "FILE", env = "MEDREC_GATEKEEPER_CONFIG",
		hide_env_values = true, value_hint = ValueHint::FilePath)]
	pub config: PathBuf,
}

/// `run`.
#[derive(Debug, Args)]
#[command(
	after_help = "The logs go to the standard error; RUST_LOG selects them, as RUST_LOG=debug.\n\
	              The service starts before its node does, and refuses requests until the node\n\
	              answers. `check-config` says what is missing for serving.\n\n\
	              Examples:\n  \
	              medrec-gatekeeper run --config gatekeeper.toml\n  \
	              medrec-gatekeeper run -c gatekeeper.toml --json --address-file gate.address"
)]
pub struct Run {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// Write the public address to this file.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub address_file: Option<PathBuf>,
	/// Write the private address to this file.
	#[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
	pub private_address_file: Option<PathBuf>,
}

/// `sign-templates`.
#[derive(Debug, Args)]
#[command(after_help = "Run it again after each change of a template.\n\n\
	              Examples:\n  \
	              medrec-gatekeeper sign-templates --config gatekeeper.toml\n  \
	              medrec-gatekeeper sign-templates --config gatekeeper.toml --built-in")]
pub struct SignTemplates {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// First write the templates of the example schema into the folder. Existing files are kept.
	#[arg(long)]
	pub built_in: bool,
}

/// `link-patient`.
#[derive(Debug, Args)]
#[command(
	override_usage = "medrec-gatekeeper link-patient [OPTIONS] --config <FILE>\n           \
	                  --local-id-file <FILE>",
	after_help = "The patient is linked to the subject to which the identifier is bound at the\n\
	              final block. It must be a patient, and the one of --subject and --relationship\n\
	              if they are given. The provider's database must have a row of the patient.\n\n\
	              Examples:\n  \
	              medrec-gatekeeper link-patient -c gatekeeper.toml --local-id-file patient.id\n  \
	              medrec-gatekeeper link-patient -c gatekeeper.toml \\\n    \
	              --local-id-file patient.id --subject 0x..."
)]
pub struct LinkPatient {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// The local ID.
	#[command(flatten)]
	pub patient: LocalPatient,
	/// The subject that the patient must be.
	#[arg(long, value_name = "ID")]
	pub subject: Option<SubjectId>,
	/// The relationship; without it, the service finds it.
	#[arg(long, value_name = "ID")]
	pub relationship: Option<RelationshipId>,
}

/// `unlink-patient`.
#[derive(Debug, Args)]
#[command(
	override_usage = "medrec-gatekeeper unlink-patient [OPTIONS] --config <FILE>\n           \
	                  <--subject <ID>|--local-id-file <FILE>>",
	after_help = "Nothing of the patient is published or served any more. What was published\n\
	              stays on the chain: after the same patient is linked again, serving continues.\n\n\
	              Examples:\n  \
	              medrec-gatekeeper unlink-patient -c gatekeeper.toml --subject 0x...\n  \
	              medrec-gatekeeper unlink-patient -c gatekeeper.toml --local-id-file -"
)]
pub struct UnlinkPatient {
	/// The configuration.
	#[command(flatten)]
	pub config: WithConfig,
	/// The patient.
	#[command(flatten)]
	pub patient: LinkedPatient,
}

/// A linked patient, named in one of two ways.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct LinkedPatient {
	/// The patient's subject on the chain.
	#[arg(long, value_name = "ID")]
	pub subject: Option<SubjectId>,
	/// A file with the patient's local ID; - for stdin.
	#[arg(long, value_name = "FILE")]
	pub local_id_file: Option<PathBuf>,
}

/// `patients`.
#[derive(Debug, Subcommand)]
pub enum Patients {
	/// List the linked patients, their relationships and the state of each link.
	#[command(
		after_help = "The states at the final block, as --json names them: valid; identifier_unbound;\n\
	                  other_subject (the identifier is bound to another subject); not_a_patient.\n\
	                  Only valid links are published and served.\n\n\
	                  Examples:\n  \
	                  medrec-gatekeeper patients list --config gatekeeper.toml\n  \
	                  medrec-gatekeeper patients list --config gatekeeper.toml --json"
	)]
	List {
		/// The configuration.
		#[command(flatten)]
		config: WithConfig,
		/// Also print local IDs.
		#[arg(long)]
		show_local_ids: bool,
	},
}

/// `alarms`.
#[derive(Debug, Subcommand)]
pub enum Alarms {
	/// List the versions of records whose rows did not match their commitments on the chain.
	#[command(
		after_help = "Such a record is not served, and the chain notifies the patient: once for each\n\
	                  version. The row was changed without a new value in its changed column, or is\n\
	                  missing. The log names only templates; this list is as private as the records.\n\n\
	                  Examples:\n  \
	                  medrec-gatekeeper alarms list --config gatekeeper.toml\n  \
	                  medrec-gatekeeper alarms list --config gatekeeper.toml --json"
	)]
	List(WithConfig),
}

/// `identifier`.
#[derive(Debug, Args)]
#[command(
	override_usage = "medrec-gatekeeper identifier [OPTIONS] --config <FILE>\n           \
	                  --local-id-file <FILE>",
	after_help = "The identifier is a hash of the local ID, keyed by `identifier_secret_file`.\n\
	              Bind it to the patient's subject with `medrec registrar bind-identifier`.\n\n\
	              Examples:\n  \
	              medrec-gatekeeper identifier -c gatekeeper.toml --local-id-file patient.id\n  \
	              medrec-gatekeeper identifier -c gatekeeper.toml --local-id-file -"
)]
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
	/// A file with the patient's local ID; - for stdin.
	#[arg(long, value_name = "FILE")]
	pub local_id_file: PathBuf,
	/// The namespace of local IDs.
	#[arg(long, value_name = "NAME", default_value = "patient", value_parser = namespace)]
	pub namespace: String,
}

/// A namespace: the identifiers of another one differ, so that a mistake in it must not go unseen.
fn namespace(text: &str) -> Result<String, &'static str> {
	let is_word = |letter: char| letter.is_ascii_graphic();
	let is_good = !text.is_empty() && text.len() <= 64 && text.chars().all(is_word);
	is_good.then(|| text.to_owned()).ok_or("give 1 to 64 letters, digits and signs without spaces")
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_definition_is_consistent() {
		Cli::command().debug_assert();
	}

	/// The pages of help that `-h` and `--help` print, of all commands, by the command.
	fn all_pages() -> Vec<(String, String)> {
		let mut pages = Vec::new();
		add_pages(&Cli::command(), "medrec-gatekeeper", &mut pages);
		pages
	}

	fn add_pages(command: &clap::Command, path: &str, pages: &mut Vec<(String, String)>) {
		for option in ["-h", "--help"] {
			let words = path.split(' ').chain([option]);
			let page = Cli::command().term_width(80).try_get_matches_from(words).unwrap_err();
			assert_eq!(page.kind(), clap::error::ErrorKind::DisplayHelp, "{path} {option}: {page}");
			pages.push((path.to_owned(), page.to_string()));
		}
		for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
			add_pages(inner, &format!("{path} {}", inner.get_name()), pages);
		}
	}

	#[test]
	fn every_page_of_help_fits_a_terminal() {
		for (path, page) in all_pages() {
			let lines: Vec<&str> = page.trim_end().lines().collect();
			assert!(lines.len() <= 24, "{path} has {} lines\n{page}", lines.len());
			for line in lines {
				assert!(line.chars().count() <= 80, "{path}: {line}");
			}
		}
	}

	#[test]
	fn every_command_has_examples_of_itself_that_parse() {
		let subject = SubjectId::repeat_byte(7).to_string();
		for (path, page) in all_pages() {
			let (_, examples) = page.split_once("Example").expect(&path);
			let examples = examples.replace("\\\n", " ").replace("0x...", &subject);
			let lines = examples.lines().filter_map(|line| {
				line.find("medrec-gatekeeper ").map(|start| line[start..].to_owned())
			});
			let lines: Vec<String> = lines.collect();
			assert!(!lines.is_empty(), "{path}");
			for line in lines {
				assert!(line.starts_with(&path), "{path}: {line}");
				Cli::try_parse_from(line.split_whitespace()).unwrap();
			}
		}
	}

	#[test]
	fn the_help_is_about_medrec() {
		let page = Cli::command().render_help().to_string();
		assert!(page.starts_with("The MedRec gatekeeper"), "{page}");
	}

	#[test]
	fn a_namespace_is_one_word() {
		let parse = |name: &str| {
			let arguments = ["gatekeeper", "identifier", "-c", "c", "--local-id-file", "f"];
			let arguments = arguments.into_iter().chain(["--namespace", name]);
			Cli::try_parse_from(arguments).map(drop).map_err(|error| error.to_string())
		};
		parse("patient").unwrap();
		parse("mpi:2.16.840").unwrap();
		for bad in ["", "a b", "a\nb", "a\0b", "ä", &"n".repeat(65)] {
			assert!(parse(bad).unwrap_err().contains("without spaces"), "{bad:?}");
		}
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
