use super::{Chain, Error, RuntimeCall};
use futures::{stream, Stream, StreamExt};
use medrec_primitives::{AccountId, H256};
use std::{collections::HashSet, pin::Pin, time::Duration};
use subxt_rpcs::{methods::legacy::Bytes, rpc_params};

/// The interval of polling where the node offers no subscription to its pool.
const POLL: Duration = Duration::from_secs(1);

/// A transaction in the ready queue of a node's pool.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PendingTransaction {
	/// Its hash.
	pub hash: H256,
	/// The account that signed it; none of an unsigned transaction.
	pub signer: Option<AccountId>,
	/// Its call; none if it does not decode.
	pub call: Option<RuntimeCall>,
}

/// An endless stream of the hashes of transactions that enter the pool. A hash may come twice, and
/// hashes may be missing after a lost connection or if the consumer is slow.
pub type PoolSignals = Pin<Box<dyn Stream<Item = H256> + Send>>;

impl Chain {
	/// The transactions in the node's pool that decode.
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

	/// The hashes of transactions as they enter the pool. Where the node offers no subscription, the
	/// pool is polled each second, and the first hashes are those already in it.
	pub fn pool_signals(&self) -> PoolSignals {
		let polled = stream::unfold((self.clone(), HashSet::new()), |(chain, seen)| async move {
			tokio::time::sleep(POLL).await;
			let now: HashSet<H256> = match chain.pool().await {
				Ok(pool) => {
					pool.iter().map(|bytes| H256(sp_crypto_hashing::blake2_256(bytes))).collect()
				},
				Err(error) => {
					tracing::debug!(%error, "reading the pool failed");
					seen.clone()
				},
			};
			let entered: Vec<H256> = now.difference(&seen).copied().collect();
			Some((stream::iter(entered), (chain, now)))
		});
		self.subscription("medrec_subscribePool", "medrec_unsubscribePool")
			.chain(polled.flatten())
			.boxed()
	}

	async fn pool(&self) -> Result<Vec<Vec<u8>>, Error> {
		let pool: Vec<Bytes> =
			self.connection().request("author_pendingExtrinsics", rpc_params![]).await?;
		Ok(pool.into_iter().map(|bytes| bytes.0).collect())
	}
}

/// The account of a `MultiAddress::Id`.
fn account_of(address: &[u8]) -> Option<AccountId> {
	let account: [u8; 32] = address.strip_prefix(&[0])?.try_into().ok()?;
	Some(AccountId::from(account))
}
