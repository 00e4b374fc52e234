//! The invariants of the storage.

use crate::*;
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::Get};
use medrec_primitives::{
	identity::SubjectId,
	merkle::MAX_LEAVES,
	summary::{ActivityHead, LogAnchor},
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants of the pallet.
	///
	/// 1. The pending notifications of a subject are the sum over its entries. Zero is not stored.
	/// 2. Each history has at most as many entries in the state as its retention bound, and at least
	///    the newest unless the bound is zero. Their numbers have no gap and end at the head.
	/// 3. A history with all its entries in the state hashes to its head.
	/// 4. Each access log has at most as many anchors in the state as their bound, and at least the
	///    newest unless the bound is zero. Their numbers have no gap and end at the head.
	/// 5. Each anchor covers more receipts than the one before it and is not older. The newest
	///    covers as many as the head, at most as many as a proof can span.
	pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::try_state_pending()?;
		Self::try_state_activity()?;
		Self::try_state_anchors()
	}

	fn try_state_pending() -> Result<(), TryRuntimeError> {
		let mut sums = BTreeMap::<SubjectId, u64>::new();
		for (subject, _, entry) in Entries::<T>::iter() {
			let sum = sums.entry(subject).or_default();
			*sum = sum.saturating_add(entry.pending.into());
		}
		for (subject, pending) in Pending::<T>::iter() {
			ensure!(pending > 0, "a zero sum of pending notifications is stored");
			let is_sum = sums.remove(&subject) == Some(pending.into());
			ensure!(is_sum, "pending notifications are not the sum over the entries");
		}
		ensure!(sums.values().all(|sum| *sum == 0), "a sum of pending notifications is missing");
		Ok(())
	}

	fn try_state_activity() -> Result<(), TryRuntimeError> {
		let mut orphans = Activity::<T>::iter_keys().count();
		for (subject, head) in ActivityHeads::<T>::iter() {
			let kept: BTreeMap<_, _> = Activity::<T>::iter_prefix(subject).collect();
			orphans = orphans.saturating_sub(kept.len());
			ensure_numbered(kept.keys(), head.next, T::Retention::get())?;
			if kept.contains_key(&0) {
				let hashed = kept.values().fold(ActivityHead::default(), ActivityHead::push);
				ensure!(hashed == head, "a complete history does not hash to its head");
			}
		}
		ensure!(orphans == 0, "a history has no head");
		Ok(())
	}

	fn try_state_anchors() -> Result<(), TryRuntimeError> {
		let mut orphans = Anchors::<T>::iter_keys().count();
		for (provider, head) in AnchorHeads::<T>::iter() {
			let kept: BTreeMap<_, _> = Anchors::<T>::iter_prefix(provider).collect();
			orphans = orphans.saturating_sub(kept.len());
			ensure_numbered(kept.keys(), head.next, T::AnchorRetention::get())?;
			let fits = (1..=MAX_LEAVES).contains(&head.size);
			ensure!(fits, "an anchored log is empty or longer than a proof can span");
			let mut before = LogAnchor::default();
			for anchor in kept.into_values() {
				ensure!(anchor.size > before.size, "an anchor adds no receipts");
				ensure!(anchor.at >= before.at, "an anchor is older than the one before it");
				before = anchor;
			}
			let fits = before.size == head.size || T::AnchorRetention::get() == 0;
			ensure!(fits, "the newest anchor and its head differ in the number of receipts");
		}
		ensure!(orphans == 0, "an anchored log has no head");
		Ok(())
	}
}

/// Checks that the ascending `numbers` are the last ones before `next`: at most `retention` of them,
/// and at least one unless `retention` is zero.
fn ensure_numbered<'a>(
	numbers: impl ExactSizeIterator<Item = &'a u64>,
	next: u64,
	retention: u32,
) -> Result<(), TryRuntimeError> {
	let count = numbers.len() as u64;
	ensure!(next > 0, "a head without entries is stored");
	ensure!(count <= retention.into(), "more entries are stored than the retention bound allows");
	ensure!(count > 0 || retention == 0, "the newest entry is missing");
	ensure!(count <= next, "more entries are stored than the head counts");
	let has_no_gap = numbers.copied().eq(next.saturating_sub(count)..next);
	ensure!(has_no_gap, "the numbers of the entries have a gap");
	Ok(())
}
