use super::*;
use crate::{
	catalogue::fixture,
	grants::fixture::{grant, GRANTEE as DOCTOR},
};
use medrec_primitives::{
	record::{Commitment, Release},
	relationship::{Effect, RelationshipState, ResearchConsent, Scope},
	H256,
};
use medrec_protocol::{
	template::Line,
	wire::{AnswerField, BlockRef},
};
use std::collections::BTreeSet;

#[test]
fn only_the_permitted_fields_of_the_line_are_requested() {
	let template = fixture::laboratory().public;
	assert_eq!(needed(&template, &Fields::All), [0, 1, 2, 3, 4]);
	assert_eq!(needed(&template, &Fields::Only([1, 4, 9].into())), [1, 4]);
	assert!(needed(&template, &Fields::Only([9].into())).is_empty());
}

#[test]
fn an_answer_has_all_permitted_fields_of_the_line() {
	let answer = |numbers: &[FieldNumber]| Answer {
		relationship: RelationshipId::default(),
		record: RecordId::default(),
		version: 1,
		commitment: Commitment::default(),
		template: fixture::laboratory(),
		fields: numbers
			.iter()
			.map(|number| AnswerField {
				number: *number,
				name: fixture::laboratory().public.fields[usize::from(*number)].name.clone(),
				value: "x".into(),
				salt: Default::default(),
			})
			.collect(),
		proof: Vec::new(),
		decided_at: BlockRef { number: 9, hash: H256::zero() },
		until: None,
	};
	let some = Fields::Only([1, 3].into());
	assert!(check_line(&answer(&[0, 1, 2, 3, 4]), &Fields::All).is_ok());
	assert!(check_line(&answer(&[1, 3]), &some).is_ok());
	// The unit alone: the record would have no text that a search finds.
	for permitted in [Fields::All, some] {
		let failure = check_line(&answer(&[3]), &permitted).unwrap_err();
		assert!(is_unverified(&failure), "{}", failure.message);
	}
	let failure = check_line(&answer(&[0, 2, 3, 4]), &Fields::All).unwrap_err();
	assert_eq!(failure.message, "the answer leaves out the field display, which you may read");
}

#[test]
fn what_may_not_be_read_is_not_requested() {
	const RECORD: RecordId = RecordId::repeat_byte(1);
	let relationship = Relationship {
		patient: fixture::PATIENT,
		provider: fixture::PROVIDER,
		state: RelationshipState::Active,
		since: 0,
		research: ResearchConsent::None,
		records: 1,
		notes: 0,
		grants: 0,
	};
	let grant = |effect, scope| (GrantId::default(), grant(effect, scope));
	let (names, record) = (fixture::names(), fixture::record());
	let permitted_to = |who, grants: &[(GrantId, Grant)], record: &RecordPointer| {
		permitted((who, &relationship), &names, grants, (RECORD, record), Purpose::Treat)
	};
	assert_eq!(permitted_to(fixture::PATIENT, &[], &record), Ok(Fields::All));
	assert!(permitted_to(DOCTOR, &[], &record).unwrap_err().contains("no permission"));
	let permission = [grant(Effect::Permit, Scope::All)];
	assert_eq!(permitted_to(DOCTOR, &permission, &record), Ok(Fields::All));
	let fields = BTreeSet::from([2, 9]).try_into().unwrap();
	let some = [grant(Effect::Permit, Scope::Fields { record: RECORD, fields })];
	assert_eq!(permitted_to(DOCTOR, &some, &record), Ok(Fields::Only([2, 9].into())));
	let denied = [permission[0].clone(), grant(Effect::Deny, Scope::All)];
	assert!(permitted_to(DOCTOR, &denied, &record).unwrap_err().contains("denied"));

	let withheld = RecordPointer { release: Release::Withheld, ..record.clone() };
	assert!(permitted_to(fixture::PATIENT, &[], &withheld).unwrap_err().contains("withholds"));
	let note = RecordPointer { author: fixture::PATIENT, ..record };
	assert!(permitted_to(fixture::PATIENT, &[], &note).unwrap_err().contains("notes"));
}

#[test]
fn a_record_that_was_not_read_has_the_title_of_its_template() {
	let one = entry(&fixture::names(), RecordId::default(), &fixture::record(), None);
	assert_eq!((one.about(), one.category_name.as_str()), ("Laboratory result", "laboratory"));
	assert_eq!((one.receipt, one.line), (None, Line::default()));
}

#[test]
fn records_that_could_not_be_read_are_counted_by_reason() {
	let mut gaps = Gaps::default();
	for (reason, unverified) in [("a", false), ("b", true), ("a", false)] {
		gaps.add(reason.to_owned(), unverified, RecordId::default());
	}
	let gaps = gaps.into_list();
	let counted = Vec::from_iter(gaps.iter().map(|gap| (&*gap.reason, gap.records.len())));
	assert_eq!(counted, [("a", 2), ("b", 1)]);
}
