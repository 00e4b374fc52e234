//! The access decision against a naive model of its rule, and each rule by example.
//!
//! The model is written from the rule as it is documented, in another way: it asks of each field of
//! a small universe by itself who opens it, and finds the answer in a table of conditions.

use medrec_primitives::{
	access::{
		decide, Decision, DenyReason, Emergency, Fields, Basis, Record, Requester, RelationshipView,
	},
	identity::SubjectId,
	record::{FieldNumber, RecordId, Release},
	relationship::{
		Effect, Grant, GrantId, Grantee, GroupId, Purpose, Purposes, RelationshipState, Scope,
	},
	Moment, H256,
};
use proptest::{
	prelude::*,
	test_runner::{Config, TestRunner},
};
use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
};

/// The fields that scopes name here, and one that none names, which thus is open only where a
/// record is open whole.
const UNIVERSE: [FieldNumber; 5] = [0, 1, 2, 3, UNNAMED];
const UNNAMED: FieldNumber = FieldNumber::MAX;

/// The end of the times that occur.
const END: Moment = 8;

/// The arguments of one decision.
#[derive(Clone, Debug)]
struct Case {
	now: Moment,
	subject: SubjectId,
	active: bool,
	groups: Vec<GroupId>,
	custodian: bool,
	purpose: Purpose,
	record: Record,
	standing: RelationshipView,
	grants: Vec<(GrantId, Grant)>,
	emergency: Option<Emergency>,
}

impl Case {
	fn decide(&self) -> Decision {
		decide(
			self.now,
			&Requester {
				subject: self.subject,
				active: self.active,
				groups: &self.groups,
				custodian: self.custodian,
			},
			self.purpose,
			&self.record,
			&self.standing,
			self.grants.iter().map(|(id, grant)| (*id, grant)),
			self.emergency.as_ref(),
		)
	}

	fn at(&self, now: Moment) -> Case {
		Case { now, ..self.clone() }
	}

	/// Whether `grant` speaks of the requester and of a field of the record.
	fn concerns(&self, grant: &Grant) -> bool {
		let whom = match grant.grantee {
			Grantee::Subject(subject) => subject == self.subject,
			Grantee::Group(group) => self.groups.contains(&group),
		};
		whom && UNIVERSE.iter().any(|field| opens(&grant.scope, &self.record, *field))
	}
}

/// A subject, group, record or grant by its number.
fn id(number: u8) -> H256 {
	H256::repeat_byte(number)
}

const PATIENT: u8 = 1;
const DOCTOR: u8 = 2;
const NURSE: u8 = 3;
const WARD: u8 = 11;
const OTHER_WARD: u8 = 12;

mod model {
	//! The rule, anew.

	use super::*;

	/// An answer whose fields are told one by one, and whose grants have no order.
	#[derive(Debug, PartialEq)]
	pub enum Answer {
		No(DenyReason),
		Yes { fields: BTreeSet<FieldNumber>, until: Option<Moment>, by: By },
	}

	#[derive(Debug, PartialEq)]
	pub enum By {
		Own,
		Custodian,
		Grants(BTreeSet<GrantId>),
		Emergency,
	}

	/// Whether `scope` reaches this field of this record.
	pub fn opens(scope: &Scope, record: &Record, field: FieldNumber) -> bool {
		match scope {
			Scope::All => true,
			Scope::Category(category) => record.category == *category,
			Scope::Records(records) => records.iter().any(|named| *named == record.id),
			Scope::Fields { record: named, fields } => {
				record.id == *named && fields.iter().any(|one| *one == field)
			},
		}
	}

	fn is_in_force(grant: &Grant, now: Moment) -> bool {
		let begun = now >= grant.not_before;
		let ended = match grant.expires_at {
			Some(end) => now >= end,
			None => false,
		};
		begun && !ended
	}

	fn fields_where(open: impl Fn(FieldNumber) -> bool) -> BTreeSet<FieldNumber> {
		UNIVERSE.into_iter().filter(|field| open(*field)).collect()
	}

