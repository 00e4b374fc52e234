//! Files of blocks, as `export-blocks --binary` writes and `import-blocks --binary` reads them.

use super::{argument, finish, Network};
use anyhow::{bail, Context, Result};
use medrec_primitives::{work::seal_message, H256};
use medrec_protocol::keys::Key;
use parity_scale_codec::{Decode, Encode};
use serde_json::Value;
use sp_runtime::{
	generic::{self, DigestItem, Header},
	traits::BlakeTwo256,
	OpaqueExtrinsic,
};
use std::path::Path;

/// A block with its justifications.
pub type SignedBlock =
	generic::SignedBlock<generic::Block<Header<u32, BlakeTwo256>, OpaqueExtrinsic>>;

/// Reads a file of blocks.
pub fn read_blocks(file: &Path) -> Result<Vec<SignedBlock>> {
	let bytes = std::fs::read(file)?;
	let (count, mut blocks) = (u64::decode(&mut &*bytes)?, bytes.get(8..).unwrap_or_default());
	(0..count).map(|_| Ok(SignedBlock::decode(&mut blocks)?)).collect()
}

/// Writes a file of blocks.
pub fn write_blocks(file: &Path, blocks: &[SignedBlock]) -> Result<()> {
	let mut bytes = (blocks.len() as u64).encode();
	blocks.iter().for_each(|block| block.encode_to(&mut bytes));
	Ok(std::fs::write(file, bytes)?)
}

/// Replaces the seal of a block by one of another mining key. The work stays: it depends on the rest
/// of the header only.
pub fn seal_as(block: &mut SignedBlock, key: &Key) -> Result<()> {
	let header = &mut block.block.header;
	let Some(DigestItem::Seal(engine, seal)) = header.digest.pop() else {
		bail!("the block has no seal")
	};
	let (nonce, work): (u64, H256) = Decode::decode(&mut &*seal)?;
	let signature = key.sign(&seal_message(&header.hash(), nonce));
	let seal = (nonce, work, key.public(), signature).encode();
	header.digest.push(DigestItem::Seal(engine, seal));
	Ok(())
}

/// Imports a file of blocks into a new database; returns the number of the best block, and what the
/// node logged.
pub async fn best_after_import(
	network: &Network,
	name: &str,
	chain: &str,
	file: &Path,
) -> Result<(u64, String)> {
	let data = network.new_folder(name)?;
	let node = |command| {
		let mut node = network.command("medrec-node");
		node.args([command, "--chain", chain, "--base-path"]).arg(&data);
		node
	};
	let mut import = node("import-blocks");
	import.args(["--binary", argument(file)?]);
	let log = finish(import, "").await?.stderr;
	let log = String::from_utf8_lossy(&log).into_owned();
	let info = finish(node("chain-info"), "").await?.stdout;
	let info: Value = serde_json::from_slice(&info).with_context(|| log.clone())?;
	let best = info["best_number"].as_u64().with_context(|| log.clone())?;
	Ok((best, log))
}
