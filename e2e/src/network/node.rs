//! A node.

use super::{until, Process, Rpc};
use anyhow::{Context, Result};
use serde_json::json;
use std::{
	path::{Path, PathBuf},
	process::Command,
};

/// The share of a core that a miner takes, in percent.
const DUTY: &str = "5";

/// What a node is.
#[derive(Clone)]
pub struct NodeOptions {
	/// What it is called in the story.
	pub name: &'static str,
	/// Which part of the development chain it plays, as `provider-a`.
	pub part: &'static str,
	/// Whether it mines.
	pub mine: bool,
	/// The address of a node that it finds the others by.
	pub bootnode: Option<String>,
}

/// A running node.
pub struct Node {
	options: NodeOptions,
	program: PathBuf,
	folder: PathBuf,
	process: Process,
	rpc_port: u16,
	/// Its RPC.
	pub rpc: Rpc,
}

impl Node {
	/// Starts a node that keeps its things in a folder of its own below `folder`.
	pub async fn start(bin: &Path, folder: &Path, options: NodeOptions) -> Result<Node> {
		let program = bin.join("medrec-node");
		let folder = folder.join(options.name);
		std::fs::create_dir_all(&folder)?;
		let (process, rpc_port) = launch(&program, &folder, &options, 0).await?;
		Ok(Node { rpc: Rpc::new(rpc_port)?, options, program, folder, process, rpc_port })
	}

	/// Where clients connect.
	pub fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.rpc_port)
	}

	/// The address by which others find it.
	pub async fn address(&self) -> Result<String> {
		let rpc = self.rpc.clone();
		until("the node listening for peers", || async {
			let addresses = rpc.call("system_localListenAddresses", json!([])).await?;
			Ok(addresses
				.as_array()
				.into_iter()
				.flatten()
				.filter_map(|address| address.as_str())
				.find(|address| address.contains("/127.0.0.1/"))
				.map(str::to_owned))
		})
		.await
	}

	/// Holds it still, or lets it go on.
	pub fn hold(&self, still: bool) -> Result<()> {
		self.process.signal(if still { "STOP" } else { "CONT" })
	}

	/// Kills it as a power failure would.
	pub fn kill(&mut self) {
		self.process.kill();
	}

	/// Starts it again on what it left, with the same RPC; it finds the others by `peer`.
	pub async fn restart(&mut self, peer: String) -> Result<()> {
		self.options.bootnode = Some(peer);
		let (process, _) =
			launch(&self.program, &self.folder, &self.options, self.rpc_port).await?;
		self.process = process;
		Ok(())
	}
}

/// Starts the program and waits until it tells its RPC port.
async fn launch(
	program: &Path,
	folder: &Path,
	options: &NodeOptions,
	rpc_port: u16,
) -> Result<(Process, u16)> {
	let mut command = Command::new(program);
	command
		.args(["--chain", "local", "--name", options.name, "--dev-identity", options.part])
		.arg("--base-path")
		.arg(folder.join("data"))
		.args(["--rpc-port", &rpc_port.to_string(), "--listen-addr", "/ip4/127.0.0.1/tcp/0"])
		.args(["--no-prometheus", "--no-telemetry", "--no-mdns"])
		.args(["--rpc-max-connections", "200", "--rpc-cors", "all"]);
	if options.mine {
		command.args(["--mine", "--mining-duty", DUTY]);
	}
	if let Some(bootnode) = &options.bootnode {
		command.args(["--bootnodes", bootnode]);
	}
	let log = folder.join("log");
	let before = std::fs::metadata(&log).map_or(0, |data| data.len() as usize);
	let mut process = Process::start(options.name, &mut command, &log)?;
	let port = process
		.wait_for("an RPC address", || {
			let text = std::fs::read(&log).ok()?;
			let text = String::from_utf8_lossy(text.get(before..)?).into_owned();
			let (_, rest) = text.split_once("JSON-RPC server: addr=127.0.0.1:")?;
			rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
		})
		.await
		.context("the node has no RPC")?;
	Ok((process, port))
}
