//! Typed access to a chain through a node.
//!
//! [`Chain`] holds a connection that reconnects by itself. Every read is at a block that the caller
//! names ([`Chain::at`]): nodes differ in whether they read at the best or at the finalised block by
//! default. A reorganisation can undo what the best block holds, and never what a finalised one holds.
//!
//! Calls are generated from the metadata of the runtime (`client/metadata.scale`), and values are
//! decoded into the types of `medrec_primitives`. The metadata of each runtime version that a chain
//! has is compared with that file ([`check_compatibility`]): a chain that differs is refused.

mod arguments;
mod bindings;
mod call;
mod compatibility;
mod connection;
mod dry_run;
mod error;
mod event;
mod finality;
mod heads;
mod pool;
mod reads;
mod runtime;
mod runtime_api;
mod status;
mod submit;
mod subscription;
#[cfg(test)]
mod tests;
mod track;
mod transaction;

pub use arguments::error_names;
pub use bindings::{
	AnchorHead, CouncilCall, MiningBountyCall, PowParameters, PprCall, RegistrarCall, SummaryCall,
	UtilityCall, Votes, Weight,
};
pub use call::RuntimeCall;
pub use compatibility::{check as check_compatibility, Incompatibility};
pub use error::{DispatchFailure, Error, PoolRejection};
pub use event::{ChainEvent, EventField, StateChange};
pub use finality::FinalityRound;
pub use heads::{BlockHeader, Heads, Route};
pub use pool::{PendingTransaction, PoolSignals};
pub use reads::At;
pub use status::NodeStatus;
pub use submit::{Included, Progress, SubmitOptions, Until};
pub use transaction::rotation_message;

use connection::Connection;
use medrec_primitives::H256;
use runtime::Runtime;
use std::{
	collections::HashMap,
	sync::{Arc, RwLock},
	time::Duration,
};

/// The time limit of a first connection while nothing listens: the node may be starting.
const CONNECT: Duration = Duration::from_secs(10);

/// A connection to a node and the runtimes of its chain. Clones share the connection.
#[derive(Clone)]
pub struct Chain {
	inner: Arc<Inner>,
}

struct Inner {
	connection: Connection,
	genesis: H256,
	/// The known versions of the runtime, by `spec_version`.
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
	/// Connects to the node at `url` (`ws://` or `wss://`) and checks that its chain is compatible with
	/// this crate. A lost connection is reopened in the background; requests wait for it for up to 30
	/// seconds.
	pub async fn connect(url: &str) -> Result<Chain, Error> {
		Chain::connect_within(url, CONNECT).await
	}

	/// The same, and waits for at most `limit` while nothing listens at the address. [`Chain::connect`]
	/// waits for ten seconds.
	pub async fn connect_within(url: &str, limit: Duration) -> Result<Chain, Error> {
		Chain::over(Connection::open(url, limit).await?).await
	}

	async fn over(connection: Connection) -> Result<Chain, Error> {
		let genesis: Option<H256> =
			connection.request("chain_getBlockHash", subxt_rpcs::rpc_params![0u32]).await?;
		let genesis = genesis.ok_or(Error::Malformed("the hash of the genesis block"))?;
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

	/// The hash of the first block, which identifies the chain.
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
