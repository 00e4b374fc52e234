//! The origin of an active subject.

use crate::*;
use core::marker::PhantomData;
use frame_support::traits::{EnsureOrigin, OriginTrait};
use medrec_primitives::{
	authority::Actor,
	identity::{Subject, SubjectId},
};

/// Ensures that the account of an active subject signed. Returns the subject as an [`Actor`].
pub struct EnsureActor<T>(PhantomData<T>);

impl<T: Config> EnsureOrigin<T::RuntimeOrigin> for EnsureActor<T> {
	type Success = Actor;

	fn try_origin(origin: T::RuntimeOrigin) -> Result<Actor, T::RuntimeOrigin> {
		origin.as_signer().and_then(Pallet::<T>::actor).ok_or(origin)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<T::RuntimeOrigin, ()> {
		let account = frame_benchmarking::account("actor", 0, 0);
		benchmarking::acting_provider::<T>(&account);
		Ok(T::RuntimeOrigin::signed(account))
	}
}

impl<T: Config> Pallet<T> {
	/// The active subject that `account` controls. For a device it reads its sponsor and the profile
	/// of the sponsor as well.
	pub fn actor(account: &T::AccountId) -> Option<Actor> {
		let id = SubjectOf::<T>::get(account)?;
		let subject = Subjects::<T>::get(id).filter(Subject::is_active)?;
		Some(Actor::new(id, subject.role, || {
			subject.sponsor.filter(|sponsor| Self::is_gatekeeper_of(&id, sponsor))
		}))
	}

	/// Whether the profile of `provider`, which must be active, names `device` as its gatekeeper.
	fn is_gatekeeper_of(device: &SubjectId, provider: &SubjectId) -> bool {
		Subjects::<T>::get(provider).is_some_and(|subject| subject.is_active())
			&& Profiles::<T>::get(provider)
				.and_then(|profile| profile.gatekeeper)
				.is_some_and(|gatekeeper| gatekeeper.device == *device)
	}
}
