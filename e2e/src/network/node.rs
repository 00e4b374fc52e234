use super::{process::Process, until, Network, LIMIT};
use anyhow::{Context, Result};
use medrec_client::chain::Chain;
use serde_json::Value;
use std::{path::PathBuf, process::Command};
use subxt_rpcs::{
	client::{RpcParams, RpcSubscription},
	rpc_params, RpcClient,
};
use tokio::time::timeout;

/// A running node. It is killed when this is dropped.
pub struct Node {
	process: Process,
	program: PathBuf,
	folder: PathBuf,
	arguments: String,
	rpc_port: u16,
	rpc: RpcClient,
}

impl Node {
	/// Starts a node on free ports, with its files in a folder of this name, and waits for its RPC. It
	/// searches no peers but those that the arguments name. No argument may contain spaces.
	pub async fn start(network: &Network, name: &str, arguments: &str) -> Result<Node> {
		let program = network.programs.join("medrec-node");
		let folder = network.new_folder(name)?;
		Node::launch(program, folder, arguments.into(), 0).await
	}

	/// Kills the node if it runs, and starts it on the same files and RPC port, with more arguments.
	pub async fn restart(&mut self, arguments: &str) -> Result<()> {
		self.kill();
		let (program, folder) = (self.program.clone(), self.folder.clone());
		let arguments = format!("{} {arguments}", self.arguments);
		*self = Node::launch(program, folder, arguments, self.rpc_port).await?;
		Ok(())
	}

	async fn launch(
		program: PathBuf,
		folder: PathBuf,
		arguments: String,
		rpc_port: u16,
	) -> Result<Node> {
		let mut command = Command::new(&program);
		command
			.arg("--base-path")
			.arg(folder.join("data"))
			.args(["--rpc-port", &rpc_port.to_string(), "--listen-addr", "/ip4/127.0.0.1/tcp/0"])
			.args(["--no-mdns", "--no-prometheus", "--no-telemetry"])
			.args(["--rpc-max-connections", "200", "--rpc-cors", "all"])
			.args(arguments.split_whitespace());
		let mut process = Process::start(command, &folder.join("log"))?;
		let rpc_port =
			process.wait_for("listening for RPC", |node| rpc_port_in(&node.output())).await?;
		let rpc = RpcClient::from_insecure_url(format!("ws://127.0.0.1:{rpc_port}")).await?;
		Ok(Node { process, program, folder, arguments, rpc_port, rpc })
	}

	/// Its base path.
	pub fn data(&self) -> PathBuf {
		self.folder.join("data")
	}

	/// The URL of its RPC.
	pub fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.rpc_port)
	}

	/// A client of its chain.
	pub async fn chain(&self) -> Result<Chain> {
		Ok(Chain::connect(&self.url()).await?)
	}

	/// The address by which other nodes find it, as soon as it has one.
	pub async fn address(&self) -> Result<String> {
		until("listening for peers", || async {
			let addresses = self.call("system_localListenAddresses", rpc_params![]).await?;
			let mut addresses =
				addresses.as_array().into_iter().flatten().filter_map(Value::as_str);
			let local = addresses.find(|address| address.starts_with("/ip4/127.0.0.1/tcp/"));
			Ok(local.map(str::to_owned))
		})
		.await
	}

	/// Calls an RPC method.
	pub async fn call(&self, method: &str, params: RpcParams) -> Result<Value> {
		self.rpc.request(method, params).await.with_context(|| method.to_owned())
	}

	/// Subscribes to the notifications of `<space>_subscribe<name>`.
	pub async fn subscribe(&self, space: &str, name: &str) -> Result<RpcSubscription<Value>> {
		let [subscribe, unsubscribe] =
			["subscribe", "unsubscribe"].map(|verb| format!("{space}_{verb}{name}"));
		Ok(self.rpc.subscribe(&subscribe, rpc_params![], &unsubscribe).await?)
	}

	/// Waits until the block of this number is final, and returns its hash.
	pub async fn final_block(&self, number: u64) -> Result<String> {
		let mut heads = self.subscribe("chain", "FinalizedHeads").await?;
		while number_of(&next(&mut heads).await?)? < number {}
		self.block_hash(number).await?.context("the final block is unknown")
	}

	/// The hash of the block of this number on the best chain.
	pub async fn block_hash(&self, number: u64) -> Result<Option<String>> {
		let hash = self.call("chain_getBlockHash", rpc_params![number]).await?;
		Ok(hash.as_str().map(Into::into))
	}

	/// Waits until the node logs a line with this text.
	pub async fn logs(&mut self, text: &str) -> Result<()> {
		let logged = |node: &Process| node.output().contains(text).then_some(());
		self.process.wait_for(text, logged).await
	}

	/// Stops it as a debugger does: its connections stay open, and it does nothing.
	pub fn pause(&self) -> Result<()> {
		self.process.signal("STOP")
	}

	/// Continues after [`Node::pause`].
	pub fn resume(&self) -> Result<()> {
		self.process.signal("CONT")
	}

	/// Kills it without a chance to clean up, as a loss of power does.
	pub fn kill(&mut self) {
		self.process.kill();
	}
}

/// The next notification of a subscription.
pub async fn next(subscription: &mut RpcSubscription<Value>) -> Result<Value> {
	let next = timeout(LIMIT, subscription.next()).await.context("no notification in time")?;
	Ok(next.context("the subscription ended")??)
}

/// The block number in a header.
pub fn number_of(header: &Value) -> Result<u64> {
	let digits = header["number"].as_str().and_then(|number| number.strip_prefix("0x"));
	Ok(u64::from_str_radix(digits.context("the header has no number")?, 16)?)
}

fn rpc_port_in(log: &str) -> Option<u16> {
	let (_, rest) = log.split_once("RPC: ws://127.0.0.1:")?;
	// What follows the digits shows that the line is complete.
	let (port, _) = rest.split_once(|letter: char| !letter.is_ascii_digit())?;
	port.parse().ok()
}
