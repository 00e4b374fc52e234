//! `medrec chain status`: heads, finality, peers, miners and council.

use crate::{
	context::Session,
	directory::{address_of, Directory},
	failure::{Failure, Result},
	finality::FinalityLag,
	output::{Output, Report},
	page::{Cell, Page},
	text::{count, list, seconds, span},
};
use medrec_client::{chain::BlockHeader, now};
use medrec_primitives::{
	identity::{MiningKey, SubjectId},
	BlockNumber, Moment, H256,
};
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long a node may take to catch up.
const CATCH_UP: Duration = Duration::from_secs(600);

/// The time between two looks at a node that catches up.
const INTERVAL: Duration = Duration::from_secs(1);

/// A wait for it is explained after this time.
const SOON: Duration = Duration::from_secs(3);

/// The time after which the explanation is repeated with new numbers.
const REPEAT: Duration = Duration::from_secs(60);

/// The final block of a node that has caught up is younger than this.
const RECENT: Moment = 60_000;

/// A last block that is older than this many block times is a sign that no block comes.
const SILENCE: Moment = 20;

/// The state of the chain as the node sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ChainStatus {
	/// The name of the chain.
	chain: String,
	/// The hash of the first block, which identifies the chain.
	#[schema(value_type = String)]
	genesis: H256,
	/// The best block.
	best: ChainHead,
	/// The last final block.
	finalized: ChainHead,
	/// How many blocks finality is behind the best block.
	lag: u32,
	/// How far finality is behind, and whose votes are missing.
	finality: FinalityLag,
	/// The node.
	node: ChainNode,
	/// The number of peers of the node.
	peers: u64,
	/// The difficulty of the next block, as a decimal number of hashes.
	difficulty: String,
	/// The target time between two blocks in milliseconds.
	target_block_time: Moment,
	/// The active miners.
	miners: Vec<ChainMiner>,
	/// The members of the council.
	council: Vec<ChainMember>,
	/// The subject of the key in use, if there is a key and a subject.
	subject: Option<SubjectId>,
	/// Its name: that of an organisation, or the role and a part of the ID.
	subject_name: Option<String>,
	/// The time of this machine's clock, in Unix milliseconds.
	now: Moment,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
struct ChainHead {
	/// Its number.
	number: BlockNumber,
	/// Its hash.
	#[schema(value_type = String)]
	hash: H256,
	/// Its time in Unix milliseconds; 0 of the first block.
	time: Moment,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
struct ChainNode {
	/// The name of its program.
	name: String,
	/// The version of its program.
	version: String,
	/// Its identity among its peers.
	identity: String,
	/// Whether it fetches older blocks from its peers.
	syncing: bool,
	/// Whether it expects to have peers.
	expects_peers: bool,
}

/// A miner.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
struct ChainMiner {
	/// Its subject.
	subject: SubjectId,
	/// Its name.
	name: String,
	/// The key that signs its blocks.
	mining_key: MiningKey,
}

/// A member of the council.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
struct ChainMember {
	/// The address of its account.
	account: String,
	/// Its name.
	name: String,
}

impl ChainStatus {
	/// Whether the node has caught up with the chain.
	fn is_synced(&self) -> bool {
		let is_alone = self.peers == 0 && self.node.expects_peers;
		let age = self.now.saturating_sub(self.finalized.time);
		!is_alone && !self.node.syncing && age < RECENT
	}

	/// What a command waits for that waits until the node has caught up.
	fn waits(&self, url: &str) -> String {
		let age = match self.finalized.time {
			0 => String::new(),
			time => format!(", {} old", seconds(self.now.saturating_sub(time))),
		};
		format!(
			"Waiting until the node at {url} has caught up: its final block is {}{age}, and it has {}.",
			self.finalized.number,
			count(self.peers, "peer", "peers")
		)
	}

