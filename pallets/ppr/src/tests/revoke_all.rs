use crate::{mock::*, Error, Event, Grants, GrantsOf};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{Grantee, RelationshipId},
	summary::{ActivityKind, EntryRole, EntryState},
	H256,
};
use sp_runtime::DispatchResult;

fn revoke_all(by: AccountId, id: RelationshipId, account: AccountId) -> DispatchResult {
	Ppr::revoke_all(RuntimeOrigin::signed(by), id, viewer(account))
}

#[test]
fn permits_go_and_refusals_stay() {
	for by in [PATIENT, DOCTOR] {
		ExtBuilder.build_and_execute(|| {
			let id = active();
			let first = permitted(id, DOCTOR);
			let refusal = refused(id, DOCTOR);
			let second = permitted(id, DOCTOR);
			let other = permitted(id, OTHER_DOCTOR);
			System::reset_events();
			assert_ok!(revoke_all(by, id, DOCTOR));

			assert_eq!(GrantsOf::<Test>::get(id, viewer(DOCTOR)).into_inner(), [refusal]);
			assert_eq!(GrantsOf::<Test>::get(id, viewer(OTHER_DOCTOR)).into_inner(), [other]);
			assert_eq!(Grants::<Test>::iter_prefix(id).count(), 2);
			assert_eq!(stored(id).grants, 2);
			let events: Vec<_> = System::events().into_iter().map(|record| record.event).collect();
			let expected = [first, second].map(|grant| {
				let (grantee, by) = (viewer(DOCTOR), subject(by));
				Event::Revoked { relationship: id, grant, grantee, by }.into()
			});
			assert_eq!(events, expected);
		});
	}
}

#[test]
fn grantee_is_notified_once() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grants = [(); 2].map(|()| permitted(id, DOCTOR));
		refused(id, DOCTOR);
		clear_notes();
		assert_ok!(revoke_all(PATIENT, id, DOCTOR));
		assert_eq!(entry(DOCTOR, id), Some((EntryRole::Viewer, EntryState::Terminated, 3)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));
		let (patient, doctor) = (subject(PATIENT), subject(DOCTOR));
		let expected: Vec<_> = [doctor, patient]
			.into_iter()
			.flat_map(|to| grants.map(|grant| (to, patient, ActivityKind::Revoked(grant))))
			.collect();
		assert_eq!(notes(id), expected);
	});
}

#[test]
fn patient_is_notified_of_what_the_grantee_gives_up() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, DOCTOR);
		permitted(id, DOCTOR);
		assert_ok!(revoke_all(DOCTOR, id, DOCTOR));
		assert_eq!(entry(DOCTOR, id), Some((EntryRole::Viewer, EntryState::Terminated, 2)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 2)));
	});
}

#[test]
fn terminated_relationship_does_not_hinder() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, DOCTOR);
		permitted(id, OTHER_DOCTOR);
		assert_ok!(Ppr::terminate(RuntimeOrigin::signed(HOSPITAL), id));
		assert_ok!(revoke_all(PATIENT, id, DOCTOR));
		assert_ok!(revoke_all(OTHER_DOCTOR, id, OTHER_DOCTOR));
		assert_eq!(GrantsOf::<Test>::iter_keys().count(), 0);
	});
}

#[test]
fn nobody_else_revokes() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, DOCTOR);
		permitted(id, OTHER_DOCTOR);
		for by in [STRANGER, HOSPITAL, GATEKEEPER, OTHER_PATIENT, OTHER_DOCTOR] {
			assert_noop!(revoke_all(by, id, DOCTOR), Error::<Test>::NotAuthorized);
		}
		for by in [PATIENT, DOCTOR] {
			set_suspended(by, true);
			assert_noop!(revoke_all(by, id, DOCTOR), Error::<Test>::NotAuthorized);
		}
	});
}

#[test]
fn there_is_something_to_revoke() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(revoke_all(PATIENT, H256::zero(), DOCTOR), Error::<Test>::NotFound);
		let id = active();
		assert_noop!(revoke_all(PATIENT, id, DOCTOR), Error::<Test>::NotFound);
		assert_noop!(revoke_all(DOCTOR, id, DOCTOR), Error::<Test>::NotFound);
		refused(id, DOCTOR);
		assert_noop!(revoke_all(PATIENT, id, DOCTOR), Error::<Test>::NotFound);
		assert_noop!(revoke_all(DOCTOR, id, DOCTOR), Error::<Test>::NotFound);
		let group = Grantee::Group(subject(DOCTOR));
		let origin = RuntimeOrigin::signed(PATIENT);
		assert_noop!(Ppr::revoke_all(origin, id, group), Error::<Test>::NotFound);
	});
}
