//! How a node starts, what it says, and how it stops, as its operator sees it.

use anyhow::{ensure, Context, Result};
use medrec_e2e::network::{argument, local_client, succeed, until, Network, Node};
use std::{
	fs::File,
	net::{Ipv4Addr, TcpListener},
	path::PathBuf,
	process::{ExitStatus, Stdio},
};
use subxt_rpcs::rpc_params;
use tokio::{
	net::TcpStream,
	process::{Child, Command},
};

/// A development node on free ports.
const DEV: &str = "--dev --port 0 --rpc-port 0 --no-prometheus";

/// A node as a process, with its log in a file.
struct Process {
	child: Child,
	log: PathBuf,
}

impl Process {
	/// Starts a node with these arguments, none of which may contain spaces. It does not look for other
	/// nodes of this machine.
	fn start(network: &Network, arguments: &str) -> Result<Process> {
		let log = network.folder.join("node.log");
		let mut command = network.command("medrec-node");
		command.arg("--no-mdns").args(arguments.split_whitespace());
		command.stderr(File::create(&log)?);
		Ok(Process { child: command.spawn()?, log })
	}

	fn log(&self) -> String {
		String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
	}

	/// Waits for a line with `label`, and returns what follows it.
	async fn after(&self, label: &str) -> Result<String> {
		until(label, async || {
			let log = self.log();
			// A line that has an end is complete.
			let (lines, _) = log.rsplit_once('\n').unwrap_or_default();
			let rest = lines.lines().find_map(|line| line.split_once(label));
			Ok(rest.map(|(_, rest)| rest.trim().to_owned()))
		})
		.await
	}

	/// Sends a signal by name, and waits for the end.
	async fn end(&mut self, signal: &str) -> Result<ExitStatus> {
		let id = self.child.id().context("it has ended")?;
		send(signal, &id.to_string())?;
		Ok(self.child.wait().await?)
	}
}

fn send(signal: &str, id: &str) -> Result<()> {
	let status = std::process::Command::new("kill").args(["-s", signal, id]).status()?;
	ensure!(status.success(), "cannot send {signal}");
	Ok(())
}

#[tokio::test]
async fn a_log_in_a_file_leaves_the_terminal_alone() -> Result<()> {
	let network = Network::temporary()?;
	let [node, log, id] = ["medrec-node", "node.log", "node.id"].map(|name| match name {
		"medrec-node" => network.programs.join(name),
		_ => network.folder.join(name),
	});
	let [node, log, id] = [argument(&node)?, argument(&log)?, argument(&id)?];
	let line = format!("echo $$ > {id}; exec {node} {DEV} --no-mdns 2> {log}");
	// It runs the line in a terminal of its own, and copies what appears there.
	let mut script = Command::new("script");
	script
		.args(["--quiet", "--return", "--command", &line, "/dev/null"])
		.stdin(Stdio::piped())
		.stdout(Stdio::piped())
		.kill_on_drop(true);
	let mut terminal = script.spawn().context("script, of the package bsdutils, is missing")?;
	// The end of its input would appear in the terminal.
	let _input = terminal.stdin.take();
	until("a mined block", async || {
		let log = std::fs::read_to_string(log).unwrap_or_default();
		Ok(log.contains("Mined #1").then_some(()))
	})
	.await?;
	send("TERM", std::fs::read_to_string(id)?.trim())?;
	let output = terminal.wait_with_output().await?;
	let shown = String::from_utf8_lossy(&output.stdout);
	assert!(shown.is_empty(), "{shown}");
	assert!(output.status.success(), "{}", output.status);
	Ok(())
}

#[tokio::test]
async fn a_signal_stops_a_node_without_an_error() -> Result<()> {
	for signal in ["INT", "TERM"] {
		let network = Network::temporary()?;
		let mut node = Process::start(&network, DEV)?;
		node.after("Mined #2").await?;
		let status = node.end(signal).await?;
		let log = node.log();
		assert_eq!(status.code(), Some(0), "{signal}: {log}");
		let last = log.lines().last().context("there is a log")?.trim();
		assert!(last.ends_with("Stopped"), "{signal}: {log}");
		for word in ["failed", "Error", "error", "panicked"] {
			assert!(!log.contains(word), "{signal}: {log}");
		}
	}
	Ok(())
}

