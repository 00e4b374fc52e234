use super::{chain, node::Node, runtime};
use crate::chain::{Error, PprCall, Route, RuntimeCall};
use futures::StreamExt;
use medrec_primitives::H256;
use medrec_protocol::keys::{Key, Scheme};

#[tokio::test(start_paused = true)]
async fn heads_continue_after_a_lost_connection() {
	let node = Node::new();
	let chain = chain(&node).await;
	let (mut best, mut finalized) = (chain.best_heads(), chain.finalized_heads());
	assert_eq!(best.next().await, Some(node.best()));
	assert_eq!(finalized.next().await, Some(node.best()));
	let first = node.mine();
	assert_eq!(best.next().await, Some(first));
	node.hang_up();
	let second = node.mine();
	assert_eq!(best.next().await, Some(second));
	node.finalize(first);
	assert_eq!(finalized.next().await, Some(first));
	assert_eq!(chain.best().await.unwrap(), second);
	assert_eq!(chain.finalized().await.unwrap(), first);
	drop((best, finalized));
}

#[tokio::test(start_paused = true)]
async fn heads_continue_after_a_node_without_the_subscription() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.hide_heads(true);
	let mut best = chain.best_heads();
	let silence = tokio::time::timeout(std::time::Duration::from_secs(5), best.next()).await;
	assert!(silence.is_err());
	node.hide_heads(false);
	assert_eq!(best.next().await, Some(node.best()));
}

#[tokio::test]
async fn routes_lead_through_the_common_ancestor() {
	let node = Node::new();
	let chain = chain(&node).await;
	let root = node.mine();
	let (a1, b1) = (node.mine_on(root, vec![], vec![0]), node.mine_on(root, vec![], vec![0]));
	let a2 = node.mine_on(a1, vec![], vec![0]);
	let b2 = node.mine_on(b1, vec![], vec![0]);
	let b3 = node.mine_on(b2, vec![], vec![0]);
	assert_eq!(
		chain.route(a2, b3).await.unwrap(),
		Route { retracted: vec![a2, a1], enacted: vec![b1, b2, b3] }
	);
	assert_eq!(
		chain.route(root, a2).await.unwrap(),
		Route { retracted: vec![], enacted: vec![a1, a2] }
	);
	assert_eq!(chain.route(a2, a2).await.unwrap(), Route::default());
	let gone = chain.head(H256([9; 32])).await;
	assert!(matches!(gone, Err(Error::BlockNotFound(_))));
	assert_eq!(chain.hash_of(1).await.unwrap(), Some(root.hash));
	assert_eq!(chain.hash_of(2).await.unwrap(), Some(b1.hash));
	assert_eq!(chain.hash_of(9).await.unwrap(), None);
}

fn transaction(node: &Node, nonce: u32) -> (RuntimeCall, Key, Vec<u8>) {
	let key = Key::from_uri("//Patient", Scheme::Sr25519).unwrap();
	let call =
		RuntimeCall::from(PprCall::revoke { relationship: [1; 32].into(), grant: [2; 32].into() });
	let signed = runtime().sign(&call, &key, nonce, node.best(), 64).unwrap();
	(call, key, signed.bytes)
}

#[tokio::test]
async fn the_pool_is_read_with_signers_and_calls() {
	let node = Node::new();
	let chain = chain(&node).await;
	assert_eq!(chain.pending().await.unwrap(), []);
	let (call, key, bytes) = transaction(&node, 0);
	node.fill_pool(bytes.clone());
	node.fill_pool(vec![1, 2, 3]);
	let pending = chain.pending().await.unwrap();
	assert_eq!(pending.len(), 1);
	assert_eq!(pending[0].hash, H256(sp_crypto_hashing::blake2_256(&bytes)));
	assert_eq!(pending[0].signer, Some(key.account()));
	assert_eq!(pending[0].call, Some(call));
}

#[tokio::test(start_paused = true)]
async fn new_transactions_are_signalled_by_subscription() {
	let node = Node::new();
	node.offer_subscription();
	let chain = chain(&node).await;
	let mut signals = chain.pool_signals();
	for nonce in 0..3 {
		let (_, _, bytes) = transaction(&node, nonce);
		let hash = H256(sp_crypto_hashing::blake2_256(&bytes));
		let next = tokio::spawn(async move { (signals.next().await, signals) });
		while node.subscriptions() == 0 {
			tokio::task::yield_now().await;
		}
		node.fill_pool(bytes);
		let (next, rest) = next.await.unwrap();
		assert_eq!(next, Some(hash));
		signals = rest;
		node.hang_up();
	}
}

#[tokio::test(start_paused = true)]
async fn the_pool_is_polled_if_the_node_offers_no_subscription() {
	let node = Node::new();
	let chain = chain(&node).await;
	let mut signals = chain.pool_signals();
	for nonce in 0..3 {
		let (_, _, bytes) = transaction(&node, nonce);
		node.fill_pool(bytes.clone());
		let hash = H256(sp_crypto_hashing::blake2_256(&bytes));
		assert_eq!(signals.next().await, Some(hash));
	}
	let silence = tokio::time::timeout(std::time::Duration::from_secs(5), signals.next()).await;
	assert!(silence.is_err());
}
