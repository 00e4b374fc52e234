//! The calls and the queries of the runtime API.

use crate::*;
use alloc::vec::Vec;
use frame_support::{
	dispatch::{extract_actual_weight, GetDispatchInfo, PostDispatchInfo},
	pallet_prelude::*,
	traits::{IsSubType, Time},
};
use frame_system::pallet_prelude::OriginFor;
use medrec_primitives::{
	authority::Actor,
	bounty::{
		AnswerCommitment, Bounty, BountyId, BountyStanding, BountyState, Dataset, DatasetId, Offer,
		Rules, SMALLEST_GROUP,
	},
	identity::SubjectId,
	runtime_api::PAGE,
	summary::ActivityKind,
	traits::{Authorship, Summaries},
	Moment,
};
use sp_runtime::{
	traits::{BlakeTwo256, Dispatchable, Hash},
	DispatchErrorWithPostInfo,
};

impl<T: Config> Pallet<T> {
	/// The bounties that `miner` owns after `cursor`, in the order of storage, at most [`PAGE`] of
	/// them. The cursor of the next page is the last bounty of this one.
	pub fn bounties_of(miner: &SubjectId, cursor: Option<&BountyId>) -> Vec<(BountyId, Bounty)> {
		let owned = match cursor {
			None => BountiesOf::<T>::iter_key_prefix(miner),
			Some(cursor) => {
				let after = BountiesOf::<T>::hashed_key_for(miner, cursor);
				BountiesOf::<T>::iter_key_prefix_from(miner, after)
			},
		};
		owned
			.take(PAGE as usize)
			.filter_map(|id| Bounties::<T>::get(id).map(|bounty| (id, bounty)))
			.collect()
	}

	pub(crate) fn do_register_dataset(
		actor: Actor,
		id: DatasetId,
		rules: Rules,
	) -> Result<(), Error<T>> {
		let provider = actor.provider().ok_or(Error::<T>::NotAuthorized)?;
		ensure!(are_valid(&rules), Error::<T>::InvalidRules);
		let dataset = match Datasets::<T>::get(id) {
			None => Dataset { provider, rules, period_start: T::Time::now(), spent: 0 },
			Some(before) => {
				ensure!(before.provider == provider, Error::<T>::NotAuthorized);
				Dataset { rules, ..before }
			},
		};
		Datasets::<T>::insert(id, dataset);
		Self::deposit_event(Event::DatasetRegistered { dataset: id, provider });
		Ok(())
	}

	pub(crate) fn do_with_bounty(
		origin: OriginFor<T>,
		actor: Actor,
		call: <T as Config>::RuntimeCall,
		offer: Offer,
	) -> DispatchResultWithPostInfo {
		let provider = actor.acting_provider.ok_or(Error::<T>::NotAuthorized)?;
		ensure!(!carries_bounty::<T>(&call), Error::<T>::Nested);
		let mut inner_origin = origin.clone();
		inner_origin.add_filter(|call: &<T as frame_system::Config>::RuntimeCall| {
			!carries_bounty::<T>(<T as Config>::RuntimeCall::from_ref(call))
		});

		let info = call.get_dispatch_info();
		let result = call.dispatch(inner_origin);
		let weight =
			T::WeightInfo::with_bounty().saturating_add(extract_actual_weight(&result, &info));
		let post_info = PostDispatchInfo::from(Some(weight));
		result
			.map_err(|failed| failed.error)
			.and_then(|_| {
				// The call may have taken the sender's rights away.
				let actor = T::ActorOrigin::ensure_origin(origin)?;
				ensure!(actor.acting_provider == Some(provider), Error::<T>::NotAuthorized);
				Ok(Self::do_offer(provider, offer)?)
			})
			.map(|()| post_info)
			.map_err(|error| DispatchErrorWithPostInfo { post_info, error })
	}

