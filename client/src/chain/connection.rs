use super::Error;
use serde::de::DeserializeOwned;
use std::{future::Future, time::Duration};
use subxt_rpcs::{
	client::{
		reconnecting_rpc_client::{ExponentialBackoff, RpcClient as Reconnecting},
		RpcParams, RpcSubscription,
	},
	RpcClient,
};

/// How long to try for a first connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take, waiting for the connection to mend included.
const ANSWER: Duration = Duration::from_secs(30);

/// A connection that mends itself.
#[derive(Clone)]
pub(super) struct Connection {
	client: RpcClient,
}

impl Connection {
	pub(super) async fn open(url: &str) -> Result<Connection, Error> {
		let unreachable = |reason: String| Error::Unreachable { url: url.to_owned(), reason };
		let backoff =
			ExponentialBackoff::from_millis(2).factor(50).max_delay(Duration::from_secs(5));
		let building = Reconnecting::builder().retry_policy(backoff).build(url.to_owned());
		let client = tokio::time::timeout(CONNECT, building)
			.await
			.map_err(|_| unreachable("nobody answers".into()))?
			.map_err(|error| unreachable(error.to_string()))?;
		Ok(Connection { client: RpcClient::new(client) })
	}

	/// A connection by other means.
	#[cfg(test)]
	pub(super) fn over(client: RpcClient) -> Connection {
		Connection { client }
	}

	/// Asks the node. If the connection breaks meanwhile, it is asked again.
	pub(super) async fn request<R: DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<R, Error> {
		self.persist(method, || self.client.request(method, params.clone())).await
	}

	/// Subscribes once. The subscription ends when the connection breaks.
	pub(super) async fn subscribe<R: DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
		unsubscribe: &str,
	) -> Result<RpcSubscription<R>, Error> {
		let subscribe = || self.client.subscribe(method, params.clone(), unsubscribe);
		self.persist(method, subscribe).await
	}

	async fn persist<R, F>(&self, method: &str, attempt: impl Fn() -> F) -> Result<R, Error>
	where
		F: Future<Output = Result<R, subxt_rpcs::Error>>,
	{
		let persist = async {
			loop {
				match attempt().await {
					Err(error) if error.is_disconnected_will_reconnect() => {
						tokio::time::sleep(Duration::from_millis(50)).await;
					},
					answer => return answer,
				}
			}
		};
		match tokio::time::timeout(ANSWER, persist).await {
			Ok(answer) => Ok(answer?),
			Err(_) => Err(Error::Timeout(method.to_owned())),
		}
	}
}

/// Whether the node does not know the method.
pub(super) fn is_unknown_method(error: &Error) -> bool {
	matches!(error, Error::Rpc(subxt_rpcs::Error::User(error)) if error.code == -32601)
}
