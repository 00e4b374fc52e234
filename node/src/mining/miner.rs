//! As whom the node mines.

use crate::keys::MINING;
use medrec_consensus::Seal;
use medrec_primitives::{
	identity::{MiningKey, SubjectId},
	work, Moment, H256,
};
use sp_core::ed25519;
use sp_keystore::Keystore;
use std::time::Duration;

/// A miner whose key the node holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Miner {
	/// Who it is on the chain.
	pub subject: SubjectId,
	/// What signs its seals.
	pub key: MiningKey,
}

impl Miner {
	/// The first of the chain's `miners` whose key is in the keystore.
	pub fn find(miners: &[(SubjectId, MiningKey)], keystore: &dyn Keystore) -> Option<Self> {
		miners
			.iter()
			.find(|(_, key)| keystore.has_keys(&[(key.to_vec(), MINING)]))
			.map(|(subject, key)| Self { subject: *subject, key: *key })
	}

	/// The seal of the header with this pre-hash; none if the keystore has the key no longer.
	///
	/// # Errors
	///
	/// If the keystore cannot sign.
	pub fn seal(
		&self,
		keystore: &dyn Keystore,
		pre_hash: &H256,
		nonce: u64,
	) -> Result<Option<Seal>, sp_keystore::Error> {
		let key = ed25519::Public::from_raw(self.key);
		let message = work::seal_message(pre_hash, nonce);
		let signature = keystore.ed25519_sign(MINING, &key, &message)?;
		Ok(signature.map(|signature| Seal::new(pre_hash, nonce, self.key, signature.0)))
	}
}

/// How long a miner must wait at `now` that may mine from `eligible_at` on, but not longer than
/// `most`. None if it need not wait.
pub fn wait(now: Moment, eligible_at: Moment, most: Duration) -> Option<Duration> {
	let wait = Duration::from_millis(eligible_at.saturating_sub(now));
	(!wait.is_zero()).then(|| wait.min(most))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::Pair;
	use sp_keystore::testing::MemoryKeystore;

	fn miners() -> Vec<(SubjectId, MiningKey)> {
		(1..=3u8)
			.map(|n| (H256::repeat_byte(n), ed25519::Pair::from_seed(&[n; 32]).public().0))
			.collect()
	}

	fn keystore_with(n: u8) -> MemoryKeystore {
		let keystore = MemoryKeystore::new();
		let seed = format!("0x{}", format!("{n:02x}").repeat(32));
		keystore.ed25519_generate_new(MINING, Some(&seed)).expect("the keystore takes it");
		keystore
	}

	#[test]
	fn a_node_mines_as_the_miner_whose_key_it_holds() {
		let miner = Miner::find(&miners(), &keystore_with(2)).expect("it is a miner");
		assert_eq!(miner.subject, H256::repeat_byte(2));
	}

	#[test]
	fn a_strangers_key_does_not_mine() {
		assert_eq!(Miner::find(&miners(), &keystore_with(9)), None);
		assert_eq!(Miner::find(&[], &keystore_with(2)), None);
	}

	#[test]
	fn seals_are_signed_by_the_miners_key() {
		let keystore = keystore_with(2);
		let miner = Miner::find(&miners(), &keystore).expect("it is a miner");
		let pre_hash = H256::repeat_byte(7);
		let seal = miner.seal(&keystore, &pre_hash, 42).expect("it signs").expect("it has the key");
		assert_eq!((seal.nonce, seal.key), (42, miner.key));
		seal.check(&pre_hash, work::Difficulty::one()).expect("it is signed by its key");
	}

	#[test]
	fn a_key_that_is_gone_seals_nothing() {
		let miner = Miner::find(&miners(), &keystore_with(2)).expect("it is a miner");
		let seal = miner.seal(&MemoryKeystore::new(), &H256::zero(), 1);
		assert_eq!(seal.expect("the keystore works").map(|seal| seal.nonce), None);
	}

	#[test]
	fn a_miner_waits_until_it_is_eligible() {
		let most = Duration::from_secs(1);
		assert_eq!(wait(1_000, 1_000, most), None);
		assert_eq!(wait(1_001, 1_000, most), None);
		assert_eq!(wait(1_000, 1_300, most), Some(Duration::from_millis(300)));
		assert_eq!(wait(1_000, 9_000, most), Some(most));
	}
}