	/// The first line of the table whose condition holds is the answer.
	pub fn answer(case: &Case) -> Answer {
		let own = case.subject == case.standing.patient;
		let active = case.standing.state == RelationshipState::Active;
		let ended = case.standing.state == RelationshipState::Terminated;
		let readable = active || (ended && (own || case.custodian));

		let (refusals, permits): (Vec<_>, Vec<_>) = case
			.grants
			.iter()
			.filter(|(_, grant)| is_in_force(grant, case.now) && case.concerns(grant))
			.partition(|(_, grant)| grant.effect == Effect::Deny);
		let used: Vec<_> = permits
			.into_iter()
			.filter(|(_, grant)| grant.purposes.iter().any(|one| *one == case.purpose))
			.collect();
		let granted = fields_where(|field| {
			used.iter().any(|(_, grant)| opens(&grant.scope, &case.record, field))
		});
		let opened_by_emergency = fields_where(|field| {
			case.emergency.as_ref().is_some_and(|emergency| {
				case.now < emergency.until
					&& emergency.declarer == case.subject
					&& opens(&emergency.scope, &case.record, field)
			})
		});

		let whole = |by| Answer::Yes { fields: UNIVERSE.into(), until: None, by };
		let table = [
			(!case.active, Answer::No(DenyReason::RequesterNotActive)),
			(!readable, Answer::No(DenyReason::RelationshipNotActive)),
			(case.record.release == Release::Withheld, Answer::No(DenyReason::Withheld)),
			(own, whole(By::Own)),
			(case.custodian, whole(By::Custodian)),
			(!refusals.is_empty(), Answer::No(DenyReason::Denied)),
			(
				!granted.is_empty(),
				Answer::Yes {
					fields: granted,
					until: used.iter().filter_map(|(_, grant)| grant.expires_at).min(),
					by: By::Grants(used.iter().map(|(id, _)| *id).collect()),
				},
			),
			(
				!opened_by_emergency.is_empty(),
				Answer::Yes {
					fields: opened_by_emergency,
					until: case.emergency.as_ref().map(|emergency| emergency.until),
					by: By::Emergency,
				},
			),
			(true, Answer::No(DenyReason::NotPermitted)),
		];
		let found = table.into_iter().find(|(condition, _)| *condition);
		found.expect("the last line always holds").1
	}

	/// What [`decide`] said, in the words of the model.
	pub fn translate(decision: Decision) -> Answer {
		match decision {
			Decision::Deny { reason } => Answer::No(reason),
			Decision::Permit { fields, until, by } => Answer::Yes {
				fields: fields_where(|field| fields.contains(field)),
				until,
				by: match by {
					Basis::Own => By::Own,
					Basis::Custodian => By::Custodian,
					Basis::Emergency => By::Emergency,
					Basis::Grants(ids) => {
						let set: BTreeSet<_> = ids.iter().copied().collect();
						assert_eq!(set.len(), ids.len(), "each grant is named once");
						By::Grants(set)
					},
				},
			},
		}
	}
}

use model::{opens, Answer, By};

fn subject() -> impl Strategy<Value = SubjectId> {
	prop_oneof![1 => Just(PATIENT), 4 => Just(DOCTOR), 2 => Just(NURSE)].prop_map(id)
}

fn grantee() -> impl Strategy<Value = Grantee> {
	prop_oneof![
		4 => subject().prop_map(Grantee::Subject),
		1 => Just(Grantee::Group(id(WARD))),
		1 => Just(Grantee::Group(id(OTHER_WARD))),
	]
}

/// The numbers below 8 whose bits are set.
fn bits(mask: u8) -> impl Iterator<Item = u8> {
	(0..8).filter(move |bit| mask & (1 << bit) != 0)
}

fn scope() -> impl Strategy<Value = Scope> {
	(0u8..6, 0u8..3, 0u8..16).prop_map(|(kind, record, mask)| match kind {
		0 => Scope::All,
		1 => Scope::Category(record.into()),
		2 => {
			let records: BTreeSet<RecordId> = bits(mask & 0b111).map(id).collect();
			Scope::Records(records.try_into().unwrap())
		},
		_ => {
			let fields: BTreeSet<FieldNumber> = bits(mask).map(FieldNumber::from).collect();
			Scope::Fields { record: id(record % 2), fields: fields.try_into().unwrap() }
		},
	})
}

fn purposes() -> impl Strategy<Value = Purposes> {
	any::<u8>().prop_map(|mask| {
		let named = bits(mask).map(|bit| Purpose::ALL[usize::from(bit)]);
		named.collect::<BTreeSet<_>>().try_into().unwrap()
	})
}

fn grant() -> impl Strategy<Value = Grant> {
	let end = prop::option::weighted(0.7, 0..END);
	(grantee(), prop::bool::weighted(0.15), scope(), purposes(), 0..END / 2, end).prop_map(
		|(grantee, refuse, scope, purposes, not_before, expires_at)| Grant {
			grantee,
			effect: if refuse { Effect::Deny } else { Effect::Permit },
			scope,
			purposes,
			not_before,
			expires_at,
			given_at: 0,
		},
	)
}

