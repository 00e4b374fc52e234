//! The pages of help. `medrec COMMAND --help` fits a screen; `medrec help COMMAND` says everything.

use clap::{Arg, Command};

/// The examples in the help of the commands.
const EXAMPLES: &str = include_str!("../examples.txt");

/// The most lines of a short page.
const LINES: usize = 24;

/// The lines of the short page of a group beside its list of commands, and beside its examples.
const FRAME: usize = 10;

/// The most columns of a page on a narrow terminal.
const COLUMNS: usize = 80;

/// The most examples on a short page.
const FEW: usize = 2;

/// Gives a command and those below it their pages. `path` are the words that lead to it.
pub fn with_pages(mut command: Command, path: &str) -> Command {
	// Hands the global options down, so that they can be hidden below.
	command.build();
	lay_out(command, path)
}

fn lay_out(mut command: Command, path: &str) -> Command {
	let examples = examples_for(&command, path);
	let commands = command.get_subcommands().count();
	let few = match commands {
		0 => FEW,
		_ => LINES.saturating_sub(FRAME + commands).clamp(1, FEW),
	};
	let more = match path.split_once(' ') {
		Some((_, words)) => format!("More: medrec help {words}\n"),
		None => "More: medrec help COMMAND. ".to_owned(),
	};
	let page = |examples: &[&str], more: &str| {
		let examples = examples.join("\n  ");
		format!("Examples:\n  {examples}\n\n{more}Options of all commands: medrec help options")
	};
	let short = page(examples.get(..few).unwrap_or(&examples), &more);
	let long = page(&examples, "");
	if let Some(usage) = usage_in_lines(&mut command) {
		command = command.override_usage(usage);
	}
	let is_everywhere = |argument: &Arg| {
		argument.is_global_set() || matches!(argument.get_id().as_str(), "help" | "version")
	};
	command
		.mut_args(|argument| match is_everywhere(&argument) {
			true => argument.hide(true),
			false => argument,
		})
		.after_help(short)
		.after_long_help(long)
		.mut_subcommands(|command| {
			let path = format!("{path} {}", command.get_name());
			lay_out(command, &path)
		})
}

/// The usage of a command in several lines, if one is too narrow for it.
fn usage_in_lines(command: &mut Command) -> Option<String> {
	const TITLE: &str = "Usage: ";
	let usage = command.render_usage().to_string();
	let usage = usage.strip_prefix(TITLE)?;
	let width = COLUMNS - TITLE.len();
	if usage.chars().count() <= width {
		return None;
	}
	let mut lines = vec![String::new()];
	// An option and its value stay together.
	for word in usage.replace(" <", "\u{a0}<").split(' ') {
		let line = lines.last_mut()?;
		match line.chars().count() + word.chars().count() < width {
			true if line.is_empty() => line.push_str(word),
			true => line.extend([" ", word]),
			false => lines.push(format!("  {word}")),
		}
	}
	let indent = format!("\n{}", " ".repeat(TITLE.len()));
	Some(lines.join(&indent).replace('\u{a0}', " "))
}

/// The examples of a command; of a group, the first one of each of its commands.
fn examples_for(command: &Command, path: &str) -> Vec<&'static str> {
	let names = Vec::from_iter(command.get_subcommands().map(Command::get_name));
	match names.is_empty() {
		true => examples_of(path).collect(),
		false => {
			let first = |name: &&str| examples_of(&format!("{path} {name}")).next();
			names.iter().filter_map(first).collect()
		},
	}
}

/// The examples that begin with these words.
fn examples_of(path: &str) -> impl Iterator<Item = &'static str> {
	let path = path.to_owned();
	EXAMPLES.lines().filter(move |line| {
		let rest = line.strip_prefix(path.as_str());
		rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	fn command(options: &[&'static str]) -> Command {
		let option = |name: &&'static str| Arg::new(*name).long(*name).required(true);
		Command::new("do").args(options.iter().map(option))
	}

	#[test]
	fn a_long_usage_has_several_lines_and_splits_no_option() {
		assert_eq!(usage_in_lines(&mut command(&["short"])), None);
		let options = ["gatekeeper-device", "gatekeeper-url", "finality-key", "mining-key"];
		let usage = usage_in_lines(&mut command(&options)).unwrap();
		let lines = Vec::from_iter(usage.lines());
		assert!(lines.len() > 1, "{usage}");
		for line in &lines {
			assert!(line.chars().count() <= COLUMNS, "{usage}");
			assert!(line.ends_with('>'), "{usage}");
		}
	}

	#[test]
	fn examples_are_found_by_all_words_of_a_command() {
		assert!(examples_of("medrec keys create").all(|line| line.contains("create")));
		assert_eq!(examples_of("medrec keys cre").count(), 0);
		assert!(examples_of("medrec keys list").count() > 1);
	}
}
