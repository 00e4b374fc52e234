use super::{Chain, Error};
use futures::{stream, Stream, StreamExt};
use medrec_primitives::{BlockNumber, H256};
use medrec_protocol::wire::BlockRef;
use parity_scale_codec::Encode;
use std::pin::Pin;
use subxt::config::substrate::SubstrateHeader;
use subxt_rpcs::rpc_params;

/// The position of a block in its chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct BlockHeader {
	/// Its number.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: H256,
	/// The hash of the block before it.
	pub parent: H256,
}

impl From<BlockHeader> for BlockRef {
	fn from(head: BlockHeader) -> Self {
		BlockRef { number: head.number, hash: head.hash }
	}
}

/// An endless stream of heads. After a lost connection it continues with the head of that moment, so
/// heads may be skipped; [`Chain::route`] finds them.
pub type Heads = Pin<Box<dyn Stream<Item = BlockHeader> + Send>>;

/// The blocks between one block and another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Route {
	/// Blocks that leave the chain, youngest first.
	pub retracted: Vec<BlockHeader>,
	/// Blocks that enter the chain, oldest first.
	pub enacted: Vec<BlockHeader>,
}

impl BlockHeader {
	pub(super) fn of(header: &SubstrateHeader<H256>) -> Result<BlockHeader, Error> {
		let number = BlockNumber::try_from(header.number)
			.map_err(|_| Error::Malformed("the number of a block"))?;
		let hash = H256(sp_crypto_hashing::blake2_256(&header.encode()));
		Ok(BlockHeader { number, hash, parent: header.parent_hash })
	}
}

impl Chain {
	/// The last block of the chain with the most work.
	pub async fn best(&self) -> Result<BlockHeader, Error> {
		let header: Option<SubstrateHeader<H256>> =
			self.connection().request("chain_getHeader", rpc_params![]).await?;
		BlockHeader::of(&header.ok_or(Error::Malformed("the best head"))?)
	}

	/// The last finalised block. Neither it nor its ancestors will change.
	pub async fn finalized(&self) -> Result<BlockHeader, Error> {
		let hash: H256 = self.connection().request("chain_getFinalizedHead", rpc_params![]).await?;
		self.head(hash).await
	}

	/// The block of this hash.
	pub async fn head(&self, hash: H256) -> Result<BlockHeader, Error> {
		let header: Option<SubstrateHeader<H256>> =
			self.connection().request("chain_getHeader", rpc_params![hash]).await?;
		BlockHeader::of(&header.ok_or(Error::BlockNotFound(hash))?)
	}

	/// The hash of the block of this number on the best chain, if it is that long.
	pub async fn hash_of(&self, number: BlockNumber) -> Result<Option<H256>, Error> {
		self.connection().request("chain_getBlockHash", rpc_params![number]).await
	}

	/// Whether a block is final, given the number of the last finalised block.
	pub async fn is_final(&self, block: BlockRef, last_final: BlockNumber) -> Result<bool, Error> {
		Ok(last_final >= block.number && self.hash_of(block.number).await? == Some(block.hash))
	}

	/// The blocks between `from` and `to`, which must have an ancestor in common.
	pub async fn route(&self, from: BlockHeader, to: BlockHeader) -> Result<Route, Error> {
		let (mut old, mut new) = (from, to);
		let mut route = Route::default();
		while old.hash != new.hash {
			if old.number >= new.number {
				route.retracted.push(old);
				old = self.before(old).await?;
			} else {
				route.enacted.push(new);
				new = self.before(new).await?;
			}
		}
		route.enacted.reverse();
		Ok(route)
	}

	async fn before(&self, head: BlockHeader) -> Result<BlockHeader, Error> {
		match head.number {
			0 => Err(Error::Malformed("two blocks without a common ancestor")),
			_ => self.head(head.parent).await,
		}
	}

	/// The best heads, starting with the current one.
	pub fn best_heads(&self) -> Heads {
		self.follow("chain_subscribeNewHeads", "chain_unsubscribeNewHeads")
	}

	/// The finalised heads, starting with the current one.
	pub fn finalized_heads(&self) -> Heads {
		self.follow("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
	}

	fn follow(&self, subscribe: &'static str, unsubscribe: &'static str) -> Heads {
		let chain = self.clone();
		let headers = stream::repeat_with(move || chain.subscription(subscribe, unsubscribe));
		let head = async |header: SubstrateHeader<H256>| {
			let skipped = |error: &Error| tracing::warn!(%error, "a header was skipped");
			BlockHeader::of(&header).inspect_err(skipped).ok()
		};
		headers.flatten().filter_map(head).boxed()
	}
}
