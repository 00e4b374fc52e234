//! Summaries that record their notifications.

use crate::{subject, AccountId};
use frame_support::{storage_alias, Blake2_128Concat};
use medrec_primitives::{
	identity::SubjectId,
	relationship::RelationshipId,
	summary::{ActivityKind, EntryRole, EntryState},
	traits::Summaries,
};

/// An entry of a history: whose history, who acted, in which relationship, what happened.
pub type Note = (SubjectId, Option<SubjectId>, Option<RelationshipId>, ActivityKind);

#[storage_alias]
type Notes = StorageValue<Testing, Vec<Note>>;

#[storage_alias]
type Entries = StorageMap<
	Testing,
	Blake2_128Concat,
	(SubjectId, RelationshipId),
	(EntryRole, EntryState, u32),
>;

/// Summaries that record the notifications of the pallet under test.
pub struct MockSummaries;

impl MockSummaries {
	/// The notes since the last [`MockSummaries::clear_notes`], oldest first.
	pub fn notes() -> Vec<Note> {
		Notes::get().unwrap_or_default()
	}

	/// Removes all notes.
	pub fn clear_notes() {
		Notes::kill();
	}

	/// The entry of `relationship` in the summary of `account`'s subject, with the number of its
	/// notifications.
	pub fn entry(
		account: AccountId,
		relationship: RelationshipId,
	) -> Option<(EntryRole, EntryState, u32)> {
		Entries::get((subject(account), relationship))
	}

	/// All entries, without their notifications.
	pub fn entries() -> Vec<(SubjectId, RelationshipId, EntryRole, EntryState)> {
		Entries::iter()
			.map(|((subject, id), (role, state, _))| (subject, id, role, state))
			.collect()
	}

	/// Whether no summary has an entry.
	pub fn has_no_entries() -> bool {
		Self::entries().is_empty()
	}
}

impl Summaries for MockSummaries {
	fn note(
		subject: &SubjectId,
		by: Option<&SubjectId>,
		relationship: Option<&RelationshipId>,
		kind: ActivityKind,
	) {
		Notes::append((subject, by, relationship, kind));
	}

	fn set_entry(
		subject: &SubjectId,
		relationship: &RelationshipId,
		role: EntryRole,
		state: EntryState,
		notify: bool,
	) {
		let before = Entries::get((subject, relationship)).map_or(0, |(_, _, pending)| pending);
		let pending = before + u32::from(notify);
		Entries::insert((subject, relationship), (role, state, pending));
	}

	/// Panics without an entry: no pallet notifies of a relationship that it never entered.
	fn notify(subject: &SubjectId, relationship: &RelationshipId) {
		let (role, state, pending) =
			Entries::get((subject, relationship)).expect("the entry to notify of exists");
		Entries::insert((subject, relationship), (role, state, pending + 1));
	}

	/// Panics without an entry, as [`Self::notify`].
	fn remove_entry(subject: &SubjectId, relationship: &RelationshipId) {
		Entries::take((subject, relationship)).expect("the entry to remove exists");
	}
}
