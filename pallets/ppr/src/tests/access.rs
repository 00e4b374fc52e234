use crate::mock::*;
use frame_support::assert_ok;
use medrec_primitives::{
	access::{Decision, DenyReason, Fields, Basis},
	record::Release,
	relationship::{Purpose, RelationshipId, Scope},
	traits::Clock as _,
	Moment, H256,
};
use std::collections::BTreeSet;

fn ask(account: AccountId, id: RelationshipId, number: u8) -> Decision {
	let now = Clock::now();
	Ppr::check_access(now, subject(account), true, id, record(number), Purpose::Treat)
}

fn denied(reason: DenyReason) -> Decision {
	Decision::Deny { reason }
}

#[test]
fn unknown_relationship_or_record_is_not_found() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		assert_eq!(ask(PATIENT, H256::zero(), 1), denied(DenyReason::NotFound));
		assert_eq!(ask(PATIENT, id, 2), denied(DenyReason::NotFound));
		assert_eq!(ask(DOCTOR, id, 2), denied(DenyReason::NotFound));
	});
}

#[test]
fn patient_sees_their_own_also_after_the_end() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		let own = Decision::Permit { fields: Fields::All, until: None, by: Basis::Own };
		assert_eq!(ask(PATIENT, id, 1), own);
		assert_ok!(Ppr::terminate(RuntimeOrigin::signed(HOSPITAL), id));
		assert_eq!(ask(PATIENT, id, 1), own);
	});
}

#[test]
fn withheld_record_is_shown_to_nobody() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		permitted(id, DOCTOR);
		assert!(ask(DOCTOR, id, 1).is_permit());
		assert_ok!(Ppr::amend_record(
			RuntimeOrigin::signed(HOSPITAL),
			id,
			record(1),
			H256::zero(),
			pointer(),
			1,
			Release::Withheld,
		));
		for account in [PATIENT, DOCTOR] {
			assert_eq!(ask(account, id, 1), denied(DenyReason::Withheld));
		}
	});
}

#[test]
fn grantee_sees_what_its_permits_open() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		assert_ok!(post(HOSPITAL, id, 2));
		let give = |account, scope, until: Moment| {
			Ppr::grant(
				RuntimeOrigin::signed(PATIENT),
				id,
				viewer(account),
				scope,
				purposes([Purpose::Treat]),
				None,
				Some(until),
			)
		};
		assert_ok!(give(DOCTOR, fields(1, [0, 1]), NOW + 20));
		assert_ok!(give(DOCTOR, fields(1, [1, 5]), NOW + 10));
		assert_ok!(give(OTHER_DOCTOR, Scope::All, NOW + 5));
		let by = crate::GrantsOf::<Test>::get(id, viewer(DOCTOR)).into_inner();
		let expected = Decision::Permit {
			fields: Fields::Only(BTreeSet::from([0, 1, 5])),
			until: Some(NOW + 10),
			by: Basis::Grants(by),
		};
		assert_eq!(ask(DOCTOR, id, 1), expected);
		assert_eq!(ask(DOCTOR, id, 2), denied(DenyReason::NotPermitted));
		assert_eq!(
			Ppr::check_access(NOW, subject(DOCTOR), true, id, record(1), Purpose::Hresch),
			denied(DenyReason::NotPermitted)
		);
		Clock::advance(20);
		assert_eq!(ask(DOCTOR, id, 1), denied(DenyReason::NotPermitted));
	});
}

#[test]
fn refusal_beats_permits() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		permitted(id, DOCTOR);
		let refusal = refused(id, DOCTOR);
		permitted(id, OTHER_DOCTOR);
		assert_eq!(ask(DOCTOR, id, 1), denied(DenyReason::Denied));
		assert!(ask(OTHER_DOCTOR, id, 1).is_permit());
		assert_ok!(Ppr::revoke(RuntimeOrigin::signed(PATIENT), id, refusal));
		assert!(ask(DOCTOR, id, 1).is_permit());
	});
}

#[test]
fn giving_up_permits_never_widens_access() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		permitted(id, DOCTOR);
		refused(id, DOCTOR);
		assert_ok!(Ppr::revoke_all(RuntimeOrigin::signed(DOCTOR), id, viewer(DOCTOR)));
		permitted(id, DOCTOR);
		assert_eq!(ask(DOCTOR, id, 1), denied(DenyReason::Denied));
	});
}

#[test]
fn revoked_permit_opens_nothing() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		let grant = permitted(id, DOCTOR);
		assert!(ask(DOCTOR, id, 1).is_permit());
		assert_ok!(Ppr::revoke(RuntimeOrigin::signed(PATIENT), id, grant));
		assert_eq!(ask(DOCTOR, id, 1), denied(DenyReason::NotPermitted));
	});
}

#[test]
fn terminated_relationship_closes_every_permit() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		permitted(id, DOCTOR);
		assert_ok!(Ppr::terminate(RuntimeOrigin::signed(HOSPITAL), id));
		assert_eq!(ask(DOCTOR, id, 1), denied(DenyReason::RelationshipNotActive));
	});
}

#[test]
fn inactive_requester_sees_nothing() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		permitted(id, DOCTOR);
		for account in [PATIENT, DOCTOR] {
			assert_eq!(
				Ppr::check_access(NOW, subject(account), false, id, record(1), Purpose::Treat),
				denied(DenyReason::RequesterNotActive)
			);
		}
	});
}

#[test]
fn provider_asks_its_own_database_and_not_the_chain() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(HOSPITAL, id, 1));
		assert_eq!(ask(HOSPITAL, id, 1), denied(DenyReason::NotPermitted));
	});
}
