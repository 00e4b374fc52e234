//! The command line.

use crate::{
	commands::{
		bounties, chain, completion, council, help, keys, names, ppr, query, records, registrar,
		schema, summary, watch,
	},
	context::{Context, Globals},
	failure::{Exit, Failure, FailureReport, Result},
	help::with_pages,
	output::Output,
	schema::Documented,
	style::Style,
	usage::{message_of, with_tips},
};
use clap::{error::ErrorKind, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

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
	disable_help_flag = true,
	disable_help_subcommand = true,
	max_term_width = 100
)]
struct Cli {
	#[command(flatten)]
	globals: Globals,
	/// Print a page about a command that fits the screen.
	#[arg(short, long, global = true, action = ArgAction::HelpShort)]
	help: Option<bool>,
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Make and keep keys.
	#[command(subcommand)]
	Keys(keys::Command),
	/// Give subjects names of your own.
	#[command(subcommand)]
	Names(names::Command),
	/// Look up and change subjects.
	#[command(subcommand)]
	Registrar(registrar::Command),
	/// Make and end relationships, and grant and deny access to records.
	#[command(subcommand)]
	Ppr(ppr::Command),
	/// List records, post notes, and verify saved answers.
	#[command(subcommand)]
	Records(records::Command),
	/// Request records from a gatekeeper, and verify the answers.
	Query(query::QueryArgs),
	/// Show your relationships, activity, and who read your records.
	#[command(subcommand)]
	Summary(summary::Command),
	/// Show what happens to you, as it happens, until Ctrl-C.
	///
	/// Shown are the entries of your history, grants that begin, end, or end within an hour, finality
	/// that stalls or continues, and nodes that are lost or found. With --json, each line is an object.
	Watch(watch::Watch),
	/// Offer datasets, and collect the aggregates that mining earned.
	#[command(subcommand)]
	Bounties(bounties::Command),
	/// Show the state of the chain.
	#[command(subcommand)]
	Chain(chain::Command),
	/// Vote on motions of the council of providers.
	#[command(subcommand)]
	Council(council::Command),
	/// Print a script by which your shell completes command lines.
	///
	/// To install it for bash: medrec completion bash >
	/// ~/.local/share/bash-completion/completions/medrec
	///
	/// For zsh, into a folder of $fpath: medrec completion zsh > ~/.zfunc/_medrec
	///
	/// For fish: medrec completion fish > ~/.config/fish/completions/medrec.fish
	Completion(completion::CompletionArgs),
	/// Print the JSON schema of what a command prints with --json.
	Schema(schema::SchemaArgs),
	/// Print all about a command, or the options of all commands.
	Help(help::HelpArgs),
}

/// Runs the program.
pub fn main() -> ExitCode {
	init_logs();
	let arguments = program().try_get_matches();
	let cli = match arguments.and_then(|arguments| Cli::from_arg_matches(&arguments)) {
		Ok(cli) => cli,
		Err(error) => {
			let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
			return explain(&with_tips(error, &program(), words));
		},
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
		Err(failure) => report(failure, json, &style),
	}
}

async fn run(cli: Cli) -> Result<Output> {
	let context = &Context::new(cli.globals)?;
	match cli.command {
		Command::Keys(command) => keys::run(context, command).await,
		Command::Names(command) => names::run(context, command).await,
		Command::Registrar(command) => registrar::run(context, command).await,
		Command::Ppr(command) => ppr::run(context, command).await,
		Command::Records(command) => records::run(context, command).await,
		Command::Query(args) => query::run(context, args).await,
		Command::Summary(command) => summary::run(context, command).await,
		Command::Watch(args) => watch::run(context, args).await,
		Command::Bounties(command) => bounties::run(context, command).await,
		Command::Chain(command) => chain::run(context, command).await,
		Command::Council(command) => council::run(context, command).await,
		Command::Completion(args) => completion::run(Cli::command(), &args),
		Command::Schema(args) => schema::run(&outputs(), &args),
		Command::Help(args) => help::run(program(), &args),
	}
}

/// The definition of the command line, with the pages of help.
pub fn program() -> clap::Command {
	with_pages(Cli::command(), "medrec")
}

/// What each command prints with `--json`.
fn outputs() -> Vec<Documented> {
	let groups = [
		keys::OUTPUTS,
		names::OUTPUTS,
		registrar::OUTPUTS,
		ppr::OUTPUTS,
		records::OUTPUTS,
		query::OUTPUTS,
		summary::OUTPUTS,
		watch::OUTPUTS,
		bounties::OUTPUTS,
		chain::OUTPUTS,
		council::OUTPUTS,
		completion::OUTPUTS,
		schema::OUTPUTS,
		help::OUTPUTS,
	];
	groups.concat()
}

/// Prints a failure, after the output that it has.
fn report(error: Failure, json: bool, style: &Style) -> ExitCode {
	if let Some(output) = &error.output {
		output.print(json, style);
	}
	let status = error.exit as u8;
	Output::of(&FailureReport { error }).print_error(json);
	ExitCode::from(status)
}

