use super::*;
use crate::chain::Head;
use medrec_primitives::{
	record::{Pointer, Release},
	relationship::{Grant, Purposes, Relationship, RelationshipState, ResearchConsent},
	H256,
};
use std::{collections::BTreeMap, sync::Arc};

const PATIENT: u8 = 1;
const DOCTOR: u8 = 2;
const RECORD: u8 = 3;

fn id(byte: u8) -> H256 {
	H256::repeat_byte(byte)
}

fn question(requester: u8) -> Question {
	Question { requester: id(requester), record: id(RECORD), purpose: Purpose::Treat, fields: None }
}

fn naming(fields: &[FieldNumber]) -> Question {
	Question { fields: Some(fields.iter().copied().collect()), ..question(DOCTOR) }
}

fn permit(scope: Scope) -> Grant {
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
		author: id(9),
		pointer: Pointer { template: id(8), handle: Default::default() },
		commitment: id(7),
		version: 1,
		category: 5,
		release: Release::Released,
		posted_at: 0,
	};
	let grants = grants.iter().enumerate();
	RelationshipFacts {
		relationship: Relationship {
			patient: id(PATIENT),
			provider: id(9),
			state: RelationshipState::Active,
			since: 0,
			research: ResearchConsent::None,
			records: 1,
			notes: 0,
			grants: 0,
		},
		records: [(id(RECORD), pointer)].into(),
		grants: grants
			.map(|(number, grant)| (id(number as u8 + 100), grant.clone()))
			.collect::<BTreeMap<_, _>>(),
	}
}

fn side(facts: RelationshipFacts) -> Snapshot {
	Snapshot { head: Head::default(), active: true, relationship: Some(Arc::new(facts)) }
}

fn case(finalized: &[Grant], best: &[Grant]) -> AccessContext {
	AccessContext { finalized: side(facts(finalized)), best: side(facts(best)) }
}

fn code(question: &Question, case: &AccessContext) -> ErrorCode {
	authorize(question, case, 10).expect_err("it should be refused")
}

#[test]
fn what_both_heads_permit_is_served() {
	let grants = [permit(Scope::All)];
	let served = authorize(&question(DOCTOR), &case(&grants, &grants), 10).unwrap();
	assert_eq!(served.fields, Fields::All);
	let served = authorize(&question(PATIENT), &case(&[], &[]), 10).unwrap();
	assert_eq!((served.fields, served.until), (Fields::All, None));
}

#[test]
fn a_grant_that_is_not_final_opens_nothing() {
	let grants = [permit(Scope::All)];
	assert_eq!(code(&question(DOCTOR), &case(&[], &grants)), ErrorCode::NotFound);
	let narrow = [permit(fields(&[1]))];
	assert_eq!(code(&naming(&[0]), &case(&narrow, &grants)), ErrorCode::NotPermitted);
	let served = authorize(&question(DOCTOR), &case(&narrow, &grants), 10).unwrap();
	assert_eq!(served.fields, Fields::Only([1].into()));
}

#[test]
fn a_revocation_that_is_not_final_counts() {
	let grants = [permit(Scope::All)];
	assert_eq!(code(&question(DOCTOR), &case(&grants, &[])), ErrorCode::AccessRevoked);
	let refusal = Grant { effect: Effect::Deny, ..permit(Scope::Category(5)) };
	let refused = [permit(Scope::All), refusal];
	assert_eq!(code(&question(DOCTOR), &case(&grants, &refused)), ErrorCode::AccessRevoked);
	let narrowed = [permit(fields(&[1, 2]))];
	assert_eq!(code(&naming(&[0]), &case(&grants, &narrowed)), ErrorCode::AccessRevoked);
	let served = authorize(&question(DOCTOR), &case(&grants, &narrowed), 10).unwrap();
	assert_eq!(served.fields, Fields::Only([1, 2].into()));
	let other = [permit(fields(&[7]))];
	assert_eq!(code(&question(DOCTOR), &case(&narrowed, &other)), ErrorCode::AccessRevoked);
}

#[test]
fn a_suspension_that_is_not_final_counts() {
	let grants = [permit(Scope::All)];
	let mut case = case(&grants, &grants);
	case.best.active = false;
	assert_eq!(code(&question(DOCTOR), &case), ErrorCode::AccessRevoked);
	case.finalized.active = false;
	assert_eq!(code(&question(DOCTOR), &case), ErrorCode::RequesterNotActive);
	case.finalized.relationship = None;
	assert_eq!(code(&question(DOCTOR), &case), ErrorCode::RequesterNotActive);
}

