//! The miner of this node.

use crate::keys::MINING;
use medrec_consensus::Seal;
use medrec_primitives::{
	identity::{MiningKey, SubjectId},
	work, Moment, H256,
};
use sp_core::ed25519;
use sp_keystore::Keystore;
use std::time::Duration;

/// An active miner whose key is in the keystore.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Miner {
	/// The subject of the miner.
	pub subject: SubjectId,
	/// The key that signs its seals.
	pub key: MiningKey,
}

impl Miner {
	/// The first of `miners` whose key is in the keystore.
	pub fn find(miners: &[(SubjectId, MiningKey)], keystore: &dyn Keystore) -> Option<Self> {
		miners
			.iter()
			.find(|(_, key)| keystore.has_keys(&[(key.0.to_vec(), MINING)]))
			.map(|(subject, key)| Self { subject: *subject, key: *key })
	}

	/// The seal of the header with this pre-hash, `None` if the key was removed from the keystore.
	///
	/// # Errors
	///
	/// Fails if the keystore cannot sign.
	pub fn seal(
		&self,
		keystore: &dyn Keystore,
		pre_hash: &H256,
		nonce: u64,
	) -> Result<Option<Seal>, sp_keystore::Error> {
		let key = ed25519::Public::from_raw(self.key.0);
		let message = work::seal_message(pre_hash, nonce);
		let signature = keystore.ed25519_sign(MINING, &key, &message)?;
		Ok(signature.map(|signature| Seal::new(pre_hash, nonce, self.key, signature.0)))
	}
}

/// The maximum lead of a block's timestamp over this node's clock, in milliseconds. Peers accept 30 s;
/// the difference is a margin for clocks that are behind this one.
const MAX_DRIFT: Moment = 25_000;

/// The time that a miner must wait at `now` before it mines on a block with the timestamp `parent`, if
/// `eligible_at` is the earliest timestamp of its own block. At most `limit`, `None` if it need not wait.
///
/// A block's timestamp is later than its parent's, whatever the clock says, so a small difference
/// between clocks needs no wait. A miner waits for the end of the spacing, and on a parent so far ahead
/// of the clock that peers would reject the block.
pub fn wait_before_mining(
	now: Moment,
	parent: Moment,
	eligible_at: Moment,
	limit: Duration,
) -> Option<Duration> {
	let next = parent.saturating_add(1);
	let keeps_spacing = eligible_at <= next;
	let from = if keeps_spacing { next.saturating_sub(MAX_DRIFT) } else { eligible_at };
	let wait = Duration::from_millis(from.saturating_sub(now));
	(!wait.is_zero()).then(|| wait.min(limit))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::Pair;
	use sp_keystore::testing::MemoryKeystore;

	fn miners() -> Vec<(SubjectId, MiningKey)> {
		(1..=3u8)
			.map(|n| {
				let key = ed25519::Pair::from_seed(&[n; 32]).public();
				(SubjectId::repeat_byte(n), MiningKey(key.0))
			})
			.collect()
	}

	fn keystore_with(n: u8) -> MemoryKeystore {
		let keystore = MemoryKeystore::new();
		let seed = format!("0x{}", format!("{n:02x}").repeat(32));
		keystore.ed25519_generate_new(MINING, Some(&seed)).expect("the keystore accepts it");
		keystore
	}

	#[test]
	fn the_miner_is_the_one_whose_key_is_in_the_keystore() {
		let miner = Miner::find(&miners(), &keystore_with(2)).expect("it is a miner");
		assert_eq!(miner.subject, SubjectId::repeat_byte(2));
	}

	#[test]
	fn a_key_of_no_miner_is_ignored() {
		assert_eq!(Miner::find(&miners(), &keystore_with(9)), None);
		assert_eq!(Miner::find(&[], &keystore_with(2)), None);
	}

	#[test]
	fn seals_are_signed_by_the_miners_key() {
		let keystore = keystore_with(2);
		let miner = Miner::find(&miners(), &keystore).expect("it is a miner");
		let pre_hash = H256::repeat_byte(7);
		let seal = miner
			.seal(&keystore, &pre_hash, 42)
			.expect("the keystore signs")
			.expect("it has the key");
		assert_eq!((seal.nonce, seal.key), (42, miner.key));
		seal.check(&pre_hash, work::Difficulty::one()).expect("it is signed by its key");
	}

	#[test]
	fn a_removed_key_does_not_seal() {
		let miner = Miner::find(&miners(), &keystore_with(2)).expect("it is a miner");
		let seal = miner.seal(&MemoryKeystore::new(), &H256::zero(), 1);
		assert_eq!(seal.expect("the keystore works").map(|seal| seal.nonce), None);
	}

	const NOW: Moment = 1_700_000_000_000;
	const SECOND: Moment = 1_000;
	const LIMIT: Duration = Duration::from_secs(3_600);

	/// The wait on a parent with this timestamp, if the spacing is kept.
	fn wait_on(parent: Moment) -> Option<Duration> {
		wait_before_mining(NOW, parent, parent.saturating_add(1), LIMIT)
	}

	#[test]
	fn a_miner_that_keeps_the_spacing_does_not_wait() {
		for parent in [0, NOW - SECOND, NOW, NOW + 1, NOW + 20 * SECOND, NOW + 25 * SECOND - 1] {
			assert_eq!(wait_on(parent), None, "{parent}");
		}
	}

	#[test]
	fn a_miner_waits_where_peers_would_reject_its_block() {
		assert_eq!(wait_on(NOW + 25 * SECOND), Some(Duration::from_millis(1)));
		assert_eq!(wait_on(NOW + 40 * SECOND), Some(Duration::from_millis(15_001)));
		assert_eq!(wait_on(Moment::MAX), Some(LIMIT));
	}

	#[test]
	fn a_miner_waits_for_the_relaxation_of_the_spacing() {
		let pause = 10 * SECOND;
		for (parent, waits) in [
			(NOW, Some(10)),
			(NOW - 4 * SECOND, Some(6)),
			(NOW - 10 * SECOND, None),
			(NOW - 11 * SECOND, None),
			// A timestamp ahead of the clock does not shorten the pause.
			(NOW + 20 * SECOND, Some(30)),
		] {
			let wait = wait_before_mining(NOW, parent, parent + pause, LIMIT);
			assert_eq!(wait, waits.map(Duration::from_secs), "{parent}");
		}
	}

	#[test]
	fn no_wait_is_longer_than_the_limit() {
		let limit = Duration::from_secs(1);
		let wait = |eligible_at| wait_before_mining(NOW, NOW, eligible_at, limit);
		assert_eq!(wait(NOW + 10 * SECOND), Some(limit));
		assert_eq!(wait(NOW + SECOND / 2), Some(limit / 2));
	}
}
