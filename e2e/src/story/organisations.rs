//! Who takes part in the chain, and who does not.

use super::{Demo, Scenario};
use anyhow::{ensure, Context, Result};
use medrec_e2e::network::{
	best_after_import, development_key, seal_as, text, until, write_blocks, Gatekeeper, Network,
	Node, Person, SignedBlock, Terminal,
};
use medrec_protocol::keys::Scheme;
use subxt_rpcs::rpc_params;

/// The chain of all nodes, and the option for the identity of each.
const LOCAL: [&str; 3] = ["--chain", "local", "--dev-identity"];

/// Mining with a twentieth of a core.
const MINE: [&str; 3] = ["--mine", "--mining-duty", "5"];

/// The number of the block that the stranger seals.
const FORGED: u64 = 3;

/// Starts the four nodes. Hospital A's is the one that the others know.
pub async fn start(network: &Network) -> Result<(Demo<'_>, String)> {
	let node_a =
		Node::start(network, "hospital-a", &[&LOCAL[..], &["provider-a"]].concat()).await?;
	let peer = ["--bootnodes", &node_a.address().await?];
	let hospital_b = [&LOCAL[..], &["provider-b"], &peer].concat();
	let node_b = Node::start(network, "hospital-b", &hospital_b).await?;
	let research_1 = [&LOCAL[..], &["researcher-1"], &peer, &MINE].concat();
	let node_r1 = Node::start(network, "research-1", &research_1).await?;
	let research_2 = [&LOCAL[..], &["researcher-2"], &peer, &MINE].concat();
	let node_r2 = Node::start(network, "research-2", &research_2).await?;
	let demo = Demo {
		gatekeeper: Gatekeeper::set_up(network, &node_a.url(), &Person::GateA.uri())?,
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
pub async fn join(demo: &Demo<'_>) -> Result<((), String)> {
	let Demo { terminal, chain, .. } = demo;
	let resolve =
		async |name| terminal.try_as(Person::ProviderA, &["registrar", "resolve", name]).await;
	resolve("hospital-a").await?.success()?;
	resolve("research-1").await?.success()?;
	ensure!(resolve("hospital-b").await?.success().is_err(), "hospital B exists too early");

	// The council has one member, so that its motions pass at once.
	let public = |path| development_key(path, Scheme::Ed25519).map(|key| hex::encode(key.public()));
	for (kind, name, person, key, path) in [
		(
			"admit-provider",
			"hospital-b",
			Person::ProviderB,
			"--finality-key",
			"//ProviderB//finality",
		),
		(
			"admit-researcher",
			"research-2",
			Person::ResearcherTwo,
			"--mining-key",
			"//ResearcherTwo//mining",
		),
	] {
		let (account, public) = (person.address()?, format!("0x{}", public(path)?));
		let admit = ["registrar", kind, "--name", name, "--account", &account, key, &public];
		terminal.run_as(Person::ProviderA, &admit).await?;
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
	Ok(((), format!("two votes since block {joined}, final up to block {finalized}")))
}

/// A stranger sends a transaction, and seals the last of the first blocks with a key of its own.
pub async fn intrude(demo: &Demo<'_>, scenario: &Scenario) -> Result<((), String)> {
	let propose = ["ppr", "propose", "--patient", &scenario.patient.to_string()];
	demo.terminal.try_as(Person::Stranger, &propose).await?.refused("not_registered")?;

	let mut blocks = Vec::new();
	for number in 1..=FORGED {
		let hash = demo.node_a.block_hash(number).await?;
		let block = demo.node_a.call("chain_getBlock", rpc_params![hash]).await?;
		let block: SignedBlock = serde_json::from_value(block)?;
		blocks.push(SignedBlock { justifications: None, ..block });
	}
	let last = blocks.last_mut().context("no blocks")?;
	seal_as(last, &development_key("//Stranger//mining", Scheme::Ed25519)?)?;
	let file = demo.network.folder().join("forged.blocks");
	write_blocks(&file, &blocks)?;
	let (best, log) = best_after_import(demo.network, "import", "local", &file).await?;
	ensure!(
		best == FORGED - 1 && log.contains("invalid seal"),
		"the best block after the import is {best}: {log}"
	);
	Ok(((), "not_registered; invalid seal, though the work is real".into()))
}
