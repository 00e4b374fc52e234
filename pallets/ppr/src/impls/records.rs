//! Posting and amending records and notes.

use crate::*;
use frame_support::{pallet_prelude::*, traits::Time};
use medrec_primitives::{
	authority::{authorize, Act, Actor},
	identity::SubjectId,
	record::{Posting, RecordId, RecordPointer},
	relationship::{Relationship, RelationshipId},
	summary::ActivityKind,
	traits::Summaries,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_post_record(
		actor: Actor,
		id: RelationshipId,
		record: RecordId,
		posting: Posting,
	) -> Result<(), Error<T>> {
		let (mut relationship, author) = Self::authorized(&actor, &id, Act::PostRecord)?;
		ensure!(!Records::<T>::contains_key(id, record), Error::<T>::AlreadyExists);
		if author == relationship.provider {
			ensure!(relationship.records < T::MaxRecords::get(), Error::<T>::TooManyRecords);
			relationship.records = relationship.records.saturating_add(1);
		} else {
			ensure!(relationship.notes < T::MaxNotes::get(), Error::<T>::TooManyNotes);
			relationship.notes = relationship.notes.saturating_add(1);
		}

		let version = 1;
		Self::notify_patient(&id, &relationship, &author, ActivityKind::RecordPosted(record));
		Relationships::<T>::insert(id, relationship);
		Self::put_record(&id, &record, author, posting, version);
		Self::deposit_event(Event::RecordPosted { relationship: id, record, author, version });
		Ok(())
	}

	pub(crate) fn do_amend_record(
		actor: Actor,
		id: RelationshipId,
		record: RecordId,
		posting: Posting,
	) -> Result<(), Error<T>> {
		// A sender that may not post does not learn whether the record exists.
		let (relationship, _) = Self::authorized(&actor, &id, Act::PostRecord)?;
		let old = Records::<T>::get(id, record).ok_or(Error::<T>::RecordNotFound)?;
		let act = Act::AmendRecord { author: &old.author };
		let author = authorize(&actor, &relationship, act)?;
		let version = old.version.checked_add(1).ok_or(Error::<T>::Overflow)?;

		Self::put_record(&id, &record, author, posting, version);
		Self::notify_patient(&id, &relationship, &author, ActivityKind::RecordAmended(record));
		Self::deposit_event(Event::RecordAmended { relationship: id, record, author, version });
		Ok(())
	}

	fn put_record(
		id: &RelationshipId,
		record: &RecordId,
		author: SubjectId,
		Posting { commitment, pointer, category, release }: Posting,
		version: u32,
	) {
		let posted_at = T::Time::now();
		let stored =
			RecordPointer { author, pointer, commitment, version, category, release, posted_at };
		Records::<T>::insert(id, record, stored);
	}

	/// Appends to the history of the patient, who is notified unless they are the author.
	fn notify_patient(
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
