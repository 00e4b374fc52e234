//! Who takes part, and what they do at their terminals.

use anyhow::{anyhow, bail, ensure, Context, Result};
use medrec_protocol::keys::{Key, Scheme};
use serde_json::Value;
use std::{
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::Stdio,
};
use tokio::process::Command;

/// Somebody with a key. The keys are openly weak: everybody can derive them from the paths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Who {
	/// Hospital A's operator.
	ProviderA,
	/// Hospital B's operator.
	ProviderB,
	/// The first researcher.
	ResearcherOne,
	/// The second researcher.
	ResearcherTwo,
	/// Hospital A's gatekeeper.
	GateA,
	/// The patient.
	PatientP,
	/// A clinician of hospital B.
	ClinicianB,
	/// Somebody whom nobody enrolled.
	Stranger,
}

impl Who {
	const ALL: [Who; 8] = [
		Who::ProviderA,
		Who::ProviderB,
		Who::ResearcherOne,
		Who::ResearcherTwo,
		Who::GateA,
		Who::PatientP,
		Who::ClinicianB,
		Who::Stranger,
	];

	/// The path of the key.
	pub fn uri(self) -> String {
		format!("//{self:?}")
	}

	/// The name of the key in the keystore.
	pub fn name(self) -> &'static str {
		match self {
			Who::ProviderA => "provider-a",
			Who::ProviderB => "provider-b",
			Who::ResearcherOne => "researcher-1",
			Who::ResearcherTwo => "researcher-2",
			Who::GateA => "gate-a",
			Who::PatientP => "patient-p",
			Who::ClinicianB => "clinician-b",
			Who::Stranger => "stranger",
		}
	}

	/// The key itself, for what is no command.
	pub fn key(self) -> Result<Key> {
		development_key(&self.uri(), Scheme::Sr25519)
	}

	/// The address of the account.
	pub fn address(self) -> Result<String> {
		Ok(self.key()?.address(medrec_protocol::keys::MEDREC_PREFIX))
	}
}

/// The openly weak key at a path below the phrase that every Substrate tool knows.
pub fn development_key(path: &str, scheme: Scheme) -> Result<Key> {
	Key::from_uri(path, scheme).map_err(|error| anyhow!("{path}: {error}"))
}

/// The public half of a development key that is Ed25519, in hexadecimal digits.
pub fn development_public(path: &str) -> Result<String> {
	Ok(format!("0x{}", hex::encode(development_key(path, Scheme::Ed25519)?.public())))
}

/// What a command printed, and how it ended.
pub struct Said {
	status: i32,
	out: Value,
	error: Value,
	line: String,
}

impl Said {
	/// What it printed, if it succeeded.
	pub fn done(self) -> Result<Value> {
		ensure!(
			self.status == 0,
			"{} ended with {}: {}",
			self.line,
			self.status,
			self.error["error"]["message"].as_str().unwrap_or("without a word")
		);
		Ok(self.out)
	}

	/// Makes sure that it was refused, with this code.
	pub fn refused(&self, code: &str) -> Result<()> {
		let found = self.error["error"]["code"].as_str().unwrap_or("none");
		ensure!(
			self.status == 3 && found == code,
			"{} should be refused with {code}; it ended with {} and {found}",
			self.line,
			self.status,
		);
		Ok(())
	}
}

/// Everybody's terminal: the `medrec` command with a keystore.
#[derive(Clone)]
pub struct Terminal {
	program: PathBuf,
	keystore: PathBuf,
	password: PathBuf,
	node: String,
}

impl Terminal {
	/// Makes a keystore with everybody's keys.
	pub async fn set_up(bin: &Path, folder: &Path, node: &str) -> Result<Terminal> {
		let keystore = folder.join("keys");
		std::fs::create_dir_all(&keystore)?;
		let password = folder.join("password");
		let terminal =
			Terminal { program: bin.join("medrec"), keystore, password, node: node.into() };
		private_file(&terminal.password, "openly weak")?;
		let seed = folder.join("seed");
		for who in Who::ALL {
			private_file(&seed, &who.uri())?;
			let seed = seed.to_str().context("the path is text")?;
			terminal
				.any(None, &["keys", "import", who.name(), "--seed-file", seed])
				.await?
				.done()?;
		}
		std::fs::remove_file(seed)?;
		Ok(terminal)
	}

	/// The folder of keys.
	pub fn keystore(&self) -> &Path {
		&self.keystore
	}

	/// The file with their password.
	pub fn password(&self) -> &Path {
		&self.password
	}

	fn command(&self, who: Option<Who>, arguments: &[&str]) -> Command {
		let mut command = Command::new(&self.program);
		command.arg("--json").args(arguments);
		if let Some(who) = who {
			command.args(["--key", who.name()]);
		}
		command
			.env("MEDREC_NODE", &self.node)
			.env("MEDREC_KEYSTORE", &self.keystore)
			.env("MEDREC_PASSWORD_FILE", &self.password)
			.stdin(Stdio::null())
			.stdout(Stdio::piped())
			.stderr(Stdio::piped())
			// Ctrl-C is for the demonstration, which ends its children itself.
			.process_group(0)
			.kill_on_drop(true);
		command
	}

	async fn any(&self, who: Option<Who>, arguments: &[&str]) -> Result<Said> {
		let output = self.command(who, arguments).output().await?;
		let line = format!("medrec {}", arguments.join(" "));
		let parse = |bytes: &[u8]| {
			let text = String::from_utf8_lossy(bytes);
			text.lines().rev().find_map(|line| serde_json::from_str(line).ok())
		};
		let Some(status) = output.status.code() else { bail!("{line} was killed") };
		Ok(Said {
			status,
			out: parse(&output.stdout).unwrap_or_default(),
			error: parse(&output.stderr).unwrap_or_default(),
			line,
		})
	}

	/// `who` types a command; returns how it ended.
	pub async fn try_as(&self, who: Who, arguments: &[&str]) -> Result<Said> {
		self.any(Some(who), arguments).await
	}

	/// `who` types a command that succeeds; returns what it printed.
	pub async fn run_as(&self, who: Who, arguments: &[&str]) -> Result<Value> {
		self.try_as(who, arguments).await?.done()
	}
}

/// Writes a file that only its owner may read.
pub fn private_file(path: &Path, text: &str) -> Result<()> {
	std::fs::write(path, text)?;
	std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
	Ok(())
}

/// A text in a command's JSON.
pub fn text(value: &Value, name: &str) -> Result<String> {
	value[name].as_str().map(str::to_owned).with_context(|| format!("{name} is missing in {value}"))
}
