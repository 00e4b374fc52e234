//! What the calls do, and what clients ask.

use crate::{
	Bounties, BountiesOf, Call, Config, Datasets, Error, Event, NextBounty, Pallet, Standings,
	WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{
	dispatch::{
		extract_actual_weight, DispatchResultWithPostInfo, GetDispatchInfo, PostDispatchInfo,
	},
	ensure,
	traits::{Get, IsSubType, IsType, OriginTrait},
};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use medrec_primitives::{
	bounty::{Bounty, BountyId, BountyState, Dataset, DatasetId, Offer, Rules, SMALLEST_GROUP},
	identity::{Role, SubjectId},
	runtime_api::PAGE,
	summary::ActivityKind,
	traits::{Authorship, Clock, Subjects, Summaries},
	Moment, H256,
};
use sp_runtime::{
	traits::{BlakeTwo256, Dispatchable, Hash},
	ArithmeticError, DispatchError, DispatchErrorWithPostInfo,
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

	/// The bounty `id`, if there is one.
	pub fn bounty(id: &BountyId) -> Option<Bounty> {
		Bounties::<T>::get(id)
	}

	pub(crate) fn ensure_active(origin: OriginFor<T>) -> Result<SubjectId, DispatchError> {
		let who = ensure_signed(origin)?;
		let (subject, _) = T::Subjects::active(&who).ok_or(Error::<T>::NotAuthorized)?;
		Ok(subject)
	}

	pub(crate) fn ensure_provider(origin: OriginFor<T>) -> Result<SubjectId, DispatchError> {
		let who = ensure_signed(origin)?;
		match T::Subjects::active(&who) {
			Some((provider, Role::Provider)) => Ok(provider),
			_ => Err(Error::<T>::NotAuthorized.into()),
		}
	}

	pub(crate) fn ensure_steward(
		origin: OriginFor<T>,
	) -> Result<(T::AccountId, SubjectId), DispatchError> {
		let who = ensure_signed(origin)?;
		let provider = T::Subjects::acting_provider(&who).ok_or(Error::<T>::NotAuthorized)?;
		Ok((who, provider))
	}

	pub(crate) fn do_register_dataset(
		provider: SubjectId,
		dataset: DatasetId,
		rules: Rules,
	) -> Result<(), Error<T>> {
		ensure!(are_valid(&rules), Error::<T>::InvalidRules);
		let (period_start, spent) = match Datasets::<T>::get(dataset) {
			None => (T::Clock::now(), 0),
			Some(before) => {
				ensure!(before.provider == provider, Error::<T>::NotAuthorized);
				(before.period_start, before.spent)
			},
		};
		Datasets::<T>::insert(dataset, Dataset { provider, rules, period_start, spent });
		Self::deposit_event(Event::DatasetRegistered { dataset, provider });
		Ok(())
	}

	pub(crate) fn do_with_bounty(
		origin: OriginFor<T>,
		who: T::AccountId,
		provider: SubjectId,
		call: <T as Config>::RuntimeCall,
		offer: Offer,
	) -> DispatchResultWithPostInfo {
		ensure!(!carries_bounty::<T>(&call), Error::<T>::Nested);
		let mut inner_origin = origin;
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
			.and_then(|_| Self::offer(&who, provider, offer))
			.map(|()| post_info)
			.map_err(|error| DispatchErrorWithPostInfo { post_info, error })
	}

	/// Offers a bounty, which belongs to the author of this block.
	fn offer(who: &T::AccountId, provider: SubjectId, offer: Offer) -> Result<(), DispatchError> {
		// The call that came before may have taken the sender's power away.
		ensure!(T::Subjects::acting_provider(who) == Some(provider), Error::<T>::NotAuthorized);
		let id = offer.dataset;
		let mut dataset = Datasets::<T>::get(id).ok_or(Error::<T>::DatasetNotFound)?;
		ensure!(dataset.provider == provider, Error::<T>::NotAuthorized);
		let spanned = dataset.rules.templates.contains(&offer.template);
		ensure!(spanned, Error::<T>::TemplateNotInDataset);

		let now = T::Clock::now();
		let latest = now.saturating_add(T::MaxPeriod::get());
		let in_time = now < offer.expires_at && offer.expires_at <= latest;
		ensure!(in_time && offer.cost > 0, Error::<T>::InvalidOffer);
		ensure!(debit(&mut dataset, offer.cost, now), Error::<T>::BudgetExhausted);
		let owner = T::Authorship::author().ok_or(Error::<T>::NoAuthor)?;

		Datasets::<T>::insert(id, dataset);
		Self::open(Bounty { provider, owner, offer, offered_at: now, state: BountyState::Open })
	}

	/// Stores a new bounty under an identifier of its own and tells of it.
	fn open(bounty: Bounty) -> Result<(), DispatchError> {
		let (provider, owner, dataset) = (bounty.provider, bounty.owner, bounty.offer.dataset);
		let number = NextBounty::<T>::get();
		NextBounty::<T>::put(number.checked_add(1).ok_or(ArithmeticError::Overflow)?);
		let id = BlakeTwo256::hash_of(&(b"medrec-bounty", provider, number));

		Bounties::<T>::insert(id, bounty);
		BountiesOf::<T>::insert(owner, id, ());
		T::Summaries::note(&owner, Some(&provider), None, ActivityKind::BountyEarned(id));
		Self::deposit_event(Event::Offered { bounty: id, provider, owner, dataset });
		Ok(())
	}

	pub(crate) fn do_commit_answer(
		provider: SubjectId,
		id: BountyId,
		commitment: H256,
	) -> Result<(), Error<T>> {
		let mut bounty = Bounties::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(bounty.provider == provider, Error::<T>::NotAuthorized);
		ensure!(bounty.state == BountyState::Open, Error::<T>::NotOpen);

		let owner = bounty.owner;
		bounty.state = BountyState::Answered { commitment, at: T::Clock::now() };
		Bounties::<T>::insert(id, bounty);
		Standings::<T>::mutate(provider, |standing| {
			standing.answered = standing.answered.saturating_add(1);
		});
		T::Summaries::note(&owner, Some(&provider), None, ActivityKind::BountyAnswered(id));
		Self::deposit_event(Event::Answered { bounty: id, commitment });
		Ok(())
	}

	pub(crate) fn do_mark_defaulted(by: SubjectId, id: BountyId) -> Result<(), Error<T>> {
		let mut bounty = Bounties::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(bounty.state == BountyState::Open, Error::<T>::NotOpen);
		ensure!(bounty.offer.expires_at <= T::Clock::now(), Error::<T>::NotExpired);

		let (provider, owner) = (bounty.provider, bounty.owner);
		bounty.state = BountyState::Defaulted;
		Bounties::<T>::insert(id, bounty);
		Standings::<T>::mutate(provider, |standing| {
			standing.defaulted = standing.defaulted.saturating_add(1);
		});
		let kind = ActivityKind::BountyDefaulted(id);
		// Only researchers mine, so that the owner is never the provider.
		T::Summaries::note(&provider, Some(&by), None, kind.clone());
		T::Summaries::note(&owner, Some(&by), None, kind);
		Self::deposit_event(Event::Defaulted { bounty: id, provider });
		Ok(())
	}
}

/// Whether `call` is a `with_bounty` itself.
fn carries_bounty<T: Config>(call: &<T as Config>::RuntimeCall) -> bool {
	matches!(call.is_sub_type(), Some(Call::<T>::with_bounty { .. }))
}

/// Whether a dataset may have these rules.
pub(crate) fn are_valid(rules: &Rules) -> bool {
	!rules.templates.is_empty()
		&& rules.smallest_group >= SMALLEST_GROUP
		&& rules.budget > 0
		&& rules.period > 0
}

/// Takes `cost` from what is left of the budget, after beginning a new period if the last one is
/// over. Says whether that much was left.
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
