//! The unit tests, one file for each operation.

mod acknowledge;
mod anchor_access_log;
mod note;
mod notify;
mod properties;
mod raise_alarm;
mod relationships_of;
mod remove_entry;
mod set_entry;
mod try_state;

use crate::mock::*;
use medrec_primitives::{
	identity::SubjectId,
	summary::{ActivityEntry, Entry, EntryRole, EntryState},
	traits::Summaries,
};

/// Enters [`RELATIONSHIP`] into the patient's summary with `notifications` notifications.
fn enter(notifications: u32) {
	let patient = subject(PATIENT);
	Summary::set_entry(&patient, &RELATIONSHIP, EntryRole::Patient, EntryState::Active, false);
	for _ in 0..notifications {
		Summary::notify(&patient, &RELATIONSHIP);
	}
}

/// The patient's entry of [`RELATIONSHIP`].
fn entry() -> Option<Entry> {
	crate::Entries::<Test>::get(subject(PATIENT), RELATIONSHIP)
}

/// The entries of a subject's history that are in storage, by ascending number.
fn kept(subject: &SubjectId) -> Vec<(u64, ActivityEntry)> {
	let mut kept: Vec<_> = crate::Activity::<Test>::iter_prefix(subject).collect();
	kept.sort_by_key(|(number, _)| *number);
	kept
}
