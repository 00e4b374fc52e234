use super::{
	chain,
	events::A,
	node::{nonce_of, Node},
};
use crate::chain::{Error, PoolRejection, PprCall, RuntimeCall};
use medrec_protocol::keys::{Key, Scheme};
use parity_scale_codec::Encode;

/// A node whose chain is long enough for a dry run.
fn node() -> Node {
	let node = Node::new();
	for _ in 0..3 {
		node.mine();
	}
	node
}

fn key() -> Key {
	Key::from_uri("//Patient", Scheme::Sr25519).unwrap()
}

fn call() -> RuntimeCall {
	PprCall::accept { relationship: A.into() }.into()
}

/// The result of a dry run of [`call`] on a node whose runtime answers with these bytes.
async fn dry_run(answer: &[u8]) -> Result<(), Error> {
	let node = node();
	node.set_dry_run(answer.to_vec());
	let result = chain(&node).await.dry_run(&call(), &key()).await;
	assert_eq!(node.dry_runs().len(), 1);
	assert_eq!(node.submitted(), [] as [Vec<u8>; 0]);
	result
}

#[tokio::test]
async fn a_call_that_the_chain_would_make_passes() {
	assert!(dry_run(&[0, 0]).await.is_ok());
}

#[tokio::test]
async fn a_call_that_would_fail_is_an_error_with_its_name() {
	let Err(Error::Failed(failure)) = dry_run(&[0, 1, 3, 11, 5, 0, 0, 0]).await else { panic!() };
	assert_eq!(
		(failure.pallet.as_deref(), failure.name.as_str()),
		(Some("Ppr"), "PatientNotFound")
	);
	let Err(Error::Failed(failure)) = dry_run(&[0, 1, 2]).await else { panic!() };
	assert_eq!((failure.pallet, failure.name.as_str()), (None, "BadOrigin"));
}

#[tokio::test]
async fn a_transaction_that_the_pool_would_reject_is_an_error_with_the_reason() {
	for (code, expected) in [
		(1, PoolRejection::NotRegistered),
		(2, PoolRejection::NotActive),
		(3, PoolRejection::QuotaExhausted),
		(4, PoolRejection::NotInCouncil),
	] {
		let rejected = dry_run(&[1, 0, 7, code]).await;
		assert!(matches!(rejected, Err(Error::Rejected(rejection)) if rejection == expected));
	}
	let rejected = dry_run(&[1, 0, 0]).await;
	assert!(matches!(rejected, Err(Error::Rejected(PoolRejection::Invalid(_)))), "{rejected:?}");
}

#[tokio::test]
async fn a_full_block_proves_nothing_against_the_call() {
	assert!(dry_run(&[1, 0, 6]).await.is_ok());
}

#[tokio::test]
async fn an_unreadable_result_is_no_verdict() {
	assert!(matches!(dry_run(&[]).await, Err(Error::Malformed(_))));
	assert!(matches!(dry_run(&[2, 0]).await, Err(Error::Malformed(_))));
}

#[tokio::test]
async fn a_node_without_dry_runs_gives_no_verdict() {
	let node = node();
	let error = chain(&node).await.dry_run(&call(), &key()).await.unwrap_err();
	assert!(matches!(error, Error::Rpc(_)), "{error}");
}

#[tokio::test]
async fn the_transaction_has_the_next_nonce_and_fits_no_later_block() {
	let node = node();
	node.set_nonce(7);
	for _ in 0..2 {
		node.mine();
	}
	node.set_dry_run(vec![0, 0]);
	chain(&node).await.dry_run(&call(), &key()).await.unwrap();
	let transaction = node.dry_runs().remove(0);
	assert_eq!(nonce_of(&transaction), 7);
	// The era of two bytes follows length, version, address and signature. Its period is 2^(1 + 1)
	// blocks, and block 2 is the third of one: it is the era of the blocks 2 to 5, and the best block is 5.
	let era = &Vec::<u8>::from(&transaction[2 + 1 + 33 + 65..][..2]);
	assert_eq!(era, &(1u16 | 2 << 4).encode());
}

#[tokio::test]
async fn there_is_no_dry_run_beside_pending_transactions_or_before_the_third_block() {
	let node = Node::new();
	node.set_dry_run(vec![0, 1, 2]);
	let chain = chain(&node).await;
	for _ in 0..3 {
		chain.dry_run(&call(), &key()).await.unwrap();
		node.mine();
	}
	node.fill_pool(vec![1]);
	chain.dry_run(&call(), &key()).await.unwrap();
	assert_eq!(node.dry_runs(), [] as [Vec<u8>; 0]);
	node.clear_pool();
	assert!(chain.dry_run(&call(), &key()).await.is_err());
}
