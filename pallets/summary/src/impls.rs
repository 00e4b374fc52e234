//! The calls, the queries of the runtime API, and the notifications by other pallets.

use crate::*;
use alloc::vec::Vec;
use frame_support::{pallet_prelude::*, traits::Time};
use medrec_primitives::{
	authority::{authorize, Act, Actor},
	identity::SubjectId,
	merkle::MAX_LEAVES,
	record::RecordId,
	relationship::RelationshipId,
	runtime_api::PAGE,
	summary::{ActivityEntry, ActivityKind, Entry, EntryRole, EntryState, LogAnchor, LogRoot},
	traits::{Relationships, Summaries},
};

impl<T: Config> Pallet<T> {
	/// The entries of `subject` after the relationship `cursor`, in the order of storage, at most
	/// [`PAGE`] of them. The cursor of the next page is the last relationship of this one. A cursor
	/// stays valid after its entry is removed.
	pub fn relationships_of(
		subject: &SubjectId,
		cursor: Option<&RelationshipId>,
	) -> Vec<(RelationshipId, Entry)> {
		let entries = match cursor {
			None => Entries::<T>::iter_prefix(subject),
			Some(cursor) => {
				let after = Entries::<T>::hashed_key_for(subject, cursor);
				Entries::<T>::iter_prefix_from(subject, after)
			},
		};
		entries.take(PAGE as usize).collect()
	}

	/// The number of notifications that `subject` has not acknowledged, over all its relationships.
	pub fn pending_for(subject: &SubjectId) -> u32 {
		Pending::<T>::get(subject)
	}

	pub(crate) fn do_acknowledge(
		subject: SubjectId,
		relationship: RelationshipId,
	) -> Result<(), Error<T>> {
		let entry = Entries::<T>::get(subject, relationship).ok_or(Error::<T>::NotFound)?;
		Self::discount(&subject, entry.pending);
		Entries::<T>::insert(subject, relationship, Entry { pending: 0, ..entry });
		Self::deposit_event(Event::Acknowledged { subject, relationship });
		Ok(())
	}

	pub(crate) fn do_anchor_access_log(
		actor: Actor,
		root: LogRoot,
		first: u64,
		count: u32,
	) -> Result<(), Error<T>> {
		let provider = actor.acting_provider.ok_or(Error::<T>::NotAuthorized)?;
		ensure!(count > 0, Error::<T>::Empty);
		let head = AnchorHeads::<T>::get(provider);
		ensure!(first == head.size, Error::<T>::Gap);
		let size = first.saturating_add(count.into());
		ensure!(size <= MAX_LEAVES, Error::<T>::Full);

		Anchors::<T>::insert(provider, head.next, LogAnchor { root, size, at: T::Time::now() });
		Anchors::<T>::remove(provider, expired_number(head.next, T::AnchorRetention::get()));
		AnchorHeads::<T>::insert(provider, AnchorHead { next: head.next.saturating_add(1), size });
		Self::deposit_event(Event::Anchored { provider, root, first, count, size });
		Ok(())
	}

	pub(crate) fn do_raise_alarm(
		actor: Actor,
		id: RelationshipId,
		record: RecordId,
	) -> Result<(), Error<T>> {
		let relationship = T::Relationships::relationship(&id).ok_or(Error::<T>::NotFound)?;
		let provider = authorize(&actor, &relationship, Act::RaiseAlarm)
			.map_err(|_| Error::<T>::NotAuthorized)?;
		// A relationship that the patient has not accepted holds no record.
		ensure!(T::Relationships::has_record(&id, &record), Error::<T>::RecordNotFound);

		let patient = relationship.patient;
		for subject in [&patient, &provider] {
			Self::note(subject, Some(&provider), Some(&id), ActivityKind::IntegrityAlarm(record));
		}
		Self::notify(&patient, &id);
		Self::deposit_event(Event::AlarmRaised { relationship: id, record, provider });
		Ok(())
	}

	/// Adds one notification to `entry` and to the sum over its subject's entries. If one of the two
	/// would overflow, neither changes, so that they stay equal.
	fn count(subject: &SubjectId, entry: &mut Entry) {
		let in_entry = entry.pending.checked_add(1);
		let in_sum = Pending::<T>::get(subject).checked_add(1);
		if let (Some(in_entry), Some(in_sum)) = (in_entry, in_sum) {
			entry.pending = in_entry;
			Pending::<T>::insert(subject, in_sum);
		}
	}

	/// Subtracts `pending` notifications from the sum over the subject's entries.
	fn discount(subject: &SubjectId, pending: u32) {
		let rest = Pending::<T>::get(subject).saturating_sub(pending);
		if rest == 0 {
			Pending::<T>::remove(subject);
		} else {
			Pending::<T>::insert(subject, rest);
		}
	}
}

/// The number of the entry to remove when entry `number` is added and `retention` entries stay.
///
/// It wraps to a number without an entry while fewer entries exist. The caller removes it all the
/// same, so that an entry costs as much on a new chain, where weights are measured, as on an old
/// one.
fn expired_number(number: u64, retention: u32) -> u64 {
	number.wrapping_sub(retention.into())
}

impl<T: Config> Summaries for Pallet<T> {
	fn note(
		subject: &SubjectId,
		by: Option<&SubjectId>,
		relationship: Option<&RelationshipId>,
		kind: ActivityKind,
	) {
		let relationship = relationship.copied();
		let head = ActivityHeads::<T>::get(subject);
		let number = head.next;
		let entry =
			ActivityEntry { at: T::Time::now(), by: by.copied(), relationship, kind: kind.clone() };

		ActivityHeads::<T>::insert(subject, head.push(&entry));
		Activity::<T>::insert(subject, number, entry);
		Activity::<T>::remove(subject, expired_number(number, T::Retention::get()));
		Self::deposit_event(Event::Noted { subject: *subject, number, kind, relationship });
	}

	fn set_entry(
		subject: &SubjectId,
		relationship: &RelationshipId,
		role: EntryRole,
		state: EntryState,
		notify: bool,
	) {
		let pending = Entries::<T>::get(subject, relationship).map_or(0, |entry| entry.pending);
		let mut entry = Entry { role, state, pending, last: T::Time::now() };
		if notify {
			Self::count(subject, &mut entry);
		}
		Entries::<T>::insert(subject, relationship, entry);
	}

	fn notify(subject: &SubjectId, relationship: &RelationshipId) {
		if let Some(mut entry) = Entries::<T>::get(subject, relationship) {
			entry.last = T::Time::now();
			Self::count(subject, &mut entry);
			Entries::<T>::insert(subject, relationship, entry);
		}
	}

	fn remove_entry(subject: &SubjectId, relationship: &RelationshipId) {
		if let Some(entry) = Entries::<T>::take(subject, relationship) {
			Self::discount(subject, entry.pending);
		}
	}
}
