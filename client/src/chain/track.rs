use super::{Chain, Error, Head};
use medrec_primitives::H256;
use serde::Deserialize;
use subxt_rpcs::{methods::legacy::Bytes, rpc_params};

/// Where a transaction was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Inclusion {
	pub(super) extrinsic: H256,
	pub(super) index: u32,
	pub(super) block: Head,
}

/// Looks for transactions in the best chain, through its reorganisations.
pub(super) struct Tracker {
	seen: Head,
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
	/// Looks from the block after `from` on.
	pub(super) fn new(from: Head) -> Tracker {
		Tracker { seen: from, found: None }
	}

	/// Where one of the transactions is, as of the last head.
	pub(super) fn found(&self) -> Option<Inclusion> {
		self.found
	}

	/// The last head.
	pub(super) fn seen(&self) -> Head {
		self.seen
	}

	/// Goes on to another best head.
	pub(super) async fn advance(
		&mut self,
		chain: &Chain,
		head: Head,
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
		// Only now, so that an error on the way leaves nothing out.
		self.found = found;
		self.seen = head;
		Ok(())
	}
}

async fn find(chain: &Chain, block: Head, hashes: &[H256]) -> Result<Option<Inclusion>, Error> {
	let body: Option<SignedBlock> =
		chain.connection().request("chain_getBlock", rpc_params![block.hash]).await?;
	let body = body.ok_or(Error::BlockNotFound(block.hash))?.block;
	Ok(body.extrinsics.iter().zip(0u32..).find_map(|(bytes, index)| {
		let extrinsic = H256(sp_crypto_hashing::blake2_256(&bytes.0));
		hashes.contains(&extrinsic).then_some(Inclusion { extrinsic, index, block })
	}))
}
