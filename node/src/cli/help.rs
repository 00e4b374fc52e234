//! The help: pages that fit a terminal, with texts about MedRec.
//!
//! The options of the SDK come with texts about other chains. Here each option that is listed has a text of
//! its own; the others are hidden, and work. The first page lists what most operators need, the page of
//! `--help-all` every option with a text.

mod options;
mod pages;

use super::Cli;
use clap::{builder::StyledStr, Arg, Command, CommandFactory};
use options::{Entry, FIRST_PAGE, GROUPS};
use pages::{Page, PAGES};
use sc_cli::SubstrateCli;

/// The first page. The subcommands follow it in one line, because each has a page of its own.
const FIRST_TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

Options:
{options}{after-help}
";

/// The last lines of the first page, after the subcommands.
const MORE: &str = "More: medrec-node --help-all, medrec-node COMMAND --help";

/// The examples of running a node.
const EXAMPLES: [&str; 2] =
	["medrec-node --dev", "medrec-node --chain chain.json --base-path data --validator"];

/// Replaces the texts of all commands, and hides what has none.
pub fn apply(command: Command) -> Command {
	let command = with_pages(command).mut_args(|arg| arg.hide(true));
	let commands: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
	let after = format!("{}\nCommands: {}\n{MORE}", examples(&EXAMPLES), commands.join(", "));
	show(command, &first_page(), None)
		.help_template(FIRST_TEMPLATE)
		.override_usage("medrec-node [OPTIONS] [COMMAND]")
		.after_help(after)
}

fn first_page() -> Vec<Entry> {
	let all = || GROUPS.iter().flat_map(|(_, entries)| entries.iter());
	FIRST_PAGE.iter().flat_map(|id| all().find(|entry| entry.id == *id)).copied().collect()
}

/// The page of `--help-all`: all options that have a text, by subject, and the subcommands.
pub fn all_options() -> StyledStr {
	let command = with_pages(Cli::command()).mut_args(|arg| arg.hide(true));
	GROUPS
		.iter()
		.fold(command, |command, (heading, entries)| show(command, entries, Some(heading)))
		.override_usage("medrec-node [OPTIONS] [COMMAND]")
		.after_help(examples(&EXAMPLES))
		.render_help()
}

/// What all commands have in common, and the pages of the subcommands.
fn with_pages(command: Command) -> Command {
	let command = command
		.name(Cli::executable_name())
		.version(Cli::impl_version())
		.about(Cli::description())
		.long_about(None)
		.args_conflicts_with_subcommands(true)
		.subcommand_negates_reqs(true)
		.max_term_width(80);
	PAGES.iter().fold(command, |command, page| match page.path {
		[name] => command.mut_subcommand(name, |command| with_page(command, page)),
		[group, name] => command.mut_subcommand(group, |command| {
			command.mut_subcommand(name, |command| with_page(command, page))
		}),
		_ => command,
	})
}

fn with_page(command: Command, page: &Page) -> Command {
	show(command.mut_args(|arg| arg.hide(true)), page.entries, None)
		.about(page.about)
		.long_about(None)
		.after_help(examples(page.examples))
}

/// Shows the arguments of `entries`, in this order.
fn show(command: Command, entries: &[Entry], heading: Option<&'static str>) -> Command {
	entries.iter().enumerate().fold(command, |command, (order, entry)| {
		command.mut_arg(entry.id, |arg| with_entry(arg, entry, order).help_heading(heading))
	})
}

fn with_entry(arg: Arg, entry: &Entry, order: usize) -> Arg {
	let arg = arg.hide(false).help(entry.text).long_help(None).display_order(order);
	let arg = arg.hide_possible_values(true);
	match entry.value {
		"" => arg,
		value => arg.value_name(value),
	}
}

