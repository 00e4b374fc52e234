mod examples;

use super::{
	argument, finish, outputs::check_output, process::Process, succeed, write_private, Network,
};
use anyhow::{Context, Result};
use medrec_primitives::identity::{Identifier, SubjectId};
use serde_json::Value;
use std::{
	net::TcpListener,
	path::{Path, PathBuf},
	process::Command,
};

/// Hospital A's gatekeeper, running or not, with the hospital's database.
pub struct Gatekeeper<'a> {
	network: &'a Network,
	folder: PathBuf,
	/// The port is in the provider's profile and in what clients sign.
	port: u16,
	node: String,
	process: Option<Process>,
	/// The URL of its metrics, once it runs.
	pub metrics: String,
}

impl<'a> Gatekeeper<'a> {
	/// Writes its secrets and its configuration. `device` is the secret URI of its key.
	pub fn set_up(network: &'a Network, node: &str, device: &str) -> Result<Gatekeeper<'a>> {
		let folder = network.new_folder("gatekeeper-a")?;
		std::fs::create_dir_all(folder.join("templates"))?;
		write_private(&folder.join("device.seed"), device)?;
		let secret = hex::encode(rand::random::<[u8; 32]>());
		write_private(&folder.join("identifier.secret"), &secret)?;
		let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
		let (process, metrics) = (None, String::new());
		let gatekeeper = Gatekeeper { network, folder, port, node: node.into(), process, metrics };
		gatekeeper.configure("")?;
		Ok(gatekeeper)
	}

	/// Writes its configuration, with `more` sections.
	pub fn configure(&self, more: &str) -> Result<()> {
		let Gatekeeper { port, node, .. } = self;
		let text = format!(
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

{more}"#
		);
		Ok(std::fs::write(self.configuration(), text)?)
	}

	fn configuration(&self) -> PathBuf {
		self.folder.join("gatekeeper.toml")
	}

	/// The hospital's database.
	pub fn ehr(&self) -> PathBuf {
		self.file("ehr.sqlite")
	}

	/// The path of a file of this name in its folder, in which the examples of its help run.
	pub fn file(&self, name: &str) -> PathBuf {
		self.folder.join(name)
	}

	/// The base URL for clients.
	pub fn url(&self) -> String {
		format!("http://{}", self.authority())
	}

	/// The authority for which requests are signed.
	pub fn authority(&self) -> String {
		format!("127.0.0.1:{}", self.port)
	}

	/// Fills the hospital's database with this number of synthetic patients.
	pub async fn seed(&self, patients: u32) -> Result<()> {
		let patients = patients.to_string();
		self.fill(&["seed", "--patients", &patients, "--seed", "1"]).await
	}

	/// Fills the hospital's database from FHIR R4 bundles.
	pub async fn import(&self, bundles: &Path) -> Result<()> {
		self.fill(&["import-fhir", argument(bundles)?]).await
	}

	async fn fill(&self, arguments: &[&str]) -> Result<()> {
		let mut command = self.network.command("medrec-ehr");
		command.args(arguments).arg("--json").arg("--database").arg(self.ehr());
		let printed = serde_json::from_str(&succeed(command, "").await?)?;
		check_output("medrec-ehr", &arguments.join(" "), &printed)
	}

	/// Runs one of its commands, with `input` as standard input; returns the JSON it prints.
	pub async fn command(&self, name: &str, arguments: &[&str], input: &str) -> Result<Value> {
		let mut command = self.network.command("medrec-gatekeeper");
		command.args(["--json", name, "--config"]).arg(self.configuration()).args(arguments);
		self.checked(name, &succeed(command, input).await?)
	}

	/// The JSON that a command printed, checked against its documented schema.
	fn checked(&self, line: &str, output: &str) -> Result<Value> {
		let last = output.lines().last().unwrap_or_default();
		let printed = serde_json::from_str(last).with_context(|| format!("{line}: {output}"))?;
		check_output("medrec-gatekeeper", line, &printed)?;
		Ok(printed)
	}

	/// What `check-config` reports, with its exit status.
	pub async fn check(&self) -> Result<(Option<i32>, Value)> {
		let mut command = self.network.command("medrec-gatekeeper");
		command.args(["--json", "check-config", "--config"]).arg(self.configuration());
		let output = finish(command, "").await?;
		let report = self.checked("check-config", &String::from_utf8(output.stdout)?)?;
		Ok((output.status.code(), report))
	}

	/// What it has logged since its last start; nothing if it does not run.
	pub fn log(&self) -> String {
		self.process.as_ref().map(Process::output).unwrap_or_default()
	}

	/// The identifier under which the chain knows a local patient.
	pub async fn identifier(&self, local_id: &str) -> Result<Identifier> {
		let printed = self.command("identifier", &["--local-id-file", "-"], local_id).await?;
		Ok(super::text(&printed, "identifier")?.parse()?)
	}

	/// Links a local patient with the subject that their identifier resolves to at the final head.
	pub async fn link(&self, local_id: &str, subject: SubjectId) -> Result<()> {
		let subject = subject.to_string();
		let link = ["--local-id-file", "-", "--subject", &subject];
		self.command("link-patient", &link, local_id).await.map(drop)
	}

	/// Starts it and waits until it listens.
	pub async fn start(&mut self) -> Result<()> {
		let mut command = Command::new(self.network.programs.join("medrec-gatekeeper"));
		command.args(["--json", "run", "--config"]).arg(self.configuration());
		let files = ["address", "private-address"].map(|name| {
			let file = self.folder.join(name);
			// There is none at the first start.
			let _ = std::fs::remove_file(&file);
			command.arg(format!("--{name}-file")).arg(&file);
			file
		});
		let process = Process::start(command, &self.folder.join("log"))?;
		let process = self.process.insert(process);
		for file in files {
			let read = |_: &Process| {
				let text = std::fs::read_to_string(&file).ok()?;
				text.ends_with('\n').then(|| text.trim().to_owned())
			};
			// The last one is that of the metrics.
			let address = process.wait_for("listening", read).await?;
			self.metrics = format!("http://{address}/metrics");
		}
		let is_listening = |line: &&str| line.starts_with("{\"listening\"");
		let read =
			|process: &Process| process.output().lines().find(is_listening).map(str::to_owned);
		let line = process.wait_for("the line that says where it listens", read).await?;
		self.checked("run", &line).map(drop)
	}

	/// Stops it in order.
	pub async fn stop(&mut self) -> Result<()> {
		match self.process.take() {
			Some(process) => process.stop().await,
			None => Ok(()),
		}
	}

	/// Kills it without a chance to clean up, as a loss of power does.
	pub fn kill(&mut self) {
		self.process = None;
	}
}
