use super::*;
use crate::chain::Head;
use medrec_primitives::{
	record::{Category, Pointer, Release},
	relationship::{
		Effect, Grant, GrantId, Grantee, Purposes, Relationship, RelationshipState,
		ResearchConsent, Scope,
	},
};
use std::{collections::BTreeMap, sync::Arc};

const PATIENT: u8 = 1;
const DOCTOR: u8 = 2;
const RECORD: u8 = 3;
const PROVIDER: u8 = 9;

fn id<T: From<[u8; 32]>>(byte: u8) -> T {
	[byte; 32].into()
}

fn request(requester: u8) -> AccessRequest {
	AccessRequest {
		requester: id(requester),
		record: id(RECORD),
		purpose: Purpose::Treat,
		fields: None,
	}
}

fn naming(fields: &[FieldNumber]) -> AccessRequest {
	AccessRequest { fields: Some(fields.iter().copied().collect()), ..request(DOCTOR) }
}

fn permission(scope: Scope) -> Grant {
	let mut purposes = Purposes::new();
	purposes.try_insert(Purpose::Treat).unwrap();
	Grant {
		grantee: Grantee::Subject(id(DOCTOR)),
		effect: Effect::Permit,
		scope,
		purposes,
		not_before: 0,
		expires_at: None,
		given_at: 0,
	}
}

fn fields(numbers: &[FieldNumber]) -> Scope {
	let fields = numbers.iter().copied().collect::<BTreeSet<_>>().try_into().unwrap();
	Scope::Fields { record: id(RECORD), fields }
}

fn facts(grants: &[Grant]) -> RelationshipFacts {
	let pointer = RecordPointer {
		author: id(PROVIDER),
		pointer: Pointer { template: id(8), handle: Default::default() },
		commitment: id(7),
		version: 1,
		category: Category(5),
		release: Release::Released,
		posted_at: 0,
	};
	let grants = grants.iter().enumerate();
	RelationshipFacts {
		relationship: Relationship {
			patient: id(PATIENT),
			provider: id(PROVIDER),
			state: RelationshipState::Active,
			since: 0,
			research: ResearchConsent::None,
			records: 1,
			notes: 0,
			grants: 0,
		},
		records: [(id(RECORD), pointer)].into(),
		grants: grants
			.map(|(number, grant)| (id::<GrantId>(number as u8 + 100), grant.clone()))
			.collect::<BTreeMap<_, _>>(),
	}
}

fn snapshot(facts: RelationshipFacts) -> Snapshot {
	Snapshot { head: Head::default(), active: true, relationship: Some(Arc::new(facts)) }
}

fn context(finalized: &[Grant], best: &[Grant]) -> AccessContext {
	AccessContext { finalized: snapshot(facts(finalized)), best: snapshot(facts(best)) }
}

fn code(request: &AccessRequest, context: &AccessContext) -> ErrorCode {
	permit(request, context, 10).expect_err("it must be refused")
}

#[test]
fn a_record_that_both_heads_permit_is_served() {
	let grants = [permission(Scope::All)];
	let served = permit(&request(DOCTOR), &context(&grants, &grants), 10).unwrap();
	assert_eq!(served.fields, Fields::All);
	let served = permit(&request(PATIENT), &context(&[], &[]), 10).unwrap();
	assert_eq!((served.fields, served.until), (Fields::All, None));
}

#[test]
fn a_permission_that_is_not_final_does_not_count() {
	let grants = [permission(Scope::All)];
	assert_eq!(code(&request(DOCTOR), &context(&[], &grants)), ErrorCode::NotFound);
	let narrow = [permission(fields(&[1]))];
	assert_eq!(code(&naming(&[0]), &context(&narrow, &grants)), ErrorCode::NotPermitted);
	let served = permit(&request(DOCTOR), &context(&narrow, &grants), 10).unwrap();
	assert_eq!(served.fields, Fields::Only([1].into()));
}