fn examples(lines: &[&str]) -> String {
	let lines: Vec<_> = lines.iter().map(|line| format!("  {line}")).collect();
	format!("Examples:\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::error::ErrorKind;

	/// Words that are about other chains, or about servers of others.
	const FOREIGN: [&str; 9] = [
		"Polkadot",
		"Kusama",
		"Substrate",
		"substrate",
		"telemetry",
		"Alice",
		"alice",
		"collator",
		"parachain",
	];

	/// Lines and columns of a terminal.
	const SCREEN: (usize, usize) = (24, 80);

	fn command() -> Command {
		let mut command = Cli::setup_command(Cli::command());
		command.build();
		command
	}

	/// All subcommands that are shown, with their paths, and the command itself.
	fn all_pages() -> Vec<(String, Command)> {
		fn collect(path: String, command: Command, pages: &mut Vec<(String, Command)>) {
			for subcommand in command.get_subcommands() {
				if !subcommand.is_hide_set() && subcommand.get_name() != "help" {
					let path = format!("{path} {}", subcommand.get_name());
					collect(path, subcommand.clone(), pages);
				}
			}
			pages.push((path, command));
		}
		let mut pages = Vec::new();
		collect("medrec-node".into(), command(), &mut pages);
		pages
	}

	fn assert_ours(path: &str, text: &str) {
		for word in FOREIGN {
			assert!(!text.contains(word), "{path} names {word}: {text}");
		}
		for line in text.lines() {
			assert!(line.chars().count() <= SCREEN.1, "{path}: {line}");
		}
	}

	#[test]
	fn every_page_fits_a_screen_and_is_about_medrec() {
		for (path, _) in all_pages() {
			for flag in ["-h", "--help"] {
				let arguments = path.split(' ').chain([flag]);
				let help = Cli::try_from_iter(arguments).expect_err("help ends the parsing");
				assert_eq!(help.kind(), ErrorKind::DisplayHelp, "{path}");
				let text = help.to_string();
				assert!(text.lines().count() <= SCREEN.0, "{path}: {text}");
				assert_ours(&path, &text);
			}
		}
	}

	#[test]
	fn the_page_of_all_options_is_about_medrec() {
		let text = all_options().to_string();
		assert_ours("--help-all", &text);
		for (heading, entries) in GROUPS {
			assert!(text.contains(heading), "{heading}");
			for entry in entries {
				let command = command();
				let mut options = command.get_arguments();
				let option = options.find(|option| option.get_id() == entry.id).expect(entry.id);
				let option = format!("--{}", option.get_long().expect("it is an option"));
				assert!(text.split_whitespace().any(|word| word == option), "{option} in {text}");
			}
		}
	}

	#[test]
	fn the_first_page_says_where_more_is() {
		let text = command().render_help().to_string();
		assert!(text.contains("--help-all"), "{text}");
		assert_eq!(first_page().len(), FIRST_PAGE.len(), "each option is in a group");
		for page in PAGES {
			assert!(text.contains(page.path[0]), "{:?}", page.path);
		}
	}

	#[test]
	fn every_command_has_examples_that_are_valid() {
		let folder = tempfile::tempdir().expect("a folder is created");
		let secret = folder.path().join("seed");
		std::fs::write(&secret, "//Secret").expect("the file is written");
		let secret = secret.to_str().expect("the path is UTF-8");
		for (path, mut command) in all_pages() {
			if command.has_subcommands() && path != "medrec-node" {
				continue;
			}
			let text = command.render_help().to_string();
			let (_, examples) = text.split_once("Examples:\n").expect(&path);
			let examples: Vec<_> =
				examples.lines().take_while(|line| line.starts_with("  medrec-node")).collect();
			assert!(!examples.is_empty(), "{path} has no examples");
			for example in examples {
				assert!(example.trim_start().starts_with(&path), "{path}: {example}");
				// The only file that must exist when the arguments are parsed.
				let example = example.replace("mining.seed", secret).replace("gran.seed", secret);
				let parsed = Cli::try_from_iter(example.split_whitespace());
				assert!(parsed.is_ok(), "{example}: {:?}", parsed.err());
			}
		}
	}

	#[test]
	fn options_without_a_text_still_work() {
		for args in ["--no-telemetry", "--sync full", "--execution wasm"] {
			let args = format!("medrec-node {args}");
			assert!(Cli::try_from_iter(args.split(' ')).is_ok(), "{args}");
			let option = args.split(' ').nth(1).expect("there is an option");
			assert!(!all_options().to_string().contains(option), "{option}");
		}
	}
}
