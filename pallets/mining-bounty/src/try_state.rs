//! The invariants of the storage.

use crate::{
	impls::{are_valid, count},
	*,
};
use alloc::collections::BTreeMap;
use frame_support::ensure;
use medrec_primitives::{
	bounty::{Bounty, BountyStanding, BountyState, DatasetId},
	identity::SubjectId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants of the pallet.
	///
	/// 1. Every bounty is listed under its owner, and nothing else is. The number of bounties is the
	///    number of those that were offered.
	/// 2. The dataset of every bounty exists and belongs to the provider of the bounty. (Its current
	///    rules need not name the template of the bounty.)
	/// 3. A bounty has a cost, expires after it was offered, and was not answered before it was
	///    offered.
	/// 4. A provider's standing counts its answered and its defaulted bounties. No empty standing is
	///    stored.
	/// 5. The rules of every dataset are valid.
	/// 6. A dataset has spent at most the cost of its bounties that were offered since its period
	///    began. (It is less if rules with a shorter period began a new one in the block of earlier
	///    offers. It exceeds the budget if the budget was lowered since.)
	pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut bounties = 0u64;
		let mut standings = BTreeMap::<SubjectId, BountyStanding>::new();
		let mut costs = BTreeMap::<DatasetId, u64>::new();
		for (id, bounty) in Bounties::<T>::iter() {
			ensure_consistent(&bounty)?;
			let Bounty { provider, owner, offer, offered_at, state } = bounty;
			bounties = bounties.saturating_add(1);
			let listed = BountiesOf::<T>::contains_key(owner, id);
			ensure!(listed, "a bounty is not listed under its owner");
			count(standings.entry(provider).or_default(), &state);
			let dataset = Datasets::<T>::get(offer.dataset)
				.filter(|dataset| dataset.provider == provider)
				.ok_or("the dataset of a bounty does not belong to its provider")?;
			if dataset.period_start <= offered_at {
				let cost = costs.entry(offer.dataset).or_default();
				*cost = cost.saturating_add(offer.cost);
			}
		}

		// Each bounty is listed under its owner. Equal numbers show that nothing else is listed.
		let listed = BountiesOf::<T>::iter_keys().count() as u64;
		ensure!(listed == bounties, "an owner is listed with a bounty that is not its own");
		let next = NextBounty::<T>::get();
		ensure!(next == bounties, "the number of bounties is not the number of offers");
		standings.retain(|_, standing| *standing != BountyStanding::default());
		let stored: BTreeMap<_, _> = Standings::<T>::iter().collect();
		ensure!(stored == standings, "a standing differs from the count of bounties");
		for (id, dataset) in Datasets::<T>::iter() {
			ensure!(are_valid(&dataset.rules), "the rules of a dataset are invalid");
			let cost = costs.get(&id).copied().unwrap_or_default();
			ensure!(dataset.spent <= cost, "a dataset has spent more than its bounties cost");
		}
		Ok(())
	}
}

/// Checks the cost and the times of one bounty.
fn ensure_consistent(bounty: &Bounty) -> Result<(), TryRuntimeError> {
	let Bounty { offer, offered_at, state, .. } = bounty;
	ensure!(offer.cost > 0, "a bounty has no cost");
	ensure!(*offered_at < offer.expires_at, "a bounty expired before it was offered");
	if let BountyState::Answered { at, .. } = state {
		ensure!(offered_at <= at, "a bounty was answered before it was offered");
	}
	Ok(())
}
