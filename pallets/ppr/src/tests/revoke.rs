use crate::{mock::*, Error, Event, Grants, GrantsOf};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{GrantId, RelationshipId},
	summary::{ActivityKind, EntryRole, EntryState},
};
use sp_runtime::{traits::BadOrigin, DispatchResult};

fn revoke(by: AccountId, id: RelationshipId, grant: GrantId) -> DispatchResult {
	Ppr::revoke(signed(by), id, grant)
}

#[test]
fn revoked_permission_is_removed() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, CLINICIAN);
		assert_ok!(revoke(PATIENT, id, grant));
		assert_eq!(stored(id).grants, 0);
		assert_eq!(Grants::<Test>::iter_keys().count(), 0);
		assert_eq!(GrantsOf::<Test>::iter_keys().count(), 0);
		let (grantee, by) = (viewer(CLINICIAN), subject(PATIENT));
		System::assert_last_event(Event::Revoked { relationship: id, grant, grantee, by }.into());
	});
}

#[test]
fn other_grants_stay() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grants = [(); 3].map(|()| permitted(id, CLINICIAN));
		let other = permitted(id, OTHER_CLINICIAN);
		assert_ok!(revoke(PATIENT, id, grants[1]));
		assert_eq!(
			GrantsOf::<Test>::get(id, viewer(CLINICIAN)).into_inner(),
			[grants[0], grants[2]]
		);
		assert_eq!(GrantsOf::<Test>::get(id, viewer(OTHER_CLINICIAN)).into_inner(), [other]);
		assert_eq!(stored(id).grants, 3);
	});
}

#[test]
fn grantee_gives_up_a_permission() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, CLINICIAN);
		assert_ok!(revoke(CLINICIAN, id, grant));
		let (grantee, by) = (viewer(CLINICIAN), subject(CLINICIAN));
		System::assert_last_event(Event::Revoked { relationship: id, grant, grantee, by }.into());
	});
}

#[test]
fn grantee_does_not_revoke_a_denial() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = denied(id, CLINICIAN);
		assert_noop!(revoke(CLINICIAN, id, grant), Error::<Test>::NotAuthorized);
		assert_ok!(revoke(PATIENT, id, grant));
	});
}

#[test]
fn nobody_else_revokes() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, CLINICIAN);
		permitted(id, OTHER_CLINICIAN);
		for by in [PROVIDER, GATEKEEPER, OTHER_PATIENT, OTHER_CLINICIAN] {
			assert_noop!(revoke(by, id, grant), Error::<Test>::NotAuthorized);
		}
		assert_noop!(revoke(STRANGER, id, grant), BadOrigin);
		for by in [PATIENT, CLINICIAN] {
			set_suspended(by, true);
			assert_noop!(revoke(by, id, grant), BadOrigin);
		}
	});
}

#[test]
fn grants_of_a_suspended_grantee_are_revoked() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, CLINICIAN);
		set_suspended(CLINICIAN, true);
		assert_ok!(revoke(PATIENT, id, grant));
	});
}

#[test]
fn grants_of_a_terminated_relationship_are_revoked() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let (first, second) = (permitted(id, CLINICIAN), permitted(id, CLINICIAN));
		let denial = denied(id, CLINICIAN);
		assert_ok!(Ppr::terminate(signed(PROVIDER), id));
		assert_ok!(revoke(PATIENT, id, first));
		assert_ok!(revoke(CLINICIAN, id, second));
		assert_ok!(revoke(PATIENT, id, denial));
	});
}

#[test]
fn unknown_grant_is_not_revoked() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, CLINICIAN);
		assert_noop!(revoke(PATIENT, Default::default(), grant), Error::<Test>::NotFound);
		assert_noop!(revoke(PATIENT, id, Default::default()), Error::<Test>::NotFound);
		assert_ok!(revoke(PATIENT, id, grant));
		assert_noop!(revoke(PATIENT, id, grant), Error::<Test>::NotFound);
	});
}

#[test]
fn grant_of_another_relationship_is_not_found() {
	ExtBuilder.build_and_execute(|| {
		let ended = active();
		let grant = permitted(ended, CLINICIAN);
		assert_ok!(Ppr::terminate(signed(PATIENT), ended));
		let id = active();
		assert_noop!(revoke(PATIENT, id, grant), Error::<Test>::NotFound);
	});
}

#[test]
fn viewer_keeps_its_entry_until_its_last_permission() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let (first, second) = (permitted(id, CLINICIAN), permitted(id, CLINICIAN));
		MockSummaries::clear_notes();
		assert_ok!(revoke(PATIENT, id, first));
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Shared, 3)));
		assert_ok!(revoke(PATIENT, id, second));
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Terminated, 4)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));

		let (patient, doctor) = (subject(PATIENT), subject(CLINICIAN));
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
		let (first, second) = (permitted(id, CLINICIAN), permitted(id, CLINICIAN));
		assert_ok!(revoke(CLINICIAN, id, first));
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Shared, 2)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 2)));
		assert_ok!(revoke(CLINICIAN, id, second));
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Terminated, 2)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 3)));
	});
}

#[test]
fn remaining_denial_does_not_show_in_the_entry() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let permission = permitted(id, CLINICIAN);
		denied(id, CLINICIAN);
		assert_ok!(revoke(PATIENT, id, permission));
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Terminated, 2)));
	});
}

#[test]
fn revoked_denial_is_not_notified() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, OTHER_CLINICIAN);
		let before = entry(OTHER_CLINICIAN, id);
		for account in [CLINICIAN, OTHER_CLINICIAN] {
			let denial = denied(id, account);
			MockSummaries::clear_notes();
			assert_ok!(revoke(PATIENT, id, denial));
			let patient = subject(PATIENT);
			assert_eq!(notes(id), [(patient, patient, ActivityKind::Revoked(denial))]);
		}
		assert_eq!(entry(CLINICIAN, id), None);
		assert_eq!(entry(OTHER_CLINICIAN, id), before);
	});
}