fn emergency() -> impl Strategy<Value = Emergency> {
	(subject(), scope(), 0..END).prop_map(|(declarer, scope, until)| Emergency {
		declarer,
		scope,
		until,
	})
}

fn state() -> impl Strategy<Value = RelationshipState> {
	prop_oneof![
		12 => Just(RelationshipState::Active),
		1 => Just(RelationshipState::Proposed),
		1 => Just(RelationshipState::Declined),
		2 => Just(RelationshipState::Terminated),
	]
}

fn case() -> impl Strategy<Value = Case> {
	let requester = (subject(), prop::bool::weighted(0.95), 0u8..4, prop::bool::weighted(0.05));
	let record =
		(0u8..2, 0u16..3, prop::bool::weighted(0.05)).prop_map(|(record, category, withheld)| {
			Record {
				id: id(record),
				category,
				release: if withheld { Release::Withheld } else { Release::Released },
			}
		});
	let purpose = prop::sample::select(Purpose::ALL.as_slice());
	let grants = prop::collection::vec(grant(), 0..7);
	let emergency = prop::option::weighted(0.3, emergency());
	(0..END, requester, purpose, record, state(), grants, emergency).prop_map(
		|(now, (subject, active, wards, custodian), purpose, record, state, grants, emergency)| {
			Case {
				now,
				subject,
				active,
				groups: bits(wards).map(|ward| id(WARD + ward)).collect(),
				custodian,
				purpose,
				record,
				standing: RelationshipView { patient: id(PATIENT), state },
				grants: grants
					.into_iter()
					.zip(100..)
					.map(|(grant, number)| (id(number), grant))
					.collect(),
				emergency,
			}
		},
	)
}

/// What the generator is to bring about again and again.
fn kind(answer: &Answer) -> String {
	match answer {
		Answer::No(reason) => format!("{reason:?}"),
		Answer::Yes { by: By::Grants(ids), fields, .. } => {
			let some = if fields.contains(&UNNAMED) { "all" } else { "some" };
			let few = if ids.len() > 1 { "several grants" } else { "a grant" };
			format!("{some} fields by {few}")
		},
		Answer::Yes { by, .. } => format!("{by:?}"),
	}
}

fn run(cases: u32, property: impl Fn(Case) -> Result<(), TestCaseError>) {
	let config = Config { cases, failure_persistence: None, ..Config::default() };
	TestRunner::new(config).run(&case(), property).unwrap();
}

#[test]
fn decision_is_the_models() {
	let seen = RefCell::new(BTreeMap::<String, u32>::new());
	run(100_000, |case| {
		let expected = model::answer(&case);
		*seen.borrow_mut().entry(kind(&expected)).or_default() += 1;
		prop_assert_eq!(model::translate(case.decide()), expected);
		Ok(())
	});

	let seen = seen.into_inner();
	let kinds = [
		"RequesterNotActive",
		"RelationshipNotActive",
		"Withheld",
		"Refused",
		"NotPermitted",
		"Own",
		"Custodian",
		"Emergency",
		"all fields by a grant",
		"some fields by a grant",
		"all fields by several grants",
		"some fields by several grants",
	];
	for kind in kinds {
		assert!(seen.get(kind).is_some_and(|times| *times > 100), "{kind} is rare: {seen:?}");
	}
	assert_eq!(seen.len(), kinds.len(), "{seen:?}");
}

#[test]
fn order_of_grants_does_not_matter() {
	run(10_000, |case| {
		let mut reversed = case.clone();
		reversed.grants.reverse();
		prop_assert_eq!(model::translate(case.decide()), model::translate(reversed.decide()));
		Ok(())
	});
}

#[test]
fn fields_that_are_permitted_are_never_none() {
	run(10_000, |case| {
		if let Decision::Permit { fields: Fields::Only(numbers), .. } = case.decide() {
			prop_assert!(!numbers.is_empty());
		}
		Ok(())
	});
}

