use super::{connection::is_unknown_method, Chain, Error, RuntimeCall};
use futures::{stream, Stream, StreamExt};
use medrec_primitives::{AccountId, H256};
use std::{
	collections::{HashSet, VecDeque},
	pin::Pin,
	time::Duration,
};
use subxt_rpcs::{client::RpcSubscription, methods::legacy::Bytes, rpc_params};

/// How often the pool is looked into where the node does not tell of it.
const POLL: Duration = Duration::from_secs(1);

/// A transaction in the node's pool, ready for a block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PendingTransaction {
	/// Its hash.
	pub hash: H256,
	/// Who signed it; none if nobody did.
	pub signer: Option<AccountId>,
	/// What it calls; none if that is nothing this crate knows of.
	pub call: Option<RuntimeCall>,
}

/// The hashes of transactions that enter the pool. The stream does not end. Some may be told twice,
/// and where the connection breaks or the listener falls behind, some may be passed over.
pub type PoolSignals = Pin<Box<dyn Stream<Item = H256> + Send>>;

impl Chain {
	/// The transactions in the node's pool. Ones that cannot be read are left out.
	pub async fn pending(&self) -> Result<Vec<PendingTransaction>, Error> {
		let pool = self.pool().await?;
		if pool.is_empty() {
			return Ok(Vec::new());
		}
		let best = self.best().await?;
		let runtime = self.runtime_at(best.hash).await?;
		let extrinsics = runtime.client.extrinsics().from_bytes(pool).await;
		let pending =
			extrinsics.iter().filter_map(Result::ok).map(|extrinsic| PendingTransaction {
				hash: extrinsic.hash(),
				signer: extrinsic.address_bytes().and_then(account_of),
				call: RuntimeCall::read(extrinsic.call_data_bytes()),
			});
		Ok(pending.collect())
	}

	/// The hashes of transactions as they enter the pool, the ones already in it at first where the
	/// node cannot tell of new ones and the pool is looked into each second.
	pub fn pool_signals(&self) -> PoolSignals {
		stream::unfold(Watch::new(self.clone()), |mut watch| async move {
			let hash = watch.next().await;
			Some((hash, watch))
		})
		.boxed()
	}

	async fn pool(&self) -> Result<Vec<Vec<u8>>, Error> {
		let pool: Vec<Bytes> =
			self.connection().request("author_pendingExtrinsics", rpc_params![]).await?;
		Ok(pool.into_iter().map(|bytes| bytes.0).collect())
	}
}

/// The account of an address that is one.
fn account_of(address: &[u8]) -> Option<AccountId> {
	let account: [u8; 32] = address.strip_prefix(&[0])?.try_into().ok()?;
	Some(AccountId::from(account))
}

struct Watch {
	chain: Chain,
	subscription: Option<RpcSubscription<H256>>,
	/// Whether the node cannot tell.
	polling: bool,
	seen: HashSet<H256>,
	ready: VecDeque<H256>,
}

impl Watch {
	fn new(chain: Chain) -> Watch {
		Watch {
			chain,
			subscription: None,
			polling: false,
			seen: HashSet::new(),
			ready: VecDeque::new(),
		}
	}

	async fn next(&mut self) -> H256 {
		loop {
			if let Some(hash) = self.ready.pop_front() {
				return hash;
			}
			if self.polling {
				tokio::time::sleep(POLL).await;
				self.look().await;
			} else if let Some(subscription) = &mut self.subscription {
				match subscription.next().await {
					Some(Ok(hash)) => return hash,
					_ => self.subscription = None,
				}
			} else {
				self.subscribe().await;
			}
		}
	}

	async fn subscribe(&mut self) {
		let (subscribe, unsubscribe) = ("medrec_subscribePool", "medrec_unsubscribePool");
		let connection = self.chain.connection();
		match connection.subscribe(subscribe, rpc_params![], unsubscribe).await {
			Ok(subscription) => self.subscription = Some(subscription),
			Err(error) if is_unknown_method(&error) => {
				tracing::info!("the node does not tell of its pool; looking each second");
				self.polling = true;
			},
			Err(error) => {
				tracing::debug!(%error, "no subscription to the pool");
				tokio::time::sleep(POLL).await;
			},
		}
	}

	async fn look(&mut self) {
		match self.chain.pool().await {
			Ok(pool) => {
				let now: HashSet<H256> =
					pool.iter().map(|bytes| H256(sp_crypto_hashing::blake2_256(bytes))).collect();
				self.ready.extend(now.difference(&self.seen));
				self.seen = now;
			},
			Err(error) => tracing::debug!(%error, "the pool cannot be looked into"),
		}
	}
}
