use super::{Chain, Error};
use futures::{stream, Stream, StreamExt};
use medrec_primitives::{BlockNumber, H256};
use medrec_protocol::wire::BlockRef;
use parity_scale_codec::Encode;
use std::{pin::Pin, time::Duration};
use subxt::config::substrate::SubstrateHeader;
use subxt_rpcs::{client::RpcSubscription, rpc_params};

/// How long to wait before a broken subscription is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// A block, by its number and hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Head {
	/// Its number.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: H256,
	/// The hash of the block before it.
	pub parent: H256,
}

impl From<Head> for BlockRef {
	fn from(head: Head) -> Self {
		BlockRef { number: head.number, hash: head.hash }
	}
}

/// A stream of heads that does not end: where the connection breaks, it goes on with the head of the
/// moment at which it is mended. Heads may be skipped; see [`Chain::route`].
pub type Heads = Pin<Box<dyn Stream<Item = Head> + Send>>;

/// The way from one block to another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Route {
	/// Blocks that are left behind, from the youngest on.
	pub retracted: Vec<Head>,
	/// Blocks that come anew, from the oldest on.
	pub enacted: Vec<Head>,
}

impl Head {
	pub(super) fn of(header: &SubstrateHeader<H256>) -> Result<Head, Error> {
		let number = BlockNumber::try_from(header.number)
			.map_err(|_| Error::Malformed("the number of a block"))?;
		let hash = H256(sp_crypto_hashing::blake2_256(&header.encode()));
		Ok(Head { number, hash, parent: header.parent_hash })
	}
}

impl Chain {
	/// The best head: of the chain with the most work.
	pub async fn best(&self) -> Result<Head, Error> {
		let header: Option<SubstrateHeader<H256>> =
			self.connection().request("chain_getHeader", rpc_params![]).await?;
		Head::of(&header.ok_or(Error::Malformed("the best head"))?)
	}

	/// The finalised head: nothing before it will change.
	pub async fn finalized(&self) -> Result<Head, Error> {
		let hash: H256 = self.connection().request("chain_getFinalizedHead", rpc_params![]).await?;
		self.head(hash).await
	}

	/// The block of this hash.
	pub async fn head(&self, hash: H256) -> Result<Head, Error> {
		let header: Option<SubstrateHeader<H256>> =
			self.connection().request("chain_getHeader", rpc_params![hash]).await?;
		Head::of(&header.ok_or(Error::BlockNotFound(hash))?)
	}

	/// The hash of the block of this number on the best chain, if it is that long.
	pub async fn hash_of(&self, number: BlockNumber) -> Result<Option<H256>, Error> {
		self.connection().request("chain_getBlockHash", rpc_params![number]).await
	}

	/// The way from `from` to `to`, which must have a block in common.
	pub async fn route(&self, from: Head, to: Head) -> Result<Route, Error> {
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

	async fn before(&self, head: Head) -> Result<Head, Error> {
		match head.number {
			0 => Err(Error::Malformed("two blocks that have none in common")),
			_ => self.head(head.parent).await,
		}
	}

	/// The best heads, beginning with the present one.
	pub fn best_heads(&self) -> Heads {
		self.follow("chain_subscribeNewHeads", "chain_unsubscribeNewHeads")
	}

	/// The finalised heads, beginning with the present one.
	pub fn finalized_heads(&self) -> Heads {
		self.follow("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
	}

	fn follow(&self, subscribe: &'static str, unsubscribe: &'static str) -> Heads {
		type Headers = RpcSubscription<SubstrateHeader<H256>>;
		let start: (Chain, Option<Headers>) = (self.clone(), None);
		let heads = stream::unfold(start, move |(chain, mut headers)| async move {
			loop {
				let Some(open) = &mut headers else {
					match chain.connection().subscribe(subscribe, rpc_params![], unsubscribe).await
					{
						Ok(open) => headers = Some(open),
						Err(error) => {
							tracing::debug!(%error, subscribe, "no subscription");
							tokio::time::sleep(PAUSE).await;
						},
					}
					continue;
				};
				match open.next().await {
					Some(Ok(header)) => match Head::of(&header) {
						Ok(head) => return Some((head, (chain, headers))),
						Err(error) => tracing::warn!(%error, "a head was passed over"),
					},
					Some(Err(error)) => {
						tracing::debug!(%error, subscribe, "a subscription broke");
						headers = None;
					},
					None => headers = None,
				}
			}
		});
		heads.boxed()
	}
}
