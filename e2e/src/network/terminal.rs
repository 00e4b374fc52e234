use super::{finish, until, write_private, Network, Node, Person};
use anyhow::{ensure, Context, Result};
use clap::ValueEnum;
use medrec_primitives::{record::RecordId, relationship::RelationshipId};
use serde_json::Value;
use std::path::PathBuf;

/// The `medrec` command with a node and a keystore that holds everybody's keys.
pub struct Terminal<'a> {
	network: &'a Network,
	node: String,
	/// The folder of keys.
	pub keystore: PathBuf,
	/// The file with their password.
	pub password: PathBuf,
}

impl<'a> Terminal<'a> {
	/// Makes the keystore.
	pub async fn set_up(network: &'a Network, node: &Node) -> Result<Terminal<'a>> {
		let keystore = network.new_folder("keys")?;
		let password = network.folder.join("password");
		write_private(&password, "openly weak")?;
		let terminal = Terminal { network, node: node.url(), keystore, password };
		for person in Person::value_variants() {
			let import = format!("keys import {} --seed-file -", person.name());
			terminal.run(None, &import, &person.uri()).await?.success()?;
		}
		Ok(terminal)
	}

	async fn run(&self, who: Option<Person>, line: &str, input: &str) -> Result<Outcome> {
		let mut command = self.network.command("medrec");
		command
			.arg("--json")
			.args(line.split_whitespace())
			.current_dir(&self.network.folder)
			.env("MEDREC_NODE", &self.node)
			.env("MEDREC_KEYSTORE", &self.keystore)
			.env("MEDREC_PASSWORD_FILE", &self.password);
		if let Some(who) = who {
			command.args(["--key", &who.name()]);
		}
		let output = finish(command, input).await?;
		let json = |bytes: &[u8]| {
			let text = String::from_utf8_lossy(bytes);
			text.lines().rev().find_map(|line| serde_json::from_str(line).ok())
		};
		Ok(Outcome {
			command: format!("medrec {line}"),
			status: output.status.code(),
			output: json(&output.stdout).unwrap_or_default(),
			error: json(&output.stderr).unwrap_or_default(),
		})
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