/// Prints the help, or the error in the command line.
fn explain(error: &clap::Error) -> ExitCode {
	let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
	if !is_help && std::env::args_os().any(|argument| argument == "--json") {
		let failure = Failure::usage("usage", message_of(&error.render().to_string()));
		return report(failure, true, &Style::detect(false));
	}
	let _ = error.print();
	match is_help {
		true => ExitCode::SUCCESS,
		false => ExitCode::from(Exit::Usage as u8),
	}
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

	/// Visits a command and its subcommands, each with the words that lead to it.
	fn walk(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
		visit(path, command);
		for below in command.get_subcommands() {
			walk(below, &format!("{path} {}", below.get_name()), visit);
		}
	}

	/// The commands that have none below them, without the program's name.
	fn leaves() -> Vec<String> {
		let mut leaves = Vec::new();
		walk(&Cli::command(), "medrec", &mut |path, command| {
			if !command.has_subcommands() {
				leaves.extend(path.split_once(' ').map(|(_, words)| words.to_owned()));
			}
		});
		leaves.sort();
		leaves
	}

	#[test]
	fn the_definition_of_the_command_line_is_valid() {
		Cli::command().debug_assert();
		program().debug_assert();
	}

	#[test]
	fn every_command_has_a_description_and_examples_of_itself() {
		let mut seen = 0;
		walk(&program(), "medrec", &mut |path, command| {
			seen += 1;
			let about = command.get_about().map(ToString::to_string).unwrap_or_default();
			assert!(!about.is_empty(), "{path} has no description");
			let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
			let (_, examples) = help.split_once("Examples:\n").unwrap();
			let (examples, _) = examples.split_once("\n\n").unwrap();
			assert!(!examples.trim().is_empty(), "{path} has no examples");
			for example in examples.lines().map(str::trim) {
				assert!(example.starts_with(path), "{path} has {example:?} as an example");
				// A page is at most 100 columns wide.
				assert!(example.chars().count() <= 98, "{example} is too long");
			}
		});
		assert!(seen > 70, "{seen}");
	}

	#[test]
	fn every_page_fits_the_screen_and_says_where_more_is() {
		let mut wrong = Vec::new();
		walk(&program(), "medrec", &mut |path, command| {
			let mut command = command.clone().term_width(80);
			let page = command.render_help().to_string();
			let page = page.trim_end();
			let (lines, width) =
				(page.lines().count(), page.lines().map(|line| line.chars().count()).max());
			if lines > 24 || width > Some(80) {
				wrong.push(format!("{path}: {lines} lines, {width:?} columns\n{page}"));
			}
			assert!(page.ends_with("Options of all commands: medrec help options"), "{path}");
			assert!(
				page.contains("\nMore: medrec help"),
				"{path} does not say where more is\n{page}"
			);
			assert!(!page.contains("--keystore"), "{path} lists the global options\n{page}");
			let long = command.render_long_help().to_string();
			for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
				let name = argument.get_long().map(|long| format!("--{long}")).unwrap_or_default();
				assert!(long.contains(&name), "medrec help does not say {name} of {path}");
			}
		});
		assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
	}

	#[test]
	fn the_output_of_every_command_is_documented() {
		let mut documented = Vec::from_iter(outputs().iter().map(|one| one.command.to_owned()));
		documented.sort();
		assert_eq!(documented, leaves());
	}

	/// With `UPDATE_OUTPUTS=1`, the test writes the file.
	#[test]
	fn the_checked_in_schemas_are_those_of_the_outputs() {
		let path = concat!(env!("CARGO_MANIFEST_DIR"), "/outputs.json");
		let schemas = crate::schema::all(&outputs(), &schema::ERROR);
		let schemas = schemas.unwrap_or_else(|name| panic!("two types have the name {name}"));
		let text = schemas.to_string();
		for reference in text.split("\"#/$defs/").skip(1) {
			let name = reference.split('"').next().unwrap();
			assert!(schemas["$defs"][name].is_object(), "there is no definition of {name}");
		}
		if std::env::var_os("UPDATE_OUTPUTS").is_some() {
			std::fs::write(path, format!("{schemas:#}\n")).unwrap();
		}
		let text = std::fs::read_to_string(path).unwrap_or_default();
		let checked_in = serde_json::from_str(&text).unwrap_or(serde_json::Value::Null);
		assert!(checked_in == schemas, "run this test with UPDATE_OUTPUTS=1 and review the change");
	}

	#[test]
	fn no_option_of_a_command_has_the_name_of_a_global_one() {
		let names = |command: &clap::Command| {
			Vec::from_iter(command.get_arguments().map(|argument| argument.get_id().to_string()))
		};
		let globals = names(&Cli::command());
		walk(&Cli::command(), "medrec", &mut |path, command| {
			let twice = names(command).into_iter().find(|name| globals.contains(name));
			assert!(path == "medrec" || twice.is_none(), "{path} has its own {twice:?}");
		});
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
