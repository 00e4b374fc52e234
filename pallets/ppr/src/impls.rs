//! What the calls do, one module for each concept. Every function here checks everything before it
//! writes anything.

mod access;
mod grants;
mod records;
mod relationships;

#[cfg(any(feature = "try-runtime", test))]
pub(crate) use relationships::is_open;

use crate::{Config, Error, Pallet, Relationships};
use frame_support::{ensure, pallet_prelude::DispatchError};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use medrec_primitives::{
	identity::{Role, SubjectId},
	relationship::{Relationship, RelationshipId, RelationshipState},
	traits::Subjects,
};

impl<T: Config> Pallet<T> {
	/// The active subject that signed.
	pub(crate) fn ensure_subject(origin: OriginFor<T>) -> Result<SubjectId, DispatchError> {
		let who = ensure_signed(origin)?;
		let (subject, _) = T::Subjects::active(&who).ok_or(Error::<T>::NotAuthorized)?;
		Ok(subject)
	}

	/// The active provider that signed.
	pub(crate) fn ensure_provider(origin: OriginFor<T>) -> Result<SubjectId, DispatchError> {
		let who = ensure_signed(origin)?;
		match T::Subjects::active(&who) {
			Some((subject, Role::Provider)) => Ok(subject),
			_ => Err(Error::<T>::NotAuthorized.into()),
		}
	}

	fn existing(id: &RelationshipId) -> Result<Relationship, Error<T>> {
		Relationships::<T>::get(id).ok_or(Error::NotFound)
	}

	/// The relationship, which must be active, and `by` its patient.
	fn active_for_patient(id: &RelationshipId, by: &SubjectId) -> Result<Relationship, Error<T>> {
		let relationship = Self::existing(id)?;
		ensure!(relationship.patient == *by, Error::NotAuthorized);
		ensure!(relationship.state == RelationshipState::Active, Error::NotActive);
		Ok(relationship)
	}
}
