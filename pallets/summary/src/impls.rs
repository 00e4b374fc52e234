//! What the calls do, what other pallets tell, and what clients ask.

use crate::{
	Activity, ActivityHeads, AnchorHead, AnchorHeads, Anchors, Config, Entries, Error, Event,
	Pallet, Pending,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use medrec_primitives::{
	identity::SubjectId,
	merkle::MAX_LEAVES,
	record::RecordId,
	relationship::RelationshipId,
	runtime_api::PAGE,
	summary::{ActivityEntry, ActivityKind, Anchor, Entry, EntryRole, EntryState},
	traits::{Clock, Relationships, Subjects, Summaries},
	H256,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	/// The relationships in the summary of `subject` after `cursor`, in the order of storage, at
	/// most [`PAGE`] of them. The cursor of the next page is the last relationship of this one; it
	/// may have left the summary meanwhile.
	pub fn relationships_of(
		subject: &SubjectId,
		cursor: Option<&RelationshipId>,
	) -> Vec<(RelationshipId, Entry)> {
		let page = PAGE as usize;
		match cursor {
			None => Entries::<T>::iter_prefix(subject).take(page).collect(),
			Some(cursor) => {
				let after = Entries::<T>::hashed_key_for(subject, cursor);
				Entries::<T>::iter_prefix_from(subject, after).take(page).collect()
			},
		}
	}

	/// How many notifications `subject` has not acknowledged, over all its relationships.
	pub fn pending_for(subject: &SubjectId) -> u32 {
		Pending::<T>::get(subject)
	}

	pub(crate) fn ensure_active(origin: OriginFor<T>) -> Result<SubjectId, DispatchError> {
		let who = ensure_signed(origin)?;
		let (subject, _) = T::Subjects::active(&who).ok_or(Error::<T>::NotAuthorized)?;
		Ok(subject)
	}

	pub(crate) fn ensure_steward(origin: OriginFor<T>) -> Result<SubjectId, DispatchError> {
		let who = ensure_signed(origin)?;
		Ok(T::Subjects::acting_provider(&who).ok_or(Error::<T>::NotAuthorized)?)
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
		provider: SubjectId,
		root: H256,
		first: u64,
		count: u32,
	) -> Result<(), Error<T>> {
		ensure!(count > 0, Error::<T>::Empty);
		let head = AnchorHeads::<T>::get(provider);
		ensure!(first == head.size, Error::<T>::Gap);
		let size = first.saturating_add(count.into());
		ensure!(size <= MAX_LEAVES, Error::<T>::Full);

		Anchors::<T>::insert(provider, head.next, Anchor { root, size, at: T::Clock::now() });
		Anchors::<T>::remove(provider, dropped_by(head.next, T::AnchorRetention::get()));
		AnchorHeads::<T>::insert(provider, AnchorHead { next: head.next.saturating_add(1), size });
		Self::deposit_event(Event::Anchored { provider, root, first, count, size });
		Ok(())
	}

	pub(crate) fn do_raise_alarm(
		provider: SubjectId,
		relationship: RelationshipId,
		record: RecordId,
	) -> Result<(), Error<T>> {
		let (patient, keeper) =
			T::Relationships::parties(&relationship).ok_or(Error::<T>::NotFound)?;
		ensure!(keeper == provider, Error::<T>::NotAuthorized);
		// A relationship that the patient did not accept holds none.
		ensure!(T::Relationships::holds(&relationship, &record), Error::<T>::RecordNotFound);

		for subject in [&patient, &provider] {
			let kind = ActivityKind::IntegrityAlarm(record);
			<Self as Summaries>::note(subject, Some(&provider), Some(&relationship), kind);
		}
		<Self as Summaries>::notify(&patient, &relationship);
		Self::deposit_event(Event::AlarmRaised { relationship, record, provider });
		Ok(())
	}

	/// Counts one more notification in `entry`, and in the sum over its subject's entries. Once one
	/// of the two is full neither is counted, so that they agree for ever.
	fn count(subject: &SubjectId, entry: &mut Entry) {
		let in_entry = entry.pending.checked_add(1);
		let in_sum = Pending::<T>::get(subject).checked_add(1);
		if let (Some(in_entry), Some(in_sum)) = (in_entry, in_sum) {
			entry.pending = in_entry;
			Pending::<T>::insert(subject, in_sum);
		}
	}

	/// Takes `pending` notifications from the sum over the subject's entries.
	fn discount(subject: &SubjectId, pending: u32) {
		let rest = Pending::<T>::get(subject).saturating_sub(pending);
		if rest == 0 {
			Pending::<T>::remove(subject);
		} else {
			Pending::<T>::insert(subject, rest);
		}
	}
}

/// The number of the entry that leaves when entry `number` comes and `retention` are kept.
///
/// While nothing has to leave yet this is a number that no entry has. It is removed all the same:
/// so a push costs as much on a young chain, where weights are measured, as on an old one.
fn dropped_by(number: u64, retention: u32) -> u64 {
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
		let entry = ActivityEntry {
			at: T::Clock::now(),
			by: by.copied(),
			relationship,
			kind: kind.clone(),
		};

		ActivityHeads::<T>::insert(subject, head.push(&entry));
		Activity::<T>::insert(subject, number, entry);
		Activity::<T>::remove(subject, dropped_by(number, T::Retention::get()));
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
		let mut entry = Entry { role, state, pending, last: T::Clock::now() };
		if notify {
			Self::count(subject, &mut entry);
		}
		Entries::<T>::insert(subject, relationship, entry);
	}

	fn notify(subject: &SubjectId, relationship: &RelationshipId) {
		if let Some(mut entry) = Entries::<T>::get(subject, relationship) {
			entry.last = T::Clock::now();
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
