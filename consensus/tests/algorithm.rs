//! The functions that the block import calls, with a scripted runtime.

mod support;

use medrec_consensus::{Error, MedrecPow, ScalarSearch, Seal, Search};
use medrec_primitives::{
	identity::{MiningKey, SubjectId},
	work::{Difficulty, U256},
	H256,
};
use parity_scale_codec::Encode;
use sc_consensus_pow::{Error as PowError, PowAlgorithm};
use sp_core::{ed25519, Pair};
use sp_runtime::generic::BlockId;
use std::sync::Arc;
use support::{Block, Client, State};

const PARENT: H256 = H256::repeat_byte(0xaa);
const PRE_HASH: H256 = H256::repeat_byte(0x11);
const AUTHOR: SubjectId = SubjectId::repeat_byte(0x01);
const OTHER: SubjectId = SubjectId::repeat_byte(0x02);
const RESTING: SubjectId = SubjectId::repeat_byte(0x03);
const MINIMUM: u64 = 4;
const DIFFICULTY: u64 = 64;

fn key(miner: SubjectId) -> MiningKey {
	MiningKey(pair(miner).public().0)
}

fn pair(miner: SubjectId) -> ed25519::Pair {
	ed25519::Pair::from_seed(&miner.0)
}

/// A chain of one block, after which two of three miners are eligible.
struct Chain {
	client: Arc<Client>,
	pow: MedrecPow<Block, Client>,
}

impl Chain {
	fn new() -> Chain {
		let miners = [AUTHOR, OTHER, RESTING];
		let state = State {
			difficulty: DIFFICULTY.into(),
			miners: miners.into_iter().map(|miner| (miner, key(miner))).collect(),
			eligible: [(AUTHOR, 1), (OTHER, 100)].into(),
		};
		let client = Arc::new(Client::default());
		client.states.lock().insert(PARENT, state);
		Chain { pow: MedrecPow::new(client.clone(), MINIMUM.into()), client }
	}

	fn check(&self, pre_digest: Option<&[u8]>, seal: &[u8]) -> Result<(), Error> {
		let result = self.pow.check(PARENT, &PRE_HASH, pre_digest, seal, DIFFICULTY.into());
		// The block import gets the same result.
		let verified = self.pow.verify(
			&BlockId::Hash(PARENT),
			&PRE_HASH,
			pre_digest,
			&seal.to_vec(),
			DIFFICULTY.into(),
		);
		assert_eq!(verified.expect("the runtime answers"), result.is_ok());
		result
	}

	fn calls(&self) -> usize {
		*self.client.calls.lock()
	}

	fn preliminary(&self, seal: &[u8]) -> bool {
		let verified = self.pow.preliminary_verify(&PRE_HASH, &seal.to_vec());
		verified.expect("it calls no runtime").expect("it always decides")
	}
}

/// A seal of this miner that meets this difficulty, and not twice as much.
fn seal(miner: SubjectId, difficulty: impl Into<Difficulty>) -> Vec<u8> {
	let difficulty = difficulty.into();
	let mut start = 0;
	loop {
		let (nonce, _) = ScalarSearch
			.search(&PRE_HASH, difficulty, start..u64::MAX)
			.expect("the difficulty is low");
		let seal = Seal::sign(&pair(miner), &PRE_HASH, nonce);
		if seal.check(&PRE_HASH, difficulty * 2).is_err() {
			return seal.encode();
		}
		start = nonce + 1;
	}
}

#[test]
fn a_seal_by_an_eligible_author_is_accepted() {
	let chain = Chain::new();
	for miner in [AUTHOR, OTHER] {
		assert!(chain.check(Some(&miner.encode()), &seal(miner, DIFFICULTY)).is_ok());
	}
}

#[test]
fn a_malformed_seal_is_rejected_without_a_runtime_call() {
	let chain = Chain::new();
	let good = seal(AUTHOR, DIFFICULTY);
	for bad in [&[][..], &good[1..], &[good.as_slice(), &[0]].concat()] {
		let result = chain.check(Some(&AUTHOR.encode()), bad);
		assert!(matches!(result, Err(Error::SealMalformed)));
		assert!(!chain.preliminary(bad));
	}
	assert_eq!(chain.calls(), 0);
}

#[test]
fn too_little_work_is_rejected_without_a_runtime_call() {
	let chain = Chain::new();
	let result = chain.check(Some(&AUTHOR.encode()), &seal(AUTHOR, DIFFICULTY / 2));
	assert!(matches!(result, Err(Error::TooLittleWork(_))));
	assert_eq!(chain.calls(), 0);
}

