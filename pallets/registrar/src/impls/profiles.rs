//! The profiles of organisations and the keys in them.

use crate::*;
use frame_support::ensure;
use medrec_primitives::{
	authority::Actor,
	identity::{Gatekeeper, Profile, Role, SubjectId},
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_profile(actor: Actor, profile: Profile) -> Result<(), Error<T>> {
		let id = actor.organisation().ok_or(Error::<T>::NotAuthorized)?;
		Self::ensure_profile(&id, actor.role, &profile)?;
		Self::update_lists(&id, actor.role, true, profile.mining_key.is_some())?;
		let finality_key = profile.finality_key;
		let before = Self::put_profile(&id, profile);
		if before.and_then(|profile| profile.finality_key) != finality_key {
			Self::notify_providers_changed();
		}
		Self::deposit_event(Event::ProfileSet { subject: id });
		Ok(())
	}

	/// Checks that the organisation `id` may have this profile.
	pub(crate) fn ensure_profile(
		id: &SubjectId,
		role: Role,
		profile: &Profile,
	) -> Result<(), Error<T>> {
		let Profile { gatekeeper, mining_key, finality_key, .. } = profile;
		let is_providers = gatekeeper.is_some() || finality_key.is_some();
		ensure!(role == Role::Provider || !is_providers, Error::<T>::InvalidProfile);
		ensure!(role == Role::Researcher || mining_key.is_none(), Error::<T>::InvalidProfile);
		if let Some(Gatekeeper { device, .. }) = gatekeeper {
			ensure!(Self::is_active_device(device, id), Error::<T>::InvalidGatekeeper);
		}
		let miner = mining_key.and_then(MiningKeys::<T>::get);
		let voter = finality_key.and_then(FinalityKeys::<T>::get);
		let is_free = |holder: Option<SubjectId>| holder.is_none_or(|holder| holder == *id);
		ensure!(is_free(miner) && is_free(voter), Error::<T>::KeyTaken);
		Ok(())
	}

	/// Stores a profile and its keys. Returns the former profile.
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

	/// Removes a profile and its keys, which are then free for others.
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
	fn is_active_device(device: &SubjectId, provider: &SubjectId) -> bool {
		Subjects::<T>::get(device).is_some_and(|subject| {
			subject.is_active()
				&& subject.role == Role::Device
				&& subject.sponsor == Some(*provider)
		})
	}
}
