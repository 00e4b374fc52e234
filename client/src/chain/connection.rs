use super::Error;
use serde::de::DeserializeOwned;
use std::{
	future::Future,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};
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
		if !url.starts_with("ws://") && !url.starts_with("wss://") {
			return Err(unreachable("its address must begin with ws:// or wss://".into()));
		}
		let policy = ReconnectPolicy::new();
		let connected = policy.connected.clone();
		let client = Reconnecting::builder()
			.retry_policy(policy)
			.connection_timeout(CONNECT)
			.build(url)
			.await
			.map_err(|error| unreachable(reason(&error)))?;
		connected.store(true, Ordering::Relaxed);
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

	/// Asks the node once, for what must not be done twice. If no answer comes, it may have done what
	/// it was asked all the same, or may do it yet (see [`Error::is_unanswered`]).
	pub(super) async fn request_once<R: DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<R, Error> {
		in_time(method, self.client.request(method, params)).await
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
		in_time(method, persist).await
	}
}

/// The answer, if it comes soon enough.
async fn in_time<R>(
	method: &str,
	answer: impl Future<Output = Result<R, subxt_rpcs::Error>>,
) -> Result<R, Error> {
	match tokio::time::timeout(ANSWER, answer).await {
		Ok(answer) => Ok(answer?),
		Err(_) => Err(Error::Timeout(method.to_owned())),
	}
}

/// How long to wait before each try to connect: longer each time, up to some seconds. For a first
/// connection it ends after a while, for one that broke never.
#[derive(Clone)]
struct ReconnectPolicy {
	connected: Arc<AtomicBool>,
	since: Instant,
	backoff: ExponentialBackoff,
}

impl ReconnectPolicy {
	fn new() -> ReconnectPolicy {
		let backoff =
			ExponentialBackoff::from_millis(2).factor(50).max_delay(Duration::from_secs(5));
		ReconnectPolicy { connected: Arc::default(), since: Instant::now(), backoff }
	}
}

impl Iterator for ReconnectPolicy {
	type Item = Duration;

	fn next(&mut self) -> Option<Duration> {
		let wait = self.backoff.next()?;
		let connected = self.connected.load(Ordering::Relaxed);
		(connected || self.since.elapsed() + wait < CONNECT).then_some(wait)
	}
}

/// An error with what caused it.
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

/// Whether the node does not know the method.
pub(super) fn is_unknown_method(error: &Error) -> bool {
	matches!(error, Error::Rpc(subxt_rpcs::Error::User(error)) if error.code == -32601)
}

#[cfg(test)]
mod tests {
	use super::*;

	async fn refused(url: &str) -> String {
		match Connection::open(url).await {
			Err(Error::Unreachable { reason, .. }) => reason,
			Err(other) => panic!("{other}"),
			Ok(_) => panic!("somebody answers"),
		}
	}

	#[tokio::test]
	async fn a_node_that_is_not_there_is_told_so() {
		let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
		let address = listener.local_addr().unwrap();
		drop(listener);
		let reason = refused(&format!("ws://{address}")).await;
		assert!(reason.contains("refused"), "{reason}");
	}

	#[tokio::test]
	async fn an_address_of_another_kind_is_told_so_at_once() {
		assert!(refused("http://127.0.0.1:9944").await.contains("ws://"));
	}

	#[test]
	fn patience_ends_before_the_first_connection_only() {
		let mut first = ReconnectPolicy::new();
		first.since -= CONNECT;
		assert_eq!(first.clone().next(), None);
		first.connected.store(true, Ordering::Relaxed);
		let waits: Vec<Duration> = first.take(12).collect();
		assert_eq!(waits[0], Duration::from_millis(100));
		assert_eq!(waits[11], Duration::from_secs(5));
		assert!(waits.is_sorted());
	}
}
