//! The examples in the help of `medrec-gatekeeper`.

use super::Gatekeeper;
use crate::network::{finish, succeed, LIMIT};
use anyhow::{ensure, Context, Result};
use std::{pin::Pin, process::Stdio};
use tokio::{
	io::{AsyncBufReadExt, AsyncRead, BufReader},
	process::Command,
	time::timeout,
};

impl Gatekeeper<'_> {
	/// The examples of all pages of the help, without the name of the program.
	pub async fn examples(&self) -> Result<Vec<String>> {
		let (mut commands, mut examples) = (vec![String::new()], Vec::new());
		while let Some(words) = commands.pop() {
			let page = succeed(self.program(&format!("{words} --help")), "").await?;
			let found = examples_of(&page);
			ensure!(!found.is_empty(), "the help of{words} has no example: {page}");
			examples.extend(found);
			commands.extend(commands_of(&page).map(|name| format!("{words} {name}")));
		}
		Ok(examples)
	}

	/// Runs an example in the gatekeeper's folder, with `input` as standard input. The service is asked to
	/// stop as soon as it listens.
	pub async fn example(&self, line: &str, input: &str) -> Result<()> {
		let command = self.program(line);
		let json = line.contains(" --json");
		let output = match line.starts_with("run ") {
			true => serve(command, json).await,
			false => succeed(command, input).await,
		};
		let output = output.with_context(|| line.to_owned())?;
		if json {
			self.checked(line, &output)?;
		}
		Ok(())
	}

	fn program(&self, line: &str) -> Command {
		let mut command = self.network.command("medrec-gatekeeper");
		command.args(line.split_whitespace()).current_dir(&self.folder);
		command
	}
}

/// Serves until the first line of the log, or of the output if that is JSON, and returns it.
async fn serve(mut command: Command, json: bool) -> Result<String> {
	let mut child = command.stdin(Stdio::null()).spawn()?;
	let output: Option<Pin<Box<dyn AsyncRead + Send>>> = match json {
		true => child.stdout.take().map(|output| Box::pin(output) as _),
		false => child.stderr.take().map(|log| Box::pin(log) as _),
	};
	let mut lines = BufReader::new(output.context("its output is not read")?).lines();
	let line = timeout(LIMIT, lines.next_line()).await??;
	if let (Some(_), Some(id)) = (&line, child.id()) {
		let mut kill = Command::new("kill");
		kill.args(["-s", "TERM", &id.to_string()]);
		finish(kill, "").await?;
	}
	let output = timeout(LIMIT, child.wait_with_output()).await??;
	ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	line.context("it printed nothing")
}

/// The examples of a page of help, each in one line.
fn examples_of(page: &str) -> Vec<String> {
	let (_, examples) = page.split_once("Example").unwrap_or_default();
	let examples = examples.replace("\\\n", " ");
	let lines = examples.lines().filter_map(|line| line.split_once("medrec-gatekeeper "));
	lines.map(|(_, line)| line.to_owned()).collect()
}

/// The commands that a page of help lists.
fn commands_of(page: &str) -> impl Iterator<Item = &str> {
	let (_, list) = page.split_once("Commands:\n").unwrap_or_default();
	let lines = list.lines().take_while(|line| !line.trim().is_empty());
	// The second line of a description begins farther right.
	let lines = lines.filter_map(|line| line.strip_prefix("  "));
	let names = lines.filter_map(|line| line.split(' ').next());
	names.filter(|name| !name.is_empty() && *name != "help")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_examples_and_the_commands_of_a_page_are_found() {
		let page = "Usage: medrec-gatekeeper [OPTIONS]\n\nCommands:\n  run     Serve\n          records\n  \
		            alarms  List\n  help    Print\n\nExamples:\n  medrec-gatekeeper a \\\n    --b c\n  \
		            medrec-gatekeeper d\n";
		let examples = examples_of(page);
		let words = examples.iter().map(|line| Vec::from_iter(line.split_whitespace()));
		assert_eq!(Vec::from_iter(words), [vec!["a", "--b", "c"], vec!["d"]]);
		assert_eq!(Vec::from_iter(commands_of(page)), ["run", "alarms"]);
		assert_eq!(examples_of("Example: medrec-gatekeeper openapi\n"), ["openapi"]);
	}
}
