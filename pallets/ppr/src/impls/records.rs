//! Posting and amending records and notes.

use crate::{types::Posting, Config, Error, Event, Pallet, Records, Relationships};
use frame_support::{ensure, pallet_prelude::*};
use medrec_primitives::{
	identity::SubjectId,
	record::{RecordId, RecordPointer},
	relationship::{Relationship, RelationshipId, RelationshipState},
	summary::ActivityKind,
	traits::{Clock, Subjects, Summaries},
	Moment,
};
use sp_runtime::ArithmeticError;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_post_record(
		who: &T::AccountId,
		id: RelationshipId,
		record: RecordId,
		posting: Posting,
	) -> DispatchResult {
		const FIRST: u32 = 1;

		let mut relationship = Self::existing(&id)?;
		let author = Self::ensure_author(who, &relationship)?;
		ensure!(relationship.state == RelationshipState::Active, Error::<T>::NotActive);
		ensure!(!Records::<T>::contains_key(id, record), Error::<T>::AlreadyExists);
		if author == relationship.provider {
			ensure!(relationship.records < T::MaxRecords::get(), Error::<T>::TooManyRecords);
			relationship.records = relationship.records.saturating_add(1);
		} else {
			ensure!(relationship.notes < T::MaxNotes::get(), Error::<T>::TooManyNotes);
			relationship.notes = relationship.notes.saturating_add(1);
		}

		let now = T::Clock::now();
		Self::tell_patient(&id, &relationship, &author, ActivityKind::RecordPosted(record));
		Relationships::<T>::insert(id, relationship);
		Records::<T>::insert(id, record, pointer_of(author, posting, FIRST, now));
		Self::deposit_event(Event::RecordPosted {
			relationship: id,
			record,
			author,
			version: FIRST,
		});
		Ok(())
	}

	pub(crate) fn do_amend_record(
		who: &T::AccountId,
		id: RelationshipId,
		record: RecordId,
		posting: Posting,
	) -> DispatchResult {
		let relationship = Self::existing(&id)?;
		let author = Self::ensure_author(who, &relationship)?;
		ensure!(relationship.state == RelationshipState::Active, Error::<T>::NotActive);
		let old = Records::<T>::get(id, record).ok_or(Error::<T>::RecordNotFound)?;
		ensure!(old.author == author, Error::<T>::NotAuthorized);
		let version = old.version.checked_add(1).ok_or(ArithmeticError::Overflow)?;

		let now = T::Clock::now();
		Records::<T>::insert(id, record, pointer_of(author, posting, version, now));
		Self::tell_patient(&id, &relationship, &author, ActivityKind::RecordAmended(record));
		Self::deposit_event(Event::RecordAmended { relationship: id, record, author, version });
		Ok(())
	}

	/// The party on whose behalf `who` posts.
	fn ensure_author(
		who: &T::AccountId,
		relationship: &Relationship,
	) -> Result<SubjectId, Error<T>> {
		if T::Subjects::acting_provider(who) == Some(relationship.provider) {
			return Ok(relationship.provider);
		}
		match T::Subjects::active(who) {
			Some((subject, _)) if subject == relationship.patient => Ok(subject),
			_ => Err(Error::NotAuthorized),
		}
	}

	/// Adds to the patient's history, and notifies the patient of what the provider did.
	fn tell_patient(
		id: &RelationshipId,
		relationship: &Relationship,
		author: &SubjectId,
		kind: ActivityKind,
	) {
		if *author != relationship.patient {
			T::Summaries::notify(&relationship.patient, id);
		}
		T::Summaries::note(&relationship.patient, Some(author), Some(id), kind);
	}
}

fn pointer_of(author: SubjectId, posting: Posting, version: u32, now: Moment) -> RecordPointer {
	let Posting { commitment, pointer, category, release } = posting;
	RecordPointer { author, pointer, commitment, version, category, release, posted_at: now }
}
