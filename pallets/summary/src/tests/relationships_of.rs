use super::enter;
use crate::{mock::*, Entries};
use medrec_primitives::{
	relationship::RelationshipId,
	runtime_api::PAGE,
	summary::{EntryRole, EntryState},
	traits::Summaries,
	H256,
};
use std::collections::BTreeMap;

/// Enters this many relationships into the viewer's summary.
fn share(count: u64) {
	for i in 0..count {
		let (role, state) = (EntryRole::Viewer, EntryState::Shared);
		let relationship = H256::from_low_u64_be(i);
		Summary::set_entry(&subject(VIEWER), &relationship, role, state, false);
	}
}

#[test]
fn pages_hold_every_relationship_once() {
	for count in [0, 1, u64::from(PAGE), u64::from(PAGE) + 1, 150] {
		ExtBuilder::build_and_execute(|| {
			enter(1);
			share(count);
			let mut seen = BTreeMap::new();
			let mut cursor: Option<RelationshipId> = None;
			loop {
				let page = Summary::relationships_of(&subject(VIEWER), cursor.as_ref());
				assert!(page.len() <= PAGE as usize);
				let Some((last, _)) = page.last() else { break };
				cursor = Some(*last);
				for (relationship, entry) in page {
					assert_eq!(seen.insert(relationship, entry), None);
				}
			}
			assert_eq!(seen, Entries::<Test>::iter_prefix(subject(VIEWER)).collect());
			assert_eq!(seen.len() as u64, count);
		});
	}
}

#[test]
fn a_cursor_outlives_its_relationship() {
	ExtBuilder::build_and_execute(|| {
		share(100);
		let first = Summary::relationships_of(&subject(VIEWER), None);
		let (last, _) = *first.last().unwrap();
		let before = Summary::relationships_of(&subject(VIEWER), Some(&last));
		assert_eq!(before.len(), 100 - PAGE as usize);

		Summary::remove_entry(&subject(VIEWER), &last);

		assert_eq!(Summary::relationships_of(&subject(VIEWER), Some(&last)), before);
	});
}
