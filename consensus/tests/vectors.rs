//! Test vectors from other implementations of SHA3-256 and Ed25519, and altered seals.

use medrec_consensus::{Error, Seal};
use medrec_primitives::{
	identity::MiningKey,
	work::{difficulty_of, U256},
	H256,
};
use parity_scale_codec::Encode;
use sp_core::{ed25519, Pair};

/// Seed of the key, pre-hash, nonce, and the seal in SCALE.
const VECTORS: [(&str, &str, u64, &str); 3] = [
	(
		"0707070707070707070707070707070707070707070707070707070707070707",
		"2222222222222222222222222222222222222222222222222222222222222222",
		0x0102_0304_0506_0708,
		"08070605040302011f7014e15a0b2cf4f88d189be2a025cadcd5e6bcddde9d5bcce5a2c1217def1c\
		 ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c57c744fe13764bcc\
		 47e5b59b12885a39e8d8dd60d81bf148319368845b94b96a0b8bf78ec52bf8e27ca9f309b02e2d1d\
		 515b90c2be00946e4cc7dacc7557b20e",
	),
	(
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"e58011d291846dadfa7a189ffa366dc26844500119d576a26ac168aee5efb84f",
		0x0000_0000_0000_0000,
		"0000000000000000f80355d4cc6578cc43ae5b7ced4a37b289e665b11020794fcbce183382491582\
		 03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8946b1ef66db4be70\
		 fe2afe35fa18812fc955dc4d1c76a5ee600e9a2a57e515ec2f4bec3ffc7117a2191dd878aa334a91\
		 f1b413f3fd71c821c9de90f7b8440603",
	),
	(
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0000000000000000000000000000000000000000000000000000000000000000",
		0xffff_ffff_ffff_ffff,
		"ffffffffffffffff6a151a38d1d612e2dbc6c3a283dfda91212411f65f128488b52dd7d631809066\
		 76a1592044a6e4f511265bca73a604d90b0529d1df602be30a19a9257660d1f5e429e69c054a099b\
		 4e1874785a9e765c3834df1087cd0048168efa3f214c600f8af3dfc42b9566b1e1ad5b1c452e1c95\
		 8f0c2f58b6bd8b088368dd02dcfb3c02",
	),
];

fn bytes(hex: &str) -> Vec<u8> {
	sp_core::bytes::from_hex(&format!("0x{hex}")).expect("the vectors are hexadecimal")
}

fn vectors() -> impl Iterator<Item = (ed25519::Pair, H256, u64, Vec<u8>)> {
	VECTORS.into_iter().map(|(seed, pre_hash, nonce, seal)| {
		let pair = ed25519::Pair::from_seed_slice(&bytes(seed)).expect("a seed has 32 bytes");
		(pair, H256::from_slice(&bytes(pre_hash)), nonce, bytes(seal))
	})
}

#[test]
fn seals_match_the_vectors() {
	for (pair, pre_hash, nonce, expected) in vectors() {
		let seal = Seal::sign(&pair, &pre_hash, nonce);
		assert_eq!(seal.encode(), expected);
		assert_eq!(expected.len(), Seal::LEN);
		assert_eq!(Seal::read(&expected).unwrap(), seal);
		assert_eq!(Seal::new(&pre_hash, nonce, seal.key, seal.signature), seal);
		assert!(seal.check(&pre_hash, U256::one()).is_ok());
	}
}

#[test]
fn a_seal_of_any_other_length_is_malformed() {
	let (_, _, _, seal) = vectors().next().unwrap();
	for len in 0..Seal::LEN {
		assert!(matches!(Seal::read(&seal[..len]), Err(Error::SealMalformed)), "{len}");
	}
	let longer = [seal.as_slice(), &[0]].concat();
	assert!(matches!(Seal::read(&longer), Err(Error::SealMalformed)));
}

#[test]
fn a_seal_meets_difficulties_up_to_its_work() {
	for (_, pre_hash, _, seal) in vectors() {
		let seal = Seal::read(&seal).unwrap();
		let most = difficulty_of(U256::from_big_endian(seal.work.as_bytes()));
		assert!(seal.check(&pre_hash, most).is_ok());
		let result = seal.check(&pre_hash, most + 1);
		assert!(matches!(result, Err(Error::TooLittleWork(wanted)) if wanted == most + 1));
		assert!(matches!(seal.check(&pre_hash, U256::zero()), Err(Error::TooLittleWork(_))));
	}
}

#[test]
fn a_seal_with_any_bit_altered_is_rejected() {
	for (_, pre_hash, _, seal) in vectors() {
		for bit in 0..8 * Seal::LEN {
			let mut altered = seal.clone();
			altered[bit / 8] ^= 1 << (bit % 8);
			let result = Seal::read(&altered).unwrap().check(&pre_hash, U256::one());
			match bit / 8 {
				0..40 => assert!(matches!(result, Err(Error::WrongWork)), "{bit}"),
				_ => assert!(matches!(result, Err(Error::WrongSignature)), "{bit}"),
			}
		}
	}
}

#[test]
fn a_seal_of_another_header_is_rejected() {
	for (_, mut pre_hash, _, seal) in vectors() {
		pre_hash.0[31] ^= 1;
		let result = Seal::read(&seal).unwrap().check(&pre_hash, U256::one());
		assert!(matches!(result, Err(Error::WrongWork)));
	}
}

#[test]
fn another_nonce_needs_another_signature() {
	for (_, pre_hash, nonce, seal) in vectors() {
		let seal = Seal::read(&seal).unwrap();
		let moved = Seal::new(&pre_hash, nonce ^ 1, seal.key, seal.signature);
		assert!(matches!(moved.check(&pre_hash, U256::one()), Err(Error::WrongSignature)));
	}
}

#[test]
fn another_key_needs_another_signature() {
	let (thief, ..) = vectors().last().unwrap();
	for (_, pre_hash, nonce, seal) in vectors().take(2) {
		let seal = Seal::read(&seal).unwrap();
		let stolen = Seal::new(&pre_hash, nonce, MiningKey(thief.public().0), seal.signature);
		assert!(matches!(stolen.check(&pre_hash, U256::one()), Err(Error::WrongSignature)));
	}
}
