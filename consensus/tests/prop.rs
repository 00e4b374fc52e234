//! Properties of the search and of ties.

mod support;

use medrec_consensus::{MedrecPow, ScalarSearch, Seal, Search};
use medrec_primitives::{
	identity::MiningKey,
	work::{meets, work, U256},
	H256,
};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use sc_consensus_pow::PowAlgorithm;
use sp_core::{ed25519, Pair};
use std::sync::Arc;
use support::{Block, Client};

fn pow() -> MedrecPow<Block, Client> {
	MedrecPow::new(Arc::default(), U256::one())
}

fn hash() -> impl Strategy<Value = H256> {
	any::<[u8; 32]>().prop_map(H256)
}

/// A seal without a valid signature: ties are decided between seals that were verified.
fn seal(pre_hash: H256, nonce: u64) -> Vec<u8> {
	Seal::new(&pre_hash, nonce, MiningKey([0; 32]), [0; 64]).encode()
}

/// Whether `count` of `tries` is within five standard deviations of one half.
fn is_about_half(count: u32, tries: u32) -> bool {
	let off = (f64::from(count) - f64::from(tries) / 2.0).abs();
	off < 5.0 * (f64::from(tries) / 4.0).sqrt()
}

#[test]
fn the_first_seal_has_no_advantage() {
	let pow = pow();
	let tries = 20_000;
	let header = |number: u32| H256::from_low_u64_be(u64::from(number));
	let wins = (0..tries)
		.filter(|number| {
			let own = seal(header(2 * number), 0);
			let new = seal(header(2 * number + 1), 0);
			pow.break_tie(&own, &new)
		})
		.count() as u32;
	assert!(is_about_half(wins, tries), "{wins}");
}

#[test]
fn ties_are_even_among_seals_that_barely_meet_the_difficulty() {
	let pow = pow();
	let tries = 2_000;
	let difficulty = U256::from(100);
	let found = |number: u32| {
		let header = H256::from_low_u64_be(u64::from(number));
		let (nonce, _) =
			ScalarSearch.search(&header, difficulty, 0..u64::MAX).expect("the difficulty is low");
		seal(header, nonce)
	};
	let wins = (0..tries)
		.filter(|number| pow.break_tie(&found(2 * number), &found(2 * number + 1)))
		.count() as u32;
	assert!(is_about_half(wins, tries), "{wins}");
}

#[test]
fn a_search_without_a_solution_finds_nothing() {
	let header = H256::zero();
	assert_eq!(ScalarSearch.search(&header, U256::zero(), 0..1000), None);
	assert_eq!(ScalarSearch.search(&header, U256::MAX, 0..1000), None);
	assert_eq!(ScalarSearch.search(&header, U256::one(), 5..5), None);
	let last = u64::MAX - 1;
	let found = ScalarSearch.search(&header, U256::one(), last..u64::MAX);
	assert_eq!(found, Some((last, work(&header, last))));
}

proptest! {
	#![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

	#[test]
	fn the_search_agrees_with_a_naive_search(
		header in hash(),
		difficulty in 0u64..3_000,
		start in any::<u64>(),
		len in 0u64..2_000,
	) {
		let nonces = start..start.saturating_add(len);
		let naive = nonces.clone().find_map(|nonce| {
			let work = work(&header, nonce);
			meets(&work, difficulty.into()).then_some((nonce, work))
		});
		prop_assert_eq!(ScalarSearch.search(&header, difficulty.into(), nonces), naive);
	}

	#[test]
	fn a_solution_makes_a_valid_seal(
		seed in any::<[u8; 32]>(),
		header in hash(),
		difficulty in 1u64..500,
	) {
		let pair = ed25519::Pair::from_seed(&seed);
		let (nonce, work) =
			ScalarSearch.search(&header, difficulty.into(), 0..u64::MAX).expect("the difficulty is low");
		let seal = Seal::sign(&pair, &header, nonce);
		prop_assert_eq!(seal.work, work);
		prop_assert!(seal.check(&header, difficulty.into()).is_ok());
		prop_assert_eq!(Seal::read(&seal.encode()).unwrap(), seal);
	}

	#[test]
	fn one_of_two_seals_wins_in_either_order(
		headers in (hash(), hash()),
		nonces in any::<(u64, u64)>(),
	) {
		let pow = pow();
		let (one, other) = (seal(headers.0, nonces.0), seal(headers.1, nonces.1));
		prop_assert!(!pow.break_tie(&one, &one));
		prop_assert_eq!(pow.break_tie(&one, &other), !pow.break_tie(&other, &one));
	}

	#[test]
	fn the_winner_of_many_seals_does_not_depend_on_their_order(
		headers in prop::collection::vec(hash(), 2..8),
		shift in 0usize..8,
	) {
		let pow = pow();
		let winner = |headers: &[H256]| {
			let seals = headers.iter().map(|header| seal(*header, 0));
			seals.reduce(|own, new| if pow.break_tie(&own, &new) { new } else { own })
		};
		let mut shifted = headers.clone();
		shifted.rotate_left(shift % headers.len());
		prop_assert_eq!(winner(&headers), winner(&shifted));
	}

	#[test]
	fn the_signature_does_not_decide_a_tie(header in hash(), signature in any::<u64>()) {
		let pow = pow();
		let own = Seal::new(&header, 0, MiningKey([0; 32]), [0; 64]);
		let mut new = own.clone();
		new.signature[..8].copy_from_slice(&signature.to_le_bytes());
		prop_assert!(!pow.break_tie(&own.encode(), &new.encode()));
		prop_assert!(!pow.break_tie(&new.encode(), &own.encode()));
	}

	#[test]
	fn an_invalid_seal_wins_no_tie(header in hash(), junk in any::<Vec<u8>>()) {
		let pow = pow();
		prop_assume!(junk.len() != Seal::LEN);
		prop_assert!(!pow.break_tie(&seal(header, 0), &junk));
		prop_assert!(!pow.break_tie(&junk, &seal(header, 0)));
		prop_assert_eq!(pow.preliminary_verify(&header, &junk).unwrap(), Some(false));
	}

	#[test]
	fn random_seals_are_rejected(header in hash(), junk in prop::collection::vec(any::<u8>(), Seal::LEN)) {
		prop_assert_eq!(pow().preliminary_verify(&header, &junk).unwrap(), Some(false));
	}
}