#[test]
fn a_revocation_that_is_not_final_counts() {
	let grants = [permission(Scope::All)];
	assert_eq!(code(&request(DOCTOR), &context(&grants, &[])), ErrorCode::AccessRevoked);
	let denial = Grant { effect: Effect::Deny, ..permission(Scope::Category(Category(5))) };
	let refused = [permission(Scope::All), denial];
	assert_eq!(code(&request(DOCTOR), &context(&grants, &refused)), ErrorCode::AccessRevoked);
	let narrowed = [permission(fields(&[1, 2]))];
	assert_eq!(code(&naming(&[0]), &context(&grants, &narrowed)), ErrorCode::AccessRevoked);
	let served = permit(&request(DOCTOR), &context(&grants, &narrowed), 10).unwrap();
	assert_eq!(served.fields, Fields::Only([1, 2].into()));
	let other = [permission(fields(&[7]))];
	assert_eq!(code(&request(DOCTOR), &context(&narrowed, &other)), ErrorCode::AccessRevoked);
}

#[test]
fn a_suspension_that_is_not_final_counts() {
	let grants = [permission(Scope::All)];
	let mut context = context(&grants, &grants);
	context.best.active = false;
	assert_eq!(code(&request(DOCTOR), &context), ErrorCode::AccessRevoked);
	context.finalized.active = false;
	assert_eq!(code(&request(DOCTOR), &context), ErrorCode::RequesterNotActive);
	context.finalized.relationship = None;
	assert_eq!(code(&request(DOCTOR), &context), ErrorCode::RequesterNotActive);
}

#[test]
fn a_subject_without_permission_does_not_learn_that_a_relationship_exists() {
	let mut context = context(&[], &[]);
	assert_eq!(code(&request(DOCTOR), &context), ErrorCode::NotFound);
	let denial = [Grant { effect: Effect::Deny, ..permission(Scope::All) }];
	context.finalized = snapshot(facts(&denial));
	assert_eq!(code(&request(DOCTOR), &context), ErrorCode::NotFound);
	context.finalized.relationship = None;
	assert_eq!(code(&request(DOCTOR), &context), ErrorCode::NotFound);
	assert_eq!(code(&request(PATIENT), &context), ErrorCode::NotFound);
}

#[test]
fn a_denial_reads_like_a_missing_permission() {
	let denial = Grant { effect: Effect::Deny, ..permission(Scope::All) };
	let refused = [permission(Scope::All), denial];
	assert_eq!(code(&request(DOCTOR), &context(&refused, &refused)), ErrorCode::NotPermitted);
	let elsewhere = [permission(Scope::Category(Category(6)))];
	assert_eq!(code(&request(DOCTOR), &context(&elsewhere, &elsewhere)), ErrorCode::NotPermitted);
}

#[test]
fn another_purpose_and_an_unnamed_field_are_not_permitted() {
	let grants = [permission(fields(&[0, 2]))];
	let context = context(&grants, &grants);
	let other = AccessRequest { purpose: Purpose::Hpaymt, ..request(DOCTOR) };
	assert_eq!(code(&other, &context), ErrorCode::NotPermitted);
	assert_eq!(code(&naming(&[0, 1]), &context), ErrorCode::NotPermitted);
	let served = permit(&naming(&[2]), &context, 10).unwrap();
	assert_eq!(served.fields, Fields::Only([2].into()));
}

#[test]
fn the_earlier_end_and_the_later_clock_count() {
	let ends = |end| [Grant { expires_at: Some(end), ..permission(Scope::All) }];
	let served = permit(&request(DOCTOR), &context(&ends(90), &ends(80)), 10).unwrap();
	assert_eq!(served.until, Some(80));
	let mut context = context(&ends(50), &ends(50));
	context.best.head.time = 50;
	assert_eq!(code(&request(DOCTOR), &context), ErrorCode::AccessRevoked);
	assert_eq!(permit(&request(DOCTOR), &context, 50), Err(ErrorCode::NotPermitted));
}

