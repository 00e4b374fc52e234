use super::{BlockHeader, Chain, Error};
use medrec_primitives::H256;
use serde::Deserialize;
use subxt_rpcs::{methods::legacy::Bytes, rpc_params};

/// The position of a transaction in the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Inclusion {
	pub(super) extrinsic: H256,
	pub(super) index: u32,
	pub(super) block: BlockHeader,
}

/// A search for transactions in the best chain that follows its reorganisations.
pub(super) struct Tracker {
	seen: BlockHeader,
	found: Option<Inclusion>,
}

#[derive(Deserialize)]
struct SignedBlock {
	block: Body,
}

#[derive(Deserialize)]
struct Body {
	extrinsics: Vec<Bytes>,
}

impl Tracker {
	/// Starts with the block after `from`.
	pub(super) fn new(from: BlockHeader) -> Tracker {
		Tracker { seen: from, found: None }
	}

	/// The position of one of the transactions, as of the last head.
	pub(super) fn found(&self) -> Option<Inclusion> {
		self.found
	}

	/// The last head that was searched.
	pub(super) fn seen(&self) -> BlockHeader {
		self.seen
	}

	/// Continues to another best head.
	pub(super) async fn advance(
		&mut self,
		chain: &Chain,
		head: BlockHeader,
		hashes: &[H256],
	) -> Result<(), Error> {
		let route = chain.route(self.seen, head).await?;
		let mut found = self
			.found
			.filter(|found| route.retracted.iter().all(|left| left.hash != found.block.hash));
		for block in route.enacted {
			if found.is_none() {
				found = find(chain, block, hashes).await?;
			}
		}
		// Set at the end, so that no block is skipped after an error.
		self.found = found;
		self.seen = head;
		Ok(())
	}
}

async fn find(
	chain: &Chain,
	block: BlockHeader,
	hashes: &[H256],
) -> Result<Option<Inclusion>, Error> {
	let body: Option<SignedBlock> =
		chain.connection().request("chain_getBlock", rpc_params![block.hash]).await?;
	let body = body.ok_or(Error::BlockNotFound(block.hash))?.block;
	Ok(body.extrinsics.iter().zip(0u32..).find_map(|(bytes, index)| {
		let extrinsic = H256(sp_crypto_hashing::blake2_256(&bytes.0));
		hashes.contains(&extrinsic).then_some(Inclusion { extrinsic, index, block })
	}))
}
