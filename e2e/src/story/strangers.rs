//! What strangers send: a transaction, and a block.

use super::{records::Case, Stage};
use crate::{
	cast::{development_key, Who},
	step_log::StepLog,
	network::Rpc,
};
use anyhow::{ensure, Context, Result};
use medrec_protocol::keys::{Key, Scheme};
use medrec_primitives::{
	work::{meets, seal_message, work, Difficulty},
	H256,
};
use parity_scale_codec::{Compact, Encode};
use serde_json::{json, Value};
use std::{path::Path, process::Stdio};
use tokio::process::Command;

/// The number of the block that the stranger makes anew, on honest ones.
const FORGED: u64 = 3;

/// How many nonces are tried at most.
const NONCES: u64 = 1 << 32;

pub(super) async fn tell(stage: &mut Stage, case: &Case, step_log: &mut StepLog) -> Result<()> {
	step_log
		.step("13", "A stranger's transaction and a stranger's block are refused", async {
			transaction(stage, case).await?;
			block(stage).await
		})
		.await
}

async fn transaction(stage: &Stage, case: &Case) -> Result<()> {
	let patient = format!("{:?}", case.patient);
	let propose = ["ppr", "propose", "--patient", &patient];
	stage.terminal.try_as(Who::Stranger, &propose).await?.refused("not_registered")
}

/// Takes the first blocks of the chain and seals the last of them anew, with real work and a key
/// that nobody lists; a new node that imports them must stop there.
async fn block(stage: &Stage) -> Result<String> {
	let rpc = &stage.node_a.rpc;
	let stranger = development_key("//Stranger//mining", Scheme::Ed25519)?;
	let mut honest = Vec::new();
	for number in 1..=FORGED {
		honest.push(Block::fetch(rpc, number).await?);
	}
	let parent = stage.chain.hash_of(FORGED as u32 - 1).await?.context("the parent is there")?;
	let difficulty = stage.chain.at(parent).difficulty().await?;
	let mut forged = honest.clone();
	forged.last_mut().context("there are blocks")?.seal_as(&stranger, difficulty)?;

	let (best, _) = import(stage, "honest", &honest).await?;
	ensure!(best == FORGED, "honest blocks should be imported; the best one is {best}");
	let (best, said) = import(stage, "forged", &forged).await?;
	ensure!(best == FORGED - 1, "the stranger's block should be refused; the best one is {best}");
	ensure!(said.contains("invalid seal"), "it is refused for another reason: {said}");
	Ok("not_registered, and an invalid seal though the work was real".into())
}

/// A block as a file of blocks holds it.
#[derive(Clone)]
struct Block {
	parent: H256,
	number: u32,
	state_root: H256,
	extrinsics_root: H256,
	/// SCALE of each item, the seal last.
	digest: Vec<Vec<u8>>,
	/// SCALE of each.
	extrinsics: Vec<Vec<u8>>,
}

impl Block {
	async fn fetch(rpc: &Rpc, number: u64) -> Result<Block> {
		let hash = rpc.call("chain_getBlockHash", json!([number])).await?;
		let block = rpc.call("chain_getBlock", json!([hash])).await?["block"].take();
		let header = &block["header"];
		let list = |value: &Value| -> Result<Vec<Vec<u8>>> {
			value.as_array().into_iter().flatten().map(bytes).collect()
		};
		let digits = header["number"].as_str().unwrap_or_default().trim_start_matches("0x");
		Ok(Block {
			parent: header["parentHash"].as_str().unwrap_or_default().parse()?,
			number: u32::from_str_radix(digits, 16)?,
			state_root: header["stateRoot"].as_str().unwrap_or_default().parse()?,
			extrinsics_root: header["extrinsicsRoot"].as_str().unwrap_or_default().parse()?,
			digest: list(&header["digest"]["logs"])?,
			extrinsics: list(&block["extrinsics"])?,
		})
	}

	fn header(&self) -> Vec<u8> {
		let mut header = self.parent.encode();
		Compact(self.number).encode_to(&mut header);
		self.state_root.encode_to(&mut header);
		self.extrinsics_root.encode_to(&mut header);
		Compact(self.digest.len() as u32).encode_to(&mut header);
		header.extend(self.digest.iter().flatten());
		header
	}

	/// Replaces the seal by one of `key`, with work that meets `difficulty`.
	fn seal_as(&mut self, key: &Key, difficulty: Difficulty) -> Result<()> {
		self.digest.pop().context("the block is sealed")?;
		let pre_hash = H256(sp_crypto_hashing::blake2_256(&self.header()));
		let nonce = (0..NONCES)
			.find(|nonce| meets(&work(&pre_hash, *nonce), difficulty))
			.context("no nonce does the work")?;
		let signature = key.sign(&seal_message(&pre_hash, nonce));
		let seal = (nonce, work(&pre_hash, nonce), key.public(), signature).encode();
		// The variant of seals in a digest, the engine, and the seal.
		self.digest.push((5u8, *b"pow_", seal).encode());
		Ok(())
	}

	/// SCALE of the block without justifications.
	fn signed_block(&self) -> Vec<u8> {
		let mut block = self.header();
		Compact(self.extrinsics.len() as u32).encode_to(&mut block);
		block.extend(self.extrinsics.iter().flatten());
		None::<u8>.encode_to(&mut block);
		block
	}
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
	Ok(hex::decode(value.as_str().unwrap_or_default().trim_start_matches("0x"))?)
}

/// Imports blocks into a new node; returns its best block, and what it said.
async fn import(stage: &Stage, name: &str, blocks: &[Block]) -> Result<(u64, String)> {
	let folder = stage.folder.join("stranger").join(name);
	std::fs::create_dir_all(&folder)?;
	let file = folder.join("blocks");
	let mut all = (blocks.len() as u64).encode();
	for block in blocks {
		all.extend(block.signed_block());
	}
	std::fs::write(&file, all)?;
	let data = folder.join("data");
	let import = node(stage, "import-blocks", &data).arg("--binary").arg(&file).output().await?;
	let mut said = String::from_utf8_lossy(&import.stdout).into_owned();
	said.push_str(&String::from_utf8_lossy(&import.stderr));
	let info = node(stage, "chain-info", &data).output().await?;
	let info = String::from_utf8_lossy(&info.stdout).into_owned();
	let best = serde_json::from_str::<Value>(&info)
		.ok()
		.and_then(|info| info["best_number"].as_u64())
		.with_context(|| format!("the node does not tell its best block: {info} {said}"))?;
	Ok((best, said))
}

/// A command of the node's on a database of its own.
fn node(stage: &Stage, command: &str, data: &Path) -> Command {
	let mut node = Command::new(stage.bin.join("medrec-node"));
	node.arg(command)
		.args(["--chain", "local", "--base-path"])
		.arg(data)
		.stdin(Stdio::null())
		// It ends with the demonstration, as everything does that is started.
		.process_group(0)
		.kill_on_drop(true);
	node
}