#[test]
fn a_permission_that_begins_later_does_not_count() {
	let later = [Grant { not_before: 11, ..permission(Scope::All) }];
	assert_eq!(code(&request(DOCTOR), &context(&later, &later)), ErrorCode::NotPermitted);
	assert!(permit(&request(DOCTOR), &context(&later, &later), 11).is_ok());
}

#[test]
fn only_requesters_with_access_learn_that_a_record_does_not_exist() {
	let without = |grant: Grant| {
		let mut facts = facts(&[grant]);
		facts.records.clear();
		AccessContext { finalized: snapshot(facts.clone()), best: snapshot(facts) }
	};
	let all = without(permission(Scope::All));
	assert_eq!(code(&request(PATIENT), &all), ErrorCode::NotFound);
	assert_eq!(code(&request(DOCTOR), &all), ErrorCode::NotFound);
	let named = without(permission(fields(&[1])));
	assert_eq!(code(&request(DOCTOR), &named), ErrorCode::NotFound);
	let category = without(permission(Scope::Category(Category(5))));
	assert_eq!(code(&request(DOCTOR), &category), ErrorCode::NotPermitted);
	let past = without(Grant { expires_at: Some(5), ..permission(Scope::All) });
	assert_eq!(code(&request(DOCTOR), &past), ErrorCode::NotPermitted);
}

#[test]
fn withheld_records_are_served_to_nobody() {
	let mut facts = facts(&[permission(Scope::All)]);
	facts.records.get_mut(&id(RECORD)).unwrap().release = Release::Withheld;
	let context = AccessContext { finalized: snapshot(facts.clone()), best: snapshot(facts) };
	for requester in [PATIENT, DOCTOR] {
		assert_eq!(code(&request(requester), &context), ErrorCode::Withheld);
	}
}

#[test]
fn a_terminated_relationship_stays_readable_to_the_patient_alone() {
	let mut facts = facts(&[permission(Scope::All)]);
	facts.relationship.state = RelationshipState::Terminated;
	let ended = AccessContext { finalized: snapshot(facts.clone()), best: snapshot(facts.clone()) };
	assert!(permit(&request(PATIENT), &ended, 10).is_ok());
	assert_eq!(code(&request(DOCTOR), &ended), ErrorCode::RelationshipNotActive);
	facts.relationship.state = RelationshipState::Proposed;
	let proposed = AccessContext { finalized: snapshot(facts.clone()), best: snapshot(facts) };
	assert_eq!(code(&request(PATIENT), &proposed), ErrorCode::RelationshipNotActive);
}

/// The template under which the provider posts now. The record in the tests is of an earlier version.
fn current(category: u16) -> CurrentTemplate {
	let (category, release) = (Category(category), Release::Released);
	CurrentTemplate { hash: id(80), category, release }
}

fn known(
	requester: u8,
	current: CurrentTemplate,
	context: &AccessContext,
) -> Result<Vec<u8>, ErrorCode> {
	let known = catalogue(id(requester), &[current], context, 10)?;
	Ok(known.into_iter().map(|hash| hash.0[0]).collect())
}

#[test]
fn parties_know_the_templates_of_all_records_and_the_current_ones() {
	for requester in [PATIENT, PROVIDER] {
		assert_eq!(known(requester, current(5), &context(&[], &[])), Ok(vec![8, 80]));
	}
	assert_eq!(known(DOCTOR, current(5), &context(&[], &[])), Err(ErrorCode::NotFound));
}

