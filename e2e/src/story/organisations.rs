//! The organisations of the chain, and a stranger.

use super::{Demo, Scenario};
use crate::step_log::{passed, Step};
use anyhow::{ensure, Context};
use medrec_e2e::network::{
	best_after_import, development_key, seal_as, text, until, write_blocks, Gatekeeper, Network,
	Node,
	Person::{GateA, ProviderA, ProviderB, ResearcherTwo, Stranger},
	SignedBlock, Terminal,
};
use medrec_protocol::keys::Scheme;
use subxt_rpcs::rpc_params;

/// The number of the block that the stranger seals.
const FORGED: u64 = 3;

/// Starts the four nodes. Hospital A's is the one that the others know.
pub async fn start(network: &Network) -> Step<Demo<'_>> {
	let node = async |name, arguments: &str| {
		Node::start(network, name, &format!("--chain local {arguments}")).await
	};
	let node_a = node("hospital-a", "--dev-identity provider-a").await?;
	let peer = format!("--bootnodes {}", node_a.address().await?);
	let node_b = node("hospital-b", &format!("--dev-identity provider-b {peer}")).await?;
	let mine = format!("--mine --mining-duty 5 {peer}");
	let node_r1 = node("research-1", &format!("--dev-identity researcher-1 {mine}")).await?;
	let node_r2 = node("research-2", &format!("--dev-identity researcher-2 {mine}")).await?;
	let demo = Demo {
		gatekeeper: Gatekeeper::set_up(network, &node_a.url(), &GateA.uri())?,
		terminal: Terminal::set_up(network, &node_a).await?,
		chain: node_a.chain().await?,
		node_a,
		node_b,
		node_r1,
		node_r2,
		network,
	};
	let seen = format!("hospital A's node is at {}", demo.node_a.url());
	Ok((demo, seen))
}

/// Hospital A admits hospital B and the second researcher.
pub async fn join(demo: &Demo<'_>) -> Step {
	let Demo { terminal, chain, .. } = demo;
	let resolve =
		async |name| terminal.try_as(ProviderA, &format!("registrar resolve {name}")).await;
	resolve("hospital-a").await?.success()?;
	resolve("research-1").await?.success()?;
	ensure!(resolve("hospital-b").await?.success().is_err(), "hospital B exists too early");

	// The council has one member, whose motions pass at once. Hospital B is the second.
	let public = |path| development_key(path, Scheme::Ed25519).map(|key| hex::encode(key.public()));
	let hospital_b = format!(
		"registrar admit-provider --name hospital-b --account {} --finality-key 0x{}",
		ProviderB.address()?,
		public("//ProviderB//finality")?
	);
	let research_2 = format!(
		"registrar admit-researcher --name research-2 --account {} --mining-key 0x{}",
		ResearcherTwo.address()?,
		public("//ResearcherTwo//mining")?
	);
	for (name, admit) in [("research-2", research_2), ("hospital-b", hospital_b)] {
		terminal.run_as(ProviderA, &admit).await?;
		text(&resolve(name).await?.success()?, "subject")?;
	}

	until("two votes in a round", || async {
		let state = demo.node_a.call("grandpa_roundState", rpc_params![]).await?;
		Ok((state["best"]["totalWeight"] == 2).then_some(()))
	})
	.await?;
	let joined = chain.best().await?.number;
	demo.node_a.final_block(u64::from(joined) + 1).await?;
	demo.node_b.final_block(1).await?;
	let finalized = chain.finalized().await?.number;
	passed(format!("two votes since block {joined}, final up to block {finalized}"))
}

/// A stranger sends a transaction, and seals the last of the first blocks with a key of its own.
pub async fn intrude(demo: &Demo<'_>, scenario: &Scenario) -> Step {
	let propose = format!("ppr propose --patient {}", scenario.parties.patient);
	demo.terminal.try_as(Stranger, &propose).await?.refused("not_registered")?;

	let mut blocks = Vec::new();
	for number in 1..=FORGED {
		let hash = demo.node_a.block_hash(number).await?;
		let block = demo.node_a.call("chain_getBlock", rpc_params![hash]).await?;
		let block: SignedBlock = serde_json::from_value(block)?;
		blocks.push(SignedBlock { justifications: None, ..block });
	}
	let last = blocks.last_mut().context("no blocks")?;
	seal_as(last, &development_key("//Stranger//mining", Scheme::Ed25519)?)?;
	let file = demo.network.folder.join("forged.blocks");
	write_blocks(&file, &blocks)?;
	let (best, log) = best_after_import(demo.network, "import", "local", &file).await?;
	ensure!(
		best == FORGED - 1 && log.contains("invalid seal"),
		"the best block after the import is {best}: {log}"
	);
	passed("not_registered; invalid seal, though the work is real")
}
