//! What a node tells of itself.

use crate::failure::{Exit, Failure};
use serde::{de::DeserializeOwned, Deserialize};
use subxt_rpcs::{rpc_params, RpcClient};

/// What a node tells of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NodeStatus {
	/// The name of its chain.
	pub chain: String,
	/// The name of the program.
	pub name: String,
	/// The version of the program.
	pub version: String,
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

/// Asks the node at `url`.
pub async fn ask(url: &str) -> Result<NodeStatus, Failure> {
	let unreachable = |error| Failure::new(Exit::Unreachable, "node_unreachable", error);
	let client = RpcClient::from_insecure_url(url).await.map_err(unreachable)?;
	let Health { peers, is_syncing } = request(&client, "system_health").await?;
	Ok(NodeStatus {
		chain: request(&client, "system_chain").await?,
		name: request(&client, "system_name").await?,
		version: request(&client, "system_version").await?,
		peers,
		is_syncing,
	})
}

async fn request<R: DeserializeOwned>(client: &RpcClient, method: &str) -> Result<R, Failure> {
	let answer = client.request(method, rpc_params![]).await;
	answer.map_err(|error| Failure::failed("node_refused", format!("the node refused: {error}")))
}
