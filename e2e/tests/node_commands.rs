//! The subcommands of a node: their examples, and the errors of a genesis.

use anyhow::{ensure, Context, Result};
use medrec_e2e::network::{argument, finish, succeed, Network, Node};
use serde_json::{json, Value};
use std::path::Path;

/// The pages of all subcommands, in an order in which each finds what it needs.
const PAGES: [&str; 12] = [
	"key generate",
	"key inspect",
	"key insert",
	"key generate-node-key",
	"key inspect-node-key",
	"export-chain-spec",
	"chain-info",
	"export-blocks",
	"import-blocks",
	"check-block",
	"revert",
	"purge-chain",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_the_help_runs() -> Result<()> {
	let network = Network::temporary()?;
	let founder = "--chain local --dev-identity provider-a,researcher-1 --mine --mining-duty 5";
	let mut node = Node::start(&network, "node", founder).await?;
	node.final_block(4).await?;
	node.kill();
	// The examples run in the folder of the node, whose base path is `data`.
	let data = node.data();
	let folder = data.parent().context("it is in a folder")?;

	let page = help(&network, "").await?;
	let (_, commands) = page.split_once("Commands: ").context("it lists the subcommands")?;
	let commands = commands.split("More:").next().unwrap_or_default();
	for command in commands.split(',').map(str::trim) {
		let is_covered = PAGES.iter().any(|page| page.split(' ').next() == Some(command));
		assert!(is_covered, "{command}");
	}

	for page in PAGES {
		let text = help(&network, page).await?;
		let (_, examples) = text.split_once("Examples:").with_context(|| text.clone())?;
		for example in examples.lines().filter(|line| !line.trim().is_empty()) {
			let output = run_example(&network, folder, example).await?;
			if let Some((_, phrase)) = output.split_once("Secret phrase:") {
				let phrase = phrase.lines().next().unwrap_or_default().trim();
				for seed in ["mining.seed", "gran.seed"] {
					std::fs::write(folder.join(seed), phrase)?;
				}
			}
		}
	}
	for file in ["node.key", "my-chain.json", "chain.json", "blocks.bin"] {
		assert!(folder.join(file).is_file(), "{file}");
	}
	let keys = data.join("chains/medrec_local/keystore");
	assert_eq!(std::fs::read_dir(keys)?.count(), 2);
	assert!(!folder.join("copy/chains/medrec_local/paritydb").exists());
	Ok(())
}

/// The help of a subcommand, none for that of the node.
async fn help(network: &Network, subcommand: &str) -> Result<String> {
	let mut command = network.command("medrec-node");
	command.args(subcommand.split_whitespace()).arg("--help");
	succeed(command, "").await
}

async fn run_example(network: &Network, folder: &Path, example: &str) -> Result<String> {
	let arguments = example.trim().strip_prefix("medrec-node ").context("it is of the node")?;
	let mut command = network.command("medrec-node");
	command.args(arguments.split(' ')).current_dir(folder);
	let output = finish(command, "").await?;
	let log = String::from_utf8_lossy(&output.stderr);
	ensure!(output.status.success(), "{example}: {log}");
	ensure!(!log.contains("failed"), "{example}: {log}");
	Ok(String::from_utf8(output.stdout)?)
}

#[tokio::test]
async fn an_error_of_the_genesis_is_its_place_and_its_reason() -> Result<()> {
	let network = Network::temporary()?;
	let spec = local_spec(&network, &[]).await?;
	let genesis = "/genesis/runtimeGenesis/patch";
	for (place, value, error) in [
		(
			"/registrar/providers/0/name",
			json!("Hospital A"),
			"registrar.providers[0].name: \"Hospital A\" is invalid",
		),
		(
			"/registrar/providers/0/finalityKey",
			json!("0x1234"),
			"registrar.providers[0].finalityKey: expected 0x followed by 64 hexadecimal digits",
		),
		("/registrar/providers", json!([]), "registrar.providers: no provider with a finalityKey"),
		(
			"/registrar/researchers/0/name",
			json!("hospital-a"),
			"registrar.researchers[0].name: the same as that of registrar.providers[0]",
		),
		("/council/members", json!([account(&spec)?]), "council.members: "),
	] {
		let mut changed = spec.clone();
		*changed.pointer_mut(&format!("{genesis}{place}")).context(place)? = value;
		assert_rejected(&network, &changed, &format!("medrec-node: genesis: {error}")).await?;
	}
	Ok(())
}

#[tokio::test]
async fn a_raw_specification_without_voters_is_rejected() -> Result<()> {
	let network = Network::temporary()?;
	let mut spec = local_spec(&network, &["--raw"]).await?;
	let state = spec.pointer_mut("/genesis/raw/top").and_then(Value::as_object_mut);
	let state = state.context("it has a state")?;
	/// The hash of `Grandpa`, and the first bytes of that of `Authorities`.
	const VOTERS: &str = "0x5f9cc45b7a00c5899361e1c6099678dc5e0621c4";
	let before = state.len();
	state.retain(|key, _| !key.starts_with(VOTERS));
	assert_eq!(state.len(), before - 1);
	let log = failed_start(&network, &spec).await?;
	let error = "medrec-node: the genesis of this chain has no voters";
	assert!(log.lines().any(|line| line.starts_with(error)), "{log}");
	assert!(!log.contains("panicked") && !log.contains("Essential"), "{log}");
	Ok(())
}

/// The specification of a local chain, as JSON.
async fn local_spec(network: &Network, more: &[&str]) -> Result<Value> {
	let mut export = network.command("medrec-node");
	export.args(["export-chain-spec", "--chain", "local"]).args(more);
	Ok(serde_json::from_str(&succeed(export, "").await?)?)
}

/// The account of the researcher, who has no seat in the council.
fn account(spec: &Value) -> Result<Value> {
	let place = "/genesis/runtimeGenesis/patch/registrar/researchers/0/account";
	spec.pointer(place).cloned().context("there is a researcher")
}

/// Checks that neither an export nor a start accepts the specification, and that both say why.
async fn assert_rejected(network: &Network, spec: &Value, error: &str) -> Result<()> {
	let path = network.folder.join("changed.json");
	std::fs::write(&path, spec.to_string())?;
	let mut logs = vec![failed_start(network, spec).await?];
	for more in [&[][..], &["--raw"]] {
		let mut export = network.command("medrec-node");
		export.args(["export-chain-spec", "--chain", argument(&path)?]).args(more);
		let output = finish(export, "").await?;
		ensure!(!output.status.success() && output.stdout.is_empty(), "it is exported: {error}");
		logs.push(String::from_utf8(output.stderr)?);
	}
	for log in logs {
		assert!(log.lines().any(|line| line.starts_with(error)), "{error} is expected: {log}");
		assert!(!log.contains("WASM backtrace") && !log.contains("Essential"), "{log}");
	}
	Ok(())
}

/// The log of a node that does not start with this specification.
async fn failed_start(network: &Network, spec: &Value) -> Result<String> {
	let path = network.folder.join("started.json");
	std::fs::write(&path, spec.to_string())?;
	let mut node = network.command("medrec-node");
	node.args(["--chain", argument(&path)?, "--tmp", "--port", "0"]);
	node.args(["--rpc-port", "0", "--no-prometheus"]);
	let output = finish(node, "").await?;
	ensure!(!output.status.success(), "the node starts");
	Ok(String::from_utf8(output.stderr)?)
}