	/// What a user should know before they trust the rest.
	fn warnings(&self) -> Vec<String> {
		let mut warnings = Vec::new();
		if self.node.syncing {
			let text = "The node is synchronising: what it shows may be out of date.";
			warnings.push(text.to_owned());
		}
		if self.peers == 0 && self.node.expects_peers {
			let text =
				"The node has no peers: it sees no blocks and sends no transactions of others. \
			            Check its network, and the addresses that it was started with (--bootnodes).";
			warnings.push(text.to_owned());
		}
		let age = self.now.saturating_sub(self.best.time);
		if self.best.number > 0 && age > self.target_block_time.saturating_mul(SILENCE) {
			let age = seconds(age);
			warnings.push(format!("No block has come for {age}: check that a miner runs."));
		}
		if self.finality.is_late {
			warnings.push(format!(
				"Finality is {} behind{}. New permissions count once it continues.",
				seconds(self.finality.age),
				self.finality.missing()
			));
		}
		warnings
	}
}

impl Report for ChainStatus {
	fn page(&self) -> Page {
		let old = |head: &ChainHead| match head.time {
			0 => "the first block".to_owned(),
			time => format!("{} old", seconds(self.now.saturating_sub(time))),
		};
		let behind = match (self.lag, self.finality.age) {
			(0, _) => "not behind".to_owned(),
			(lag, age) => {
				format!("{} and {} behind", count(lag, "block", "blocks"), seconds(age))
			},
		};
		let peers = count(self.peers, "peer", "peers");
		let subject = match (&self.subject_name, self.subject) {
			(Some(name), Some(subject)) => format!("{name}, {subject}"),
			_ => "none; medrec keys list shows your keys".to_owned(),
		};
		let mut page = Page::default().facts([
			("chain", Cell::words(&self.chain)),
			("genesis", Cell::id(format!("{:?}", self.genesis))),
			("best block", Cell::words(format!("{}, {}", self.best.number, old(&self.best)))),
			(
				"final block",
				Cell::words(format!(
					"{}, {}, {behind}",
					self.finalized.number,
					old(&self.finalized)
				)),
			),
			("difficulty", Cell::word(&self.difficulty)),
			("block time", Cell::word(span(self.target_block_time))),
			("miners", Cell::words(list(self.miners.iter().map(|miner| &miner.name), "none"))),
			("council", Cell::words(list(self.council.iter().map(|member| &member.name), "none"))),
			("node", Cell::words(format!("{} {}, {peers}", self.node.name, self.node.version))),
			("identity", Cell::word(&self.node.identity)),
			("your subject", Cell::words(subject)),
		]);
		for warning in self.warnings() {
			page = page.alert(warning);
		}
		page
	}
}

/// The status, if it is asked for once the node has caught up.
pub(super) async fn run(session: &Session<'_>, synced: bool) -> Result<Output> {
	let start = Instant::now();
	let mut notice = start + SOON;
	loop {
		let best = session.chain.best().await?;
		let status = read(session, best).await?;
		if !synced || status.is_synced() {
			return Ok(Output::of(&status));
		}
		if start.elapsed() > CATCH_UP {
			let message = format!(
				"the node has not caught up within {} minutes. {}",
				CATCH_UP.as_secs() / 60,
				status.warnings().join(" ")
			);
			let failure = Failure::failed("not_synced", message);
			return Err(Failure { output: Some(Output::of(&status)), ..failure });
		}
		if Instant::now() >= notice {
			let is_shown =
				session.context.notices.show(&status.waits(&session.context.globals.node));
			notice = Instant::now() + if is_shown { REPEAT } else { SOON };
		}
		tokio::time::sleep(INTERVAL).await;
	}
}

async fn read(session: &Session<'_>, best: BlockHeader) -> Result<ChainStatus> {
	let node = session.chain.node_status().await?;
	let last = session.chain.finalized().await?;
	let (at, now) = (session.chain.at(best.hash), now());
	let head = async |block: BlockHeader| -> Result<ChainHead> {
		let time = session.chain.at(block.hash).timestamp().await?;
		Ok(ChainHead { number: block.number, hash: block.hash, time })
	};
	let finality = FinalityLag::read(&session.chain, &session.book, best, last, now).await?;

	let mut directory = Directory::new(&session.book, at, None);
	let mut miners = Vec::new();
	for (subject, mining_key) in at.miners().await? {
		miners.push(ChainMiner { subject, name: directory.name(subject).await?, mining_key });
	}
	let council = at.council().await?;
	let names = directory.names_of(&council).await?;
	let council = council.iter().map(address_of).zip(names);
	let subject = session.me_if_any(at).await?;
	Ok(ChainStatus {
		chain: node.chain,
		genesis: session.chain.genesis_hash(),
		best: head(best).await?,
		finalized: head(last).await?,
		lag: finality.blocks,
		finality,
		node: ChainNode {
			name: node.name,
			version: node.version,
			identity: node.identity,
			syncing: node.is_syncing,
			expects_peers: node.expects_peers,
		},
		peers: node.peers,
		difficulty: at.difficulty().await?.to_string(),
		target_block_time: at.pow_parameters().await?.target_block_time,
		miners,
		council: council.map(|(account, name)| ChainMember { account, name }).collect(),
		subject,
		subject_name: directory.maybe_name(subject).await?,
		now,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{finality::fixture::lag, style::Style};

	const NOW: Moment = 1_769_860_800_000;

	fn status() -> ChainStatus {
		let head = |number, age| ChainHead { number, hash: H256::zero(), time: NOW - age };
		ChainStatus {
			chain: "MedRec Local".into(),
			genesis: H256::repeat_byte(1),
			best: head(90, 2_000),
			finalized: head(89, 4_000),
			lag: 1,
			finality: lag(1, 2_000, &[]),
			node: ChainNode {
				name: "MedRec Node".into(),
				version: "0.1.0".into(),
				identity: "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp".into(),
				syncing: false,
				expects_peers: true,
			},
			peers: 1,
			difficulty: "117718".into(),
			target_block_time: 10_000,
			miners: Vec::new(),
			council: Vec::new(),
			subject: Some(SubjectId::repeat_byte(2)),
			subject_name: Some("hospital-a".into()),
			now: NOW,
		}
	}

	fn text(status: &ChainStatus) -> String {
		let style = Style::terminal(NOW);
		status.page().render(&style)
	}

	#[test]
	fn heads_have_ages_and_counts_have_the_right_number() {
		let text = Vec::from_iter(text(&status()).split_whitespace()).join(" ");
		for part in [
			"90, 2 seconds old",
			"89, 4 seconds old, 1 block and 2 seconds behind",
			"MedRec Node 0.1.0, 1 peer",
			"hospital-a, 0x0202",
		] {
			assert!(text.contains(part), "{part} is not in\n{text}");
		}
		assert!(!text.contains("peers"), "{text}");
		assert_eq!(status().warnings(), [] as [String; 0]);
	}

	#[test]
	fn finality_that_has_caught_up_is_not_behind() {
		let caught_up = ChainStatus { lag: 0, finality: lag(0, 0, &[]), ..status() };
		let text = text(&caught_up);
		assert!(text.contains("old, not behind\n"), "{text}");
		assert!(!text.contains("0 blocks") && !text.contains("less than"), "{text}");
	}

	#[test]
	fn what_is_wrong_is_said_plainly() {
		let warning = |status: ChainStatus| status.warnings().join(" ");
		let node = ChainNode { syncing: true, ..status().node };
		assert!(warning(ChainStatus { node, ..status() }).contains("synchronising"));
		let alone = ChainStatus { peers: 0, ..status() };
		assert!(text(&alone).contains("0 peers"), "{}", text(&alone));
		assert!(warning(alone).contains("has no peers"));
		let node = ChainNode { expects_peers: false, ..status().node };
		assert_eq!(warning(ChainStatus { peers: 0, node, ..status() }), "");
		let late = lag(40, 90_000, &[Some("hospital-b")]);
		let late = warning(ChainStatus { finality: late, ..status() });
		let text = "1 minute 30 seconds behind; the vote of hospital-b is missing";
		assert!(late.contains(text), "{late}");
		let best = ChainHead { time: NOW - 300_000, ..status().best };
		let silent = warning(ChainStatus { best, ..status() });
		assert!(silent.contains("No block has come for 5 minutes"), "{silent}");
	}

	#[test]
	fn a_wait_for_a_node_says_how_far_it_is() {
		let url = "ws://127.0.0.1:9944";
		let expected =
			"Waiting until the node at ws://127.0.0.1:9944 has caught up: its final block is \
		                89, 4 seconds old, and it has 1 peer.";
		assert_eq!(status().waits(url), expected);
		let start = ChainHead { number: 0, time: 0, ..status().finalized };
		let start = ChainStatus { finalized: start, peers: 0, ..status() };
		assert!(start.waits(url).ends_with("its final block is 0, and it has 0 peers."));
	}

	#[test]
	fn a_node_has_caught_up_when_its_final_block_is_recent() {
		assert!(status().is_synced());
		let old = ChainHead { time: NOW - RECENT, ..status().finalized };
		assert!(!ChainStatus { finalized: old, ..status() }.is_synced());
		let syncing = ChainNode { syncing: true, ..status().node };
		assert!(!ChainStatus { node: syncing, ..status() }.is_synced());
		assert!(!ChainStatus { peers: 0, ..status() }.is_synced());
		let single = ChainNode { expects_peers: false, ..status().node };
		assert!(ChainStatus { peers: 0, node: single, ..status() }.is_synced());
	}
}
