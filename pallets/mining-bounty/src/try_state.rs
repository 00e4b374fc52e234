//! What holds of this pallet's storage at every moment.

use crate::{
	impls::are_valid, Bounties, BountiesOf, Config, Datasets, NextBounty, Pallet, Standings,
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
	/// 1. The index of owners holds every bounty under its owner, and nothing else. There are as
	///    many bounties as were ever offered.
	/// 2. The dataset of every bounty exists and belongs to the provider of the bounty. (Its rules
	///    may have changed since, so that it need not span the template any more.)
	/// 3. A bounty cost something, expires after it was offered, and was not answered before it was
	///    offered.
	/// 4. A provider's standing counts its bounties that were answered and that were defaulted, and
	///    no other standing is stored.
	/// 5. The rules of every dataset are such as may be registered.
	/// 6. What a dataset has spent is no more than what its bounties cost that were offered since
	///    its period began. (It is their sum, unless a shorter period was set and began in the very
	///    block of earlier offers. It may exceed the budget, if that was lowered since.)
	pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::try_state_bounties()?;
		Self::try_state_standings()?;
		Self::try_state_datasets()
	}

	fn try_state_bounties() -> Result<(), TryRuntimeError> {
		let mut count = 0u64;
		for (id, bounty) in Bounties::<T>::iter() {
			count = count.saturating_add(1);
			let listed = BountiesOf::<T>::contains_key(bounty.owner, id);
			ensure!(listed, "a bounty is not listed under its owner");
			let dataset = Datasets::<T>::get(bounty.offer.dataset);
			ensure!(
				dataset.is_some_and(|dataset| dataset.provider == bounty.provider),
				"a bounty is over no dataset of its provider"
			);
			ensure_sound(&bounty)?;
		}
		// Each bounty is listed once under its owner, so that equal numbers leave nothing else.
		let listed = BountiesOf::<T>::iter_keys().count();
		ensure!(listed as u64 == count, "the index of owners lists what is not a bounty of theirs");
		ensure!(NextBounty::<T>::get() == count, "bounties are not as many as were offered");
		Ok(())
	}

	fn try_state_standings() -> Result<(), TryRuntimeError> {
		let mut standings = BTreeMap::<SubjectId, BountyStanding>::new();
		for bounty in Bounties::<T>::iter_values() {
			let standing = standings.entry(bounty.provider).or_default();
			let counter = match bounty.state {
				BountyState::Open => continue,
				BountyState::Answered { .. } => &mut standing.answered,
				BountyState::Defaulted => &mut standing.defaulted,
			};
			*counter = counter.saturating_add(1);
		}
		standings.retain(|_, standing| *standing != BountyStanding::default());
		let stored: BTreeMap<_, _> = Standings::<T>::iter().collect();
		ensure!(stored == standings, "standings do not count the states of bounties");
		Ok(())
	}

	fn try_state_datasets() -> Result<(), TryRuntimeError> {
		let mut costs = BTreeMap::<DatasetId, u64>::new();
		for Bounty { offer, offered_at, .. } in Bounties::<T>::iter_values() {
			let start = Datasets::<T>::get(offer.dataset).map(|dataset| dataset.period_start);
			if start.is_some_and(|start| start <= offered_at) {
				let cost = costs.entry(offer.dataset).or_default();
				*cost = cost.saturating_add(offer.cost);
			}
		}
		for (id, dataset) in Datasets::<T>::iter() {
			ensure!(are_valid(&dataset.rules), "a dataset has rules that may not be registered");
			let cost = costs.get(&id).copied().unwrap_or_default();
			ensure!(dataset.spent <= cost, "a dataset spent more than its bounties cost");
		}
		Ok(())
	}
}

/// Checks the figures of one bounty against one another.
fn ensure_sound(bounty: &Bounty) -> Result<(), TryRuntimeError> {
	let Bounty { offer, offered_at, state, .. } = bounty;
	ensure!(offer.cost > 0, "a bounty cost nothing");
	ensure!(*offered_at < offer.expires_at, "a bounty had expired when it was offered");
	if let BountyState::Answered { at, .. } = state {
		ensure!(offered_at <= at, "a bounty was answered before it was offered");
	}
	Ok(())
}
