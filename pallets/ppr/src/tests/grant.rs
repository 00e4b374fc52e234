use crate::{mock::*, Error, Event, Grants, GrantsOf, NextGrant};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	record::Category,
	relationship::{
		Effect, Grant, GrantId, Grantee, GroupId, Purpose, Purposes, RelationshipId, Scope,
	},
	summary::{ActivityKind, EntryRole, EntryState},
	Moment,
};
use sp_runtime::{
	traits::{BadOrigin, BlakeTwo256, Hash},
	DispatchResult,
};

/// The arguments of a valid call, of which a test changes one.
struct Given {
	by: AccountId,
	grantee: Grantee,
	scope: Scope,
	purposes: Purposes,
	not_before: Option<Moment>,
	expires_at: Option<Moment>,
}

impl Default for Given {
	fn default() -> Self {
		Given {
			by: PATIENT,
			grantee: viewer(CLINICIAN),
			scope: Scope::All,
			purposes: purposes([Purpose::Treat]),
			not_before: None,
			expires_at: None,
		}
	}
}

impl Given {
	fn call(self, id: RelationshipId) -> DispatchResult {
		let Given { by, grantee, scope, purposes, not_before, expires_at } = self;
		Ppr::grant(signed(by), id, grantee, scope, purposes, not_before, expires_at)
	}
}

#[test]
fn permission_is_stored_as_given() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		let given = Given {
			scope: fields(1, [0, 4]),
			purposes: purposes([Purpose::Treat, Purpose::Hresch]),
			not_before: Some(NOW + 10),
			expires_at: Some(NOW + 20),
			..Given::default()
		};
		assert_ok!(given.call(id));
		let grantee = viewer(CLINICIAN);
		let grant = GrantsOf::<Test>::get(id, grantee)[0];
		let expected = Grant {
			grantee,
			effect: Effect::Permit,
			scope: fields(1, [0, 4]),
			purposes: purposes([Purpose::Treat, Purpose::Hresch]),
			not_before: NOW + 10,
			expires_at: Some(NOW + 20),
			given_at: NOW,
		};
		assert_eq!(Grants::<Test>::get(id, grant), Some(expected));
		assert_eq!(stored(id).grants, 1);
		System::assert_last_event(Event::Granted { relationship: id, grant, grantee }.into());
	});
}

#[test]
fn permission_without_times_begins_now_and_does_not_end() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let grant = permitted(id, CLINICIAN);
		let expected = plain(CLINICIAN, Effect::Permit);
		assert_eq!(Grants::<Test>::get(id, grant), Some(expected));
	});
}

#[test]
fn id_is_the_documented_hash() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let hash = |number: u64| -> GrantId {
			let number = number.to_le_bytes();
			let preimage = [b"medrec-grant".as_slice(), id.as_bytes(), &number].concat();
			GrantId(BlakeTwo256::hash(&preimage).0)
		};
		assert_eq!(permitted(id, CLINICIAN), hash(0));
		assert_eq!(denied(id, OTHER_CLINICIAN), hash(1));
		assert_eq!(permitted(id, CLINICIAN), hash(2));
	});
}

#[test]
fn grantee_is_notified_and_sees_it_in_its_summary() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		MockSummaries::clear_notes();
		let grant = permitted(id, CLINICIAN);
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Shared, 1)));
		assert_eq!(entry(PATIENT, id), Some((EntryRole::Patient, EntryState::Active, 1)));
		assert_eq!(entry(PROVIDER, id), Some((EntryRole::Provider, EntryState::Active, 1)));
		let by = subject(PATIENT);
		let expected =
			[CLINICIAN, PATIENT].map(|to| (subject(to), by, ActivityKind::Granted(grant)));
		assert_eq!(notes(id), expected);
		permitted(id, CLINICIAN);
		assert_eq!(entry(CLINICIAN, id), Some((EntryRole::Viewer, EntryState::Shared, 2)));
	});
}

#[test]
fn every_scope_is_accepted() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		assert_ok!(post(PATIENT, id, 2));
		for (scope, account) in [
			(Scope::All, CLINICIAN),
			(Scope::Category(Category(77)), CLINICIAN),
			(records([1, 2]), CLINICIAN),
			(fields(2, [9]), OTHER_CLINICIAN),
		] {
			assert_ok!(Given { scope, grantee: viewer(account), ..Given::default() }.call(id));
		}
	});
}

#[test]
fn only_the_patient_gives() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		permitted(id, OTHER_CLINICIAN);
		for by in [PROVIDER, GATEKEEPER, OTHER_PATIENT, CLINICIAN, OTHER_CLINICIAN] {
			let given = Given { by, ..Given::default() };
			assert_noop!(given.call(id), Error::<Test>::NotAuthorized);
		}
		set_suspended(PATIENT, true);
		for by in [STRANGER, PATIENT] {
			assert_noop!(Given { by, ..Given::default() }.call(id), BadOrigin);
		}
	});
}

