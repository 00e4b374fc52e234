//! The command line.

use crate::{
	commands::{bounties, chain, council, keys, ppr, query, records, registrar, summary},
	context::{Context, Globals},
	failure::{Exit, Failure, Result},
	output::{clean, Output},
	style::Style,
};
use clap::{error::ErrorKind, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

/// The examples in the help of the commands.
const EXAMPLES: &str = include_str!("../examples.txt");

/// Everything a person or a script does with MedRec from a terminal.
///
/// The command connects to your node for the state of the chain, and to gatekeepers for records. It
/// verifies the answer of a gatekeeper against the chain before it shows it.
#[derive(Debug, Parser)]
#[command(
	name = "medrec",
	version,
	arg_required_else_help = true,
	subcommand_required = true,
	max_term_width = 100,
	after_help = "Exit status: 0 success, 1 failure, 2 wrong usage, 3 refused by a gatekeeper or the \
	              chain, 4 the answer does not verify, 5 unreachable."
)]
struct Cli {
	#[command(flatten)]
	globals: Globals,
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Make and keep keys.
	#[command(subcommand)]
	Keys(keys::Command),
	/// Look up and change subjects.
	#[command(subcommand)]
	Registrar(registrar::Command),
	/// Make and end relationships of patients with providers, and grant and deny access to records.
	#[command(subcommand)]
	Ppr(ppr::Command),
	/// List records on the chain, post notes, and verify saved answers.
	#[command(subcommand)]
	Records(records::Command),
	/// Request a record from a gatekeeper, and verify the answer against the chain.
	Query(query::QueryArgs),
	/// Show your relationships, your activity, and the accesses to your records.
	#[command(subcommand)]
	Summary(summary::Command),
	/// Offer datasets, and collect the aggregates that mining earned.
	#[command(subcommand)]
	Bounties(bounties::Command),
	/// Show the state of the chain.
	#[command(subcommand)]
	Chain(chain::Command),
	/// Vote on motions of the council of providers.
	#[command(subcommand)]
	Council(council::Command),
}

/// Runs the program.
pub fn main() -> ExitCode {
	init_logs();
	let arguments = command().try_get_matches();
	let cli = match arguments.and_then(|arguments| Cli::from_arg_matches(&arguments)) {
		Ok(cli) => cli,
		Err(error) => return explain(&error),
	};
	let json = cli.globals.json;
	let style = Style::detect(cli.globals.exact);
	let result = tokio::runtime::Builder::new_multi_thread()
		.enable_all()
		.build()
		.map_err(|error| Failure::failed("failed", error))
		.and_then(|runtime| runtime.block_on(run(cli)));
	match result {
		Ok(output) => {
			output.print(json, &style);
			ExitCode::SUCCESS
		},
		Err(failure) => report(&failure, json, &style),
	}
}

async fn run(cli: Cli) -> Result<Output> {
	let context = Context::new(cli.globals)?;
	match cli.command {
		Command::Keys(command) => keys::run(&context, command).await,
		Command::Registrar(command) => registrar::run(&context, command).await,
		Command::Ppr(command) => ppr::run(&context, command).await,
		Command::Records(command) => records::run(&context, command).await,
		Command::Query(args) => query::run(&context, args).await,
		Command::Summary(command) => summary::run(&context, command).await,
		Command::Bounties(command) => bounties::run(&context, command).await,
		Command::Chain(command) => chain::run(&context, command).await,
		Command::Council(command) => council::run(&context, command).await,
	}
}

/// The definition of the command line, with examples.
fn command() -> clap::Command {
	with_examples(Cli::command(), "medrec")
}

/// Adds the examples of a command and of its subcommands. A group has the first example of each of
/// its commands.
fn with_examples(command: clap::Command, path: &str) -> clap::Command {
	let below = |command: &clap::Command| format!("{path} {}", command.get_name());
	let groups: Vec<String> = command.get_subcommands().map(below).collect();
	let examples: Vec<&str> = match groups.is_empty() {
		true => examples_of(path).collect(),
		false => groups.iter().filter_map(|path| examples_of(path).next()).collect(),
	};
	let before = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
	let help = format!("{before}Examples:\n  {}", examples.join("\n  "));
	command.after_help(help).mut_subcommands(|command| {
		let path = below(&command);
		with_examples(command, &path)
	})
}

