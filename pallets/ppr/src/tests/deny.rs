use crate::{mock::*, Error, Event, Grants, GrantsOf};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	relationship::{Effect, Grant, Grantee, RelationshipId, Scope},
	summary::{ActivityKind, EntryRole, EntryState},
	H256,
};
use sp_runtime::DispatchResult;

fn deny(by: AccountId, id: RelationshipId, grantee: Grantee, scope: Scope) -> DispatchResult {
	Ppr::deny(RuntimeOrigin::signed(by), id, grantee, scope, None, None)
}

#[test]
fn refusal_is_stored_without_purposes() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		let grantee = viewer(DOCTOR);
		assert_ok!(Ppr::deny(
			RuntimeOrigin::signed(PATIENT),
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
fn refusal_without_times_begins_now_and_does_not_end() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = refused(id, DOCTOR);
		let expected = plain(DOCTOR, Effect::Deny);
		assert_eq!(Grants::<Test>::get(id, grant), Some(expected));
	});
}

#[test]
fn nobody_is_told_that_they_are_refused() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		clear_notes();
		let grant = refused(id, DOCTOR);
		assert_eq!(entry(DOCTOR, id), None);
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));
		let patient = subject(PATIENT);
		assert_eq!(notes(id), [(patient, patient, ActivityKind::Denied(grant))]);
	});
}

#[test]
fn viewer_that_is_refused_keeps_its_entry() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, DOCTOR);
		let before = entry(DOCTOR, id);
		refused(id, DOCTOR);
		assert_eq!(entry(DOCTOR, id), before);
	});
}

#[test]
fn only_the_patient_refuses() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for by in [STRANGER, HOSPITAL, GATEKEEPER, OTHER_PATIENT, OTHER_DOCTOR, DOCTOR] {
			assert_noop!(deny(by, id, viewer(DOCTOR), Scope::All), Error::<Test>::NotAuthorized);
		}
		set_suspended(PATIENT, true);
		assert_noop!(deny(PATIENT, id, viewer(DOCTOR), Scope::All), Error::<Test>::NotAuthorized);
	});
}

#[test]
fn refusals_are_given_in_active_relationships_only() {
	ExtBuilder.build_and_execute(|| {
		let attempt = |id| deny(PATIENT, id, viewer(DOCTOR), Scope::All);
		assert_noop!(attempt(H256::zero()), Error::<Test>::NotFound);
		let id = proposed();
		assert_noop!(attempt(id), Error::<Test>::NotActive);
		assert_ok!(Ppr::withdraw(RuntimeOrigin::signed(HOSPITAL), id));
		let id = terminated();
		assert_noop!(attempt(id), Error::<Test>::NotActive);
	});
}

#[test]
fn refusal_is_of_something_by_somebody_at_some_time() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_noop!(deny(PATIENT, id, viewer(DOCTOR), records([])), Error::<Test>::EmptyScope);
		assert_noop!(
			deny(PATIENT, id, viewer(DOCTOR), records([1])),
			Error::<Test>::RecordNotFound
		);
		assert_noop!(
			deny(PATIENT, id, viewer(STRANGER), Scope::All),
			Error::<Test>::GranteeNotFound
		);
		assert_noop!(
			deny(PATIENT, id, Grantee::Group(H256::zero()), Scope::All),
			Error::<Test>::GranteeNotFound
		);
		assert_noop!(
			deny(PATIENT, id, viewer(HOSPITAL), Scope::All),
			Error::<Test>::GranteeIsParty
		);
		let origin = RuntimeOrigin::signed(PATIENT);
		assert_noop!(
			Ppr::deny(origin, id, viewer(DOCTOR), Scope::All, None, Some(NOW)),
			Error::<Test>::EmptyPeriod
		);
	});
}

#[test]
fn refusals_count_among_the_grants() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		refused(id, DOCTOR);
		refused(id, DOCTOR);
		permitted(id, DOCTOR);
		assert_noop!(deny(PATIENT, id, viewer(DOCTOR), Scope::All), Error::<Test>::TooManyGrants);
		refused(id, OTHER_DOCTOR);
		permitted(id, OTHER_DOCTOR);
		assert_noop!(
			deny(PATIENT, id, viewer(RESEARCHER), Scope::All),
			Error::<Test>::TooManyGrants
		);
	});
}