#[test]
fn grants_are_given_in_active_relationships_only() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(Given::default().call(Default::default()), Error::<Test>::NotFound);
		let id = proposed();
		assert_noop!(Given::default().call(id), Error::<Test>::NotActive);
		assert_ok!(Ppr::decline(signed(PATIENT), id));
		assert_noop!(Given::default().call(id), Error::<Test>::NotActive);
		let id = terminated();
		assert_noop!(Given::default().call(id), Error::<Test>::NotActive);
	});
}

#[test]
fn permission_has_a_purpose() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let given = Given { purposes: purposes([]), ..Given::default() };
		assert_noop!(given.call(id), Error::<Test>::EmptyPurposes);
	});
}

#[test]
fn scope_names_something() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		for scope in [records([]), fields(1, [])] {
			let given = Given { scope, ..Given::default() };
			assert_noop!(given.call(id), Error::<Test>::EmptyScope);
		}
	});
}

#[test]
fn period_is_not_empty() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		let given = |not_before, expires_at| {
			Given { not_before, expires_at: Some(expires_at), ..Given::default() }.call(id)
		};
		for (not_before, expires_at) in [
			(None, NOW),
			(None, NOW - 1),
			(Some(NOW - 10), NOW),
			(Some(NOW + 10), NOW + 10),
			(Some(NOW + 10), NOW + 1),
		] {
			assert_noop!(given(not_before, expires_at), Error::<Test>::EmptyPeriod);
		}
		assert_ok!(given(None, NOW + 1));
		assert_ok!(given(Some(NOW - 10), NOW + 1));
		assert_ok!(given(Some(NOW + 10), NOW + 11));
	});
}

#[test]
fn named_records_exist() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		for scope in [records([2]), records([1, 2]), fields(2, [0])] {
			let given = Given { scope, ..Given::default() };
			assert_noop!(given.call(id), Error::<Test>::RecordNotFound);
		}
	});
}

#[test]
fn records_of_another_relationship_do_not_count() {
	ExtBuilder.build_and_execute(|| {
		let ended = active();
		assert_ok!(post(PROVIDER, ended, 1));
		assert_ok!(Ppr::terminate(signed(PATIENT), ended));
		let id = active();
		let given = Given { scope: records([1]), ..Given::default() };
		assert_noop!(given.call(id), Error::<Test>::RecordNotFound);
	});
}

#[test]
fn grantee_is_an_active_subject() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		set_suspended(OTHER_CLINICIAN, true);
		let group = Grantee::Group(GroupId(subject(CLINICIAN).0));
		for grantee in [viewer(STRANGER), viewer(OTHER_CLINICIAN), group] {
			let given = Given { grantee, ..Given::default() };
			assert_noop!(given.call(id), Error::<Test>::GranteeNotFound);
		}
	});
}

#[test]
fn grantee_is_of_any_role() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for account in [OTHER_PROVIDER, OTHER_PATIENT, CLINICIAN, MINER, GATEKEEPER] {
			permitted(id, account);
		}
	});
}

#[test]
fn grantee_is_no_party() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for account in [PATIENT, PROVIDER] {
			let given = Given { grantee: viewer(account), ..Given::default() };
			assert_noop!(given.call(id), Error::<Test>::GranteeIsParty);
		}
	});
}

#[test]
fn full_grantee_is_given_no_more() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for _ in 0..3 {
			permitted(id, CLINICIAN);
		}
		assert_noop!(Given::default().call(id), Error::<Test>::TooManyGrants);
		permitted(id, OTHER_CLINICIAN);
	});
}

#[test]
fn full_relationship_holds_no_more() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		for account in [CLINICIAN, CLINICIAN, CLINICIAN, OTHER_CLINICIAN, MINER] {
			permitted(id, account);
		}
		let given = || Given { grantee: viewer(OTHER_PATIENT), ..Given::default() };
		assert_noop!(given().call(id), Error::<Test>::TooManyGrants);
		let first = GrantsOf::<Test>::get(id, viewer(CLINICIAN))[0];
		assert_ok!(Ppr::revoke(signed(PATIENT), id, first));
		assert_ok!(given().call(id));
	});
}

#[test]
fn counter_does_not_wrap() {
	ExtBuilder.build_and_execute(|| {
		let id = active();
		NextGrant::<Test>::put(u64::MAX);
		assert_noop!(Given::default().call(id), Error::<Test>::Overflow);
	});
}

#[test]
fn weight_counts_the_named_records() {
	use crate::types::named_records;
	assert_eq!(named_records(&Scope::All).len(), 0);
	assert_eq!(named_records(&Scope::Category(Category(3))).len(), 0);
	assert_eq!(named_records(&records([])).len(), 0);
	assert_eq!(named_records(&records([1, 2, 3])).len(), 3);
	assert_eq!(named_records(&fields(1, [1, 2, 3])).len(), 1);
}