/// Time may open more before `until`. It takes away only where a grant begins meanwhile: a refusal,
/// or a permit that comes before the emergency on whose ground the rest was open.
#[test]
fn permit_holds_until_it_says_unless_something_begins() {
	run(50_000, |case| {
		let Decision::Permit { fields, until, by } = case.decide() else { return Ok(()) };
		let last = until.map_or(END, |until| until - 1);
		for later in case.now..=last {
			let overtaken = case.grants.iter().any(|(_, grant)| {
				(grant.effect == Effect::Deny || by == Basis::Emergency)
					&& case.concerns(grant)
					&& grant.not_before > case.now
					&& grant.not_before <= later
			});
			if overtaken {
				break;
			}
			let Decision::Permit { fields: then, .. } = case.at(later).decide() else {
				return Err(TestCaseError::fail(format!("nothing is open at {later}")));
			};
			for field in UNIVERSE {
				prop_assert!(then.contains(field) || !fields.contains(field));
			}
		}
		Ok(())
	});
}

/// A refusal, wherever it stands among the grants, opens nothing.
#[test]
fn refusal_never_opens() {
	run(10_000, |case| {
		let mut without = case.clone();
		without.grants.retain(|(_, grant)| grant.effect == Effect::Permit);
		if case.decide().is_permit() {
			prop_assert_eq!(case.decide(), without.decide());
		}
		Ok(())
	});
}

/// The doctor asks at moment 5, for treatment, for record 0 of category 1, without any grant.
fn plain() -> Case {
	Case {
		now: 5,
		subject: id(DOCTOR),
		active: true,
		groups: Vec::new(),
		custodian: false,
		purpose: Purpose::Treat,
		record: Record { id: id(0), category: 1, release: Release::Released },
		standing: RelationshipView { patient: id(PATIENT), state: RelationshipState::Active },
		grants: Vec::new(),
		emergency: None,
	}
}

/// A permit of everything to the doctor for treatment, since the beginning and without end.
fn permit() -> Grant {
	Grant {
		grantee: Grantee::Subject(id(DOCTOR)),
		effect: Effect::Permit,
		scope: Scope::All,
		purposes: BTreeSet::from([Purpose::Treat]).try_into().unwrap(),
		not_before: 0,
		expires_at: None,
		given_at: 0,
	}
}

/// A refusal of everything to the doctor, since the beginning and without end.
fn refusal() -> Grant {
	Grant { effect: Effect::Deny, purposes: Purposes::new(), ..permit() }
}

fn some_fields<const N: usize>(record: u8, fields: [FieldNumber; N]) -> Scope {
	Scope::Fields { record: id(record), fields: BTreeSet::from(fields).try_into().unwrap() }
}

fn whole_records<const N: usize>(records: [u8; N]) -> Scope {
	Scope::Records(BTreeSet::from(records.map(id)).try_into().unwrap())
}

/// The plain case with these grants, numbered from 100.
fn with<const N: usize>(grants: [Grant; N]) -> Case {
	let grants = grants.into_iter().zip(100..).map(|(grant, number)| (id(number), grant));
	Case { grants: grants.collect(), ..plain() }
}

fn denied(reason: DenyReason) -> Decision {
	Decision::Deny { reason }
}

fn permitted<const N: usize>(fields: Fields, until: Option<Moment>, by: [u8; N]) -> Decision {
	Decision::Permit { fields, until, by: Basis::Grants(by.map(id).to_vec()) }
}

fn only<const N: usize>(fields: [FieldNumber; N]) -> Fields {
	Fields::Only(BTreeSet::from(fields))
}

#[test]
fn requester_that_is_not_active_is_denied_whoever_it_is() {
	let expected = denied(DenyReason::RequesterNotActive);
	let case = Case { active: false, ..with([permit()]) };
	assert_eq!(case.decide(), expected);
	assert_eq!(Case { subject: id(PATIENT), ..case.clone() }.decide(), expected);
	assert_eq!(Case { custodian: true, ..case }.decide(), expected);
}

#[test]
fn relationship_without_consent_is_denied_to_the_patient_too() {
	for state in [RelationshipState::Proposed, RelationshipState::Declined] {
		let standing = RelationshipView { patient: id(PATIENT), state };
		for case in [
			with([permit()]),
			Case { subject: id(PATIENT), ..plain() },
			Case { custodian: true, ..plain() },
		] {
			let case = Case { standing, ..case };
			assert_eq!(case.decide(), denied(DenyReason::RelationshipNotActive));
		}
	}
}

#[test]
fn terminated_relationship_is_readable_to_the_patient_and_custodians_only() {
	let state = RelationshipState::Terminated;
	let case = Case { standing: RelationshipView { patient: id(PATIENT), state }, ..with([permit()]) };
	assert_eq!(case.decide(), denied(DenyReason::RelationshipNotActive));
	let own = Decision::Permit { fields: Fields::All, until: None, by: Basis::Own };
	assert_eq!(Case { subject: id(PATIENT), ..case.clone() }.decide(), own);
	let custodian = Decision::Permit { fields: Fields::All, until: None, by: Basis::Custodian };
	assert_eq!(Case { custodian: true, ..case }.decide(), custodian);
}

