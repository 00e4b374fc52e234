use crate::{mock::*, Error, Event, Records};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	record::{Category, Commitment, RecordPointer, Release},
	relationship::RelationshipId,
	summary::{ActivityKind, EntryRole, EntryState},
};
use sp_runtime::{traits::BadOrigin, DispatchResult};

fn amend(account: AccountId, id: RelationshipId, number: u8) -> DispatchResult {
	Ppr::amend_record(
		signed(account),
		id,
		record(number),
		Commitment::repeat_byte(0xad),
		pointer(),
		Category(2),
		Release::Withheld,
	)
}

#[test]
fn amended_record_has_the_next_version_and_the_new_posting() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		let author = subject(PROVIDER);
		for (account, version) in [(GATEKEEPER, 2), (PROVIDER, 3)] {
			MockTime::advance(1);
			assert_ok!(amend(account, id, 1));
			let expected = RecordPointer {
				author,
				pointer: pointer(),
				commitment: Commitment::repeat_byte(0xad),
				version,
				category: Category(2),
				release: Release::Withheld,
				posted_at: NOW - 1 + u64::from(version),
			};
			assert_eq!(Records::<Test>::get(id, record(1)), Some(expected));
			let event =
				Event::RecordAmended { relationship: id, record: record(1), author, version };
			System::assert_last_event(event.into());
		}
		assert_eq!(stored(id).records, 1);
	});
}

#[test]
fn each_side_amends_its_own_only() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		assert_ok!(post(PATIENT, id, 2));
		assert_noop!(amend(PATIENT, id, 1), Error::<Test>::NotAuthorized);
		for account in [PROVIDER, GATEKEEPER] {
			assert_noop!(amend(account, id, 2), Error::<Test>::NotAuthorized);
		}
		assert_ok!(amend(PATIENT, id, 2));
	});
}

#[test]
fn nobody_else_amends() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		permitted(id, CLINICIAN);
		for account in [OTHER_PROVIDER, OTHER_PATIENT, CLINICIAN] {
			assert_noop!(amend(account, id, 1), Error::<Test>::NotAuthorized);
		}
		assert_noop!(amend(STRANGER, id, 1), BadOrigin);
		set_suspended(PROVIDER, true);
		assert_noop!(amend(PROVIDER, id, 1), BadOrigin);
		assert_noop!(amend(GATEKEEPER, id, 1), Error::<Test>::NotAuthorized);
	});
}

#[test]
fn patient_is_notified_of_what_the_provider_amends() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		assert_ok!(post(PATIENT, id, 2));
		MockSummaries::clear_notes();
		assert_ok!(amend(GATEKEEPER, id, 1));
		assert_ok!(amend(PATIENT, id, 2));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 3)));
		assert_eq!(entry(PROVIDER, id), Some((EntryRole::Provider, EntryState::Active, 1)));
		let patient = subject(PATIENT);
		let expected = [
			(patient, subject(PROVIDER), ActivityKind::RecordAmended(record(1))),
			(patient, patient, ActivityKind::RecordAmended(record(2))),
		];
		assert_eq!(notes(id), expected);
	});
}

#[test]
fn terminated_relationship_is_read_only() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		assert_ok!(post(PATIENT, id, 2));
		assert_ok!(Ppr::terminate(signed(PATIENT), id));
		assert_noop!(amend(PROVIDER, id, 1), Error::<Test>::NotActive);
		assert_noop!(amend(PATIENT, id, 2), Error::<Test>::NotActive);
	});
}

#[test]
fn unknown_record_is_not_amended() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(amend(PROVIDER, Default::default(), 1), Error::<Test>::NotFound);
		let id = active();
		for account in [PROVIDER, PATIENT] {
			assert_noop!(amend(account, id, 1), Error::<Test>::RecordNotFound);
		}
	});
}

#[test]
fn full_relationship_accepts_amendments() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for number in 1..=4 {
			assert_ok!(post(PROVIDER, id, number));
		}
		assert_ok!(amend(PROVIDER, id, 4));
	});
}

#[test]
fn versions_do_not_wrap() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		Records::<Test>::mutate(id, record(1), |pointer| {
			pointer.as_mut().unwrap().version = u32::MAX;
		});
		assert_noop!(amend(PROVIDER, id, 1), Error::<Test>::Overflow);
	});
}
