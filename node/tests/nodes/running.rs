//! Runs the real node and talks to it.

use serde_json::Value;
use std::{
	ffi::OsStr,
	io::{BufRead, BufReader, Read},
	path::Path,
	process::{Child, Command, ExitStatus, Output, Stdio},
	sync::{mpsc, Mutex},
	thread::JoinHandle,
	time::{Duration, Instant},
};
use subxt_rpcs::{
	client::{RpcParams, RpcSubscription},
	RpcClient,
};

/// How long anything may take. Nothing waits for so long but a test that fails.
pub const LIMIT: Duration = Duration::from_secs(180);

/// What every node is started with: free ports, and nobody to talk to but whom the test names.
const ALONE: [&str; 6] = [
	"--port=0",
	"--rpc-port=0",
	"--no-mdns",
	"--no-prometheus",
	"--no-telemetry",
	"--allow-private-ip",
];

/// Runs the node with these arguments until it ends by itself. One that does not is killed, and the
/// test fails.
pub fn node<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Output {
	let mut process = Command::new(env!("CARGO_BIN_EXE_medrec-node"))
		.args(arguments)
		.stdin(Stdio::null())
		.stdout(Stdio::piped())
		.stderr(Stdio::piped())
		.spawn()
		.expect("the node can be run");
	let stdout = read_aside(process.stdout.take().expect("it was asked for"));
	let stderr = read_aside(process.stderr.take().expect("it was asked for"));
	let status = wait_for_end(&mut process);
	let stdout = stdout.join().expect("nothing panics");
	let stderr = stderr.join().expect("nothing panics");
	let Some(status) = status else {
		panic!("the node does not end: {}", String::from_utf8_lossy(&stderr))
	};
	Output { status, stdout, stderr }
}

/// Reads to the end, whatever else goes on: a full pipe would stop the node.
fn read_aside(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
	std::thread::spawn(move || {
		let mut bytes = Vec::new();
		pipe.read_to_end(&mut bytes).expect("it can be read");
		bytes
	})
}

/// How the process ended; none if it had to be killed.
fn wait_for_end(process: &mut Child) -> Option<ExitStatus> {
	let until = Instant::now() + LIMIT;
	while Instant::now() < until {
		if let Some(status) = process.try_wait().expect("it is ours") {
			return Some(status);
		}
		std::thread::sleep(Duration::from_millis(20));
	}
	process.kill().expect("it runs");
	process.wait().expect("it ends");
	None
}

/// A node that runs. It is killed when dropped, without a chance to clean up.
pub struct Node {
	process: Child,
	log: Mutex<mpsc::Receiver<String>>,
	/// Where its JSON-RPC is.
	pub url: String,
	/// A connection to it.
	pub rpc: RpcClient,
}

impl Node {
	/// Starts a node with these arguments, and waits until it answers.
	pub async fn start<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Self {
		let mut process = Command::new(env!("CARGO_BIN_EXE_medrec-node"))
			.args(ALONE)
			.args(arguments)
			.stderr(Stdio::piped())
			.spawn()
			.expect("the node can be run");
		let log = BufReader::new(process.stderr.take().expect("it was asked for"));
		let (tell, told) = mpsc::channel();
		// Reads whether or not anybody listens: a full pipe would stop the node.
		std::thread::spawn(move || {
			for line in log.lines().map_while(Result::ok) {
				println!("{line}");
				let _ = tell.send(line);
			}
		});
		let address = wait_for(&told, rpc_address);
		let url = format!("ws://{address}");
		let rpc = RpcClient::from_insecure_url(&url).await.expect("it answers");
		Self { process, log: Mutex::new(told), url, rpc }
	}

	/// Waits until the node logs a line with this in it.
	pub fn says(&self, part: &str) {
		let log = self.log.lock().expect("nothing panics");
		wait_for(&log, |line| line.contains(part).then_some(()));
	}

	/// Asks the node.
	pub async fn ask(&self, method: &str, params: RpcParams) -> Value {
		self.rpc.request(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
	}

	/// Waits until the block of this number is final, and returns its hash.
	pub async fn final_block(&self, number: u64) -> String {
		let mut heads = self
			.subscribe("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
			.await;
		while number_of(&next(&mut heads).await) < number {}
		self.block_hash(number).await.expect("a final block is known")
	}

	/// The hash of the block of this number on the best chain.
	pub async fn block_hash(&self, number: u64) -> Option<String> {
		let mut params = RpcParams::new();
		params.push(number).expect("numbers are JSON");
		self.ask("chain_getBlockHash", params).await.as_str().map(Into::into)
	}

	/// Subscribes.
	pub async fn subscribe(&self, method: &str, unsubscribe: &str) -> RpcSubscription<Value> {
		self.rpc.subscribe(method, RpcParams::new(), unsubscribe).await.expect("it is offered")
	}

	/// An address at which other nodes on this machine reach this one.
	pub async fn address(&self) -> String {
		let addresses = self.ask("system_localListenAddresses", RpcParams::new()).await;
		let addresses = addresses.as_array().expect("it is a list");
		let local = addresses.iter().filter_map(Value::as_str);
		let local = local.filter(|address| address.starts_with("/ip4/127.0.0.1/tcp/"));
		local.min_by_key(|address| address.len()).expect("it listens locally").into()
	}

	/// Ends the node at once, as a loss of power does.
	pub fn kill(mut self) {
		self.process.kill().expect("it runs");
		self.process.wait().expect("it ends");
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		let _ = self.process.kill();
		let _ = self.process.wait();
	}
}

/// What comes next of a subscription.
pub async fn next(subscription: &mut RpcSubscription<Value>) -> Value {
	tokio::time::timeout(LIMIT, subscription.next())
		.await
		.expect("it comes in time")
		.expect("the subscription lasts")
		.expect("it is JSON")
}

/// The number in a header.
pub fn number_of(header: &Value) -> u64 {
	let number = header["number"].as_str().and_then(|number| number.strip_prefix("0x"));
	u64::from_str_radix(number.expect("it has a number"), 16).expect("it is one")
}

/// A path as an argument.
pub fn at(option: &str, path: &Path) -> String {
	format!("--{option}={}", path.display())
}

fn rpc_address(line: &str) -> Option<String> {
	let (_, addresses) = line.split_once("Running JSON-RPC server: addr=")?;
	addresses.split(',').find(|address| address.starts_with("127.0.0.1:")).map(Into::into)
}

fn wait_for<T>(log: &mpsc::Receiver<String>, look: impl Fn(&str) -> Option<T>) -> T {
	let until = Instant::now() + LIMIT;
	loop {
		let left = until.saturating_duration_since(Instant::now());
		let line = log.recv_timeout(left).expect("the node says it in time");
		if let Some(found) = look(&line) {
			return found;
		}
	}
}
