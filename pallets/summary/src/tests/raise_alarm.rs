use super::{enter, entry, kept};
use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	record::RecordId,
	summary::{ActivityEntry, ActivityKind},
};
use sp_runtime::DispatchError;

#[test]
fn an_alarm_is_noted_in_both_histories_and_notifies_the_patient() {
	for sender in [PROVIDER, GATEKEEPER] {
		ExtBuilder.build_and_execute(|| {
			enter(1);
			MockTime::advance(10);

			assert_ok!(Summary::raise_alarm(signed(sender), RELATIONSHIP, RECORD));

			let noted = ActivityEntry {
				at: NOW + 10,
				by: Some(subject(PROVIDER)),
				relationship: Some(RELATIONSHIP),
				kind: ActivityKind::IntegrityAlarm(RECORD),
			};
			assert_eq!(kept(&subject(PATIENT)), [(0, noted.clone())]);
			assert_eq!(kept(&subject(PROVIDER)), [(0, noted)]);
			assert_eq!(entry().unwrap().pending, 2);
			assert_eq!(entry().unwrap().last, NOW + 10);
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
fn an_alarm_in_an_unknown_relationship_fails() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(
			Summary::raise_alarm(signed(PROVIDER), OTHER_RELATIONSHIP, RECORD),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn an_alarm_about_a_record_that_the_relationship_does_not_hold_fails() {
	ExtBuilder.build_and_execute(|| {
		enter(0);
		let declined = OTHER_RELATIONSHIP;
		MockRelationships::insert(declined, subject(PATIENT), subject(PROVIDER));
		for (relationship, record) in [(RELATIONSHIP, RecordId::default()), (declined, RECORD)] {
			for sender in [PROVIDER, GATEKEEPER] {
				assert_noop!(
					Summary::raise_alarm(signed(sender), relationship, record),
					Error::<Test>::RecordNotFound
				);
			}
		}
		assert_eq!(Summary::pending_for(&subject(PATIENT)), 0);
	});
}

#[test]
fn only_the_provider_of_the_relationship_and_its_gatekeeper_raise_alarms() {
	ExtBuilder.build_and_execute(|| {
		enter(0);
		let call = |origin| Summary::raise_alarm(origin, RELATIONSHIP, RECORD);
		for who in [OTHER_PROVIDER, PATIENT, CLINICIAN] {
			assert_noop!(call(signed(who)), Error::<Test>::NotAuthorized);
		}
		set_suspended(PROVIDER, true);
		assert_noop!(call(signed(GATEKEEPER)), Error::<Test>::NotAuthorized);
		for who in [PROVIDER, STRANGER] {
			assert_noop!(call(signed(who)), DispatchError::BadOrigin);
		}
		assert_noop!(call(RuntimeOrigin::none()), DispatchError::BadOrigin);
	});
}