#[tokio::test]
async fn a_port_that_is_taken_ends_the_start_with_its_option() -> Result<()> {
	let network = Network::temporary()?;
	let options = [
		("--rpc-port", "the RPC"),
		("--port", "other nodes"),
		("--prometheus-port", "the metrics"),
	];
	for (taken, purpose) in options {
		let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
		let port = socket.local_addr()?.port();
		let ports = options.map(|(option, _)| match option == taken {
			true => format!("{option} {port}"),
			false => format!("{option} 0"),
		});
		let mut node = Process::start(&network, &format!("--dev {}", ports.join(" ")))?;
		let status = node.child.wait().await?;
		let log = node.log();
		assert_eq!(status.code(), Some(1), "{log}");
		let message = format!("medrec-node: the port {port} for {purpose} is taken");
		let is_told = |line: &str| line.starts_with(&message) && line.contains(taken);
		assert!(log.lines().any(is_told), "{log}");
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_do_not_share_a_folder() -> Result<()> {
	let network = Network::temporary()?;
	let node = Node::start(&network, "node", "--dev").await?;
	let arguments = format!("{DEV} --base-path {}", argument(&node.data())?);
	let mut second = Process::start(&network, &arguments)?;
	assert_eq!(second.child.wait().await?.code(), Some(1));
	let log = second.log();
	assert!(log.contains("medrec-node: another node uses this database"), "{log}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rpc_serves_from_the_first_connection() -> Result<()> {
	let network = Network::temporary()?;
	// No other test of this process binds the port in the meantime: it binds ports of its own choice.
	let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
	let port = free.local_addr()?.port();
	drop(free);
	let arguments = format!("--dev --port 0 --rpc-port {port} --no-prometheus");
	let _node = Process::start(&network, &arguments)?;
	let connect = async || Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok());
	until("the first connection", connect).await?;
	let rpc = subxt_rpcs::RpcClient::from_insecure_url(format!("ws://127.0.0.1:{port}")).await?;
	for method in ["system_health", "chain_getFinalizedHead", "mining_status", "medrec_miners"] {
		rpc.request::<serde_json::Value>(method, rpc_params![]).await.context(method)?;
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_says_what_it_is_and_where_it_is_found() -> Result<()> {
	let network = Network::temporary()?;
	let data = network.folder.join("founder");
	let founder = Process::start(
		&network,
		&format!(
			"--chain local --dev-identity provider-a,researcher-1 --mine --mining-duty 5 --rpc-port 0 \
			 --listen-addr /ip4/127.0.0.1/tcp/0 --prometheus-port 0 --base-path {}",
			argument(&data)?
		),
	)?;
	let version = env!("CARGO_PKG_VERSION");
	assert_eq!(founder.after("MedRec node ").await?, version);
	let chain = founder.after("Chain: ").await?;
	assert!(
		chain.starts_with("MedRec Local (medrec_local, for trials only), genesis 0x"),
		"{chain}"
	);
	assert_eq!(founder.after("Role: ").await?, "voter and miner");
	assert_eq!(founder.after("Data: ").await?, argument(&data.join("chains/medrec_local"))?);
	assert!(founder.after("RPC: ").await?.starts_with("ws://127.0.0.1:"));
	// Another node finds it by the address as it is printed.
	let address = founder.after("Address for other nodes (--bootnodes): ").await?;
	let arguments = format!("--chain local --bootnodes {address}");
	let mut follower = Node::start(&network, "follower", &arguments).await?;
	follower.logs("Role: follower").await?;
	follower.final_block(3).await?;
	follower.logs("1 peer").await?;

	let metrics = founder.after("Metrics: ").await?;
	let client = local_client()?;
	let text = until("the metrics", async || {
		Ok(match client.get(&metrics).send().await {
			Ok(response) => Some(response.text().await?),
			Err(_) => None,
		})
	})
	.await?;
	let build_info = format!("medrec_build_info{{version=\"{version}\",chain=\"medrec_local\"}} 1");
	assert!(text.lines().any(|line| line == build_info), "{text}");
	let documented = include_str!("../../node/README.md")
		.lines()
		.filter_map(|line| Some(line.strip_prefix("| `")?.split(['`', '{']).next()?.to_owned()));
	for name in documented {
		assert!(text.contains(&format!("\n{name}{{")), "no {name} in {text}");
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_says_what_it_waits_for_and_when_it_begins() -> Result<()> {
	let network = Network::temporary()?;
	let mut node = Node::start(&network, "waiting", "--chain local --mine").await?;
	node.logs("Waiting to mine: the keystore has no mining key").await?;

	// The node sees a key that is inserted while it runs.
	let seed = network.folder.join("mining.seed");
	std::fs::write(&seed, "//Stranger//mining")?;
	let mut insert = network.command("medrec-node");
	insert
		.args(["key", "insert", "--chain", "local", "--key-type", "mine"])
		.args(["--suri", argument(&seed)?, "--base-path"])
		.arg(node.data());
	succeed(insert, "").await?;
	node.logs("no active researcher of this chain has registered the mining key").await?;

	let mut miner = Node::start(&network, "mining", "--dev").await?;
	let researcher = miner.call("medrec_resolve", rpc_params!["research-1"]).await?;
	let researcher = researcher.as_str().context("it is a subject")?;
	miner.logs(&format!("Mining for the researcher {researcher}, with no peers")).await
}
