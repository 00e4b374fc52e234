//! The access decision compared with a naive model, and an example for each rule.
//!
//! The model implements the documented rules in another way: it evaluates each field of a small
//! universe by itself and takes the result from a table of conditions.

use medrec_primitives::{
	access::{
		covers, decide, earliest, Basis, Decision, DenyReason, Emergency, Fields, Record,
		RelationshipView, Requester,
	},
	identity::SubjectId,
	record::{Category, FieldNumber, RecordId, Release},
	relationship::{
		Effect, Grant, GrantId, Grantee, GroupId, Purpose, Purposes, RelationshipState, Scope,
	},
	Moment,
};
use proptest::{
	prelude::*,
	test_runner::{Config, TestRunner},
};
use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
};

/// The fields that the scopes of these tests name, and one that none names: it is covered only with
/// the whole record.
const UNIVERSE: [FieldNumber; 5] = [0, 1, 2, 3, UNNAMED];
const UNNAMED: FieldNumber = FieldNumber::MAX;

/// The upper bound of times.
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
	relationship: RelationshipView,
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
			&self.relationship,
			self.grants.iter().map(|(id, grant)| (*id, grant)),
			self.emergency.as_ref(),
		)
	}

	fn at(&self, now: Moment) -> Case {
		Case { now, ..self.clone() }
	}

	/// Whether `grant` matches the requester and covers a field of the record.
	fn concerns(&self, grant: &Grant) -> bool {
		let whom = match grant.grantee {
			Grantee::Subject(subject) => subject == self.subject,
			Grantee::Group(group) => self.groups.contains(&group),
		};
		whom && UNIVERSE.iter().any(|field| opens(&grant.scope, &self.record, *field))
	}
}

/// The ID with this number, of any kind.
fn id<Id: From<[u8; 32]>>(number: u8) -> Id {
	[number; 32].into()
}

const PATIENT: u8 = 1;
const CLINICIAN: u8 = 2;
const NURSE: u8 = 3;
const WARD: u8 = 11;
const OTHER_WARD: u8 = 12;

mod model {
	//! The model of the rules.

	use super::*;

	/// A decision with fields of the universe only, and grants without an order.
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

	/// Whether `scope` covers this field of this record.
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

	/// The decision: the first line of the table whose condition holds.
	pub fn answer(case: &Case) -> Answer {
		let own = case.subject == case.relationship.patient;
		let active = case.relationship.state == RelationshipState::Active;
		let ended = case.relationship.state == RelationshipState::Terminated;
		let readable = active || (ended && (own || case.custodian));

		let (denials, permissions): (Vec<_>, Vec<_>) = case
			.grants
			.iter()
			.filter(|(_, grant)| is_in_force(grant, case.now) && case.concerns(grant))
			.partition(|(_, grant)| grant.effect == Effect::Deny);
		let used: Vec<_> = permissions
			.into_iter()
			.filter(|(_, grant)| grant.purposes.iter().any(|one| *one == case.purpose))
			.collect();
		let granted = fields_where(|field| {
			used.iter().any(|(_, grant)| opens(&grant.scope, &case.record, field))
		});
		let covered_by_emergency = fields_where(|field| {
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
			(!denials.is_empty(), Answer::No(DenyReason::Denied)),
			(
				!granted.is_empty(),
				Answer::Yes {
					fields: granted,
					until: used.iter().filter_map(|(_, grant)| grant.expires_at).min(),
					by: By::Grants(used.iter().map(|(id, _)| *id).collect()),
				},
			),
			(
				!covered_by_emergency.is_empty(),
				Answer::Yes {
					fields: covered_by_emergency,
					until: case.emergency.as_ref().map(|emergency| emergency.until),
					by: By::Emergency,
				},
			),
			(true, Answer::No(DenyReason::NotPermitted)),
		];
		let found = table.into_iter().find(|(condition, _)| *condition);
		found.expect("the last line always holds").1
	}

	/// The result of [`decide`] in the form of the model.
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
						assert_eq!(set.len(), ids.len(), "each grant is listed once");
						By::Grants(set)
					},
				},
			},
		}
	}
}

use model::{opens, Answer, By};

