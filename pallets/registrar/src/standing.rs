//! Who may act: the status of subjects, and the lists of those that bear the chain.

use crate::{
	types::Authority, Config, Error, Event, Miners, Pallet, Profiles, Providers, Subjects, Usage,
};
use frame_support::{
	ensure,
	traits::{EnsureOrigin, Get},
	BoundedVec,
};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use medrec_primitives::{
	identity::{Role, Status, Subject, SubjectId},
	summary::ActivityKind,
	traits::{OnProvidersChanged, Summaries},
};
use sp_runtime::traits::BadOrigin;

impl<T: Config> Pallet<T> {
	/// On whose word a status is to be set.
	pub(crate) fn ensure_authority(
		origin: OriginFor<T>,
	) -> Result<Authority<T::AccountId>, BadOrigin> {
		match T::CouncilOrigin::try_origin(origin) {
			Ok(_) => Ok(Authority::Council),
			Err(origin) => ensure_signed(origin).map(Authority::Account),
		}
	}

	pub(crate) fn do_set_status(
		by: Authority<T::AccountId>,
		id: SubjectId,
		status: Status,
	) -> Result<(), Error<T>> {
		let mut subject = Subjects::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let actor = Self::ensure_may_set_status(by, &id, &subject, status)?;
		ensure!(subject.status != Status::Retired, Error::<T>::Retired);
		ensure!(subject.status != status, Error::<T>::StatusUnchanged);
		let was_active = subject.is_active();
		subject.status = status;
		let active = subject.is_active();
		let has_key = Profiles::<T>::get(id).is_some_and(|profile| profile.mining_key.is_some());
		Self::relist(&id, subject.role, active, active && has_key)?;
		if status == Status::Retired {
			Self::release_account(&subject.account)?;
			Self::take_profile(&id);
			Usage::<T>::remove(id);
		}
		Subjects::<T>::insert(id, &subject);
		if subject.role == Role::Provider && (was_active || active) {
			Self::tell_providers();
		}
		T::Summaries::note(&id, actor.as_ref(), None, ActivityKind::StatusChanged(status));
		Self::deposit_event(Event::StatusSet { subject: id, status });
		Ok(())
	}

	/// Who sets the status of `subject`, if they may; none if the council does.
	fn ensure_may_set_status(
		by: Authority<T::AccountId>,
		id: &SubjectId,
		subject: &Subject<T::AccountId>,
		status: Status,
	) -> Result<Option<SubjectId>, Error<T>> {
		match by {
			Authority::Council => {
				ensure!(subject.role.is_organisation(), Error::<T>::NotAuthorized);
				Ok(None)
			},
			Authority::Account(account) => {
				let (actor, _) = Self::ensure_active(&account)?;
				let retires_itself = actor == *id && status == Status::Retired;
				let is_sponsor = subject.sponsor == Some(actor);
				ensure!(retires_itself || is_sponsor, Error::<T>::NotAuthorized);
				Ok(Some(actor))
			},
		}
	}

	/// Puts an organisation on the list of its role, or takes it off. The last provider stays.
	pub(crate) fn relist(
		id: &SubjectId,
		role: Role,
		active: bool,
		mines: bool,
	) -> Result<(), Error<T>> {
		match role {
			Role::Provider => Providers::<T>::try_mutate(|providers| {
				list(providers, id, active).map_err(|()| Error::<T>::TooManyProviders)?;
				ensure!(!providers.is_empty(), Error::<T>::LastProvider);
				Ok(())
			}),
			Role::Researcher => Miners::<T>::try_mutate(|miners| {
				list(miners, id, mines).map_err(|()| Error::<T>::TooManyMiners)
			}),
			Role::Clinician | Role::Patient | Role::Device => Ok(()),
		}
	}

	/// Tells who the active providers are.
	pub(crate) fn tell_providers() {
		T::OnProvidersChanged::on_providers_changed(&Self::providers());
	}
}

/// Makes `id` stand in `members` exactly once, or not at all; an error if there is no room.
fn list<Bound: Get<u32>>(
	members: &mut BoundedVec<SubjectId, Bound>,
	id: &SubjectId,
	listed: bool,
) -> Result<(), ()> {
	if !listed {
		members.retain(|member| member != id);
	} else if !members.contains(id) {
		members.try_push(*id).map_err(|_| ())?;
	}
	Ok(())
}
