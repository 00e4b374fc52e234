//! The command `medrec` with the keys of all people: command lines, examples and mistakes.

use super::{
	examples::{check_all_ran, examples},
	finish,
	outputs::{check_error, check_output},
	until, write_private, Network, Node, Person,
};
use anyhow::{ensure, Context, Result};
use clap::ValueEnum;
use medrec_primitives::{record::RecordId, relationship::RelationshipId};
use serde_json::Value;
use std::{
	collections::BTreeSet,
	path::{Path, PathBuf},
	process::Output,
	sync::{Mutex, PoisonError},
};
use tokio::process::Command;

/// The command `medrec` with a node, and a keystore with the keys of all people of the network.
pub struct Terminal<'a> {
	network: &'a Network,
	node: String,
	/// The folder of keys.
	pub keystore: PathBuf,
	/// The file with their password.
	pub password: PathBuf,
	/// The examples of the help that succeeded.
	ran: Mutex<BTreeSet<String>>,
	/// The mistakes that were made, with their messages.
	mistakes: Mutex<Vec<String>>,
}

impl<'a> Terminal<'a> {
	/// Makes the keystore.
	pub async fn set_up(network: &'a Network, node: &Node) -> Result<Terminal<'a>> {
		let keystore = network.new_folder("keys")?;
		let password = network.folder.join("password");
		write_private(&password, "openly weak")?;
		let node = node.url();
		let (ran, mistakes) = Default::default();
		let terminal = Terminal { network, node, keystore, password, ran, mistakes };
		for person in Person::value_variants() {
			let import = format!("keys import {} --seed-file -", person.name());
			terminal.run(None, &import, &person.uri()).await?.success()?;
		}
		Ok(terminal)
	}

	async fn run(&self, who: Option<Person>, line: &str, input: &str) -> Result<Outcome> {
		let mut command = self.network.command("medrec");
		command.arg("--json").args(line.split_whitespace()).current_dir(&self.network.folder);
		if let Some(who) = who {
			command.args(["--key", &who.name()]);
		}
		let output = finish(self.with_keys(command), input).await?;
		check_printed(line, &output)?;
		Ok(Outcome {
			command: format!("medrec {line}"),
			status: output.status.code(),
			output: json_lines(&output.stdout).pop().unwrap_or_default(),
			error: json_lines(&output.stderr).pop().unwrap_or_default(),
		})
	}

	fn with_keys(&self, mut command: Command) -> Command {
		command
			.env("MEDREC_NODE", &self.node)
			.env("MEDREC_KEYSTORE", &self.keystore)
			.env("MEDREC_PASSWORD_FILE", &self.password);
		command
	}

	/// Runs a line by a shell, with the key of `who` and these variables.
	async fn shell(&self, who: Person, line: &str, variables: &[(&str, &str)]) -> Result<Output> {
		let mut command = self.with_keys(self.network.shell(line)?);
		command.env("MEDREC_KEY", who.name()).envs(variables.iter().copied());
		finish(command, "").await
	}

	/// Runs a line of `cli/examples.txt` by a shell, with the key of `who` and these variables; returns
	/// what it prints.
	pub async fn example(
		&self,
		who: Person,
		line: &str,
		variables: &[(&str, &str)],
	) -> Result<String> {
		let is_known = examples().iter().any(|(_, example)| *example == line);
		ensure!(is_known, "{line} is not in cli/examples.txt");
		let output = self.shell(who, line, variables).await?;
		let (printed, error) =
			(String::from_utf8(output.stdout.clone())?, String::from_utf8_lossy(&output.stderr));
		ensure!(output.status.success(), "{line}: {error}");
		if line.ends_with(" --json") {
			check_printed(line.trim_start_matches("medrec "), &output)?;
		}
		self.ran.lock().unwrap_or_else(PoisonError::into_inner).insert(line.to_owned());
		Ok(printed)
	}

	/// Checks that all examples in the section of this test were run.
	pub fn all_examples_ran(&self, file: &str) -> Result<()> {
		check_all_ran(file, &self.ran.lock().unwrap_or_else(PoisonError::into_inner))
	}

	/// Runs a line that fails by a shell, with the key of `who`, and keeps its message, without what
	/// differs from run to run: IDs, addresses, the network's folder and ports.
	pub async fn mistake(&self, who: Person, line: &str) -> Result<()> {
		let output = self.shell(who, line, &[]).await?;
		let status = output.status.code().unwrap_or_default();
		let message = String::from_utf8_lossy(&output.stderr);
		// What the command waited for depends on the speed of the machine.
		let message = message.lines().filter(|line| !line.starts_with("Waiting "));
		let message = Vec::from_iter(message).join("\n");
		ensure!(!output.status.success(), "{line} succeeded");
		let folder = self.network.folder.display().to_string();
		let text = format!("$ {line}\n[{status}] {}\n", message.trim_end());
		let text = without_ids(&without_ports(&text.replace(&folder, "FOLDER")));
		self.mistakes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
		Ok(())
	}

	/// Checks that the mistakes and their messages are those of a file, whose path is relative to the
	/// workspace. With `UPDATE_MISTAKES=1` the file is written.
	pub fn mistakes_are(&self, file: &str) -> Result<()> {
		let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
		let text = self.mistakes.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
		if std::env::var_os("UPDATE_MISTAKES").is_some() {
			std::fs::write(&path, &text)?;
		}
		let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
		ensure!(
			checked_in == text,
			"{file} has other messages; run this test with UPDATE_MISTAKES=1 and review the change:\n\
			 {text}"
		);
		Ok(())
	}

	/// Runs a command line, without the program's name, with the key of `who`. No argument may contain
	/// spaces; files are relative to the network's folder.
	pub async fn try_as(&self, who: Person, line: &str) -> Result<Outcome> {
		self.run(Some(who), line, "").await
	}

	/// Runs a command line that succeeds with the key of `who`; returns the JSON it prints.
	pub async fn run_as(&self, who: Person, line: &str) -> Result<Value> {
		self.try_as(who, line).await?.success()
	}

	/// `who` asks the gatekeeper for a record, with more options.
	pub async fn query(&self, who: Person, target: Target, more: &str) -> Result<Outcome> {
		let (relationship, record) = target;
		let query = format!("query --relationship {relationship} --record {record} {more}");
		self.try_as(who, &query).await
	}

	/// Repeats a query until the gatekeeper serves it; returns the answer.
	pub async fn until_served(&self, who: Person, target: Target, more: &str) -> Result<Value> {
		let served = async || Ok(self.query(who, target, more).await?.success().ok());
		until(&format!("{who:?} being served"), served).await
	}
}

/// The lines that are JSON.
fn json_lines(bytes: &[u8]) -> Vec<Value> {
	let text = String::from_utf8_lossy(bytes);
	text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The least length of an address: one of 32 bytes with a prefix of one byte has 46 to 48 letters.
const ADDRESS: usize = 46;

/// A text with `ID` in place of each word of `0x` and eight or more hexadecimal digits, and `ADDRESS`
/// in place of each word that is as long as an address.
fn without_ids(text: &str) -> String {
	let ends_word = |letter: char| !letter.is_ascii_alphanumeric();
	let words = text.split_inclusive(ends_word).map(|part| {
		let word = part.trim_end_matches(ends_word);
		let rest = &part[word.len()..];
		match word.strip_prefix("0x") {
			Some(digits) if digits.len() >= 8 => format!("ID{rest}"),
			None if word.len() >= ADDRESS => format!("ADDRESS{rest}"),
			_ => part.to_owned(),
		}
	});
	words.collect()
}

/// A text with `PORT` in place of each port of this machine that the system chose.
fn without_ports(text: &str) -> String {
	const HOST: &str = "127.0.0.1:";
	let mut parts = text.split(HOST);
	let mut kept = parts.next().unwrap_or_default().to_owned();
	for part in parts {
		let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
		let port = &part[..part.len() - rest.len()];
		kept.extend([HOST, if port.len() < 4 { port } else { "PORT" }, rest]);
	}
	kept
}

/// Checks the JSON that a command printed against its documented schema. `line` is its command line.
fn check_printed(line: &str, output: &Output) -> Result<()> {
	for printed in json_lines(&output.stdout) {
		check_output("medrec", line, &printed)?;
	}
	match output.status.success() {
		true => Ok(()),
		false => {
			let errors = json_lines(&output.stderr);
			errors.iter().try_for_each(|error| check_error("medrec", error))
		},
	}
}

/// A record, as a query names it.
pub type Target = (RelationshipId, RecordId);

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
	command: String,
	status: Option<i32>,
	output: Value,
	error: Value,
}

impl Outcome {
	/// What it printed, if it succeeded.
	pub fn success(self) -> Result<Value> {
		let Outcome { command, status, output, error } = self;
		let message = error["error"]["message"].as_str().unwrap_or("no message");
		ensure!(status == Some(0), "{command}: exit status {status:?}: {message}");
		Ok(output)
	}

