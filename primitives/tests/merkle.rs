//! Merkle trees compared with the recursive definitions of RFC 6962 and the iterative verifier of RFC
//! 9162, and with known answers.

use medrec_primitives::{
	merkle::{
		leaf, node, prove, prove_consistency, root, sha3, verify, verify_consistency, ProofError,
		MAX_LEAVES,
	},
	H256,
};
use proptest::prelude::*;

const SIZES: u64 = 40;

fn leaves(count: u64) -> Vec<H256> {
	(0..count).map(|number| leaf(&number.to_le_bytes())).collect()
}

/// The largest power of two below `len`.
fn naive_split(len: usize) -> usize {
	(0..usize::BITS - 1).map(|shift| 1usize << shift).filter(|power| *power < len).max().unwrap()
}

/// RFC 6962, 2.1: MTH.
fn naive_root(leaves: &[H256]) -> H256 {
	match leaves {
		[] => sha3(&[]),
		[leaf] => *leaf,
		_ => {
			let (left, right) = leaves.split_at(naive_split(leaves.len()));
			sha3(&[&[0x01], naive_root(left).as_bytes(), naive_root(right).as_bytes()])
		},
	}
}

/// RFC 6962, 2.1.2: SUBPROOF(m, D[n], b).
fn naive_subproof(earlier: usize, leaves: &[H256], known: bool) -> Vec<H256> {
	if earlier == leaves.len() {
		return if known { Vec::new() } else { vec![naive_root(leaves)] };
	}
	let middle = naive_split(leaves.len());
	let (left, right) = leaves.split_at(middle);
	if earlier <= middle {
		let mut proof = naive_subproof(earlier, left, known);
		proof.push(naive_root(right));
		proof
	} else {
		let mut proof = naive_subproof(earlier - middle, right, false);
		proof.push(naive_root(left));
		proof
	}
}

/// RFC 9162, 2.1.4.2: the iterative verification of a consistency proof.
fn iterative_consistency(
	first: u64,
	first_root: H256,
	second: u64,
	second_root: H256,
	proof: &[H256],
) -> bool {
	if first == second {
		return proof.is_empty() && first_root == second_root;
	}
	let mut path = proof.to_vec();
	if first.is_power_of_two() {
		path.insert(0, first_root);
	}
	let (mut fnode, mut snode) = (first - 1, second - 1);
	while fnode & 1 == 1 {
		fnode >>= 1;
		snode >>= 1;
	}
	let Some((start, rest)) = path.split_first() else { return false };
	let (mut old, mut new) = (*start, *start);
	for hash in rest {
		if snode == 0 {
			return false;
		}
		if fnode & 1 == 1 || fnode == snode {
			old = node(hash, &old);
			new = node(hash, &new);
			while fnode & 1 == 0 && fnode != 0 {
				fnode >>= 1;
				snode >>= 1;
			}
		} else {
			new = node(&new, hash);
		}
		fnode >>= 1;
		snode >>= 1;
	}
	snode == 0 && old == first_root && new == second_root
}

#[test]
fn hashes_are_sha3_256_with_separate_prefixes() {
	assert_eq!(
		format!("{:?}", sha3(&[])),
		"0xa7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"
	);
	assert_eq!(leaf(b"ab"), sha3(&[b"\x00ab"]));
	let (left, right) = (leaf(b"left"), leaf(b"right"));
	let mut preimage = vec![0x01];
	preimage.extend_from_slice(left.as_bytes());
	preimage.extend_from_slice(right.as_bytes());
	assert_eq!(node(&left, &right), sha3(&[&preimage]));
	assert_ne!(leaf(&preimage[1..]), node(&left, &right));
}

