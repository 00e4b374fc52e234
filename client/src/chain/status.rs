use super::{Chain, Error};
use serde::Deserialize;
use subxt_rpcs::rpc_params;

/// The identity and the health of a node.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NodeStatus {
	/// The name of the chain, from its specification.
	pub chain: String,
	/// The name of the node's program.
	pub name: String,
	/// The version of that program.
	pub version: String,
	/// The libp2p peer ID of the node.
	pub identity: String,
	/// The number of connected peers.
	pub peers: u64,
	/// Whether the node expects to have peers. One of a development chain does not.
	pub expects_peers: bool,
	/// Whether the node is still syncing.
	pub is_syncing: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Health {
	peers: u64,
	is_syncing: bool,
	should_have_peers: bool,
}

impl Chain {
	/// The identity and the health of the node.
	pub async fn node_status(&self) -> Result<NodeStatus, Error> {
		let connection = self.connection();
		let Health { peers, is_syncing, should_have_peers } =
			connection.request("system_health", rpc_params![]).await?;
		Ok(NodeStatus {
			chain: connection.request("system_chain", rpc_params![]).await?,
			name: connection.request("system_name", rpc_params![]).await?,
			version: connection.request("system_version", rpc_params![]).await?,
			identity: connection.request("system_localPeerId", rpc_params![]).await?,
			peers,
			expects_peers: should_have_peers,
			is_syncing,
		})
	}

	/// The addresses at which the node listens for peers, each with its peer ID.
	pub async fn peer_addresses(&self) -> Result<Vec<String>, Error> {
		self.connection().request("system_localListenAddresses", rpc_params![]).await
	}
}