	/// Debits the dataset and stores a new bounty, which the author of the block owns and is notified of.
	fn do_offer(provider: SubjectId, offer: Offer) -> Result<(), Error<T>> {
		let dataset_id = offer.dataset;
		let mut dataset = Datasets::<T>::get(dataset_id).ok_or(Error::<T>::DatasetNotFound)?;
		ensure!(dataset.provider == provider, Error::<T>::NotAuthorized);
		let named = dataset.rules.templates.contains(&offer.template);
		ensure!(named, Error::<T>::TemplateNotInDataset);

		let now = T::Time::now();
		let latest = now.saturating_add(T::MaxPeriod::get());
		let in_time = now < offer.expires_at && offer.expires_at <= latest;
		ensure!(in_time && offer.cost > 0, Error::<T>::InvalidOffer);
		ensure!(debit(&mut dataset, offer.cost, now), Error::<T>::BudgetExhausted);
		let owner = T::Authorship::author().ok_or(Error::<T>::NoAuthor)?;

		let number = NextBounty::<T>::get();
		NextBounty::<T>::put(number.checked_add(1).ok_or(Error::<T>::Overflow)?);
		let id = BountyId(BlakeTwo256::hash_of(&(b"medrec-bounty", provider, number)).0);

		Datasets::<T>::insert(dataset_id, dataset);
		let bounty = Bounty { provider, owner, offer, offered_at: now, state: BountyState::Open };
		Bounties::<T>::insert(id, bounty);
		BountiesOf::<T>::insert(owner, id, ());
		T::Summaries::note(&owner, Some(&provider), None, ActivityKind::BountyEarned(id));
		Self::deposit_event(Event::Offered { bounty: id, provider, owner, dataset: dataset_id });
		Ok(())
	}

	pub(crate) fn do_commit_answer(
		actor: Actor,
		id: BountyId,
		commitment: AnswerCommitment,
	) -> Result<(), Error<T>> {
		let bounty = Bounties::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let (provider, owner) = (bounty.provider, bounty.owner);
		ensure!(actor.acting_provider == Some(provider), Error::<T>::NotAuthorized);
		ensure!(bounty.state == BountyState::Open, Error::<T>::NotOpen);

		Self::close(id, bounty, BountyState::Answered { commitment, at: T::Time::now() });
		T::Summaries::note(&owner, Some(&provider), None, ActivityKind::BountyAnswered(id));
		Self::deposit_event(Event::Answered { bounty: id, commitment });
		Ok(())
	}

	pub(crate) fn do_mark_defaulted(by: SubjectId, id: BountyId) -> Result<(), Error<T>> {
		let bounty = Bounties::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let (provider, owner) = (bounty.provider, bounty.owner);
		ensure!(bounty.state == BountyState::Open, Error::<T>::NotOpen);
		ensure!(bounty.offer.expires_at <= T::Time::now(), Error::<T>::NotExpired);

		Self::close(id, bounty, BountyState::Defaulted);
		// The owner is a researcher, so it is never the provider.
		for subject in [provider, owner] {
			T::Summaries::note(&subject, Some(&by), None, ActivityKind::BountyDefaulted(id));
		}
		Self::deposit_event(Event::Defaulted { bounty: id, provider });
		Ok(())
	}

	/// Stores the final state of a bounty and counts it in the standing of its provider.
	fn close(id: BountyId, bounty: Bounty, state: BountyState) {
		Standings::<T>::mutate(bounty.provider, |standing| count(standing, &state));
		Bounties::<T>::insert(id, Bounty { state, ..bounty });
	}
}

/// Counts a bounty in this state in the standing of its provider.
pub(crate) fn count(standing: &mut BountyStanding, state: &BountyState) {
	let counter = match state {
		BountyState::Open => return,
		BountyState::Answered { .. } => &mut standing.answered,
		BountyState::Defaulted => &mut standing.defaulted,
	};
	*counter = counter.saturating_add(1);
}

/// Whether `call` is a `with_bounty` itself.
fn carries_bounty<T: Config>(call: &<T as Config>::RuntimeCall) -> bool {
	matches!(call.is_sub_type(), Some(Call::<T>::with_bounty { .. }))
}

/// Whether a dataset may be registered with these rules.
pub(crate) fn are_valid(rules: &Rules) -> bool {
	!rules.templates.is_empty()
		&& rules.smallest_group >= SMALLEST_GROUP
		&& rules.budget > 0
		&& rules.period > 0
}

/// Debits `cost` from the budget, after a new period has begun if the last one is over. Returns
/// whether the budget sufficed.
fn debit(dataset: &mut Dataset, cost: u64, now: Moment) -> bool {
	let end = dataset.period_start.checked_add(dataset.rules.period);
	if end.is_some_and(|end| end <= now) {
		dataset.period_start = now;
		dataset.spent = 0;
	}
	match dataset.spent.checked_add(cost) {
		Some(spent) if spent <= dataset.rules.budget => {
			dataset.spent = spent;
			true
		},
		_ => false,
	}
}
