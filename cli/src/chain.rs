//! `medrec chain`: how the chain is.

use crate::{
	cli::examples,
	context::Context,
	directory::Directory,
	failure::Failure,
	report::{facts, full, list, span, when, Report},
	view,
};
use clap::Subcommand;
use serde_json::json;

/// See how the chain is.
#[derive(Debug, Subcommand)]
#[command(after_help = examples!("medrec chain status"))]
pub enum ChainCommand {
	/// Show the chain and the node: heads, peers, difficulty, miners, council, and your subject.
	#[command(after_help = examples!(
		"medrec chain status",
		"medrec chain status --node ws://node.example.org:9944 --json",
	))]
	Status,
}

/// Does what the command says.
pub async fn run(context: &Context, command: ChainCommand) -> Result<Report, Failure> {
	match command {
		ChainCommand::Status => status(context).await,
	}
}

async fn status(context: &Context) -> Result<Report, Failure> {
	let chain = context.connect().await?;
	let node = chain.node_status().await?;
	let (best, last) = (chain.best().await?, chain.finalized().await?);
	let at = chain.at(best.hash);
	let time = at.timestamp().await?;
	let difficulty = at.difficulty().await?;
	let spacing = at.pow_parameters().await?.target_block_time;
	let lag = best.number.saturating_sub(last.number);
	let miners = at.miners().await?;
	let council = at.council().await?;
	let me = context.me_if_any(&at).await?;

	let mut directory = Directory::new(at, None);
	let mut miner_names = Vec::with_capacity(miners.len());
	for (miner, _) in &miners {
		miner_names.push(directory.label(*miner).await?);
	}
	let mut council_names = Vec::with_capacity(council.len());
	for account in &council {
		council_names.push(match at.subject_of(account).await? {
			Some(subject) => directory.label(subject).await?,
			None => view::account(account),
		});
	}
	let mine = match me {
		Some(me) => format!("{} ({})", full(&me), directory.label(me).await?),
		None => "none".to_owned(),
	};
	let syncing = if node.is_syncing { ", catching up" } else { "" };
	let rows = [
		("chain", node.chain.clone()),
		("genesis", full(&chain.genesis_hash())),
		("best block", format!("{} of {}", best.number, when(time))),
		("final block", format!("{}, {lag} behind", last.number)),
		("node", format!("{} {}, {} peers{syncing}", node.name, node.version, node.peers)),
		("node's identity", node.identity.clone()),
		("difficulty", format!("{difficulty}, a block each {}", span(spacing))),
		("miners", names_or_none(&miner_names)),
		("council", names_or_none(&council_names)),
		("your subject", mine),
	];
	let text = facts(rows.map(|(name, value)| (name.to_owned(), value)));
	let miners: Vec<_> = miners
		.iter()
		.zip(&miner_names)
		.map(|((subject, key), name)| {
			json!({ "subject": subject, "name": name, "mining_key": view::hex(key) })
		})
		.collect();
	let council: Vec<_> = council
		.iter()
		.zip(&council_names)
		.map(|(account, name)| json!({ "account": view::account(account), "name": name }))
		.collect();
	let json = json!({
		"chain": node.chain,
		"genesis": chain.genesis_hash(),
		"best": { "number": best.number, "hash": best.hash, "time": time },
		"finalized": { "number": last.number, "hash": last.hash },
		"lag": lag,
		"node": {
			"name": node.name,
			"version": node.version,
			"identity": node.identity,
			"syncing": node.is_syncing,
		},
		"peers": node.peers,
		"difficulty": difficulty.to_string(),
		"target_block_time": spacing,
		"miners": miners,
		"council": council,
		"subject": me,
	});
	Ok(Report::new(text, json))
}

fn names_or_none(names: &[String]) -> String {
	match names.is_empty() {
		true => "none".to_owned(),
		false => list(names),
	}
}
