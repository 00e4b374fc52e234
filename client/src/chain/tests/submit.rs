use super::{
	chain,
	events::{all, during, failed, A, B, C},
	node::{nonce_of, Node},
};
use crate::chain::{
	Chain, Error, Included, PoolRejection, PprCall, Progress, RuntimeCall, SubmitOptions, Until,
};
use medrec_primitives::H256;
use medrec_protocol::keys::{Key, Scheme};
use std::time::Duration;
use tokio::task::JoinHandle;

fn key() -> Key {
	Key::from_uri("//Patient", Scheme::Sr25519).unwrap()
}

fn call() -> RuntimeCall {
	RuntimeCall::from(PprCall::accept { relationship: A.into() })
}

fn submit(chain: &Chain, until: Until) -> JoinHandle<Result<Included, Error>> {
	let chain = chain.clone();
	let options = SubmitOptions { until, timeout: Duration::from_secs(120) };
	tokio::spawn(async move { chain.submit(&call(), &key(), options).await })
}

/// Waits until `done`.
async fn until(done: impl Fn() -> bool) {
	for _ in 0..10_000 {
		if done() {
			return;
		}
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	panic!("the condition was not met in time");
}

fn hash(bytes: &[u8]) -> H256 {
	H256(sp_crypto_hashing::blake2_256(bytes))
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_followed_into_a_block() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.set_nonce(7);
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	node.mine_on(node.best(), vec![], vec![0]);
	let ours = node.pool();
	assert_eq!(nonce_of(&ours[0]), 7);
	let head = node.mine_with(all(&[
		during(1, 11, 2, (C, C, C)),
		during(0, 11, 2, (A, B, C)),
		during(0, 0, 0, [0u8; 4]),
	]));
	let included = sent.await.unwrap().unwrap();
	assert_eq!(included.block, head);
	assert_eq!((included.index, included.is_final), (0, false));
	assert_eq!(included.extrinsic, hash(&ours[0]));
	let accepted = included.event("Ppr", "Accepted").unwrap();
	assert_eq!(accepted.get::<[u8; 32]>("relationship"), Some(A));
	assert_eq!(included.events.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_followed_until_final() {
	let node = Node::new();
	let chain = chain(&node).await;
	let sent = submit(&chain, Until::Final);
	until(|| !node.pool().is_empty()).await;
	let before = node.mine_on(node.best(), vec![], vec![0]);
	let head = node.mine();
	node.finalize(before);
	let after = node.mine();
	tokio::time::sleep(Duration::from_secs(1)).await;
	assert!(!sent.is_finished());
	node.finalize(after);
	let included = sent.await.unwrap().unwrap();
	assert_eq!((included.block, included.is_final), (head, true));
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_is_an_error_with_the_name_of_the_metadata() {
	let node = Node::new();
	let chain = chain(&node).await;
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	node.mine_with(all(&[failed(0, 11, 1)]));
	let Err(Error::Failed(failure)) = sent.await.unwrap() else { panic!() };
	assert_eq!(failure.pallet.as_deref(), Some("Ppr"));
	assert_eq!(failure.name, "NotAuthorized");
	assert!(!failure.docs.is_empty());
	assert!(failure.to_string().starts_with("Ppr.NotAuthorized: "));
}

#[tokio::test(start_paused = true)]
async fn a_bad_origin_is_an_error() {
	let node = Node::new();
	let chain = chain(&node).await;
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	node.mine_with(all(&[during(0, 0, 1, (2u8, [0u8; 4]))]));
	let Err(Error::Failed(failure)) = sent.await.unwrap() else { panic!() };
	assert_eq!((failure.pallet.as_deref(), failure.name.as_str()), (None, "BadOrigin"));
}

#[tokio::test(start_paused = true)]
async fn rejections_by_the_pool_are_errors() {
	let node = Node::new();
	let chain = chain(&node).await;
	for (code, data, expected) in [
		(1010, "Custom error: 1", PoolRejection::NotRegistered),
		(1010, "Custom error: 2", PoolRejection::NotActive),
		(1010, "Custom error: 3", PoolRejection::QuotaExhausted),
		(1010, "Custom error: 4", PoolRejection::NotInCouncil),
		(
			1010,
			"Custom error: 9",
			PoolRejection::Invalid("the chain rejects it with code 9".into()),
		),
		(
			1010,
			"Transaction would exhaust the block limits",
			PoolRejection::Invalid("Transaction would exhaust the block limits".into()),
		),
		(1016, "", PoolRejection::PoolFull),
		(1012, "", PoolRejection::PoolFull),
	] {
		node.reject(code, data);
		let rejected = submit(&chain, Until::InBlock).await.unwrap();
		assert!(
			matches!(rejected, Err(Error::Rejected(rejection)) if rejection == expected),
			"{data}"
		);
	}
	node.reject(1002, "broken");
	assert!(matches!(submit(&chain, Until::InBlock).await.unwrap(), Err(Error::Rpc(_))));
}

#[tokio::test(start_paused = true)]
async fn a_taken_nonce_is_replaced() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.reject(1014, "");
	node.reject(1010, "Transaction is outdated");
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	node.mine();
	sent.await.unwrap().unwrap();
	assert_eq!(node.submitted().len(), 3);

	for _ in 0..5 {
		node.reject(1014, "");
	}
	let rejected = submit(&chain, Until::InBlock).await.unwrap();
	assert!(matches!(rejected, Err(Error::Rejected(PoolRejection::Invalid(_)))));
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_followed_through_a_reorganisation() {
	let node = Node::new();
	let chain = chain(&node).await;
	let root = node.best();
	let sent = submit(&chain, Until::Final);
	until(|| !node.pool().is_empty()).await;
	let ours = node.pool();
	let lost = node.mine();
	tokio::time::sleep(Duration::from_secs(1)).await;
	// Another branch without the transaction becomes the best.
	let other = node.mine_on(root, vec![], vec![0]);
	let other = node.mine_on(other, vec![], vec![0]);
	node.finalize(other);
	tokio::time::sleep(Duration::from_secs(1)).await;
	assert!(!sent.is_finished());
	let head = node.mine_on(other, ours, vec![0]);
	node.finalize(head);
	let included = sent.await.unwrap().unwrap();
	assert_eq!(included.block, head);
	assert_ne!(included.block, lost);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_the_pool_lost_is_sent_again_unchanged() {
	let node = Node::new();
	let chain = chain(&node).await;
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	let lost = node.clear_pool();
	until(|| !node.pool().is_empty()).await;
	assert_eq!(node.pool(), lost);
	node.mine();
	sent.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_expired_transaction_is_signed_again_with_the_same_nonce() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.set_nonce(3);
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	// The first block of its mortality left the chain.
	let lost = node.clear_pool();
	node.mine();
	node.reject(1010, "Transaction has a bad signature");
	until(|| !node.pool().is_empty()).await;
	let signed_again = node.pool();
	assert_ne!(signed_again, lost);
	assert_eq!(nonce_of(&signed_again[0]), 3);

	// Its mortality ends.
	node.clear_pool();
	for _ in 0..64 {
		node.mine();
	}
	until(|| !node.pool().is_empty()).await;
	let third = node.pool();
	assert_ne!(third, signed_again);
	assert_eq!(nonce_of(&third[0]), 3);

	// Inclusion of any of them counts.
	node.clear_pool();
	node.mine_on(node.best(), lost.clone(), vec![0]);
	assert_eq!(sent.await.unwrap().unwrap().extrinsic, hash(&lost[0]));
}

#[tokio::test(start_paused = true)]
async fn a_nonce_is_replaced_once_another_transaction_with_it_is_final() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.set_nonce(3);
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	node.clear_pool();
	node.set_nonce(4);
	let other = node.mine();
	// A reorganisation could still replace it by the first one.
	tokio::time::sleep(Duration::from_secs(20)).await;
	assert_eq!(node.submitted().len(), 1);
	node.finalize(other);
	until(|| !node.pool().is_empty()).await;
	assert_eq!(nonce_of(&node.pool()[0]), 4);
	node.mine();
	sent.await.unwrap().unwrap();
}

fn nonces(transactions: &[Vec<u8>]) -> Vec<u32> {
	transactions.iter().map(|bytes| nonce_of(bytes)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_outdated_transaction_is_followed_while_its_nonce_is_unused() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.set_nonce(3);
	// A block that held it left the chain again.
	node.reject(1010, "Transaction is outdated");
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	let submitted = node.submitted();
	assert_eq!(submitted.len(), 2);
	assert_eq!(submitted[0], submitted[1]);
	let head = node.mine();
	assert_eq!(sent.await.unwrap().unwrap().block, head);
}

#[tokio::test(start_paused = true)]
async fn an_accepted_transaction_is_followed_if_the_answer_is_lost() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.set_nonce(3);
	node.lose_answer(true);
	// The answer of a pool to a transaction that is in a block.
	node.reject(1010, "Transaction is outdated");
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	let ours = node.pool();
	node.set_nonce(4);
	let head = node.mine();
	let included = sent.await.unwrap().unwrap();
	assert_eq!((included.block, included.extrinsic), (head, hash(&ours[0])));
	assert_eq!(nonces(&node.submitted()), [3]);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_is_mined_before_the_pool_answers_is_not_sent_twice() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.mine_before_answer();
	let included = submit(&chain, Until::InBlock).await.unwrap().unwrap();
	assert_eq!(included.block, node.best());
	assert_eq!(node.submitted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_second_copy_does_not_end_the_submission() {
	for rejections in [
		// For the same bytes, and for the call signed again.
		vec![(1010, "Transaction is outdated"), (1010, "Transaction is outdated")],
		vec![(1012, "")],
	] {
		let node = Node::new();
		let chain = chain(&node).await;
		node.set_nonce(3);
		node.lose_answer(true);
		for (code, data) in &rejections {
			node.reject(*code, data);
		}
		let sent = submit(&chain, Until::InBlock);
		until(|| node.submitted().len() == 1 + rejections.len()).await;
		assert!(!sent.is_finished());
		// The block that holds it is imported.
		let ours = node.pool();
		node.set_nonce(4);
		let head = node.mine();
		let included = sent.await.unwrap().unwrap();
		assert_eq!((included.block, included.extrinsic), (head, hash(&ours[0])));
		assert_eq!(nonces(&node.submitted()), vec![3; 1 + rejections.len()]);
	}
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_did_not_arrive_is_sent_again_unchanged() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.set_nonce(3);
	node.lose_answer(false);
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	let submitted = node.submitted();
	assert_eq!(submitted.len(), 2);
	assert_eq!(submitted[0], submitted[1]);
	assert_eq!(nonces(&node.submitted()), [3, 3]);
	let head = node.mine();
	assert_eq!(sent.await.unwrap().unwrap().block, head);
}

#[tokio::test(start_paused = true)]
async fn an_accepted_transaction_is_followed_if_no_answer_comes() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.keep_silent();
	let sent = submit(&chain, Until::Final);
	until(|| !node.pool().is_empty()).await;
	let head = node.mine();
	node.finalize(head);
	let included = sent.await.unwrap().unwrap();
	assert_eq!((included.block, included.is_final), (head, true));
	assert_eq!(node.submitted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_signed_again_is_followed_if_the_answer_is_lost() {
	let node = Node::new();
	let chain = chain(&node).await;
	node.set_nonce(3);
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	let lost = node.clear_pool();
	node.reject(1010, "Transaction has a bad signature");
	node.lose_answer(true);
	until(|| !node.pool().is_empty()).await;
	let signed_again = node.pool();
	assert_ne!(signed_again, lost);
	assert_eq!(nonces(&node.submitted()), [3, 3, 3]);
	node.set_nonce(4);
	let head = node.mine();
	let included = sent.await.unwrap().unwrap();
	assert_eq!((included.block, included.extrinsic), (head, hash(&signed_again[0])));
}

#[tokio::test(start_paused = true)]
async fn an_included_transaction_is_not_sent_again() {
	let node = Node::new();
	let chain = chain(&node).await;
	let sent = submit(&chain, Until::Final);
	until(|| !node.pool().is_empty()).await;
	let head = node.mine();
	node.set_nonce(1);
	tokio::time::sleep(Duration::from_secs(60)).await;
	assert_eq!(node.submitted().len(), 1);
	node.finalize(head);
	sent.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_submission_ends_at_its_time_limit() {
	let node = Node::new();
	let chain = chain(&node).await;
	let sent = submit(&chain, Until::Final);
	assert!(matches!(sent.await.unwrap(), Err(Error::NotIncluded)));

	node.clear_pool();
	let sent = submit(&chain, Until::Final);
	until(|| !node.pool().is_empty()).await;
	let head = node.mine();
	let Err(Error::NotFinal(included)) = sent.await.unwrap() else { panic!() };
	assert_eq!((included.block, included.is_final), (head, false));
}

#[tokio::test(start_paused = true)]
async fn a_rejection_of_a_resent_transaction_ends_the_submission() {
	let node = Node::new();
	let chain = chain(&node).await;
	let sent = submit(&chain, Until::InBlock);
	until(|| !node.pool().is_empty()).await;
	node.clear_pool();
	node.reject(1010, "Custom error: 2");
	assert!(matches!(sent.await.unwrap(), Err(Error::Rejected(PoolRejection::NotActive))));
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_of_one_account_take_successive_nonces() {
	let node = Node::new();
	let chain = chain(&node).await;
	let sent: Vec<_> = (0..5).map(|_| submit(&chain, Until::InBlock)).collect();
	until(|| node.pool().len() == 5).await;
	assert_eq!(nonces(&node.pool()), [0, 1, 2, 3, 4]);
	node.mine();
	for sent in sent {
		sent.await.unwrap().unwrap();
	}
}

#[tokio::test(start_paused = true)]
async fn the_progress_of_a_submission_is_reported() {
	let node = Node::new();
	let chain = chain(&node).await;
	let (sender, mut progress) = tokio::sync::watch::channel(Progress::default());
	let sent = tokio::spawn(async move {
		let options = SubmitOptions { until: Until::Final, timeout: Duration::from_secs(120) };
		chain.submit_and_report(&call(), &key(), options, &sender).await
	});
	let ours = progress.wait_for(|progress| progress.sent.is_some()).await.unwrap().sent;
	until(|| !node.pool().is_empty()).await;
	assert_eq!(ours, Some(hash(&node.pool()[0])));
	let head = node.mine();
	let in_block = *progress.wait_for(|progress| progress.block.is_some()).await.unwrap();
	assert_eq!(in_block, Progress { sent: ours, block: Some(head) });
	node.finalize(head);
	assert_eq!(sent.await.unwrap().unwrap().block, head);
}