fn subject() -> impl Strategy<Value = SubjectId> {
	prop_oneof![1 => Just(PATIENT), 4 => Just(CLINICIAN), 2 => Just(NURSE)].prop_map(id)
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
		1 => Scope::Category(Category(record.into())),
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
		|(grantee, deny, scope, purposes, not_before, expires_at)| Grant {
			grantee,
			effect: if deny { Effect::Deny } else { Effect::Permit },
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
				category: Category(category),
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
				relationship: RelationshipView { patient: id(PATIENT), state },
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

/// The kind of a decision. The generator must produce each kind often.
fn kind(answer: &Answer) -> String {
	match answer {
		Answer::No(reason) => format!("{reason:?}"),
		Answer::Yes { by: By::Grants(ids), fields, .. } => {
			let some = if fields.contains(&UNNAMED) { "all" } else { "some" };
			let number = if ids.len() > 1 { "several grants" } else { "a grant" };
			format!("{some} fields by {number}")
		},
		Answer::Yes { by, .. } => format!("{by:?}"),
	}
}

fn run(cases: u32, property: impl Fn(Case) -> Result<(), TestCaseError>) {
	let config = Config { cases, failure_persistence: None, ..Config::default() };
	TestRunner::new(config).run(&case(), property).unwrap();
}

#[test]
fn decision_agrees_with_the_model() {
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
		"Denied",
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
fn permitted_fields_are_never_empty() {
	run(10_000, |case| {
		if let Decision::Permit { fields: Fields::Only(numbers), .. } = case.decide() {
			prop_assert!(!numbers.is_empty());
		}
		Ok(())
	});
}

/// Before `until` more fields may become readable. Fields become unreadable only if a grant begins: a
/// denial, or a permission that takes precedence over the emergency on which the access was based.
#[test]
fn permit_holds_until_its_end_unless_a_grant_begins() {
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
				return Err(TestCaseError::fail(format!("nothing is readable at {later}")));
			};
			for field in UNIVERSE {
				prop_assert!(then.contains(field) || !fields.contains(field));
			}
		}
		Ok(())
	});
}

/// A denial permits nothing, at any position among the grants.
#[test]
fn denial_never_permits() {
	run(10_000, |case| {
		let mut without = case.clone();
		without.grants.retain(|(_, grant)| grant.effect == Effect::Permit);
		if case.decide().is_permit() {
			prop_assert_eq!(case.decide(), without.decide());
		}
		Ok(())
	});
}

/// The clinician requests record 0 of category 1 for treatment at moment 5, without a grant.
fn plain() -> Case {
	Case {
		now: 5,
		subject: id(CLINICIAN),
		active: true,
		groups: Vec::new(),
		custodian: false,
		purpose: Purpose::Treat,
		record: Record { id: id(0), category: Category(1), release: Release::Released },
		relationship: RelationshipView { patient: id(PATIENT), state: RelationshipState::Active },
		grants: Vec::new(),
		emergency: None,
	}
}

/// A permission of everything to the clinician for treatment, without begin and end.
fn permission() -> Grant {
	Grant {
		grantee: Grantee::Subject(id(CLINICIAN)),
		effect: Effect::Permit,
		scope: Scope::All,
		purposes: BTreeSet::from([Purpose::Treat]).try_into().unwrap(),
		not_before: 0,
		expires_at: None,
		given_at: 0,
	}
}