#[test]
fn withheld_record_is_served_to_nobody() {
	let record = Record { release: Release::Withheld, ..plain().record };
	let emergency = Emergency { declarer: id(DOCTOR), scope: Scope::All, until: END };
	for case in [
		with([permit()]),
		Case { subject: id(PATIENT), ..plain() },
		Case { custodian: true, ..plain() },
		Case { emergency: Some(emergency), ..plain() },
	] {
		assert_eq!(Case { record, ..case }.decide(), denied(DenyReason::Withheld));
	}
}

#[test]
fn patient_and_custodians_see_everything_without_end() {
	let own = Decision::Permit { fields: Fields::All, until: None, by: Basis::Own };
	assert_eq!(Case { subject: id(PATIENT), ..plain() }.decide(), own);
	// Being one's own custodian adds nothing.
	assert_eq!(Case { subject: id(PATIENT), custodian: true, ..plain() }.decide(), own);
	let custodian = Decision::Permit { fields: Fields::All, until: None, by: Basis::Custodian };
	assert_eq!(Case { custodian: true, ..with([refusal()]) }.decide(), custodian);
}

#[test]
fn refusal_beats_permits_wherever_it_stands() {
	let expected = denied(DenyReason::Denied);
	assert_eq!(with([refusal(), permit()]).decide(), expected);
	assert_eq!(with([permit(), refusal()]).decide(), expected);
	assert_eq!(with([refusal()]).decide(), expected);
}

#[test]
fn refusal_of_one_field_refuses_the_record() {
	let refusal = Grant { scope: some_fields(0, [3]), ..refusal() };
	assert_eq!(with([permit(), refusal]).decide(), denied(DenyReason::Denied));
}

#[test]
fn refusal_ignores_purposes() {
	for purpose in Purpose::ALL {
		let case = Case { purpose, ..with([refusal()]) };
		assert_eq!(case.decide(), denied(DenyReason::Denied));
	}
}

#[test]
fn refusal_of_others_or_of_other_records_is_passed_over() {
	let expected = permitted(Fields::All, None, [100]);
	for refusal in [
		Grant { grantee: Grantee::Subject(id(NURSE)), ..refusal() },
		Grant { grantee: Grantee::Group(id(WARD)), ..refusal() },
		Grant { scope: some_fields(1, [0]), ..refusal() },
		Grant { scope: whole_records([1, 2]), ..refusal() },
		Grant { scope: Scope::Category(2), ..refusal() },
	] {
		assert_eq!(with([permit(), refusal]).decide(), expected);
	}
}

#[test]
fn others_are_not_told_of_a_refusal() {
	let refusal = Grant { grantee: Grantee::Subject(id(NURSE)), ..refusal() };
	assert_eq!(with([refusal]).decide(), denied(DenyReason::NotPermitted));
}

#[test]
fn refusal_beats_an_emergency() {
	let emergency = Emergency { declarer: id(DOCTOR), scope: Scope::All, until: END };
	let case = Case { emergency: Some(emergency), ..with([refusal()]) };
	assert_eq!(case.decide(), denied(DenyReason::Denied));
}

#[test]
fn permit_begins_at_its_first_moment_and_ends_before_its_last() {
	let case = with([Grant { not_before: 5, expires_at: Some(7), ..permit() }]);
	let open = permitted(Fields::All, Some(7), [100]);
	let shut = denied(DenyReason::NotPermitted);
	let expected = [(4, &shut), (5, &open), (6, &open), (7, &shut), (8, &shut)];
	for (now, expected) in expected {
		assert_eq!(case.at(now).decide(), *expected, "at {now}");
	}
}

#[test]
fn refusal_begins_at_its_first_moment_and_ends_before_its_last() {
	let case = with([Grant { not_before: 5, expires_at: Some(7), ..refusal() }, permit()]);
	for (now, refused) in [(4, false), (5, true), (6, true), (7, false)] {
		assert_eq!(case.at(now).decide() == denied(DenyReason::Denied), refused, "at {now}");
	}
}

#[test]
fn permit_is_for_its_purposes_only() {
	for purpose in Purpose::ALL {
		let case = Case { purpose, ..with([permit()]) };
		assert_eq!(case.decide().is_permit(), purpose == Purpose::Treat, "{purpose:?}");
	}
}

