//! What a miner puts under a header.

use crate::Error;
use medrec_primitives::{
	identity::MiningKey,
	work::{meets, seal_message, work, Difficulty},
	H256,
};
use parity_scale_codec::{Decode, DecodeAll, Encode};
use sp_core::{ed25519, Pair};

/// The proof that a block was found, and by whom.
///
/// Beside nonce and signature it holds what could be looked up elsewhere, for two reasons. The
/// `key` lets anybody check the signature before they know the parent, at which the registrar lists
/// the miner's key. The `work` makes ties fall uniformly: whoever has a seal can compare it without
/// its header, and a miner cannot try for a lower one without doing the work again, as it could with
/// the hash of a signature.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
pub struct Seal {
	/// The nonce that was found.
	pub nonce: u64,
	/// The work that the nonce does for the header; see [`work`].
	pub work: H256,
	/// The author's mining key.
	pub key: MiningKey,
	/// The Ed25519 signature of the key over [`seal_message`].
	pub signature: [u8; 64],
}

impl Seal {
	/// How many bytes a seal has in SCALE.
	pub const LEN: usize = 136;

	/// The seal of a nonce with a signature made elsewhere, as in a keystore.
	pub fn new(pre_hash: &H256, nonce: u64, key: MiningKey, signature: [u8; 64]) -> Seal {
		Seal { nonce, work: work(pre_hash, nonce), key, signature }
	}

	/// The seal of a nonce, signed by `pair`.
	pub fn sign(pair: &ed25519::Pair, pre_hash: &H256, nonce: u64) -> Seal {
		let signature = pair.sign(&seal_message(pre_hash, nonce));
		Seal::new(pre_hash, nonce, pair.public().0, signature.0)
	}

	/// Reads a seal that takes up all of `bytes`.
	pub fn read(mut bytes: &[u8]) -> Result<Seal, Error> {
		Seal::decode_all(&mut bytes).map_err(|_| Error::SealMalformed)
	}

	/// Checks all that a seal says of itself: that its work is its nonce's and meets `difficulty`,
	/// and that its key signed it. Whose the key is, is not its to say.
	pub fn check(&self, pre_hash: &H256, difficulty: Difficulty) -> Result<(), Error> {
		if self.work != work(pre_hash, self.nonce) {
			return Err(Error::WrongWork);
		}
		if !meets(&self.work, difficulty) {
			return Err(Error::TooLittleWork(difficulty));
		}
		let key = ed25519::Public::from_raw(self.key);
		let signature = ed25519::Signature::from_raw(self.signature);
		match ed25519::Pair::verify(&signature, seal_message(pre_hash, self.nonce), &key) {
			true => Ok(()),
			false => Err(Error::WrongSignature),
		}
	}
}
