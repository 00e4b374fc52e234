use super::{chain, node::Node};
use crate::chain::{Error, FinalityRound};
use medrec_primitives::{identity::FinalityKey, AccountId};
use medrec_protocol::keys::{address, GENERIC_PREFIX};
use serde_json::{json, Value};

const VOTERS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

fn round(prevotes: &[[u8; 32]], precommits: &[[u8; 32]]) -> Value {
	let missing = |keys: &[[u8; 32]]| {
		let address = |key: &[u8; 32]| address(&AccountId::from(*key), GENERIC_PREFIX);
		json!({ "currentWeight": 4 - keys.len(), "missing": Vec::from_iter(keys.iter().map(address)) })
	};
	let best = json!({
		"round": 9,
		"totalWeight": 4,
		"thresholdWeight": 3,
		"prevotes": missing(prevotes),
		"precommits": missing(precommits),
	});
	json!({ "setId": 0, "best": best, "background": [] })
}

#[tokio::test]
async fn the_votes_that_the_round_waits_for_are_named() {
	let node = Node::new();
	let chain = chain(&node).await;
	let [one, other] = VOTERS;
	for (prevotes, precommits, missing) in [
		(&[one][..], &[one, other][..], vec![one]),
		(&[], &[other], vec![other]),
		(&[], &[], vec![]),
	] {
		node.set_round(round(prevotes, precommits));
		let missing = missing.into_iter().map(FinalityKey::from).collect();
		let expected = FinalityRound { voters: 4, needed: 3, missing };
		assert_eq!(chain.finality_round().await.unwrap(), Some(expected));
	}
}

#[tokio::test]
async fn a_node_that_does_not_follow_the_votes_knows_no_round() {
	assert_eq!(chain(&Node::new()).await.finality_round().await.unwrap(), None);
}

#[tokio::test]
async fn a_key_that_is_no_address_is_an_error() {
	let node = Node::new();
	let mut state = round(&[], &VOTERS);
	state["best"]["precommits"]["missing"][0] = "no address".into();
	node.set_round(state);
	let error = chain(&node).await.finality_round().await.unwrap_err();
	assert!(matches!(error, Error::Malformed(_)), "{error}");
}
