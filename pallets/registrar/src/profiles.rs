//! What organisations tell of themselves, and whose keys are whose.

use crate::{Config, Error, Event, FinalityKeys, MiningKeys, Pallet, Profiles, Subjects};
use frame_support::ensure;
use medrec_primitives::identity::{Gatekeeper, Profile, Role, Subject, SubjectId};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_profile(who: &T::AccountId, profile: Profile) -> Result<(), Error<T>> {
		let (id, Subject { role, .. }) = Self::ensure_active(who)?;
		ensure!(role.is_organisation(), Error::<T>::NotAuthorized);
		Self::ensure_profile(&id, role, &profile)?;
		Self::relist(&id, role, true, profile.mining_key.is_some())?;
		let finality_key = profile.finality_key;
		let before = Self::put_profile(&id, profile);
		if before.and_then(|profile| profile.finality_key) != finality_key {
			Self::tell_providers();
		}
		Self::deposit_event(Event::ProfileSet { subject: id });
		Ok(())
	}

	/// Whether the organisation `id` may have this profile.
	pub(crate) fn ensure_profile(
		id: &SubjectId,
		role: Role,
		profile: &Profile,
	) -> Result<(), Error<T>> {
		let Profile { gatekeeper, mining_key, finality_key, .. } = profile;
		let of_provider = gatekeeper.is_some() || finality_key.is_some();
		ensure!(role == Role::Provider || !of_provider, Error::<T>::InvalidProfile);
		ensure!(role == Role::Researcher || mining_key.is_none(), Error::<T>::InvalidProfile);
		if let Some(Gatekeeper { device, .. }) = gatekeeper {
			ensure!(Self::is_active_device(device, id), Error::<T>::InvalidGatekeeper);
		}
		let miner = mining_key.and_then(MiningKeys::<T>::get);
		let voter = finality_key.and_then(FinalityKeys::<T>::get);
		let is_own = |holder: Option<SubjectId>| holder.is_none_or(|holder| holder == *id);
		ensure!(is_own(miner) && is_own(voter), Error::<T>::KeyTaken);
		Ok(())
	}

	/// Stores a profile with its keys, and returns the one before.
	pub(crate) fn put_profile(id: &SubjectId, profile: Profile) -> Option<Profile> {
		let before = Self::take_profile(id);
		if let Some(key) = profile.mining_key {
			MiningKeys::<T>::insert(key, id);
		}
		if let Some(key) = profile.finality_key {
			FinalityKeys::<T>::insert(key, id);
		}
		Profiles::<T>::insert(id, profile);
		before
	}

	/// Removes the profile with its keys, which are free for others.
	pub(crate) fn take_profile(id: &SubjectId) -> Option<Profile> {
		let profile = Profiles::<T>::take(id)?;
		if let Some(key) = profile.mining_key {
			MiningKeys::<T>::remove(key);
		}
		if let Some(key) = profile.finality_key {
			FinalityKeys::<T>::remove(key);
		}
		Some(profile)
	}

	/// Whether `device` is an active device that `provider` enrolled.
	pub(crate) fn is_active_device(device: &SubjectId, provider: &SubjectId) -> bool {
		Subjects::<T>::get(device).is_some_and(|subject| {
			subject.is_active()
				&& subject.role == Role::Device
				&& subject.sponsor == Some(*provider)
		})
	}
}
