use crate::mock::*;
use frame_support::{assert_ok, traits::Time};
use medrec_primitives::{
	access::{Basis, Decision, DenyReason, Fields},
	record::{Category, Commitment, Release},
	relationship::{Purpose, RelationshipId, Scope},
	Moment,
};
use std::collections::BTreeSet;

fn ask(account: AccountId, id: RelationshipId, number: u8) -> Decision {
	let now = MockTime::now();
	Ppr::check_access(now, subject(account), true, id, record(number), Purpose::Treat)
}

fn deny(reason: DenyReason) -> Decision {
	Decision::Deny { reason }
}

#[test]
fn unknown_relationship_or_record_is_not_found() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		assert_eq!(ask(PATIENT, Default::default(), 1), deny(DenyReason::NotFound));
		assert_eq!(ask(PATIENT, id, 2), deny(DenyReason::NotFound));
		assert_eq!(ask(CLINICIAN, id, 2), deny(DenyReason::NotFound));
	});
}

#[test]
fn patient_reads_their_records_also_after_termination() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		let own = Decision::Permit { fields: Fields::All, until: None, by: Basis::Own };
		assert_eq!(ask(PATIENT, id, 1), own);
		assert_ok!(Ppr::terminate(signed(PROVIDER), id));
		assert_eq!(ask(PATIENT, id, 1), own);
	});
}

#[test]
fn withheld_record_is_denied_to_everybody() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		permitted(id, CLINICIAN);
		assert!(ask(CLINICIAN, id, 1).is_permit());
		assert_ok!(Ppr::amend_record(
			signed(PROVIDER),
			id,
			record(1),
			Commitment::default(),
			pointer(),
			Category(1),
			Release::Withheld,
		));
		for account in [PATIENT, CLINICIAN] {
			assert_eq!(ask(account, id, 1), deny(DenyReason::Withheld));
		}
	});
}

#[test]
fn grantee_reads_the_union_of_its_permissions() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		assert_ok!(post(PROVIDER, id, 2));
		let give = |account, scope, until: Moment| {
			Ppr::grant(
				signed(PATIENT),
				id,
				viewer(account),
				scope,
				purposes([Purpose::Treat]),
				None,
				Some(until),
			)
		};
		assert_ok!(give(CLINICIAN, fields(1, [0, 1]), NOW + 20));
		assert_ok!(give(CLINICIAN, fields(1, [1, 5]), NOW + 10));
		assert_ok!(give(OTHER_CLINICIAN, Scope::All, NOW + 5));
		let by = crate::GrantsOf::<Test>::get(id, viewer(CLINICIAN)).into_inner();
		let expected = Decision::Permit {
			fields: Fields::Only(BTreeSet::from([0, 1, 5])),
			until: Some(NOW + 10),
			by: Basis::Grants(by),
		};
		assert_eq!(ask(CLINICIAN, id, 1), expected);
		assert_eq!(ask(CLINICIAN, id, 2), deny(DenyReason::NotPermitted));
		assert_eq!(
			Ppr::check_access(NOW, subject(CLINICIAN), true, id, record(1), Purpose::Hresch),
			deny(DenyReason::NotPermitted)
		);
		MockTime::advance(20);
		assert_eq!(ask(CLINICIAN, id, 1), deny(DenyReason::NotPermitted));
	});
}

#[test]
fn denial_overrides_permissions() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		permitted(id, CLINICIAN);
		let denial = denied(id, CLINICIAN);
		permitted(id, OTHER_CLINICIAN);
		assert_eq!(ask(CLINICIAN, id, 1), deny(DenyReason::Denied));
		assert!(ask(OTHER_CLINICIAN, id, 1).is_permit());
		assert_ok!(Ppr::revoke(signed(PATIENT), id, denial));
		assert!(ask(CLINICIAN, id, 1).is_permit());
	});
}

#[test]
fn giving_up_permissions_never_widens_access() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		permitted(id, CLINICIAN);
		denied(id, CLINICIAN);
		assert_ok!(Ppr::revoke_all(signed(CLINICIAN), id, viewer(CLINICIAN)));
		permitted(id, CLINICIAN);
		assert_eq!(ask(CLINICIAN, id, 1), deny(DenyReason::Denied));
	});
}

#[test]
fn revoked_permission_permits_nothing() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		let grant = permitted(id, CLINICIAN);
		assert!(ask(CLINICIAN, id, 1).is_permit());
		assert_ok!(Ppr::revoke(signed(PATIENT), id, grant));
		assert_eq!(ask(CLINICIAN, id, 1), deny(DenyReason::NotPermitted));
	});
}

#[test]
fn permissions_of_a_terminated_relationship_permit_nothing() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		permitted(id, CLINICIAN);
		assert_ok!(Ppr::terminate(signed(PROVIDER), id));
		assert_eq!(ask(CLINICIAN, id, 1), deny(DenyReason::RelationshipNotActive));
	});
}

#[test]
fn inactive_requester_is_denied() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		permitted(id, CLINICIAN);
		for account in [PATIENT, CLINICIAN] {
			assert_eq!(
				Ppr::check_access(NOW, subject(account), false, id, record(1), Purpose::Treat),
				deny(DenyReason::RequesterNotActive)
			);
		}
	});
}

#[test]
fn provider_is_no_grantee_of_its_own_records() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		assert_eq!(ask(PROVIDER, id, 1), deny(DenyReason::NotPermitted));
	});
}
