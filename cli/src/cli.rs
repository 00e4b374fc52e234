//! The command line.

use crate::{
	bounties::BountiesCommand, chain::ChainCommand, council::CouncilCommand, keys::KeysCommand,
	ppr::PprCommand, query::QueryArgs, records::RecordsCommand, registrar::RegistrarCommand,
	summary::SummaryCommand, values,
};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// The examples that end a command's help.
macro_rules! examples {
	($($line:literal),+ $(,)?) => {
		concat!("Examples:", $("\n  ", $line),+)
	};
}
pub(crate) use examples;

/// Everything a person or a script does with MedRec from a terminal.
///
/// It talks to a node of yours, which knows the chain, and to gatekeepers, which keep records. What a
/// gatekeeper answers is verified against the chain before it is shown.
#[derive(Debug, Parser)]
#[command(
	name = "medrec",
	version,
	arg_required_else_help = true,
	subcommand_required = true,
	max_term_width = 100,
	after_help = concat!(
		"Exit status: 0 done, 1 failed, 2 wrong usage, 3 refused by a gatekeeper or the chain, ",
		"4 the answer does not verify, 5 unreachable.\n\n",
		examples!(
			"medrec keys create me",
			"medrec summary show",
			"medrec query --relationship $RELATIONSHIP --record $RECORD",
			"medrec chain status --json",
		)
	)
)]
pub struct Cli {
	#[command(flatten)]
	pub globals: Globals,
	#[command(subcommand)]
	pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
	/// The node to talk to.
	#[arg(long, global = true, value_name = "URL", env = "MEDREC_NODE",
		default_value = "ws://127.0.0.1:9944", value_parser = values::node_url,
		value_hint = ValueHint::Url)]
	pub node: String,
	/// The folder of keys; medrec/keys in the folder for data of this user if left out.
	#[arg(long, global = true, value_name = "DIR", env = "MEDREC_KEYSTORE",
		value_hint = ValueHint::DirPath)]
	pub keystore: Option<PathBuf>,
	/// The name of the key to act with; the only one there is if left out.
	#[arg(long, global = true, value_name = "NAME", env = "MEDREC_KEY")]
	pub key: Option<String>,
	/// A file with the password of the key, which only its owner may read; - for the standard
	/// input. It is asked for if left out.
	#[arg(long, global = true, value_name = "FILE", env = "MEDREC_PASSWORD_FILE",
		value_hint = ValueHint::FilePath)]
	pub password_file: Option<PathBuf>,
	/// How long to wait for a transaction: until it is in a block of the best chain, or until that
	/// block is final. If left out: best for what only protects, final for all that counts once it
	/// is final.
	#[arg(long, global = true, value_name = "WHEN")]
	pub wait: Option<Wait>,
	/// Print JSON, and errors as {"error":{"code","message"}}.
	#[arg(long, global = true)]
	pub json: bool,
}