/// A denial of everything to the clinician, without begin and end.
fn denial() -> Grant {
	Grant { effect: Effect::Deny, purposes: Purposes::new(), ..permission() }
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
fn requester_that_is_not_active_is_denied_in_every_role() {
	let expected = denied(DenyReason::RequesterNotActive);
	let case = Case { active: false, ..with([permission()]) };
	assert_eq!(case.decide(), expected);
	assert_eq!(Case { subject: id(PATIENT), ..case.clone() }.decide(), expected);
	assert_eq!(Case { custodian: true, ..case }.decide(), expected);
}

#[test]
fn relationship_that_is_not_accepted_is_denied_to_the_patient_too() {
	for state in [RelationshipState::Proposed, RelationshipState::Declined] {
		let relationship = RelationshipView { patient: id(PATIENT), state };
		for case in [
			with([permission()]),
			Case { subject: id(PATIENT), ..plain() },
			Case { custodian: true, ..plain() },
		] {
			let case = Case { relationship, ..case };
			assert_eq!(case.decide(), denied(DenyReason::RelationshipNotActive));
		}
	}
}

#[test]
fn terminated_relationship_is_readable_to_the_patient_and_custodians_only() {
	let state = RelationshipState::Terminated;
	let case = Case {
		relationship: RelationshipView { patient: id(PATIENT), state },
		..with([permission()])
	};
	assert_eq!(case.decide(), denied(DenyReason::RelationshipNotActive));
	let own = Decision::Permit { fields: Fields::All, until: None, by: Basis::Own };
	assert_eq!(Case { subject: id(PATIENT), ..case.clone() }.decide(), own);
	let custodian = Decision::Permit { fields: Fields::All, until: None, by: Basis::Custodian };
	assert_eq!(Case { custodian: true, ..case }.decide(), custodian);
}

#[test]
fn withheld_record_is_denied_to_everybody() {
	let record = Record { release: Release::Withheld, ..plain().record };
	let emergency = Emergency { declarer: id(CLINICIAN), scope: Scope::All, until: END };
	for case in [
		with([permission()]),
		Case { subject: id(PATIENT), ..plain() },
		Case { custodian: true, ..plain() },
		Case { emergency: Some(emergency), ..plain() },
	] {
		assert_eq!(Case { record, ..case }.decide(), denied(DenyReason::Withheld));
	}
}

#[test]
fn patient_and_custodians_are_permitted_everything_without_end() {
	let own = Decision::Permit { fields: Fields::All, until: None, by: Basis::Own };
	assert_eq!(Case { subject: id(PATIENT), ..plain() }.decide(), own);
	// A patient that is their own custodian is the patient.
	assert_eq!(Case { subject: id(PATIENT), custodian: true, ..plain() }.decide(), own);
	let custodian = Decision::Permit { fields: Fields::All, until: None, by: Basis::Custodian };
	assert_eq!(Case { custodian: true, ..with([denial()]) }.decide(), custodian);
}

#[test]
fn denial_overrides_permissions_at_any_position() {
	let expected = denied(DenyReason::Denied);
	assert_eq!(with([denial(), permission()]).decide(), expected);
	assert_eq!(with([permission(), denial()]).decide(), expected);
	assert_eq!(with([denial()]).decide(), expected);
}

#[test]
fn denial_of_one_field_denies_the_record() {
	let denial = Grant { scope: some_fields(0, [3]), ..denial() };
	assert_eq!(with([permission(), denial]).decide(), denied(DenyReason::Denied));
}

#[test]
fn denial_ignores_purposes() {
	for purpose in Purpose::ALL {
		let case = Case { purpose, ..with([denial()]) };
		assert_eq!(case.decide(), denied(DenyReason::Denied));
	}
}

#[test]
fn denial_for_others_or_of_other_records_is_ignored() {
	let expected = permitted(Fields::All, None, [100]);
	for denial in [
		Grant { grantee: Grantee::Subject(id(NURSE)), ..denial() },
		Grant { grantee: Grantee::Group(id(WARD)), ..denial() },
		Grant { scope: some_fields(1, [0]), ..denial() },
		Grant { scope: whole_records([1, 2]), ..denial() },
		Grant { scope: Scope::Category(Category(2)), ..denial() },
	] {
		assert_eq!(with([permission(), denial]).decide(), expected);
	}
}

#[test]
fn denial_for_others_is_no_reason() {
	let denial = Grant { grantee: Grantee::Subject(id(NURSE)), ..denial() };
	assert_eq!(with([denial]).decide(), denied(DenyReason::NotPermitted));
}

#[test]
fn denial_overrides_an_emergency() {
	let emergency = Emergency { declarer: id(CLINICIAN), scope: Scope::All, until: END };
	let case = Case { emergency: Some(emergency), ..with([denial()]) };
	assert_eq!(case.decide(), denied(DenyReason::Denied));
}

#[test]
fn permission_is_in_force_from_begin_inclusive_to_end_exclusive() {
	let case = with([Grant { not_before: 5, expires_at: Some(7), ..permission() }]);
	let in_force = permitted(Fields::All, Some(7), [100]);
	let not_in_force = denied(DenyReason::NotPermitted);
	let expected = [
		(4, &not_in_force),
		(5, &in_force),
		(6, &in_force),
		(7, &not_in_force),
		(8, &not_in_force),
	];
	for (now, expected) in expected {
		assert_eq!(case.at(now).decide(), *expected, "at {now}");
	}
}

#[test]
fn denial_is_in_force_from_begin_inclusive_to_end_exclusive() {
	let case = with([Grant { not_before: 5, expires_at: Some(7), ..denial() }, permission()]);
	for (now, expected) in [(4, false), (5, true), (6, true), (7, false)] {
		assert_eq!(case.at(now).decide() == denied(DenyReason::Denied), expected, "at {now}");
	}
}

#[test]
fn permission_is_for_its_purposes_only() {
	for purpose in Purpose::ALL {
		let case = Case { purpose, ..with([permission()]) };
		assert_eq!(case.decide().is_permit(), purpose == Purpose::Treat, "{purpose:?}");
	}
}

#[test]
fn scopes_cover_what_they_name() {
	for (scope, fields) in [
		(Scope::All, Some(Fields::All)),
		(Scope::Category(Category(1)), Some(Fields::All)),
		(Scope::Category(Category(2)), None),
		(whole_records([0, 1]), Some(Fields::All)),
		(whole_records([1]), None),
		(some_fields(0, [1, 2]), Some(only([1, 2]))),
		(some_fields(1, [1, 2]), None),
	] {
		let expected = match fields {
			Some(fields) => permitted(fields, None, [100]),
			None => denied(DenyReason::NotPermitted),
		};
		assert_eq!(with([Grant { scope: scope.clone(), ..permission() }]).decide(), expected);
	}
}

#[test]
fn permission_of_a_group_is_for_its_members_only() {
	let case = with([Grant { grantee: Grantee::Group(id(WARD)), ..permission() }]);
	let within = Case { groups: vec![id(OTHER_WARD), id(WARD)], ..case.clone() };
	assert_eq!(within.decide(), permitted(Fields::All, None, [100]));
	let without = Case { groups: vec![id(OTHER_WARD)], ..case };
	assert_eq!(without.decide(), denied(DenyReason::NotPermitted));
}

#[test]
fn denial_of_a_group_is_for_its_members() {
	let denial = Grant { grantee: Grantee::Group(id(WARD)), ..denial() };
	let case = Case { groups: vec![id(WARD)], ..with([permission(), denial]) };
	assert_eq!(case.decide(), denied(DenyReason::Denied));
}

#[test]
fn permissions_add_up_to_the_union_of_their_fields() {
	let first = Grant { scope: some_fields(0, [0, 1]), ..permission() };
	let second = Grant { scope: some_fields(0, [1, 3]), ..permission() };
	let elsewhere = Grant { scope: some_fields(1, [2]), ..permission() };
	let case = with([first.clone(), elsewhere, second.clone()]);
	assert_eq!(case.decide(), permitted(only([0, 1, 3]), None, [100, 102]));
	let case = with([first, permission(), second]);
	assert_eq!(case.decide(), permitted(Fields::All, None, [100, 101, 102]));
}

#[test]
fn until_is_the_earliest_end_of_the_matching_permissions() {
	let ending = |expires_at| Grant { expires_at, ..permission() };
	let case = with([ending(Some(9)), ending(None), ending(Some(7)), ending(Some(8))]);
	assert_eq!(case.decide(), permitted(Fields::All, Some(7), [100, 101, 102, 103]));
	// Grants that have ended, have not begun, or are for others do not match.
	let early = |grant: Grant| Grant { expires_at: Some(6), ..grant };
	let case = with([
		ending(Some(9)),
		ending(Some(5)),
		Grant { not_before: 6, ..ending(Some(7)) },
		early(Grant { grantee: Grantee::Subject(id(NURSE)), ..permission() }),
		early(Grant { scope: Scope::Category(Category(2)), ..permission() }),
	]);
	assert_eq!(case.decide(), permitted(Fields::All, Some(9), [100]));
}

#[test]
fn emergency_permits_the_scope_of_the_policy_to_its_declarer_until_it_ends() {
	let scope = some_fields(0, [2]);
	let emergency = Emergency { declarer: id(CLINICIAN), scope, until: 7 };
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
fn permissions_take_precedence_over_an_emergency() {
	let emergency = Emergency { declarer: id(CLINICIAN), scope: Scope::All, until: END };
	let narrow = Grant { scope: some_fields(0, [1]), ..permission() };
	let case = Case { emergency: Some(emergency), ..with([narrow]) };
	assert_eq!(case.decide(), permitted(only([1]), None, [100]));
}

#[test]
fn without_a_grant_nothing_is_permitted() {
	assert_eq!(plain().decide(), denied(DenyReason::NotPermitted));
}

#[test]
fn scope_by_category_covers_no_record_of_unknown_category() {
	let covered = |scope: &Scope| covers(scope, &id(0), None);
	assert_eq!(covered(&Scope::Category(Category(1))), None);
	assert_eq!(covered(&Scope::All), Some(Fields::All));
	assert_eq!(covered(&whole_records([0])), Some(Fields::All));
	assert_eq!(covered(&some_fields(0, [1])), Some(only([1])));
}

#[test]
fn intersection_holds_the_fields_of_both_sets() {
	for (left, right, expected) in [
		(Fields::All, Fields::All, Some(Fields::All)),
		(Fields::All, only([1]), Some(only([1]))),
		(only([1]), Fields::All, Some(only([1]))),
		(only([1, 2]), only([2, 3]), Some(only([2]))),
		(only([1]), only([2]), None),
	] {
		assert_eq!(left.intersection(&right), expected);
	}
}

#[test]
fn earliest_end_ignores_what_does_not_end() {
	assert_eq!(earliest(Some(2), Some(1)), Some(1));
	assert_eq!(earliest(None, Some(1)), Some(1));
	assert_eq!(earliest(Some(1), None), Some(1));
	assert_eq!(earliest(None, None), None);
}
