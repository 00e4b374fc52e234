use super::Error;
use serde::de::DeserializeOwned;
use std::{
	future::Future,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::Duration,
};
use subxt_rpcs::{
	client::{
		reconnecting_rpc_client::{ExponentialBackoff, RpcClient as Reconnecting},
		RpcParams, RpcSubscription,
	},
	RpcClient,
};
use tokio::time::Instant;

/// The time limit of one attempt to connect.
const CONNECT: Duration = Duration::from_secs(10);

/// The wait between two attempts at a first connection.
const PAUSE: Duration = Duration::from_millis(200);

/// The time limit of a request, reconnecting included.
const ANSWER: Duration = Duration::from_secs(30);

/// A connection that reconnects by itself.
#[derive(Clone)]
pub(super) struct Connection {
	client: RpcClient,
}

impl Connection {
	/// Connects. While nothing listens, it tries again within `limit`: the node may be starting.
	pub(super) async fn open(url: &str, limit: Duration) -> Result<Connection, Error> {
		let unreachable = |reason: String| Error::Unreachable { url: url.to_owned(), reason };
		if !url.starts_with("ws://") && !url.starts_with("wss://") {
			return Err(unreachable("the address must begin with ws:// or wss://".into()));
		}
		let deadline = Instant::now() + limit;
		loop {
			match Connection::attempt(url).await {
				// Nothing listens.
				Err(reason) if reason.contains("refused") && Instant::now() < deadline => {
					tokio::time::sleep(PAUSE).await;
				},
				opened => return opened.map_err(unreachable),
			}
		}
	}

	/// Tries once to connect. The error is the reason.
	async fn attempt(url: &str) -> Result<Connection, String> {
		let policy = ReconnectPolicy::new();
		let connected = policy.connected.clone();
		let client = Reconnecting::builder()
			.retry_policy(policy)
			.connection_timeout(CONNECT)
			.build(url)
			.await
			.map_err(|error| reason(&error))?;
		connected.store(true, Ordering::Relaxed);
		Ok(Connection { client: RpcClient::new(client) })
	}

	/// A connection over another transport.
	#[cfg(test)]
	pub(super) fn over(client: RpcClient) -> Connection {
		Connection { client }
	}

	/// Sends a request, and sends it again if the connection is lost meanwhile.
	pub(super) async fn request<R: DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<R, Error> {
		self.persist(method, || self.client.request(method, params.clone())).await
	}

	/// Sends a request that must not be repeated. If no answer comes, the node may have received it all
	/// the same (see [`Error::is_unanswered`]).
	pub(super) async fn request_once<R: DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<R, Error> {
		in_time(method, self.client.request(method, params)).await
	}

	/// Subscribes. The subscription ends when the connection is lost.
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
		in_time(method, persist).await
	}
}

/// The answer, if it comes within [`ANSWER`].
async fn in_time<R>(
	method: &str,
	answer: impl Future<Output = Result<R, subxt_rpcs::Error>>,
) -> Result<R, Error> {
	match tokio::time::timeout(ANSWER, answer).await {
		Ok(answer) => Ok(answer?),
		Err(_) => Err(Error::Timeout(method.to_owned())),
	}
}

/// The waits between attempts to reconnect, each longer than the one before, up to 5 seconds. They
/// never end. Before the first connection there are none.
#[derive(Clone)]
struct ReconnectPolicy {
	connected: Arc<AtomicBool>,
	backoff: ExponentialBackoff,
}

impl ReconnectPolicy {
	fn new() -> ReconnectPolicy {
		let backoff =
			ExponentialBackoff::from_millis(2).factor(50).max_delay(Duration::from_secs(5));
		ReconnectPolicy { connected: Arc::default(), backoff }
	}
}

impl Iterator for ReconnectPolicy {
	type Item = Duration;

	fn next(&mut self) -> Option<Duration> {
		self.connected.load(Ordering::Relaxed).then(|| self.backoff.next()).flatten()
	}
}

/// An error and its causes in one line.
fn reason(error: &dyn std::error::Error) -> String {
	let mut reason = error.to_string();
	let mut cause = error.source();
	while let Some(error) = cause {
		let text = error.to_string();
		if !reason.contains(&text) {
			reason = format!("{reason}: {text}");
		}
		cause = error.source();
	}
	reason
}

/// Whether the node does not offer the method.
pub(super) fn is_unknown_method(error: &Error) -> bool {
	matches!(error, Error::Rpc(subxt_rpcs::Error::User(error)) if error.code == -32601)
}

#[cfg(test)]
mod tests {
	use super::*;

	async fn open_error(url: &str) -> String {
		match Connection::open(url, CONNECT).await {
			Err(Error::Unreachable { reason, .. }) => reason,
			Err(other) => panic!("{other}"),
			Ok(_) => panic!("the connection opened"),
		}
	}

	#[tokio::test]
	async fn an_unreachable_node_is_an_error() {
		let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
		let address = listener.local_addr().unwrap();
		drop(listener);
		let reason = open_error(&format!("ws://{address}")).await;
		assert!(reason.contains("refused"), "{reason}");
	}

	#[tokio::test]
	async fn an_address_of_another_scheme_is_rejected() {
		assert!(open_error("http://127.0.0.1:9944").await.contains("ws://"));
	}

	#[tokio::test]
	async fn a_node_that_is_starting_is_waited_for() {
		let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
		let address = listener.local_addr().unwrap();
		drop(listener);
		let starting = async {
			tokio::time::sleep(Duration::from_millis(300)).await;
			let listener = tokio::net::TcpListener::bind(address).await.unwrap();
			// It is no node: it closes each connection.
			loop {
				drop(listener.accept().await.unwrap());
			}
		};
		let url = format!("ws://{address}");
		let reason = tokio::select! {
			reason = open_error(&url) => reason,
			() = starting => unreachable!(),
		};
		assert!(!reason.contains("refused"), "{reason}");
	}

	#[test]
	fn attempts_to_reconnect_never_end() {
		let policy = ReconnectPolicy::new();
		assert_eq!(policy.clone().next(), None);
		policy.connected.store(true, Ordering::Relaxed);
		let waits: Vec<Duration> = policy.take(12).collect();
		assert_eq!(waits[0], Duration::from_millis(100));
		assert_eq!(waits[11], Duration::from_secs(5));
		assert!(waits.is_sorted());
	}
}