#[test]
fn false_work_and_false_signatures_are_rejected_without_a_runtime_call() {
	let chain = Chain::new();
	let mut lower = Seal::read(&seal(AUTHOR, DIFFICULTY)).unwrap();
	lower.work = H256::zero();
	let result = chain.check(Some(&AUTHOR.encode()), &lower.encode());
	assert!(matches!(result, Err(Error::WrongWork)));
	assert!(!chain.preliminary(&lower.encode()));

	let mut forged = Seal::read(&seal(OTHER, DIFFICULTY)).unwrap();
	forged.key = key(AUTHOR);
	let result = chain.check(Some(&AUTHOR.encode()), &forged.encode());
	assert!(matches!(result, Err(Error::WrongSignature)));
	assert!(!chain.preliminary(&forged.encode()));
	assert_eq!(chain.calls(), 0);
}

#[test]
fn a_header_without_a_valid_author_is_rejected() {
	let chain = Chain::new();
	let seal = seal(AUTHOR, DIFFICULTY);
	assert!(matches!(chain.check(None, &seal), Err(Error::AuthorMissing)));
	let longer = [AUTHOR.as_bytes(), &[0]].concat();
	for bad in [&[][..], &AUTHOR.as_bytes()[1..], &longer] {
		assert!(matches!(chain.check(Some(bad), &seal), Err(Error::AuthorMalformed)));
	}
}

#[test]
fn an_author_that_is_no_active_miner_is_rejected() {
	let chain = Chain::new();
	let stranger = SubjectId::repeat_byte(0x04);
	let result = chain.check(Some(&stranger.encode()), &seal(stranger, DIFFICULTY));
	assert!(matches!(result, Err(Error::AuthorNotMiner)));
}

#[test]
fn a_seal_by_another_miners_key_is_rejected() {
	let chain = Chain::new();
	let result = chain.check(Some(&AUTHOR.encode()), &seal(OTHER, DIFFICULTY));
	assert!(matches!(result, Err(Error::WrongKey)));
}

#[test]
fn an_author_that_is_not_eligible_is_rejected() {
	let chain = Chain::new();
	let result = chain.check(Some(&RESTING.encode()), &seal(RESTING, DIFFICULTY));
	assert!(matches!(result, Err(Error::NotEligible)));
}

#[test]
fn a_failed_runtime_call_is_an_error() {
	let chain = Chain::new();
	let seal = seal(AUTHOR, DIFFICULTY);
	let unknown = H256::zero();
	let author = AUTHOR.encode();
	let result = chain.pow.check(unknown, &PRE_HASH, Some(&author), &seal, DIFFICULTY.into());
	assert!(matches!(result, Err(Error::Runtime(_))));
	let verify =
		|parent| chain.pow.verify(&parent, &PRE_HASH, Some(&author), &seal, DIFFICULTY.into());
	assert!(matches!(verify(BlockId::Hash(unknown)), Err(PowError::Runtime(_))));
	assert!(matches!(verify(BlockId::Number(1)), Err(PowError::Other(_))));
	assert!(matches!(chain.pow.difficulty(unknown), Err(PowError::Runtime(_))));
}

#[test]
fn the_preliminary_check_uses_the_minimum_difficulty() {
	let chain = Chain::new();
	assert!(chain.preliminary(&seal(AUTHOR, DIFFICULTY)));
	assert!(chain.preliminary(&seal(AUTHOR, MINIMUM)));
	assert!(chain.preliminary(&seal(SubjectId::repeat_byte(0x04), MINIMUM)));
	assert!(!chain.preliminary(&seal(AUTHOR, MINIMUM / 2)));
	assert_eq!(chain.calls(), 0);
}

#[test]
fn the_difficulty_is_read_once() {
	let chain = Chain::new();
	let clone = chain.pow.clone();
	for _ in 0..3 {
		assert_eq!(chain.pow.difficulty(PARENT).unwrap(), U256::from(DIFFICULTY));
		assert_eq!(clone.difficulty(PARENT).unwrap(), U256::from(DIFFICULTY));
	}
	assert_eq!(chain.calls(), 1);
}

#[test]
fn an_error_is_not_cached() {
	let chain = Chain::new();
	let later = H256::repeat_byte(0xbb);
	assert!(chain.pow.difficulty(later).is_err());
	let state = State { difficulty: U256::from(7), ..Default::default() };
	chain.client.states.lock().insert(later, state);
	assert_eq!(chain.pow.difficulty(later).unwrap(), U256::from(7));
}

#[test]
fn only_the_latest_difficulties_are_cached() {
	let chain = Chain::new();
	let parent = H256::from_low_u64_be;
	for number in 0..2000 {
		let state = State { difficulty: number.into(), ..Default::default() };
		chain.client.states.lock().insert(parent(number), state);
		assert_eq!(chain.pow.difficulty(parent(number)).unwrap(), number.into());
	}
	assert_eq!(chain.calls(), 2000);
	for number in 976..2000 {
		assert_eq!(chain.pow.difficulty(parent(number)).unwrap(), number.into());
	}
	assert_eq!(chain.calls(), 2000);
	assert_eq!(chain.pow.difficulty(parent(975)).unwrap(), 975.into());
	assert_eq!(chain.calls(), 2001);
}