	/// The code of its error; empty if it succeeded.
	pub fn code(&self) -> &str {
		self.error["error"]["code"].as_str().unwrap_or_default()
	}

	/// What it printed, also if it failed.
	pub fn printed(&self) -> &Value {
		&self.output
	}

	/// Checks that the chain or a gatekeeper refused it with this code.
	pub fn refused(&self, code: &str) -> Result<()> {
		let Outcome { command, status, error, .. } = self;
		let found = error["error"]["code"].as_str().unwrap_or("no code");
		ensure!(
			*status == Some(3) && found == code,
			"{command}: expected a refusal with {code}; exit status {status:?}: {found}"
		);
		Ok(())
	}
}

/// A text in printed JSON.
pub fn text(value: &Value, name: &str) -> Result<String> {
	value[name].as_str().map(str::to_owned).with_context(|| format!("no {name} in {value}"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn ids_are_taken_out_of_messages() {
		let id = format!("0x{}", "1f".repeat(32));
		let text = format!("no 0x1f2a9c4e here, 0x12 stays, ({id}){id}");
		assert_eq!(without_ids(&text), "no ID here, 0x12 stays, (ID)ID");
		let text = format!("account {}; 5Grwva stays", "oj".repeat(24));
		assert_eq!(without_ids(&text), "account ADDRESS; 5Grwva stays");
		assert_eq!(without_ids("none"), "none");
	}

	#[test]
	fn ports_that_the_system_chose_are_taken_out_of_messages() {
		let text = "at http://127.0.0.1:41234: nothing, or 127.0.0.1:1; 41234";
		let expected = "at http://127.0.0.1:PORT: nothing, or 127.0.0.1:1; 41234";
		assert_eq!(without_ports(text), expected);
	}
}
