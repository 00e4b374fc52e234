use super::*;
use medrec_primitives::{
	identity::SubjectId,
	merkle,
	record::RecordId,
	relationship::{Purpose, RelationshipId},
};
use medrec_protocol::{
	keys::Scheme,
	wire::{BlockRef, ErrorCode, Outcome, RequestHash},
};
use std::sync::Arc;

fn key() -> Key {
	Key::from_uri("//Device", Scheme::Sr25519).unwrap()
}

fn unnumbered(byte: u8) -> Receipt {
	Receipt {
		sequence: 0,
		request: RequestHash::repeat_byte(byte),
		requester: SubjectId::repeat_byte(1),
		relationship: RelationshipId::repeat_byte(2),
		record: RecordId::repeat_byte(3),
		purpose: Purpose::Treat,
		decision: Outcome::Refused(ErrorCode::NotPermitted),
		fields: vec![],
		decided_at: BlockRef { number: 7, hash: H256::repeat_byte(7) },
		at: 5,
		gatekeeper: SubjectId::repeat_byte(9),
	}
}

struct Fixture {
	log: Arc<Log>,
	state: State,
	_folder: tempfile::TempDir,
}

async fn fixture() -> Fixture {
	let folder = tempfile::tempdir().unwrap();
	let state = State::open(&folder.path().join("state.sqlite")).await.unwrap();
	let log = Arc::new(Log::open(state.clone(), key()).await.unwrap());
	Fixture { log, state, _folder: folder }
}

#[tokio::test]
async fn a_receipt_is_signed_numbered_and_in_the_tree() {
	let Fixture { log, .. } = &fixture().await;
	for sequence in 0..5u8 {
		let signed = log.issue(unnumbered(sequence)).await.unwrap();
		assert_eq!(signed.receipt.sequence, u64::from(sequence));
		assert!(receipt::is_signed_by(&signed, &key().account()));
		let (size, root) = log.head();
		let (leaf, proof) = log.prove(sequence.into(), size).unwrap();
		assert_eq!(leaf, receipt::receipt_hash(&signed));
		let proven = [(sequence.into(), H256(leaf.0))];
		merkle::verify(&H256(root.0), size, &proven, &proof).unwrap();
	}
	let proof = log.prove_consistency(2, 5).unwrap();
	let (old, new) = (log.root(2).unwrap(), log.root(5).unwrap());
	merkle::verify_consistency(2, &H256(old.0), 5, &H256(new.0), &proof).unwrap();
	assert_eq!(log.prove(5, 5), Err(ProofError::OutOfRange));
}

#[tokio::test]
async fn the_log_is_the_same_after_a_restart() {
	let Fixture { log, state, _folder } = fixture().await;
	for byte in 0..4 {
		log.issue(unnumbered(byte)).await.unwrap();
	}
	let again = Log::open(state, key()).await.unwrap();
	assert_eq!(again.head(), log.head());
}

#[tokio::test]
async fn concurrent_receipts_leave_no_gap() {
	let Fixture { log, state, _folder } = fixture().await;
	let tasks: Vec<_> = (0..20)
		.map(|byte| {
			let log = log.clone();
			tokio::spawn(async move { log.issue(unnumbered(byte)).await.unwrap().receipt.sequence })
		})
		.collect();
	let mut sequences = Vec::new();
	for task in tasks {
		sequences.push(task.await.unwrap());
	}
	sequences.sort_unstable();
	assert_eq!(sequences, (0..20).collect::<Vec<u64>>());
	let leaves = state.leaves(0).await.unwrap();
	assert_eq!(log.head(), (20, LogRoot(merkle::root(&leaves).0)));
}

#[tokio::test]
async fn two_gatekeepers_with_one_database_keep_one_log() {
	let Fixture { log, state, _folder } = fixture().await;
	let other = Log::open(state, key()).await.unwrap();
	log.issue(unnumbered(0)).await.unwrap();
	other.issue(unnumbered(1)).await.unwrap();
	log.issue(unnumbered(2)).await.unwrap();
	other.catch_up().await.unwrap();
	assert_eq!(log.head(), other.head());
	assert_eq!(log.head().0, 3);
}