#[test]
fn scopes_reach_what_they_name() {
	for (scope, fields) in [
		(Scope::All, Some(Fields::All)),
		(Scope::Category(1), Some(Fields::All)),
		(Scope::Category(2), None),
		(whole_records([0, 1]), Some(Fields::All)),
		(whole_records([1]), None),
		(some_fields(0, [1, 2]), Some(only([1, 2]))),
		(some_fields(1, [1, 2]), None),
	] {
		let expected = match fields {
			Some(fields) => permitted(fields, None, [100]),
			None => denied(DenyReason::NotPermitted),
		};
		assert_eq!(with([Grant { scope: scope.clone(), ..permit() }]).decide(), expected);
	}
}

#[test]
fn groups_are_reached_by_their_members_only() {
	let case = with([Grant { grantee: Grantee::Group(id(WARD)), ..permit() }]);
	let within = Case { groups: vec![id(OTHER_WARD), id(WARD)], ..case.clone() };
	assert_eq!(within.decide(), permitted(Fields::All, None, [100]));
	let without = Case { groups: vec![id(OTHER_WARD)], ..case };
	assert_eq!(without.decide(), denied(DenyReason::NotPermitted));
}

#[test]
fn refusal_of_a_group_reaches_its_members() {
	let refusal = Grant { grantee: Grantee::Group(id(WARD)), ..refusal() };
	let case = Case { groups: vec![id(WARD)], ..with([permit(), refusal]) };
	assert_eq!(case.decide(), denied(DenyReason::Denied));
}

#[test]
fn permits_add_up_to_the_union_of_their_fields() {
	let first = Grant { scope: some_fields(0, [0, 1]), ..permit() };
	let second = Grant { scope: some_fields(0, [1, 3]), ..permit() };
	let elsewhere = Grant { scope: some_fields(1, [2]), ..permit() };
	let case = with([first.clone(), elsewhere, second.clone()]);
	assert_eq!(case.decide(), permitted(only([0, 1, 3]), None, [100, 102]));
	let case = with([first, permit(), second]);
	assert_eq!(case.decide(), permitted(Fields::All, None, [100, 101, 102]));
}

#[test]
fn until_is_the_earliest_end_of_the_permits_that_count() {
	let ending = |expires_at| Grant { expires_at, ..permit() };
	let case = with([ending(Some(9)), ending(None), ending(Some(7)), ending(Some(8))]);
	assert_eq!(case.decide(), permitted(Fields::All, Some(7), [100, 101, 102, 103]));
	// What has ended, has not begun or speaks of others does not count.
	let early = |grant: Grant| Grant { expires_at: Some(6), ..grant };
	let case = with([
		ending(Some(9)),
		ending(Some(5)),
		Grant { not_before: 6, ..ending(Some(7)) },
		early(Grant { grantee: Grantee::Subject(id(NURSE)), ..permit() }),
		early(Grant { scope: Scope::Category(2), ..permit() }),
	]);
	assert_eq!(case.decide(), permitted(Fields::All, Some(9), [100]));
}

#[test]
fn emergency_opens_the_scope_of_the_policy_to_its_declarer_until_it_ends() {
	let scope = some_fields(0, [2]);
	let emergency = Emergency { declarer: id(DOCTOR), scope, until: 7 };
	let case = Case { emergency: Some(emergency), ..plain() };
	let by = Basis::Emergency;
	let expected = Decision::Permit { fields: only([2]), until: Some(7), by };
	assert_eq!(case.decide(), expected);
	assert_eq!(case.at(6).decide(), expected);
	assert_eq!(case.at(7).decide(), denied(DenyReason::NotPermitted));
	let nurse = Case { subject: id(NURSE), ..case.clone() };
	assert_eq!(nurse.decide(), denied(DenyReason::NotPermitted));
	let elsewhere = Case { record: Record { id: id(1), ..case.record }, ..case };
	assert_eq!(elsewhere.decide(), denied(DenyReason::NotPermitted));
}

#[test]
fn permits_come_before_an_emergency() {
	let emergency = Emergency { declarer: id(DOCTOR), scope: Scope::All, until: END };
	let narrow = Grant { scope: some_fields(0, [1]), ..permit() };
	let case = Case { emergency: Some(emergency), ..with([narrow]) };
	assert_eq!(case.decide(), permitted(only([1]), None, [100]));
}

#[test]
fn nothing_is_permitted_that_nobody_permits() {
	assert_eq!(plain().decide(), denied(DenyReason::NotPermitted));
}
