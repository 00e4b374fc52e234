//! A gatekeeper beside hospital A's database.

use super::Process;
use crate::cast::private_file;
use anyhow::{bail, Context, Result};
use medrec_primitives::H256;
use std::{
	net::TcpListener,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Command, Stdio},
};

/// A bounty that is offered with each batch of updates.
pub struct Bounty {
	/// The dataset.
	pub dataset: H256,
}

/// A gatekeeper, running or not.
pub struct Gatekeeper {
	program: PathBuf,
	folder: PathBuf,
	port: u16,
	node: String,
	process: Option<Process>,
	private: Option<String>,
}

impl Gatekeeper {
	/// Lays its folder out: secrets, keys and configuration.
	pub fn set_up(bin: &Path, folder: &Path, node: &str, device_uri: &str) -> Result<Gatekeeper> {
		let folder = folder.join("gatekeeper-a");
		std::fs::create_dir_all(folder.join("templates"))?;
		// A free port. Its number is in the profile on chain and in what clients sign.
		let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
		let gatekeeper = Gatekeeper {
			program: bin.join("medrec-gatekeeper"),
			folder,
			port,
			node: node.into(),
			process: None,
			private: None,
		};
		gatekeeper.secret("device.seed", device_uri)?;
		gatekeeper.secret("identifier.secret", &hex::encode(rand::random::<[u8; 32]>()))?;
		gatekeeper.configure(None)?;
		Ok(gatekeeper)
	}

	fn secret(&self, name: &str, text: &str) -> Result<()> {
		let path = self.folder.join(name);
		std::fs::write(&path, text)?;
		std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
		Ok(())
	}

	/// Writes its configuration.
	pub fn configure(&self, bounty: Option<&Bounty>) -> Result<()> {
		let mut text = format!(
			r#"authority = "127.0.0.1:{port}"
listen = "127.0.0.1:{port}"
private_listen = "127.0.0.1:0"
node = "{node}"
templates = "templates"
identifier_secret_file = "identifier.secret"
anchor_interval_s = 2

[device]
key_file = "device.seed"

[ehr]
sqlite = "ehr.sqlite"

[state]
sqlite = "state.sqlite"

[publish]
poll_interval_s = 1
"#,
			port = self.port,
			node = self.node,
		);
		if let Some(Bounty { dataset }) = bounty {
			text.push_str(&format!(
				r#"
[publish.bounty]
dataset = "{dataset:?}"
template = "lab-result"
statistic = "count"
group_by = ["code"]
cost = 1
lifetime_s = 3600
"#
			));
		}
		std::fs::write(self.configuration(), text)?;
		Ok(())
	}

	fn configuration(&self) -> PathBuf {
		self.folder.join("gatekeeper.toml")
	}

	/// The hospital's database.
	pub fn ehr(&self) -> PathBuf {
		self.folder.join("ehr.sqlite")
	}

	/// The secret of its keyed hashes.
	pub fn identifier_secret(&self) -> PathBuf {
		self.folder.join("identifier.secret")
	}

	/// Its log.
	pub fn log(&self) -> PathBuf {
		self.folder.join("log")
	}

	/// Where clients reach it.
	pub fn url(&self) -> String {
		format!("http://127.0.0.1:{}", self.port)
	}

	/// What requests to it are signed for.
	pub fn authority(&self) -> String {
		format!("127.0.0.1:{}", self.port)
	}

	/// Where its metrics are.
	pub fn metrics(&self) -> Option<String> {
		self.private.as_ref().map(|address| format!("http://{address}/metrics"))
	}

	/// Runs one of its commands to the end and returns what it printed.
	pub async fn command(&self, arguments: &[&str]) -> Result<String> {
		let output = tokio::process::Command::new(&self.program)
			.args(arguments)
			.stdin(Stdio::null())
			// It ends with the demonstration, as everything does that is started.
			.process_group(0)
			.kill_on_drop(true)
			.output()
			.await?;
		if !output.status.success() {
			bail!(
				"medrec-gatekeeper {}: {}",
				arguments.first().unwrap_or(&""),
				String::from_utf8_lossy(&output.stderr).trim()
			);
		}
		Ok(String::from_utf8(output.stdout)?)
	}

	/// Runs one of its commands that reads the configuration.
	pub async fn configured(&self, command: &str, arguments: &[&str]) -> Result<String> {
		let configuration = self.configuration();
		let configuration = configuration.to_str().context("the path is text")?;
		let mut all = vec![command, "--config", configuration];
		all.extend(arguments);
		self.command(&all).await
	}

	/// Tells it which subject a local patient is.
	pub async fn link(&self, local_id: &str, subject: &str) -> Result<()> {
		let file = self.folder.join("patient.id");
		private_file(&file, local_id)?;
		let file = file.to_str().context("the path is text")?;
		let link = ["--local-id-file", file, "--subject", subject];
		self.configured("link-patient", &link).await.map(drop)
	}

	/// Starts it and waits until it listens.
	pub async fn start(&mut self) -> Result<()> {
		let private_file = self.folder.join("private.address");
		let public_file = self.folder.join("public.address");
		for file in [&private_file, &public_file] {
			let _ = std::fs::remove_file(file);
		}
		let mut command = Command::new(&self.program);
		command
			.args(["--json", "run", "--config"])
			.arg(self.configuration())
			.arg("--address-file")
			.arg(&public_file)
			.arg("--private-address-file")
			.arg(&private_file);
		let mut process = Process::start("the gatekeeper", &mut command, &self.log())?;
		let read = |file: &Path| {
			let text = std::fs::read_to_string(file).ok()?;
			(!text.trim().is_empty()).then(|| text.trim().to_owned())
		};
		self.private = Some(process.wait_for("an address", || read(&private_file)).await?);
		process.wait_for("an address", || read(&public_file)).await?;
		self.process = Some(process);
		Ok(())
	}

	/// Ends it in order.
	pub async fn stop(&mut self) -> Result<()> {
		if let Some(mut process) = self.process.take() {
			process.signal("TERM")?;
			process.wait_until_gone().await?;
		}
		Ok(())
	}

	/// Kills it as a power failure would.
	pub fn kill(&mut self) {
		self.process = None;
	}
}