/// The examples that begin with these words.
fn examples_of<'a>(path: &'a str) -> impl Iterator<Item = &'static str> + 'a {
	let is_of = move |line: &str| {
		line.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
	};
	EXAMPLES.lines().filter(move |line| is_of(line))
}

/// Prints a failure, after the output that it has.
fn report(failure: &Failure, json: bool, style: &Style) -> ExitCode {
	if let Some(output) = &failure.output {
		output.print(json, style);
	}
	match json {
		true => eprintln!("{}", failure.to_json()),
		false => eprintln!("error: {}", clean(&failure.to_string())),
	}
	ExitCode::from(failure.exit as u8)
}

/// Prints the help, or the error in the command line.
fn explain(error: &clap::Error) -> ExitCode {
	let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
	if !is_help && std::env::args_os().any(|argument| argument == "--json") {
		let failure = Failure::usage("usage", message_of(&error.render().to_string()));
		return report(&failure, true, &Style::detect(false));
	}
	let _ = error.print();
	match is_help {
		true => ExitCode::SUCCESS,
		false => ExitCode::from(Exit::Usage as u8),
	}
}

/// The message of an error that clap rendered, without the usage after it.
fn message_of(rendered: &str) -> String {
	let end = rendered.find("\nUsage:").or_else(|| rendered.find("\nFor more information"));
	let message = end.and_then(|end| rendered.get(..end)).unwrap_or(rendered);
	message.strip_prefix("error: ").unwrap_or(message).trim().to_owned()
}

/// Writes logs to the standard error if RUST_LOG is set.
fn init_logs() {
	use tracing_subscriber::{fmt, EnvFilter};
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
	let _ = fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

#[cfg(test)]
mod tests {
	use super::*;

	const HASH: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";
	const ADDRESS: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

	/// Visits a command and its subcommands, each with the words that lead to it.
	fn walk(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
		visit(path, command);
		for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
			walk(below, &format!("{path} {}", below.get_name()), visit);
		}
	}

	#[test]
	fn the_definition_of_the_command_line_is_valid() {
		command().debug_assert();
	}

	#[test]
	fn every_command_has_a_description_and_examples_of_itself() {
		let mut seen = 0;
		walk(&command(), "medrec", &mut |path, command| {
			seen += 1;
			let about = command.get_about().map(ToString::to_string).unwrap_or_default();
			assert!(!about.is_empty(), "{path} has no description");
			let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
			let (_, examples) = help.split_once("Examples:\n").unwrap();
			assert!(!examples.trim().is_empty(), "{path} has no examples");
			for example in examples.lines().map(str::trim) {
				assert!(example.starts_with(path), "{path} has {example:?} as an example");
			}
		});
		assert!(seen > 60, "{seen}");
	}

	#[test]
	fn every_argument_has_a_help_text() {
		walk(&Cli::command(), "medrec", &mut |path, command| {
			for argument in command.get_arguments() {
				let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
				assert!(!help.is_empty(), "{path} has no help for {}", argument.get_id());
			}
		});
	}

	#[test]
	fn every_example_parses() {
		let is_example = |line: &&str| !line.is_empty() && !line.starts_with('#');
		for example in EXAMPLES.lines().filter(is_example) {
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
	}

	#[test]
	fn global_options_are_accepted_before_and_after_the_command() {
		let before = ["medrec", "--json", "--key", "me", "keys", "list"];
		let after = ["medrec", "keys", "list", "--json", "--key", "me"];
		for line in [before, after] {
			let cli = Cli::try_parse_from(line).unwrap();
			assert!(cli.globals.json);
			assert_eq!(cli.globals.key.as_deref(), Some("me"));
		}
	}

	#[test]
	fn no_argument_takes_a_secret() {
		let forbidden = ["seed", "phrase", "password", "secret", "local-id", "suri"];
		walk(&Cli::command(), "medrec", &mut |path, command| {
			for argument in command.get_arguments() {
				let long = argument.get_long().unwrap_or_default();
				assert!(!forbidden.contains(&long), "{path} takes --{long}");
			}
		});
	}

	#[test]
	fn the_message_of_an_error_has_no_usage() {
		let error = Cli::try_parse_from(["medrec", "keys", "create"]).unwrap_err();
		let message = message_of(&error.render().to_string());
		assert!(message.starts_with("the following required arguments"), "{message}");
		assert!(message.contains("<NAME>"), "{message}");
		assert!(!message.contains("Usage"), "{message}");
	}

	#[test]
	fn a_grant_has_exactly_one_scope() {
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
