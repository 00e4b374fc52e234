//! Word of what comes into the pool of transactions, for as long as anybody listens.

use crate::service::Pool;
use futures::{
	stream::{self, BoxStream},
	Stream, StreamExt,
};
use medrec_runtime::Hash;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool};
use std::sync::Arc;

/// The hashes of transactions as they become ready, whether they were submitted here or came from a
/// peer. The stream does not end.
///
/// The pool drops whoever falls a thousand transactions behind. Then this listens anew, and tells of
/// one transaction that is ready then, which stands for all that were missed.
pub fn arrivals(pool: Arc<Pool>) -> BoxStream<'static, Hash> {
	let told = pool.clone();
	let listen = move || told.import_notification_stream();
	let missed = move || pool.ready().next().map(|transaction| *transaction.hash());
	renewed(listen, missed).boxed()
}

/// What is told by listening, again and again; after each time but the first, `missed` comes before
/// what is told next.
fn renewed<S: Stream>(
	mut listen: impl FnMut() -> S,
	mut missed: impl FnMut() -> Option<S::Item>,
) -> impl Stream<Item = S::Item> {
	let first = listen();
	let later = stream::repeat_with(move || {
		// Only then can nothing more be missed.
		let told = listen();
		stream::iter(missed()).chain(told)
	});
	first.chain(later.flatten())
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::{channel::mpsc, FutureExt};

	#[tokio::test]
	async fn whoever_is_dropped_listens_anew_and_hears_of_what_was_missed() {
		let (listener, mut listeners) = mpsc::unbounded();
		let listen = move || {
			let (tell, told) = mpsc::unbounded();
			listener.unbounded_send(tell).expect("somebody takes it");
			told
		};
		let mut told = renewed(listen, || Some("missed")).boxed();

		for round in 0..3 {
			let tell = listeners.next().await.expect("somebody listens");
			assert!(listeners.next().now_or_never().is_none(), "nobody listens twice at once");
			tell.unbounded_send("arrived").expect("it is heard");
			assert_eq!(told.next().await, Some("arrived"), "{round}");
			assert!(told.next().now_or_never().is_none(), "{round}");
			drop(tell);
			assert_eq!(told.next().await, Some("missed"), "{round}");
		}
	}

	#[tokio::test]
	async fn what_was_told_before_one_is_dropped_is_heard() {
		let mut rounds = [vec![1, 2], vec![3]].into_iter();
		let listen = move || stream::iter(rounds.next().unwrap_or_default());
		let told: Vec<_> = renewed(listen, || None).take(3).collect().await;
		assert_eq!(told, [1, 2, 3]);
	}
}