/// How long to wait for a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Wait {
	/// Until it is in a block of the best chain.
	Best,
	/// Until that block is final.
	Final,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Make and keep keys.
	#[command(subcommand)]
	Keys(KeysCommand),
	/// Look up and change who is who.
	#[command(subcommand)]
	Registrar(RegistrarCommand),
	/// Make and end relationships of patients with providers, and say who may see what.
	#[command(subcommand)]
	Ppr(PprCommand),
	/// List what the chain knows of records, post notes, and check saved answers.
	#[command(subcommand)]
	Records(RecordsCommand),
	/// Ask a gatekeeper for a record, and verify the answer against the chain.
	Query(QueryArgs),
	/// See your relationships, what happened, and who saw what.
	#[command(subcommand)]
	Summary(SummaryCommand),
	/// Offer datasets, and collect what mining earned.
	#[command(subcommand)]
	Bounties(BountiesCommand),
	/// See how the chain is.
	#[command(subcommand)]
	Chain(ChainCommand),
	/// Vote on motions of the council of providers.
	#[command(subcommand)]
	Council(CouncilCommand),
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::{error::ErrorKind, CommandFactory};

	const HASH: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";
	const ADDRESS: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

	/// Visits a command and all below it, each with the words that lead to it.
	fn walk(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
		visit(path, command);
		for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
			walk(below, &format!("{path} {}", below.get_name()), visit);
		}
	}

	fn examples_of(command: &clap::Command) -> Vec<String> {
		let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
		let (_, examples) = text.split_once("Examples:\n").unwrap_or_default();
		examples.lines().map(|line| line.trim().to_owned()).collect()
	}

	#[test]
	fn the_command_line_is_sound() {
		Cli::command().debug_assert();
	}

	#[test]
	fn every_command_says_what_it_does_and_has_examples_of_itself() {
		let mut seen = 0;
		walk(&Cli::command(), "medrec", &mut |path, command| {
			seen += 1;
			let about = command.get_about().map(ToString::to_string).unwrap_or_default();
			assert!(!about.is_empty(), "{path} does not say what it does");
			let examples = examples_of(command);
			assert!(!examples.is_empty(), "{path} has no examples");
			for example in examples {
				assert!(example.starts_with(path), "{path} has {example:?} as an example");
			}
		});
		assert!(seen > 60, "{seen}");
	}

	#[test]
	fn every_argument_is_explained() {
		walk(&Cli::command(), "medrec", &mut |path, command| {
			for argument in command.get_arguments() {
				let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
				assert!(!help.is_empty(), "{path} does not explain {}", argument.get_id());
			}
		});
	}

	#[test]
	fn every_example_parses() {
		walk(&Cli::command(), "medrec", &mut |_, command| {
			for example in examples_of(command) {
				let words = example
					.split_whitespace()
					.take_while(|word| !matches!(*word, "<" | ">" | "|"))
					.map(|word| match word {
						"$ADDRESS" => ADDRESS,
						word if word.starts_with('$') => HASH,
						word => word,
					});
				if let Err(error) = Cli::try_parse_from(words) {
					panic!("{example}: {error}");
				}
			}
		});
	}

	#[test]
	fn options_stand_before_and_after_the_command() {
		let before = ["medrec", "--json", "--key", "me", "keys", "list"];
		let after = ["medrec", "keys", "list", "--json", "--key", "me"];
		for line in [before, after] {
			let cli = Cli::try_parse_from(line).unwrap();
			assert!(cli.globals.json);
			assert_eq!(cli.globals.key.as_deref(), Some("me"));
		}
	}

	#[test]
	fn secrets_are_not_taken_from_the_command_line() {
		let forbidden = ["seed", "phrase", "password", "secret", "local-id", "suri"];
		walk(&Cli::command(), "medrec", &mut |path, command| {
			for argument in command.get_arguments() {
				let long = argument.get_long().unwrap_or_default();
				assert!(!forbidden.contains(&long), "{path} takes --{long}");
			}
		});
	}

	#[test]
	fn scopes_are_one_of_three() {
		let grant = |rest: &str| {
			let line = format!(
				"medrec ppr grant --relationship {HASH} --to hospital-b --purpose TREAT {rest}"
			);
			Cli::try_parse_from(line.split_whitespace()).map_err(|error| error.kind())
		};
		for good in [
			"--all",
			"--category 7",
			&format!("--record {HASH}"),
			&format!("--record {HASH} {HASH}"),
			&format!("--record {HASH} --field 1 value"),
			"--all --from 2026-01-31 --for 1d",
		] {
			assert!(grant(good).is_ok(), "{good}");
		}
		assert_eq!(grant("").unwrap_err(), ErrorKind::MissingRequiredArgument);
		assert_eq!(grant("--all --category 7").unwrap_err(), ErrorKind::ArgumentConflict);
		assert_eq!(grant("--all --field 1").unwrap_err(), ErrorKind::ArgumentConflict);
		let twice = "--all --for 1d --until 2026-01-31";
		assert_eq!(grant(twice).unwrap_err(), ErrorKind::ArgumentConflict);
	}
}
