use crate::{mock::*, Error, Event, Records};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	record::{Category, Commitment, RecordPointer, Release},
	relationship::RelationshipState,
	summary::{ActivityKind, EntryRole, EntryState},
	traits::Relationships,
};
use sp_runtime::traits::BadOrigin;

#[test]
fn provider_and_its_gatekeeper_post_records() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		MockTime::advance(3);
		let author = subject(PROVIDER);
		for (account, number) in [(PROVIDER, 1), (GATEKEEPER, 2)] {
			assert_ok!(Ppr::post_record(
				signed(account),
				id,
				record(number),
				Commitment::repeat_byte(9),
				pointer(),
				Category(12),
				Release::Withheld,
			));
			let expected = RecordPointer {
				author,
				pointer: pointer(),
				commitment: Commitment::repeat_byte(9),
				version: 1,
				category: Category(12),
				release: Release::Withheld,
				posted_at: NOW + 3,
			};
			assert_eq!(Records::<Test>::get(id, record(number)), Some(expected));
			let record = record(number);
			let event = Event::RecordPosted { relationship: id, record, author, version: 1 };
			System::assert_last_event(event.into());
		}
		assert_eq!((stored(id).records, stored(id).notes), (2, 0));
	});
}

#[test]
fn patient_posts_notes() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PATIENT, id, 1));
		let author = subject(PATIENT);
		assert_eq!(Records::<Test>::get(id, record(1)).unwrap().author, author);
		assert_eq!((stored(id).records, stored(id).notes), (0, 1));
		let event = Event::RecordPosted { relationship: id, record: record(1), author, version: 1 };
		System::assert_last_event(event.into());
	});
}

#[test]
fn patient_is_notified_of_what_the_provider_posts() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		MockSummaries::clear_notes();
		assert_ok!(post(GATEKEEPER, id, 1));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 2)));
		assert_eq!(entry(PROVIDER, id), Some((EntryRole::Provider, EntryState::Active, 1)));
		let kind = ActivityKind::RecordPosted(record(1));
		assert_eq!(notes(id), [(subject(PATIENT), subject(PROVIDER), kind)]);
	});
}

#[test]
fn nobody_is_notified_of_a_note() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		MockSummaries::clear_notes();
		assert_ok!(post(PATIENT, id, 1));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));
		assert_eq!(entry(PROVIDER, id), Some((EntryRole::Provider, EntryState::Active, 1)));
		let kind = ActivityKind::RecordPosted(record(1));
		assert_eq!(notes(id), [(subject(PATIENT), subject(PATIENT), kind)]);
	});
}

#[test]
fn nobody_else_posts() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, CLINICIAN);
		for account in [OTHER_PROVIDER, OTHER_PATIENT, CLINICIAN, MINER] {
			assert_noop!(post(account, id, 1), Error::<Test>::NotAuthorized);
		}
		assert_noop!(post(STRANGER, id, 1), BadOrigin);
	});
}

#[test]
fn suspended_parties_post_nothing() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		set_suspended(PATIENT, true);
		assert_noop!(post(PATIENT, id, 1), BadOrigin);
		assert_ok!(post(GATEKEEPER, id, 1));
		set_suspended(PROVIDER, true);
		assert_noop!(post(PROVIDER, id, 2), BadOrigin);
		assert_noop!(post(GATEKEEPER, id, 2), Error::<Test>::NotAuthorized);
	});
}

#[test]
fn records_are_posted_in_active_relationships_only() {
	ExtBuilder.build_and_execute(|| {
		let id = proposed();
		for account in [PROVIDER, PATIENT] {
			assert_noop!(post(account, id, 1), Error::<Test>::NotActive);
		}
		assert_ok!(Ppr::decline(signed(PATIENT), id));
		assert_noop!(post(PROVIDER, id, 1), Error::<Test>::NotActive);
		let id = terminated();
		assert_eq!(stored(id).state, RelationshipState::Terminated);
		for account in [PROVIDER, PATIENT] {
			assert_noop!(post(account, id, 1), Error::<Test>::NotActive);
		}
		assert_noop!(post(PROVIDER, Default::default(), 1), Error::<Test>::NotFound);
	});
}

#[test]
fn record_is_posted_once() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		for account in [PROVIDER, GATEKEEPER, PATIENT] {
			assert_noop!(post(account, id, 1), Error::<Test>::AlreadyExists);
		}
	});
}

#[test]
fn neither_party_fills_the_bound_of_the_other() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for number in 1..=4 {
			assert_ok!(post(PROVIDER, id, number));
		}
		assert_noop!(post(GATEKEEPER, id, 5), Error::<Test>::TooManyRecords);
		for number in 11..=12 {
			assert_ok!(post(PATIENT, id, number));
		}
		assert_noop!(post(PATIENT, id, 13), Error::<Test>::TooManyNotes);
	});
}

#[test]
fn relationship_has_the_records_that_were_posted_in_it() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert!(!Ppr::has_record(&id, &record(1)));
		assert_ok!(post(GATEKEEPER, id, 1));
		assert_ok!(post(PATIENT, id, 2));
		assert!(Ppr::has_record(&id, &record(1)) && Ppr::has_record(&id, &record(2)));
		assert!(
			!Ppr::has_record(&Default::default(), &record(1)),
			"another relationship has no records"
		);
		assert_ok!(Ppr::terminate(signed(PATIENT), id));
		assert!(Ppr::has_record(&id, &record(1)), "records outlast the termination");
	});
}

#[test]
fn full_patient_notes_leave_room_for_records() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for number in 1..=2 {
			assert_ok!(post(PATIENT, id, number));
		}
		assert_noop!(post(PATIENT, id, 3), Error::<Test>::TooManyNotes);
		assert_ok!(post(PROVIDER, id, 3));
	});
}
