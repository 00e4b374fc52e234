use super::{Chain, Error};
use serde::Deserialize;
use subxt_rpcs::rpc_params;

/// What a node tells of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NodeStatus {
	/// The name of its chain.
	pub chain: String,
	/// The name of the program.
	pub name: String,
	/// The version of the program.
	pub version: String,
	/// Its libp2p identity.
	pub identity: String,
	/// How many peers it has.
	pub peers: u64,
	/// Whether it is still catching up.
	pub is_syncing: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Health {
	peers: u64,
	is_syncing: bool,
}

impl Chain {
	/// What the node tells of itself.
	pub async fn node_status(&self) -> Result<NodeStatus, Error> {
		let connection = self.connection();
		let Health { peers, is_syncing } =
			connection.request("system_health", rpc_params![]).await?;
		Ok(NodeStatus {
			chain: connection.request("system_chain", rpc_params![]).await?,
			name: connection.request("system_name", rpc_params![]).await?,
			version: connection.request("system_version", rpc_params![]).await?,
			identity: connection.request("system_localPeerId", rpc_params![]).await?,
			peers,
			is_syncing,
		})
	}
}
