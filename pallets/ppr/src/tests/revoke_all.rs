use crate::{mock::*, Error, Event, Grants, GrantsOf};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{Grantee, GroupId, RelationshipId},
	summary::{ActivityKind, EntryRole, EntryState},
};
use sp_runtime::{traits::BadOrigin, DispatchResult};

fn revoke_all(by: AccountId, id: RelationshipId, account: AccountId) -> DispatchResult {
	Ppr::revoke_all(signed(by), id, viewer(account))
}

#[test]
fn permissions_are_removed_and_denials_stay() {
	for by in [PATIENT, CLINICIAN] {
		ExtBuilder.build_and_execute(|| {
			let id = active();
			let first = permitted(id, CLINICIAN);
			let denial = denied(id, CLINICIAN);
			let second = permitted(id, CLINICIAN);
			let other = permitted(id, OTHER_CLINICIAN);
			System::reset_events();
			assert_ok!(revoke_all(by, id, CLINICIAN));

			assert_eq!(GrantsOf::<Test>::get(id, viewer(CLINICIAN)).into_inner(), [denial]);
			assert_eq!(GrantsOf::<Test>::get(id, viewer(OTHER_CLINICIAN)).into_inner(), [other]);
			assert_eq!(Grants::<Test>::iter_prefix(id).count(), 2);
			assert_eq!(stored(id).grants, 2);
			let events: Vec<_> = System::events().into_iter().map(|record| record.event).collect();
			let expected = [first, second].map(|grant| {
				let (grantee, by) = (viewer(CLINICIAN), subject(by));
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
		let grants = [(); 2].map(|()| permitted(id, CLINICIAN));
		denied(id, CLINICIAN);
		MockSummaries::clear_notes();
		assert_ok!(revoke_all(PATIENT, id, CLINICIAN));
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Terminated, 3)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));
		let (patient, doctor) = (subject(PATIENT), subject(CLINICIAN));
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
		permitted(id, CLINICIAN);
		permitted(id, CLINICIAN);
		assert_ok!(revoke_all(CLINICIAN, id, CLINICIAN));
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Terminated, 2)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 2)));
	});
}

#[test]
fn grants_of_a_terminated_relationship_are_revoked() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, CLINICIAN);
		permitted(id, OTHER_CLINICIAN);
		assert_ok!(Ppr::terminate(signed(PROVIDER), id));
		assert_ok!(revoke_all(PATIENT, id, CLINICIAN));
		assert_ok!(revoke_all(OTHER_CLINICIAN, id, OTHER_CLINICIAN));
		assert_eq!(GrantsOf::<Test>::iter_keys().count(), 0);
	});
}

#[test]
fn nobody_else_revokes() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, CLINICIAN);
		permitted(id, OTHER_CLINICIAN);
		for by in [PROVIDER, GATEKEEPER, OTHER_PATIENT, OTHER_CLINICIAN] {
			assert_noop!(revoke_all(by, id, CLINICIAN), Error::<Test>::NotAuthorized);
		}
		assert_noop!(revoke_all(STRANGER, id, CLINICIAN), BadOrigin);
		for by in [PATIENT, CLINICIAN] {
			set_suspended(by, true);
			assert_noop!(revoke_all(by, id, CLINICIAN), BadOrigin);
		}
	});
}

#[test]
fn without_a_permission_nothing_is_found() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(revoke_all(PATIENT, Default::default(), CLINICIAN), Error::<Test>::NotFound);
		let id = active();
		assert_noop!(revoke_all(PATIENT, id, CLINICIAN), Error::<Test>::NotFound);
		assert_noop!(revoke_all(CLINICIAN, id, CLINICIAN), Error::<Test>::NotFound);
		denied(id, CLINICIAN);
		assert_noop!(revoke_all(PATIENT, id, CLINICIAN), Error::<Test>::NotFound);
		assert_noop!(revoke_all(CLINICIAN, id, CLINICIAN), Error::<Test>::NotFound);
		let group = Grantee::Group(GroupId(subject(CLINICIAN).0));
		let origin = signed(PATIENT);
		assert_noop!(Ppr::revoke_all(origin, id, group), Error::<Test>::NotFound);
	});
}
