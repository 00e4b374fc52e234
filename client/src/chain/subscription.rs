use super::{connection::is_unknown_method, Chain};
use futures::{stream, Stream};
use serde::de::DeserializeOwned;
use std::time::Duration;
use subxt_rpcs::{client::RpcSubscription, rpc_params};

/// The wait before a failed subscription is tried again.
const PAUSE: Duration = Duration::from_millis(500);

impl Chain {
	/// The items of a subscription, which is opened again whenever it ends. The stream ends, after
	/// [`PAUSE`], only if the node does not offer the subscription.
	pub(super) fn subscription<T: DeserializeOwned + Send + 'static>(
		&self,
		subscribe: &'static str,
		unsubscribe: &'static str,
	) -> impl Stream<Item = T> + Send {
		let start: (Chain, Option<RpcSubscription<T>>) = (self.clone(), None);
		stream::unfold(start, move |(chain, mut open)| async move {
			loop {
				let Some(items) = &mut open else {
					let params = rpc_params![];
					match chain.connection().subscribe(subscribe, params, unsubscribe).await {
						Ok(items) => open = Some(items),
						Err(error) => {
							tracing::debug!(%error, subscribe, "subscribing failed");
							tokio::time::sleep(PAUSE).await;
							if is_unknown_method(&error) {
								return None;
							}
						},
					}
					continue;
				};
				match items.next().await {
					Some(Ok(item)) => return Some((item, (chain, open))),
					end => {
						tracing::debug!(error = ?end.and_then(Result::err), subscribe, "a subscription ended");
						open = None;
					},
				}
			}
		})
	}
}