#[test]
fn grantees_know_the_templates_of_records_that_they_may_read() {
	let known_by = |scope: Scope, current| {
		let grants = [permission(scope)];
		known(DOCTOR, current, &context(&grants, &grants))
	};
	assert_eq!(known_by(Scope::All, current(5)), Ok(vec![8, 80]));
	assert_eq!(known_by(Scope::Category(Category(5)), current(5)), Ok(vec![8, 80]));
	assert_eq!(known_by(Scope::Category(Category(5)), current(6)), Ok(vec![8]));
	assert_eq!(known_by(Scope::Category(Category(6)), current(6)), Ok(vec![80]));
	assert_eq!(known_by(fields(&[0]), current(5)), Ok(vec![8]));
	let none = known_by(Scope::Category(Category(7)), current(5));
	assert_eq!(none, Err(ErrorCode::NotPermitted));
	let withheld = CurrentTemplate { release: Release::Withheld, ..current(6) };
	let none = known_by(Scope::Category(Category(6)), withheld);
	assert_eq!(none, Err(ErrorCode::NotPermitted));
}

#[test]
fn a_record_that_a_grant_names_is_decided_by_itself() {
	let beside = |named: Grant, all: &[Grant]| {
		let grants: Vec<Grant> = [named].into_iter().chain(all.iter().cloned()).collect();
		let mut facts = facts(&grants);
		let record = facts.records[&id(RECORD)].clone();
		// One before and one after the named record.
		for other in [RECORD - 1, RECORD + 1] {
			facts.records.insert(id(other), record.clone());
		}
		let head = snapshot(facts);
		known(DOCTOR, current(6), &AccessContext { finalized: head.clone(), best: head })
	};
	assert_eq!(beside(permission(fields(&[0])), &[]), Ok(vec![8]));
	let denial = Grant { effect: Effect::Deny, ..permission(fields(&[0])) };
	assert_eq!(beside(denial, &[permission(Scope::Category(Category(5)))]), Ok(vec![8]));
	let denial = Grant { effect: Effect::Deny, ..permission(Scope::Category(Category(5))) };
	let none = beside(permission(fields(&[0])), &[denial]);
	assert_eq!(none, Err(ErrorCode::NotPermitted));
}

#[test]
fn a_template_is_known_if_both_heads_permit_it() {
	let (all, category) = ([permission(Scope::All)], [permission(Scope::Category(Category(6)))]);
	let named = [permission(fields(&[0]))];
	let both =
		|finalized: &[Grant], best: &[Grant]| known(DOCTOR, current(6), &context(finalized, best));
	assert_eq!(both(&all, &category), Ok(vec![80]));
	assert_eq!(both(&category, &all), Ok(vec![80]));
	assert_eq!(both(&named, &category), Err(ErrorCode::AccessRevoked));
	assert_eq!(both(&all, &[]), Err(ErrorCode::AccessRevoked));
	assert_eq!(both(&[], &all), Err(ErrorCode::NotFound));
}

#[test]
fn a_permission_that_ended_by_the_time_of_the_best_block_lists_nothing() {
	let grants = [Grant { expires_at: Some(20), ..permission(Scope::All) }];
	let mut context = context(&grants, &grants);
	assert_eq!(known(DOCTOR, current(5), &context), Ok(vec![8, 80]));
	context.best.head.time = 20;
	assert_eq!(known(DOCTOR, current(5), &context), Err(ErrorCode::AccessRevoked));
}

#[test]
fn a_proposed_relationship_has_a_catalogue_for_the_provider_alone() {
	let mut facts = facts(&[]);
	facts.relationship.state = RelationshipState::Proposed;
	let proposed = AccessContext { finalized: snapshot(facts.clone()), best: snapshot(facts) };
	let refused = known(PATIENT, current(5), &proposed);
	assert_eq!(refused, Err(ErrorCode::RelationshipNotActive));
	assert_eq!(known(PROVIDER, current(5), &proposed), Ok(vec![8, 80]));
	let mut suspended = context(&[], &[]);
	suspended.finalized.active = false;
	for requester in [PATIENT, PROVIDER] {
		let refused = known(requester, current(5), &suspended);
		assert_eq!(refused, Err(ErrorCode::RequesterNotActive));
	}
}
