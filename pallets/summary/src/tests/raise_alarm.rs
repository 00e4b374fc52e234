use super::{enter, entry, kept};
use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	summary::{ActivityEntry, ActivityKind},
	H256,
};
use sp_runtime::DispatchError;

#[test]
fn an_alarm_stands_in_both_histories_and_notifies_the_patient() {
	for sender in [PROVIDER, GATEKEEPER] {
		ExtBuilder::build_and_execute(|| {
			enter(1);
			wait(10);

			assert_ok!(Summary::raise_alarm(RuntimeOrigin::signed(sender), RELATIONSHIP, RECORD));

			let noted = ActivityEntry {
				at: 1_010,
				by: Some(subject(PROVIDER)),
				relationship: Some(RELATIONSHIP),
				kind: ActivityKind::IntegrityAlarm(RECORD),
			};
			assert_eq!(kept(&subject(PATIENT)), [(0, noted.clone())]);
			assert_eq!(kept(&subject(PROVIDER)), [(0, noted)]);
			assert_eq!(entry().unwrap().pending, 2);
			assert_eq!(entry().unwrap().last, 1_010);
			assert_eq!(Summary::pending_for(&subject(PATIENT)), 2);
			assert_eq!(Summary::pending_for(&subject(PROVIDER)), 0);
			System::assert_last_event(
				Event::AlarmRaised {
					relationship: RELATIONSHIP,
					record: RECORD,
					provider: subject(PROVIDER),
				}
				.into(),
			);
		});
	}
}

#[test]
fn an_alarm_in_no_relationship_is_refused() {
	ExtBuilder::build_and_execute(|| {
		let unknown = H256::repeat_byte(0xbb);
		assert_noop!(
			Summary::raise_alarm(RuntimeOrigin::signed(PROVIDER), unknown, RECORD),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn an_alarm_about_a_record_that_the_relationship_does_not_hold_is_refused() {
	ExtBuilder::build_and_execute(|| {
		enter(0);
		let declined = H256::repeat_byte(0xbb);
		let parties = (subject(PATIENT), subject(PROVIDER));
		Parties::mutate(|known| known.insert(declined, parties));
		for (relationship, record) in [(RELATIONSHIP, H256::zero()), (declined, RECORD)] {
			for sender in [PROVIDER, GATEKEEPER] {
				assert_noop!(
					Summary::raise_alarm(RuntimeOrigin::signed(sender), relationship, record),
					Error::<Test>::RecordNotFound
				);
			}
		}
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 0);
	});
}

#[test]
fn only_the_stewards_of_the_relationship_raise_alarms() {
	ExtBuilder::build_and_execute(|| {
		enter(0);
		let call = |origin| Summary::raise_alarm(origin, RELATIONSHIP, RECORD);
		for who in [OTHER_PROVIDER, PATIENT, VIEWER, STRANGER] {
			assert_noop!(call(RuntimeOrigin::signed(who)), Error::<Test>::NotAuthorized);
		}
		Suspended::set([subject(PROVIDER)].into());
		for who in [PROVIDER, GATEKEEPER] {
			assert_noop!(call(RuntimeOrigin::signed(who)), Error::<Test>::NotAuthorized);
		}
		assert_noop!(call(RuntimeOrigin::none()), DispatchError::BadOrigin);
	});
}