/// Computed with another implementation of SHA3-256.
#[test]
fn roots_match_known_answers() {
	for (count, expected) in [
		(0, "0xa7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
		(1, "0xa8d09c0cea22ae3e1d85788ed488e3b16d32bf23f1e9c2566d83bfdb792cc12f"),
		(2, "0x8b9a411f79182df008a1e887980349c6c64fd08612bf0c6fbacf4617706c76f6"),
		(3, "0x98083df65b3f2cad26257f54fee81ba0e10b885a71faef8cf6f8795294b25f7d"),
		(7, "0xfdb88f4b75a46ee9ee3d453822ac0416a64325be98032c9e83ad2cd6f1f7c1fd"),
		(8, "0x5c626ecc2ae9a180e0e6f711a94371524db6d910d3ac3f191aa186af46f8d7bd"),
		(21, "0x4ac27be357e171d7c9423a1882f49bc466009ccc005533759c5a49d2d4368fb4"),
		(40, "0x0fcd3460c9465efac706e45f5bfdba8d8e50a4ea190de04d82c48d64d087ef2f"),
	] {
		assert_eq!(format!("{:?}", root(&leaves(count))), expected, "{count}");
	}
}

#[test]
fn roots_equal_the_recursive_definition() {
	for count in 0..=SIZES {
		let leaves = leaves(count);
		assert_eq!(root(&leaves), naive_root(&leaves), "{count}");
	}
}

#[test]
fn every_leaf_is_proven_and_no_other_in_its_place() {
	for count in 1..=SIZES {
		let leaves = leaves(count);
		let root = root(&leaves);
		for position in 0..count {
			let proof = prove(&leaves, &[position]).unwrap();
			let own = leaves[position as usize];
			assert_eq!(verify(&root, count, &[(position, own)], &proof), Ok(()));
			for other in 0..count {
				if other != position {
					let stranger = leaves[other as usize];
					assert!(verify(&root, count, &[(position, stranger)], &proof).is_err());
					assert!(verify(&root, count, &[(other, own)], &proof).is_err());
				}
			}
		}
	}
}

#[test]
fn a_proof_for_all_leaves_is_empty() {
	for count in 1..=SIZES {
		let leaves = leaves(count);
		let positions: Vec<u64> = (0..count).collect();
		assert_eq!(prove(&leaves, &positions), Ok(Vec::new()));
		let proven: Vec<_> = positions.into_iter().zip(leaves.iter().copied()).collect();
		assert_eq!(verify(&root(&leaves), count, &proven, &[]), Ok(()));
	}
}

#[test]
fn positions_out_of_order_or_range_are_an_error() {
	let leaves = leaves(5);
	let root = root(&leaves);
	for positions in [&[][..], &[5], &[1, 1], &[2, 1], &[0, u64::MAX]] {
		assert_eq!(prove(&leaves, positions), Err(ProofError::OutOfRange), "{positions:?}");
		let proven: Vec<_> = positions.iter().map(|position| (*position, leaves[0])).collect();
		assert_eq!(verify(&root, 5, &proven, &[]), Err(ProofError::OutOfRange), "{positions:?}");
	}
	assert_eq!(prove(&[], &[0]), Err(ProofError::OutOfRange));
	assert_eq!(verify(&root, 0, &[(0, leaves[0])], &[]), Err(ProofError::OutOfRange));
	assert_eq!(verify(&root, MAX_LEAVES + 1, &[(0, leaves[0])], &[]), Err(ProofError::OutOfRange));
	assert_eq!(verify(&root, u64::MAX, &[(0, leaves[0])], &[]), Err(ProofError::OutOfRange));
}

#[test]
fn a_proof_with_a_hash_too_few_or_too_many_has_the_wrong_length() {
	let leaves = leaves(13);
	let root = root(&leaves);
	let proven = [(3, leaves[3]), (11, leaves[11])];
	let mut proof = prove(&leaves, &[3, 11]).unwrap();
	let last = proof.pop().unwrap();
	assert_eq!(verify(&root, 13, &proven, &proof), Err(ProofError::WrongLength));
	proof.extend([last, last]);
	assert_eq!(verify(&root, 13, &proven, &proof), Err(ProofError::WrongLength));
	proof.pop();
	assert_eq!(verify(&root, 13, &proven, &proof), Ok(()));
	assert_eq!(verify(&leaves[0], 13, &proven, &proof), Err(ProofError::WrongRoot));
}

#[test]
fn a_tree_of_the_maximum_size_is_verified() {
	let lone = leaf(b"lone");
	let proof = vec![leaf(b"sibling"); 40];
	let root = proof.iter().fold(lone, |left, right| node(&left, right));
	assert_eq!(verify(&root, MAX_LEAVES, &[(0, lone)], &proof), Ok(()));
}

#[test]
fn every_prefix_is_consistent_with_every_later_tree() {
	for later in 1..=SIZES {
		let leaves = leaves(later);
		let later_root = root(&leaves);
		for earlier in 1..=later {
			let earlier_root = naive_root(&leaves[..earlier as usize]);
			let proof = prove_consistency(&leaves, earlier).unwrap();
			assert_eq!(proof, naive_subproof(earlier as usize, &leaves, true));
			let check = |first, first_root: H256, second, second_root: H256, proof: &[H256]| {
				let verdict =
					verify_consistency(first, &first_root, second, &second_root, proof).is_ok();
				let iterative =
					iterative_consistency(first, first_root, second, second_root, proof);
				assert_eq!(verdict, iterative, "{first} of {second}");
				verdict
			};
			assert!(check(earlier, earlier_root, later, later_root, &proof));

			let stranger = leaf(b"stranger");
			assert!(!check(earlier, stranger, later, later_root, &proof));
			assert!(!check(earlier, earlier_root, later, stranger, &proof));
			for position in 0..proof.len() {
				let mut forged = proof.clone();
				forged[position] = stranger;
				assert!(!check(earlier, earlier_root, later, later_root, &forged));
				forged.remove(position);
				assert!(!check(earlier, earlier_root, later, later_root, &forged));
			}
			let mut longer = proof.clone();
			longer.push(stranger);
			assert!(!check(earlier, earlier_root, later, later_root, &longer));
			longer.rotate_right(1);
			assert!(!check(earlier, earlier_root, later, later_root, &longer));
		}
	}
}

#[test]
fn consistency_with_an_empty_or_longer_tree_is_an_error() {
	let leaves = leaves(4);
	let root = root(&leaves);
	for earlier in [0, 5, u64::MAX] {
		assert_eq!(prove_consistency(&leaves, earlier), Err(ProofError::OutOfRange));
		assert_eq!(verify_consistency(earlier, &root, 4, &root, &[]), Err(ProofError::OutOfRange));
	}
	assert_eq!(
		verify_consistency(4, &root, MAX_LEAVES + 1, &root, &[]),
		Err(ProofError::OutOfRange)
	);
	assert_eq!(verify_consistency(3, &root, 4, &root, &[]), Err(ProofError::WrongLength));
	assert_eq!(verify_consistency(4, &root, 4, &leaves[0], &[]), Err(ProofError::WrongRoot));
}

#[test]
fn errors_read_as_sentences() {
	for error in [ProofError::OutOfRange, ProofError::WrongLength, ProofError::WrongRoot] {
		assert!(error.to_string().starts_with("the proof "));
	}
}

proptest! {
	#![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

	#[test]
	fn any_set_of_leaves_is_proven(count in 1..=SIZES, mask in any::<u64>()) {
		let leaves = leaves(count);
		let positions: Vec<u64> = (0..count).filter(|bit| mask >> bit & 1 == 1).collect();
		prop_assume!(!positions.is_empty());
		let proven: Vec<_> =
			positions.iter().map(|position| (*position, leaves[*position as usize])).collect();
		let proof = prove(&leaves, &positions).unwrap();
		prop_assert_eq!(verify(&root(&leaves), count, &proven, &proof), Ok(()));
	}

	#[test]
	fn random_input_is_an_error_and_never_panics(
		root in any::<[u8; 32]>().prop_map(H256),
		len in any::<u64>(),
		earlier in any::<u64>(),
		positions in prop::collection::vec(any::<u64>(), 0..6),
		proof in prop::collection::vec(any::<[u8; 32]>().prop_map(H256), 0..48),
	) {
		let proven: Vec<_> =
			positions.iter().map(|position| (*position, leaf(&position.to_le_bytes()))).collect();
		prop_assert!(verify(&root, len, &proven, &proof).is_err());
		prop_assert!(verify(&root, len % 64, &proven, &proof).is_err());
		prop_assert!(verify_consistency(earlier, &root, len, &leaf(b""), &proof).is_err());
	}
}
