//! The check of the invariants finds a broken storage.

use crate::{
	mock::*, Grants, GrantsOf, NextGrant, NextRelationship, Pairs, Records, Relationships,
};
use frame_support::assert_ok;
use medrec_primitives::relationship::{
	Effect, Grant, GrantId, Relationship, RelationshipId, RelationshipState,
};

/// Checks that the invariants fail with `complaint` after `damage` to a relationship with a record, a
/// note and a permission.
fn assert_found(damage: impl FnOnce(RelationshipId, GrantId), complaint: &'static str) {
	ExtBuilder.build().execute_with(|| {
		let id = active();
		assert_ok!(post(PROVIDER, id, 1));
		assert_ok!(post(PATIENT, id, 2));
		let grant = permitted(id, CLINICIAN);
		assert_ok!(Ppr::do_try_state());
		damage(id, grant);
		assert_eq!(Ppr::do_try_state(), Err(complaint.into()));
	});
}

fn edit(id: RelationshipId, change: impl FnOnce(&mut Relationship)) {
	Relationships::<Test>::mutate(id, |found| change(found.as_mut().unwrap()));
}

fn edit_grant(id: RelationshipId, grant: GrantId, change: impl FnOnce(&mut Grant)) {
	Grants::<Test>::mutate(id, grant, |found| change(found.as_mut().unwrap()));
}

#[test]
fn miscounts_are_found() {
	assert_found(|id, _| edit(id, |found| found.records += 1), "records are miscounted");
	assert_found(|id, _| edit(id, |found| found.notes = 0), "notes are miscounted");
	assert_found(|id, _| edit(id, |found| found.grants += 1), "grants are miscounted");
}

#[test]
fn exceeded_bounds_are_found() {
	assert_found(|id, _| edit(id, |found| found.records = 5), "too many records");
	assert_found(|id, _| edit(id, |found| found.notes = 3), "too many notes");
	assert_found(|id, _| edit(id, |found| found.grants = 6), "too many grants");
}

#[test]
fn records_without_acceptance_are_found() {
	for state in [RelationshipState::Proposed, RelationshipState::Declined] {
		assert_found(
			|id, _| edit(id, |found| found.state = state),
			"a relationship that was not accepted holds something",
		);
	}
}

#[test]
fn orphans_are_found() {
	let other = RelationshipId::repeat_byte(1);
	assert_found(
		|id, _| {
			let pointer = Records::<Test>::get(id, record(1)).unwrap();
			Records::<Test>::insert(other, record(1), pointer);
		},
		"a record without relationship",
	);
	assert_found(
		|_, _| {
			Grants::<Test>::insert(other, GrantId::default(), plain(CLINICIAN, Effect::Permit));
			NextGrant::<Test>::put(2);
		},
		"a grant without relationship",
	);
	assert_found(
		|_, grant| GrantsOf::<Test>::try_append(other, viewer(CLINICIAN), grant).unwrap(),
		"a list of grants without relationship",
	);
}

#[test]
fn invalid_records_are_found() {
	let edit_record = |id, change: fn(&mut medrec_primitives::record::RecordPointer)| {
		Records::<Test>::mutate(id, record(1), |found| change(found.as_mut().unwrap()));
	};
	assert_found(
		|id, _| edit_record(id, |found| found.author = subject(CLINICIAN)),
		"a record of a third party",
	);
	assert_found(|id, _| edit_record(id, |found| found.version = 0), "a record without a version");
	assert_found(
		|id, _| edit_record(id, |found| found.posted_at = NOW + 1),
		"a record was posted in the future",
	);
}

#[test]
fn lists_that_disagree_with_the_grants_are_found() {
	let complaint = "grants are not listed as they are stored";
	assert_found(|id, _| GrantsOf::<Test>::remove(id, viewer(CLINICIAN)), complaint);
	assert_found(
		|id, _| GrantsOf::<Test>::try_append(id, viewer(CLINICIAN), GrantId::default()).unwrap(),
		complaint,
	);
	assert_found(
		|id, grant| GrantsOf::<Test>::try_append(id, viewer(MINER), grant).unwrap(),
		complaint,
	);
	assert_found(
		|id, grant| edit_grant(id, grant, |found| found.grantee = viewer(MINER)),
		complaint,
	);
	assert_found(
		|id, grant| GrantsOf::<Test>::try_append(id, viewer(CLINICIAN), grant).unwrap(),
		"a grant is listed twice",
	);
	assert_found(
		|id, _| GrantsOf::<Test>::insert(id, viewer(MINER), frame_support::BoundedVec::new()),
		"an empty list of grants is stored",
	);
}

#[test]
fn invalid_grants_are_found() {
	let complaint = "a permission has purposes, a denial none";
	assert_found(
		|id, grant| edit_grant(id, grant, |found| found.purposes = purposes([])),
		complaint,
	);
	assert_found(|id, grant| edit_grant(id, grant, |found| found.effect = Effect::Deny), complaint);
	assert_found(
		|id, grant| edit_grant(id, grant, |found| found.scope = records([])),
		"a grant with an empty scope",
	);
	assert_found(
		|id, grant| edit_grant(id, grant, |found| found.expires_at = Some(NOW)),
		"a grant with an empty period",
	);
	assert_found(
		|id, grant| edit_grant(id, grant, |found| found.given_at = NOW + 1),
		"a grant was given in the future",
	);
	for account in [PATIENT, PROVIDER] {
		assert_found(
			|id, grant| edit_grant(id, grant, |found| found.grantee = viewer(account)),
			"a grant to a party of the relationship",
		);
	}
}

#[test]
fn invalid_relationships_are_found() {
	assert_found(
		|id, _| edit(id, |found| found.since = NOW + 1),
		"a relationship changed in the future",
	);
	assert_found(
		|id, _| edit(id, |found| found.patient = found.provider),
		"a relationship of a subject with itself",
	);
}

#[test]
fn wrong_pairs_are_found() {
	assert_found(
		|_, _| Pairs::<Test>::remove(subject(PROVIDER), subject(PATIENT)),
		"an open relationship is not the latest of its pair",
	);
	assert_found(
		|_, _| {
			Pairs::<Test>::insert(
				subject(PROVIDER),
				subject(OTHER_PATIENT),
				RelationshipId::default(),
			);
		},
		"the latest of a pair is missing",
	);
	assert_found(
		|id, _| Pairs::<Test>::insert(subject(PROVIDER), subject(OTHER_PATIENT), id),
		"the latest of a pair is another pair's",
	);
}

#[test]
fn reset_counters_are_found() {
	assert_found(|_, _| NextRelationship::<Test>::put(0), "more relationships than were counted");
	assert_found(|_, _| NextGrant::<Test>::put(0), "more grants than were counted");
}
