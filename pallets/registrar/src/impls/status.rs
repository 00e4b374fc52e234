//! The status of subjects and the lists of active providers and miners.

use crate::*;
use frame_support::pallet_prelude::*;
use frame_system::pallet_prelude::OriginFor;
use medrec_primitives::{
	authority::{may_set_status, StatusOrigin},
	identity::{Role, Status, SubjectId},
	summary::ActivityKind,
	traits::{OnProvidersChanged, Summaries},
};
use sp_runtime::traits::BadOrigin;

impl<T: Config> Pallet<T> {
	/// The council or an active subject.
	pub(crate) fn ensure_status_origin(origin: OriginFor<T>) -> Result<StatusOrigin, BadOrigin> {
		match T::CouncilOrigin::try_origin(origin) {
			Ok(_) => Ok(StatusOrigin::Council),
			Err(origin) => EnsureActor::<T>::ensure_origin(origin).map(StatusOrigin::Actor),
		}
	}

	pub(crate) fn do_set_status(
		by: StatusOrigin,
		id: SubjectId,
		status: Status,
	) -> Result<(), Error<T>> {
		let mut subject = Subjects::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(may_set_status(&by, &id, &subject, status), Error::<T>::NotAuthorized);
		ensure!(subject.status != Status::Retired, Error::<T>::Retired);
		ensure!(subject.status != status, Error::<T>::StatusUnchanged);
		let was_active = subject.is_active();
		subject.status = status;
		let is_active = subject.is_active();
		let has_key = Profiles::<T>::get(id).is_some_and(|profile| profile.mining_key.is_some());
		Self::update_lists(&id, subject.role, is_active, is_active && has_key)?;
		if status == Status::Retired {
			Self::release_account(&subject.account)?;
			Self::take_profile(&id);
			Usage::<T>::remove(id);
		}
		Subjects::<T>::insert(id, &subject);
		if subject.role == Role::Provider && (was_active || is_active) {
			Self::notify_providers_changed();
		}
		let actor = match by {
			StatusOrigin::Council => None,
			StatusOrigin::Actor(actor) => Some(actor.subject),
		};
		T::Summaries::note(&id, actor.as_ref(), None, ActivityKind::StatusChanged(status));
		Self::deposit_event(Event::StatusSet { subject: id, status });
		Ok(())
	}

	/// Lists or unlists an organisation as a provider or a miner. The last one of a list stays: without
	/// miners no block follows, without providers no council acts.
	pub(crate) fn update_lists(
		id: &SubjectId,
		role: Role,
		is_active: bool,
		is_miner: bool,
	) -> Result<(), Error<T>> {
		match role {
			Role::Provider => Providers::<T>::try_mutate(|list| {
				update(list, id, is_active, Error::TooManyProviders, Error::LastProvider)
			}),
			Role::Researcher => Miners::<T>::try_mutate(|list| {
				update(list, id, is_miner, Error::TooManyMiners, Error::LastMiner)
			}),
			Role::Clinician | Role::Patient | Role::Device => Ok(()),
		}
	}

	/// Sends the active providers to [`Config::OnProvidersChanged`].
	pub(crate) fn notify_providers_changed() {
		T::OnProvidersChanged::on_providers_changed(&Self::providers());
	}
}

/// Makes `list` hold `id` once or not at all. A list that is not empty stays so.
fn update<Bound: Get<u32>, E>(
	list: &mut BoundedVec<SubjectId, Bound>,
	id: &SubjectId,
	is_listed: bool,
	full: E,
	last: E,
) -> Result<(), E> {
	match (list.contains(id), is_listed) {
		(false, true) => list.try_push(*id).map_err(|_| full)?,
		(true, false) if list.len() == 1 => return Err(last),
		(true, false) => list.retain(|listed| listed != id),
		(true, true) | (false, false) => {},
	}
	Ok(())
}
