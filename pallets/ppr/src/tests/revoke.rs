use crate::{mock::*, Error, Event, Grants, GrantsOf};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{GrantId, RelationshipId},
	summary::{ActivityKind, EntryRole, EntryState},
	H256,
};
use sp_runtime::DispatchResult;

fn revoke(by: AccountId, id: RelationshipId, grant: GrantId) -> DispatchResult {
	Ppr::revoke(RuntimeOrigin::signed(by), id, grant)
}

#[test]
fn revoked_permit_is_gone() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, DOCTOR);
		assert_ok!(revoke(PATIENT, id, grant));
		assert_eq!(stored(id).grants, 0);
		assert_eq!(Grants::<Test>::iter_keys().count(), 0);
		assert_eq!(GrantsOf::<Test>::iter_keys().count(), 0);
		let (grantee, by) = (viewer(DOCTOR), subject(PATIENT));
		System::assert_last_event(Event::Revoked { relationship: id, grant, grantee, by }.into());
	});
}

#[test]
fn grants_beside_it_stay() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grants = [(); 3].map(|()| permitted(id, DOCTOR));
		let other = permitted(id, OTHER_DOCTOR);
		assert_ok!(revoke(PATIENT, id, grants[1]));
		assert_eq!(GrantsOf::<Test>::get(id, viewer(DOCTOR)).into_inner(), [grants[0], grants[2]]);
		assert_eq!(GrantsOf::<Test>::get(id, viewer(OTHER_DOCTOR)).into_inner(), [other]);
		assert_eq!(stored(id).grants, 3);
	});
}

#[test]
fn grantee_gives_up_a_permit() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, DOCTOR);
		assert_ok!(revoke(DOCTOR, id, grant));
		let (grantee, by) = (viewer(DOCTOR), subject(DOCTOR));
		System::assert_last_event(Event::Revoked { relationship: id, grant, grantee, by }.into());
	});
}

#[test]
fn grantee_does_not_drop_a_refusal() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = refused(id, DOCTOR);
		assert_noop!(revoke(DOCTOR, id, grant), Error::<Test>::NotAuthorized);
		assert_ok!(revoke(PATIENT, id, grant));
	});
}

#[test]
fn nobody_else_revokes() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, DOCTOR);
		permitted(id, OTHER_DOCTOR);
		for by in [STRANGER, HOSPITAL, GATEKEEPER, OTHER_PATIENT, OTHER_DOCTOR] {
			assert_noop!(revoke(by, id, grant), Error::<Test>::NotAuthorized);
		}
		for by in [PATIENT, DOCTOR] {
			set_suspended(by, true);
			assert_noop!(revoke(by, id, grant), Error::<Test>::NotAuthorized);
		}
	});
}

#[test]
fn grants_of_a_suspended_grantee_are_revoked() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, DOCTOR);
		set_suspended(DOCTOR, true);
		assert_ok!(revoke(PATIENT, id, grant));
	});
}

#[test]
fn terminated_relationship_does_not_hinder() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let (first, second) = (permitted(id, DOCTOR), permitted(id, DOCTOR));
		let refusal = refused(id, DOCTOR);
		assert_ok!(Ppr::terminate(RuntimeOrigin::signed(HOSPITAL), id));
		assert_ok!(revoke(PATIENT, id, first));
		assert_ok!(revoke(DOCTOR, id, second));
		assert_ok!(revoke(PATIENT, id, refusal));
	});
}

#[test]
fn unknown_grant_is_not_revoked() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, DOCTOR);
		assert_noop!(revoke(PATIENT, H256::zero(), grant), Error::<Test>::NotFound);
		assert_noop!(revoke(PATIENT, id, H256::zero()), Error::<Test>::NotFound);
		assert_ok!(revoke(PATIENT, id, grant));
		assert_noop!(revoke(PATIENT, id, grant), Error::<Test>::NotFound);
	});
}

#[test]
fn grant_of_another_relationship_is_not_found() {
	ExtBuilder.build_and_execute(|| {
		let ended = active();
		let grant = permitted(ended, DOCTOR);
		assert_ok!(Ppr::terminate(RuntimeOrigin::signed(PATIENT), ended));
		let id = active();
		assert_noop!(revoke(PATIENT, id, grant), Error::<Test>::NotFound);
	});
}

#[test]
fn viewer_keeps_its_entry_until_its_last_permit() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let (first, second) = (permitted(id, DOCTOR), permitted(id, DOCTOR));
		clear_notes();
		assert_ok!(revoke(PATIENT, id, first));
		assert_eq!(entry(DOCTOR, id), Some((EntryRole::Viewer, EntryState::Shared, 3)));
		assert_ok!(revoke(PATIENT, id, second));
		assert_eq!(entry(DOCTOR, id), Some((EntryRole::Viewer, EntryState::Terminated, 4)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));

		let (patient, doctor) = (subject(PATIENT), subject(DOCTOR));
		let expected = [
			(doctor, patient, ActivityKind::Revoked(first)),
			(patient, patient, ActivityKind::Revoked(first)),
			(doctor, patient, ActivityKind::Revoked(second)),
			(patient, patient, ActivityKind::Revoked(second)),
		];
		assert_eq!(notes(id), expected);
	});
}

#[test]
fn patient_is_notified_of_what_the_grantee_gives_up() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let (first, second) = (permitted(id, DOCTOR), permitted(id, DOCTOR));
		assert_ok!(revoke(DOCTOR, id, first));
		assert_eq!(entry(DOCTOR, id), Some((EntryRole::Viewer, EntryState::Shared, 2)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 2)));
		assert_ok!(revoke(DOCTOR, id, second));
		assert_eq!(entry(DOCTOR, id), Some((EntryRole::Viewer, EntryState::Terminated, 2)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 3)));
	});
}

#[test]
fn refusal_that_is_left_does_not_show_in_the_entry() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let permit = permitted(id, DOCTOR);
		refused(id, DOCTOR);
		assert_ok!(revoke(PATIENT, id, permit));
		assert_eq!(entry(DOCTOR, id), Some((EntryRole::Viewer, EntryState::Terminated, 2)));
	});
}

#[test]
fn nobody_is_told_that_they_were_refused() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, OTHER_DOCTOR);
		let before = entry(OTHER_DOCTOR, id);
		for account in [DOCTOR, OTHER_DOCTOR] {
			let refusal = refused(id, account);
			clear_notes();
			assert_ok!(revoke(PATIENT, id, refusal));
			let patient = subject(PATIENT);
			assert_eq!(notes(id), [(patient, patient, ActivityKind::Revoked(refusal))]);
		}
		assert_eq!(entry(DOCTOR, id), None);
		assert_eq!(entry(OTHER_DOCTOR, id), before);
	});
}
