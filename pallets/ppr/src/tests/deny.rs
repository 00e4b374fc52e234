use crate::{mock::*, Error, Event, Grants, GrantsOf};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{Effect, Grant, Grantee, RelationshipId, Scope},
	summary::{ActivityKind, EntryRole, EntryState},
};
use sp_runtime::{traits::BadOrigin, DispatchResult};

fn deny(by: AccountId, id: RelationshipId, grantee: Grantee, scope: Scope) -> DispatchResult {
	Ppr::deny(signed(by), id, grantee, scope, None, None)
}

#[test]
fn denial_is_stored_without_purposes() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		let grantee = viewer(CLINICIAN);
		assert_ok!(Ppr::deny(
			signed(PATIENT),
			id,
			grantee,
			records([1]),
			Some(NOW + 1),
			Some(NOW + 2),
		));
		let grant = GrantsOf::<Test>::get(id, grantee)[0];
		let expected = Grant {
			grantee,
			effect: Effect::Deny,
			scope: records([1]),
			purposes: purposes([]),
			not_before: NOW + 1,
			expires_at: Some(NOW + 2),
			given_at: NOW,
		};
		assert_eq!(Grants::<Test>::get(id, grant), Some(expected));
		assert_eq!(stored(id).grants, 1);
		System::assert_last_event(Event::Denied { relationship: id, grant, grantee }.into());
	});
}

#[test]
fn denial_without_times_begins_now_and_does_not_end() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = denied(id, CLINICIAN);
		let expected = plain(CLINICIAN, Effect::Deny);
		assert_eq!(Grants::<Test>::get(id, grant), Some(expected));
	});
}

#[test]
fn denied_grantee_is_not_notified() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		MockSummaries::clear_notes();
		let grant = denied(id, CLINICIAN);
		assert_eq!(entry(CLINICIAN, id), None);
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));
		let patient = subject(PATIENT);
		assert_eq!(notes(id), [(patient, patient, ActivityKind::Denied(grant))]);
	});
}

#[test]
fn denied_viewer_keeps_its_entry() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, CLINICIAN);
		let before = entry(CLINICIAN, id);
		denied(id, CLINICIAN);
		assert_eq!(entry(CLINICIAN, id), before);
	});
}

#[test]
fn only_the_patient_denies() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for by in [PROVIDER, GATEKEEPER, OTHER_PATIENT, OTHER_CLINICIAN, CLINICIAN] {
			assert_noop!(deny(by, id, viewer(CLINICIAN), Scope::All), Error::<Test>::NotAuthorized);
		}
		set_suspended(PATIENT, true);
		for by in [STRANGER, PATIENT] {
			assert_noop!(deny(by, id, viewer(CLINICIAN), Scope::All), BadOrigin);
		}
	});
}

#[test]
fn denials_are_given_in_active_relationships_only() {
	ExtBuilder.build_and_execute(|| {
		let attempt = |id| deny(PATIENT, id, viewer(CLINICIAN), Scope::All);
		assert_noop!(attempt(Default::default()), Error::<Test>::NotFound);
		let id = proposed();
		assert_noop!(attempt(id), Error::<Test>::NotActive);
		assert_ok!(Ppr::withdraw(signed(PROVIDER), id));
		let id = terminated();
		assert_noop!(attempt(id), Error::<Test>::NotActive);
	});
}

#[test]
fn denial_has_a_scope_a_grantee_and_a_period() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_noop!(deny(PATIENT, id, viewer(CLINICIAN), records([])), Error::<Test>::EmptyScope);
		assert_noop!(
			deny(PATIENT, id, viewer(CLINICIAN), records([1])),
			Error::<Test>::RecordNotFound
		);
		assert_noop!(
			deny(PATIENT, id, viewer(STRANGER), Scope::All),
			Error::<Test>::GranteeNotFound
		);
		assert_noop!(
			deny(PATIENT, id, Grantee::Group(Default::default()), Scope::All),
			Error::<Test>::GranteeNotFound
		);
		assert_noop!(
			deny(PATIENT, id, viewer(PROVIDER), Scope::All),
			Error::<Test>::GranteeIsParty
		);
		let origin = signed(PATIENT);
		assert_noop!(
			Ppr::deny(origin, id, viewer(CLINICIAN), Scope::All, None, Some(NOW)),
			Error::<Test>::EmptyPeriod
		);
	});
}

#[test]
fn denials_count_as_grants() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		denied(id, CLINICIAN);
		denied(id, CLINICIAN);
		permitted(id, CLINICIAN);
		assert_noop!(
			deny(PATIENT, id, viewer(CLINICIAN), Scope::All),
			Error::<Test>::TooManyGrants
		);
		denied(id, OTHER_CLINICIAN);
		permitted(id, OTHER_CLINICIAN);
		assert_noop!(deny(PATIENT, id, viewer(MINER), Scope::All), Error::<Test>::TooManyGrants);
	});
}
