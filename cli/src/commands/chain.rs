//! `medrec chain`: the state of the chain and of the node.

use crate::{
	context::{Context, Session},
	directory::{address_of, Directory},
	failure::Result,
	output::{list, span, when, Fields, Output},
};
use clap::Subcommand;
use serde_json::json;

/// Show the state of the chain.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Show the chain and the node: heads, peers, difficulty, miners, council, and your subject.
	Status,
}

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let session = &context.connect().await?;
	match command {
		Command::Status => status(session).await,
	}
}

async fn status(session: &Session<'_>) -> Result<Output> {
	let node = session.chain.node_status().await?;
	let (last, _) = session.finalized().await?;
	let (best, at) = (session.best, session.at());
	let (time, difficulty) = (at.timestamp().await?, at.difficulty().await?);
	let pace = at.pow_parameters().await?.target_block_time;
	let lag = best.number.saturating_sub(last.number);
	let me = session.me_if_any(at).await?;

	let mut directory = Directory::new(&session.book, at, None);
	let mut miners = Vec::new();
	for (subject, mining_key) in at.miners().await? {
		let name = directory.name(subject).await?;
		miners.push(json!({ "subject": subject, "name": name, "mining_key": mining_key }));
	}
	let council = at.council().await?;
	let names = directory.names_of(&council).await?;
	let members = council.iter().map(address_of).zip(&names);
	let members = members.map(|(account, name)| json!({ "account": account, "name": name }));
	let subject = match me {
		Some(me) => format!("{me} ({})", directory.name(me).await?),
		None => "none".to_owned(),
	};
	let syncing = if node.is_syncing { ", synchronising" } else { "" };
	let node_json = json!({
		"name": node.name,
		"version": node.version,
		"identity": node.identity,
		"syncing": node.is_syncing,
	});
	let best_json = json!({ "number": best.number, "hash": best.hash, "time": time });
	let miner_names = list(miners.iter().filter_map(|miner| miner["name"].as_str()), "none");
	Ok(Fields::default()
		.field("chain", node.chain)
		.field("genesis", session.chain.genesis_hash())
		.show("best", best_json, format!("block {} of {}", best.number, when(time)))
		.show("finalized", last, format!("block {}, {lag} behind", last.number))
		.json("lag", lag)
		.show("node", node_json, format!("{} {}{syncing}", node.name, node.version))
		.text("node's identity", Some(node.identity))
		.field("peers", node.peers)
		.field("difficulty", difficulty.to_string())
		.show("target_block_time", pace, span(pace))
		.show("miners", miners, miner_names)
		.show("council", Vec::from_iter(members), list(names, "none"))
		.show("subject", me, subject)
		.into())
}
