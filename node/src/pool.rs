//! Notifications of the transaction pool.

use crate::types::Pool;
use futures::{
	stream::{self, BoxStream},
	Stream, StreamExt,
};
use medrec_runtime::Hash;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool};
use std::sync::Arc;

/// The hashes of transactions as they become ready, submitted here or received from a peer. The stream
/// does not end.
///
/// The pool drops a subscriber that falls a thousand transactions behind. The stream then subscribes
/// again and yields one transaction that is ready, in place of all that were missed.
pub fn ready_transactions(pool: Arc<Pool>) -> BoxStream<'static, Hash> {
	let source = pool.clone();
	let subscribe = move || source.import_notification_stream();
	let missed = move || pool.ready().next().map(|transaction| *transaction.hash());
	resubscribing(subscribe, missed).boxed()
}

/// The items of one subscription after another. `missed` precedes the items of each subscription but
/// the first.
fn resubscribing<S: Stream>(
	mut subscribe: impl FnMut() -> S,
	mut missed: impl FnMut() -> Option<S::Item>,
) -> impl Stream<Item = S::Item> {
	let first = subscribe();
	let later = stream::repeat_with(move || {
		// Subscribes first, so that nothing is missed after `missed`.
		let next = subscribe();
		stream::iter(missed()).chain(next)
	});
	first.chain(later.flatten())
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::{channel::mpsc, FutureExt};

	#[tokio::test]
	async fn a_dropped_subscriber_subscribes_again_and_gets_what_was_missed() {
		let (announce, mut subscriptions) = mpsc::unbounded();
		let subscribe = move || {
			let (sender, receiver) = mpsc::unbounded();
			announce.unbounded_send(sender).expect("the test receives it");
			receiver
		};
		let mut items = resubscribing(subscribe, || Some("missed")).boxed();

		for round in 0..3 {
			let sender = subscriptions.next().await.expect("there is a subscription");
			assert!(subscriptions.next().now_or_never().is_none(), "there is only one");
			sender.unbounded_send("ready").expect("the stream receives it");
			assert_eq!(items.next().await, Some("ready"), "{round}");
			assert!(items.next().now_or_never().is_none(), "{round}");
			drop(sender);
			assert_eq!(items.next().await, Some("missed"), "{round}");
		}
	}

	#[tokio::test]
	async fn items_before_the_end_of_a_subscription_are_yielded() {
		let mut subscriptions = [vec![1, 2], vec![3]].into_iter();
		let subscribe = move || stream::iter(subscriptions.next().unwrap_or_default());
		let items: Vec<_> = resubscribing(subscribe, || None).take(3).collect().await;
		assert_eq!(items, [1, 2, 3]);
	}
}
