//! Typed access to a chain through a node of one's own.
//!
//! [`Chain`] holds a connection that mends itself. What it reads, it reads at a block that the
//! caller names ([`Chain::at`]): the node's default would be the finalised head for some and the
//! best head for others, and neither is right everywhere. A permission at the best head can be
//! taken back by a reorganisation; nothing at the finalised head can.
//!
//! Values travel as SCALE and are decoded into the very types that the runtime encodes. When a
//! runtime is first seen, its metadata is compared with what this crate was built for
//! ([`compatibility`]), so that a chain which speaks otherwise is refused rather than misread.

mod call;
mod compatibility;
mod connection;
mod error;
mod event;
mod heads;
mod pool;
mod reads;
mod runtime;
mod runtime_api;
mod status;
mod submit;
#[cfg(test)]
mod tests;
mod track;
mod transaction;

pub use call::{
	CouncilCall, MiningBountyCall, PprCall, RegistrarCall, RuntimeCall, SummaryCall, UtilityCall,
	Weight,
};
pub use compatibility::{check as check_compatibility, Incompatibility};
pub use error::{DispatchFailure, Error, PoolRejection};
pub use event::{ChainEvent, EventField, Touched};
pub use heads::{Head, Heads, Route};
pub use pool::{PendingTransaction, PoolSignals};
pub use reads::{AnchorHead, At, PowParameters, Votes};
pub use status::NodeStatus;
pub use submit::{Included, SubmitOptions, Until};
pub use transaction::rotation_message;

use connection::Connection;
use medrec_primitives::H256;
use runtime::Runtime;
use std::{
	collections::HashMap,
	sync::{Arc, RwLock},
};

/// A connection to a node, and what is known of its chain. Cloning it is cheap, and the clones share
/// the connection.
#[derive(Clone)]
pub struct Chain {
	inner: Arc<Inner>,
}

struct Inner {
	connection: Connection,
	genesis: H256,
	/// By the version of their specification.
	runtimes: RwLock<HashMap<u32, Arc<Runtime>>>,
	/// Held from the choice of a nonce until the pool has the transaction.
	sending: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Chain {
	fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(formatter, "Chain({:?})", self.inner.genesis)
	}
}

impl Chain {
	/// Connects to the node at `url` (`ws://` or `wss://`) and checks that its chain is one that this
	/// crate understands. Later losses of the connection are mended in the background; what is asked
	/// meanwhile waits, for half a minute at most.
	pub async fn connect(url: &str) -> Result<Chain, Error> {
		Chain::over(Connection::open(url).await?).await
	}

	async fn over(connection: Connection) -> Result<Chain, Error> {
		let genesis: Option<H256> =
			connection.request("chain_getBlockHash", subxt_rpcs::rpc_params![0u32]).await?;
		let genesis = genesis.ok_or(Error::Malformed("the node knows of no genesis block"))?;
		let chain = Chain {
			inner: Arc::new(Inner {
				connection,
				genesis,
				runtimes: RwLock::default(),
				sending: tokio::sync::Mutex::default(),
			}),
		};
		let best = chain.best().await?;
		chain.runtime_at(best.hash).await?;
		Ok(chain)
	}

	/// The hash of the first block, which names the chain.
	pub fn genesis_hash(&self) -> H256 {
		self.inner.genesis
	}

	/// The state at a block.
	pub fn at(&self, block: H256) -> At<'_> {
		At::new(self, block)
	}

	fn connection(&self) -> &Connection {
		&self.inner.connection
	}
}
