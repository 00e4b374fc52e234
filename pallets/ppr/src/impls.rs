//! The calls, one module for each concept. Each function checks everything before it writes.

mod access;
mod grants;
mod records;
mod relationships;

use crate::*;
use medrec_primitives::{
	authority::{authorize, Act, Actor, AuthorityError},
	identity::SubjectId,
	relationship::{Relationship, RelationshipId},
};

impl<T> From<AuthorityError> for Error<T> {
	fn from(error: AuthorityError) -> Self {
		match error {
			AuthorityError::NotAuthorized => Error::NotAuthorized,
			AuthorityError::NotProposed => Error::NotProposed,
			AuthorityError::NotActive => Error::NotActive,
		}
	}
}

impl<T: Config> Pallet<T> {
	fn existing(id: &RelationshipId) -> Result<Relationship, Error<T>> {
		Relationships::<T>::get(id).ok_or(Error::NotFound)
	}

	/// The relationship, and the subject in whose name `actor` may perform `act` in it.
	fn authorized(
		actor: &Actor,
		id: &RelationshipId,
		act: Act<'_>,
	) -> Result<(Relationship, SubjectId), Error<T>> {
		let relationship = Self::existing(id)?;
		let party = authorize(actor, &relationship, act)?;
		Ok((relationship, party))
	}
}
