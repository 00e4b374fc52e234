use super::kept;
use crate::{mock::*, ActivityHeads, Event};
use medrec_primitives::{
	merkle,
	record::RecordId,
	relationship::RelationshipId,
	summary::{ActivityEntry, ActivityHash, ActivityHead, ActivityKind},
	traits::Summaries,
};
use parity_scale_codec::Encode;

fn note(kind: ActivityKind) {
	Summary::note(&subject(PATIENT), Some(&subject(PROVIDER)), Some(&RELATIONSHIP), kind);
}

fn numbers() -> Vec<u64> {
	kept(&subject(PATIENT)).into_iter().map(|(number, _)| number).collect()
}

#[test]
fn an_entry_holds_time_actor_relationship_and_kind() {
	ExtBuilder.build_and_execute(|| {
		note(ActivityKind::Proposed);
		let expected = ActivityEntry {
			at: NOW,
			by: Some(subject(PROVIDER)),
			relationship: Some(RELATIONSHIP),
			kind: ActivityKind::Proposed,
		};
		assert_eq!(kept(&subject(PATIENT)), [(0, expected)]);
		assert!(kept(&subject(PROVIDER)).is_empty());
	});
}

#[test]
fn every_entry_deposits_an_event() {
	ExtBuilder.build_and_execute(|| {
		let noted = |number, kind, relationship: Option<RelationshipId>| {
			System::assert_last_event(
				Event::Noted { subject: subject(PATIENT), number, kind, relationship }.into(),
			)
		};
		Summary::note(&subject(PATIENT), None, None, ActivityKind::Registered);
		noted(0, ActivityKind::Registered, None);
		note(ActivityKind::Accepted);
		noted(1, ActivityKind::Accepted, Some(RELATIONSHIP));
		assert_eq!(System::events().len(), 2);
	});
}

#[test]
fn the_head_hash_covers_every_entry() {
	ExtBuilder.build_and_execute(|| {
		note(ActivityKind::Proposed);
		let (_, first) = kept(&subject(PATIENT)).remove(0);
		let hash = ActivityHash(merkle::sha3(&[&[0u8; 32], &first.encode()]).0);
		assert_eq!(ActivityHeads::<Test>::get(subject(PATIENT)), ActivityHead { next: 1, hash });

		note(ActivityKind::Accepted);
		let (_, second) = kept(&subject(PATIENT)).remove(1);
		let hash = ActivityHash(merkle::sha3(&[hash.as_bytes(), &second.encode()]).0);
		assert_eq!(ActivityHeads::<Test>::get(subject(PATIENT)), ActivityHead { next: 2, hash });
	});
}

#[test]
fn above_the_retention_bound_the_oldest_entry_is_removed() {
	ExtBuilder.build_and_execute(|| {
		for i in 0..4 {
			note(ActivityKind::RecordPosted(RecordId::from_low_u64_be(i)));
		}
		assert_eq!(numbers(), [0, 1, 2, 3]);
		for i in 4..6 {
			note(ActivityKind::RecordPosted(RecordId::from_low_u64_be(i)));
		}
		assert_eq!(numbers(), [2, 3, 4, 5]);
		assert_eq!(ActivityHeads::<Test>::get(subject(PATIENT)).next, 6);
	});
}

#[test]
fn an_exported_history_is_proven_after_its_entries_are_removed() {
	ExtBuilder.build_and_execute(|| {
		let mut exported = Vec::new();
		for i in 0..20 {
			note(ActivityKind::RecordPosted(RecordId::from_low_u64_be(i)));
			exported.extend(kept(&subject(PATIENT)).pop().map(|(_, entry)| entry));
		}
		assert_eq!(numbers().len(), 4);
		let proven = exported.iter().fold(ActivityHead::default(), ActivityHead::push);
		assert_eq!(ActivityHeads::<Test>::get(subject(PATIENT)), proven);

		exported.remove(3);
		let forged = exported.iter().fold(ActivityHead::default(), ActivityHead::push);
		assert_ne!(ActivityHeads::<Test>::get(subject(PATIENT)).hash, forged.hash);
	});
}

#[test]
fn with_a_retention_of_zero_only_the_head_is_stored() {
	ExtBuilder.build_and_execute(|| {
		Retention::set(0);
		note(ActivityKind::Proposed);
		note(ActivityKind::Accepted);
		assert!(numbers().is_empty());
		assert_eq!(ActivityHeads::<Test>::get(subject(PATIENT)).next, 2);
	});
}

#[test]
fn the_retention_bound_may_be_raised() {
	ExtBuilder.build_and_execute(|| {
		for _ in 0..6 {
			note(ActivityKind::Proposed);
		}
		Retention::set(6);
		for _ in 0..3 {
			note(ActivityKind::Proposed);
			assert_eq!(Summary::do_try_state(), Ok(()));
		}
		assert_eq!(numbers(), [3, 4, 5, 6, 7, 8]);
	});
}
