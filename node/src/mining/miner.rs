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

/// How far the time of a block may be ahead of this node's clock for the block to be mined. Peers
/// accept 30 s; the rest is for clocks that are behind this one.
const DRIFT: Duration = Duration::from_secs(25);

/// How long a miner must wait at `now` before it mines on a block of the time `parent`, where a
/// block of its own may have the time `eligible_at` at the earliest; but not longer than `most`.
/// None if it need not wait.
///
/// A block is later than its parent, whatever the clock says, so that clocks which disagree a little
/// are nothing to wait for. What is worth waiting for is the pause after which the spacing is
/// relaxed, and a parent so far ahead of the clock that peers would refuse the block.
pub fn wait(now: Moment, parent: Moment, eligible_at: Moment, most: Duration) -> Option<Duration> {
	let next = parent.saturating_add(1);
	let keeps_spacing = eligible_at <= next;
	let drift = Moment::try_from(DRIFT.as_millis()).unwrap_or(Moment::MAX);
	let from = if keeps_spacing { next.saturating_sub(drift) } else { eligible_at };
	let wait = Duration::from_millis(from.saturating_sub(now));
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

	const NOW: Moment = 1_700_000_000_000;
	const SECOND: Moment = 1_000;
	const MOST: Duration = Duration::from_secs(3_600);

	/// How long whoever keeps the spacing waits on a parent of this time.
	fn wait_on(parent: Moment) -> Option<Duration> {
		wait(NOW, parent, parent.saturating_add(1), MOST)
	}

	#[test]
	fn a_miner_that_keeps_the_spacing_does_not_wait_for_its_clock() {
		for parent in [0, NOW - SECOND, NOW, NOW + 1, NOW + 20 * SECOND, NOW + 25 * SECOND - 1] {
			assert_eq!(wait_on(parent), None, "{parent}");
		}
	}

	#[test]
	fn a_miner_waits_where_peers_would_refuse_its_block() {
		assert_eq!(wait_on(NOW + 25 * SECOND), Some(Duration::from_millis(1)));
		assert_eq!(wait_on(NOW + 40 * SECOND), Some(Duration::from_millis(15_001)));
		assert_eq!(wait_on(Moment::MAX), Some(MOST));
	}

	#[test]
	fn a_miner_waits_until_the_spacing_is_relaxed() {
		let pause = 10 * SECOND;
		for (parent, waits) in [
			(NOW, Some(10)),
			(NOW - 4 * SECOND, Some(6)),
			(NOW - 10 * SECOND, None),
			(NOW - 11 * SECOND, None),
			// The pause is not to be cut short by a time ahead of the clock.
			(NOW + 20 * SECOND, Some(30)),
		] {
			let wait = wait(NOW, parent, parent + pause, MOST);
			assert_eq!(wait, waits.map(Duration::from_secs), "{parent}");
		}
	}

	#[test]
	fn no_wait_is_longer_than_the_most() {
		let most = Duration::from_secs(1);
		assert_eq!(wait(NOW, NOW, NOW + 10 * SECOND, most), Some(most));
		assert_eq!(wait(NOW, NOW, NOW + SECOND / 2, most), Some(most / 2));
	}
}