#[test]
fn strangers_do_not_learn_that_a_relationship_exists() {
	let mut case = case(&[], &[]);
	assert_eq!(code(&question(DOCTOR), &case), ErrorCode::NotFound);
	let refusal = [Grant { effect: Effect::Deny, ..permit(Scope::All) }];
	case.finalized = side(facts(&refusal));
	assert_eq!(code(&question(DOCTOR), &case), ErrorCode::NotFound);
	case.finalized.relationship = None;
	assert_eq!(code(&question(DOCTOR), &case), ErrorCode::NotFound);
	assert_eq!(code(&question(PATIENT), &case), ErrorCode::NotFound);
}

#[test]
fn a_refusal_reads_as_if_nothing_permitted() {
	let refusal = Grant { effect: Effect::Deny, ..permit(Scope::All) };
	let refused = [permit(Scope::All), refusal];
	assert_eq!(code(&question(DOCTOR), &case(&refused, &refused)), ErrorCode::NotPermitted);
	let elsewhere = [permit(Scope::Category(6))];
	assert_eq!(code(&question(DOCTOR), &case(&elsewhere, &elsewhere)), ErrorCode::NotPermitted);
}

#[test]
fn another_purpose_and_an_unnamed_field_are_not_permitted() {
	let grants = [permit(fields(&[0, 2]))];
	let case = case(&grants, &grants);
	let other = Question { purpose: Purpose::Hpaymt, ..question(DOCTOR) };
	assert_eq!(code(&other, &case), ErrorCode::NotPermitted);
	assert_eq!(code(&naming(&[0, 1]), &case), ErrorCode::NotPermitted);
	let served = authorize(&naming(&[2]), &case, 10).unwrap();
	assert_eq!(served.fields, Fields::Only([2].into()));
}

#[test]
fn the_earlier_end_holds_and_the_later_clock() {
	let ends = |end| [Grant { expires_at: Some(end), ..permit(Scope::All) }];
	let served = authorize(&question(DOCTOR), &case(&ends(90), &ends(80)), 10).unwrap();
	assert_eq!(served.until, Some(80));
	let mut case = case(&ends(50), &ends(50));
	case.best.head.time = 50;
	assert_eq!(code(&question(DOCTOR), &case), ErrorCode::AccessRevoked);
	assert_eq!(authorize(&question(DOCTOR), &case, 50), Err(ErrorCode::NotPermitted));
}

#[test]
fn a_grant_that_is_not_yet_in_force_permits_nothing() {
	let later = [Grant { not_before: 11, ..permit(Scope::All) }];
	assert_eq!(code(&question(DOCTOR), &case(&later, &later)), ErrorCode::NotPermitted);
	assert!(authorize(&question(DOCTOR), &case(&later, &later), 11).is_ok());
}

#[test]
fn only_who_could_see_a_record_learns_that_there_is_none() {
	let without = |grant: Grant| {
		let mut facts = facts(&[grant]);
		facts.records.clear();
		AccessContext { finalized: side(facts.clone()), best: side(facts) }
	};
	let all = without(permit(Scope::All));
	assert_eq!(code(&question(PATIENT), &all), ErrorCode::NotFound);
	assert_eq!(code(&question(DOCTOR), &all), ErrorCode::NotFound);
	let named = without(permit(fields(&[1])));
	assert_eq!(code(&question(DOCTOR), &named), ErrorCode::NotFound);
	let category = without(permit(Scope::Category(5)));
	assert_eq!(code(&question(DOCTOR), &category), ErrorCode::NotPermitted);
	let past = without(Grant { expires_at: Some(5), ..permit(Scope::All) });
	assert_eq!(code(&question(DOCTOR), &past), ErrorCode::NotPermitted);
}

#[test]
fn withheld_records_are_shown_to_nobody() {
	let mut facts = facts(&[permit(Scope::All)]);
	facts.records.get_mut(&id(RECORD)).unwrap().release = Release::Withheld;
	let case = AccessContext { finalized: side(facts.clone()), best: side(facts) };
	for requester in [PATIENT, DOCTOR] {
		assert_eq!(code(&question(requester), &case), ErrorCode::Withheld);
	}
}

#[test]
fn an_ended_relationship_stays_open_to_the_patient_alone() {
	let mut facts = facts(&[permit(Scope::All)]);
	facts.relationship.state = RelationshipState::Terminated;
	let ended = AccessContext { finalized: side(facts.clone()), best: side(facts.clone()) };
	assert!(authorize(&question(PATIENT), &ended, 10).is_ok());
	assert_eq!(code(&question(DOCTOR), &ended), ErrorCode::RelationshipNotActive);
	facts.relationship.state = RelationshipState::Proposed;
	let proposed = AccessContext { finalized: side(facts.clone()), best: side(facts) };
	assert_eq!(code(&question(PATIENT), &proposed), ErrorCode::RelationshipNotActive);
}
