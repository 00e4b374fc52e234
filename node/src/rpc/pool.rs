//! `medrec_subscribePool`: a subscription to the transaction pool.

use crate::{pool, types::Pool};
use jsonrpsee::{proc_macros::rpc, PendingSubscriptionSink};
use sc_rpc::{
	utils::{spawn_subscription_task, PendingSubscription, RingBuffer},
	SubscriptionTaskExecutor,
};
use std::sync::Arc;

/// The buffer of a slow subscriber, in notifications. Beyond it the oldest are dropped: each says only
/// that the pool has changed, so the last one is enough.
const NOTIFICATION_BUFFER: usize = 64;

/// The RPC interface of the transaction pool.
#[rpc(server, namespace = "medrec")]
pub trait PoolEvents {
	/// Notifies of changes of the pool by the hashes of transactions that become ready, submitted here
	/// or received from a peer. A subscriber that falls behind gets the latest hashes only.
	#[subscription(
		name = "subscribePool" => "pool",
		unsubscribe = "unsubscribePool",
		item = medrec_runtime::Hash
	)]
	fn subscribe_pool(&self);
}

/// Implements [`PoolEventsServer`].
pub struct PoolEvents {
	/// The transaction pool.
	pub pool: Arc<Pool>,
	/// Runs a task for each subscription.
	pub executor: SubscriptionTaskExecutor,
}

impl PoolEventsServer for PoolEvents {
	fn subscribe_pool(&self, pending: PendingSubscriptionSink) {
		let transactions = pool::ready_transactions(self.pool.clone());
		let pipe = PendingSubscription::from(pending)
			.pipe_from_stream(transactions, RingBuffer::new(NOTIFICATION_BUFFER));
		spawn_subscription_task(&self.executor, pipe);
	}
}
