use super::enter;
use crate::{mock::*, Entries};
use medrec_primitives::{
	relationship::RelationshipId,
	runtime_api::PAGE,
	summary::{EntryRole, EntryState},
	traits::Summaries,
};
use std::collections::BTreeMap;

/// Enters `count` relationships into the summary of [`CLINICIAN`].
fn share(count: u64) {
	for i in 0..count {
		let (role, state) = (EntryRole::Viewer, EntryState::Shared);
		let relationship = RelationshipId::from_low_u64_be(i);
		Summary::set_entry(&subject(CLINICIAN), &relationship, role, state, false);
	}
}

#[test]
fn the_pages_hold_every_relationship_once() {
	for count in [0, 1, u64::from(PAGE), u64::from(PAGE) + 1, 150] {
		ExtBuilder.build_and_execute(|| {
			enter(1);
			share(count);
			let mut seen = BTreeMap::new();
			let mut cursor: Option<RelationshipId> = None;
			loop {
				let page = Summary::relationships_of(&subject(CLINICIAN), cursor.as_ref());
				assert!(page.len() <= PAGE as usize);
				let Some((last, _)) = page.last() else { break };
				cursor = Some(*last);
				for (relationship, entry) in page {
					assert_eq!(seen.insert(relationship, entry), None);
				}
			}
			assert_eq!(seen, Entries::<Test>::iter_prefix(subject(CLINICIAN)).collect());
			assert_eq!(seen.len() as u64, count);
		});
	}
}

#[test]
fn a_cursor_stays_valid_after_its_relationship_is_removed() {
	ExtBuilder.build_and_execute(|| {
		share(100);
		let first = Summary::relationships_of(&subject(CLINICIAN), None);
		let (last, _) = *first.last().unwrap();
		let before = Summary::relationships_of(&subject(CLINICIAN), Some(&last));
		assert_eq!(before.len(), 100 - PAGE as usize);

		Summary::remove_entry(&subject(CLINICIAN), &last);

		assert_eq!(Summary::relationships_of(&subject(CLINICIAN), Some(&last)), before);
	});
}
