//! JSON-RPC over HTTP, for what has no command: addresses, rounds of voting, blocks.

use anyhow::{anyhow, Result};
use serde_json::{json, Value};

/// A client for servers on this machine. It passes by the proxy that the environment may name.
pub fn local_client() -> Result<reqwest::Client> {
	Ok(reqwest::Client::builder().no_proxy().build()?)
}

/// A node's RPC.
#[derive(Clone)]
pub struct Rpc {
	url: String,
	client: reqwest::Client,
}

impl Rpc {
	/// The RPC at `127.0.0.1` and this port.
	pub fn new(port: u16) -> Result<Rpc> {
		Ok(Rpc { url: format!("http://127.0.0.1:{port}"), client: local_client()? })
	}

	/// Calls a method.
	pub async fn call(&self, method: &str, params: Value) -> Result<Value> {
		let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
		let response: Value =
			self.client.post(&self.url).json(&request).send().await?.json().await?;
		match response.get("error") {
			Some(error) => Err(anyhow!("{method}: {error}")),
			None => Ok(response.get("result").cloned().unwrap_or(Value::Null)),
		}
	}

	/// The number of the best block.
	pub async fn best(&self) -> Result<u64> {
		number(&self.call("chain_getHeader", json!([])).await?)
	}

	/// The number of the final block.
	pub async fn finalized(&self) -> Result<u64> {
		let hash = self.call("chain_getFinalizedHead", json!([])).await?;
		number(&self.call("chain_getHeader", json!([hash])).await?)
	}
}

fn number(header: &Value) -> Result<u64> {
	let digits = header["number"].as_str().unwrap_or_default().trim_start_matches("0x");
	Ok(u64::from_str_radix(digits, 16)?)
}
