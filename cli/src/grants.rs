//! Grants in words, and which denials override a permission.

use crate::{
	catalogue::RecordNames,
	directory::Directory,
	failure::Result,
	output::{and, short},
	purpose,
};
use medrec_client::chain::At;
use medrec_primitives::{
	access::{decide, Decision, DenyReason, Record, RelationshipView, Requester},
	identity::SubjectId,
	record::{Category, FieldNumber, RecordId, RecordPointer, Release},
	relationship::{
		Effect, Grant, GrantId, Grantee, GroupId, Purpose, RelationshipId, RelationshipState, Scope,
	},
	Moment,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The records of a relationship, or some of them.
pub type Records = BTreeMap<RecordId, RecordPointer>;

/// The records that a grant covers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum GrantScope {
	/// All records of the relationship.
	All {
		/// True.
		all: bool,
	},
	/// All records of a category.
	Category {
		/// Its code.
		category: Category,
		/// Its name; none if the catalogue is not known or has no such category.
		category_name: Option<String>,
	},
	/// Some records.
	Records {
		/// The records.
		records: Vec<RecordId>,
		/// What they are, in the same order.
		record_names: Vec<String>,
	},
	/// Some fields of one record.
	Fields {
		/// The record.
		record: RecordId,
		/// What it is.
		record_name: String,
		/// The numbers of the fields.
		fields: Vec<FieldNumber>,
		/// Their names for people, in the same order.
		field_names: Vec<String>,
	},
}

impl GrantScope {
	/// A scope with names. `records` has at least the records that the scope names, as far as they exist.
	pub fn of(scope: &Scope, names: &RecordNames, records: &Records) -> GrantScope {
		let what = |record: &RecordId| match records.get(record) {
			Some(pointer) => names.what(pointer),
			None => "not on chain".to_owned(),
		};
		match scope {
			Scope::All => GrantScope::All { all: true },
			Scope::Category(category) => GrantScope::Category {
				category: *category,
				category_name: names.category_name(*category).map(str::to_owned),
			},
			Scope::Records(ids) => GrantScope::Records {
				records: ids.iter().copied().collect(),
				record_names: ids.iter().map(what).collect(),
			},
			Scope::Fields { record, fields } => {
				let name = |number: &FieldNumber| match records.get(record) {
					Some(pointer) => names.field(pointer, *number),
					None => format!("field {number}"),
				};
				GrantScope::Fields {
					record: *record,
					record_name: what(record),
					fields: fields.iter().copied().collect(),
					field_names: fields.iter().map(name).collect(),
				}
			},
		}
	}

	/// The same in words, as `the record 0x1234abcd (Laboratory result)`.
	pub fn words(&self) -> String {
		let one = |record: &RecordId, name: &str| format!("{} ({name})", short(record));
		match self {
			GrantScope::All { .. } => "all records".to_owned(),
			GrantScope::Category { category, category_name } => match category_name {
				Some(name) => format!("all records of the category {name}"),
				None => format!("all records of the category {category}"),
			},
			GrantScope::Records { records, record_names } => {
				let named = records.iter().zip(record_names);
				let named = Vec::from_iter(named.map(|(record, name)| one(record, name)));
				match named.as_slice() {
					[only] => format!("the record {only}"),
					several => format!("{} records: {}", several.len(), several.join(", ")),
				}
			},
			GrantScope::Fields { record, record_name, field_names, .. } => {
				let fields = if field_names.len() == 1 { "the field" } else { "the fields" };
				format!("{fields} {} of the record {}", and(field_names), one(record, record_name))
			},
		}
	}
}

/// The records that a scope names, as far as they exist.
pub async fn named_records(
	at: At<'_>,
	relationship: RelationshipId,
	scope: &Scope,
) -> Result<Records> {
	let ids: Vec<RecordId> = match scope {
		Scope::All | Scope::Category(_) => Vec::new(),
		Scope::Records(records) => records.iter().copied().collect(),
		Scope::Fields { record, .. } => vec![*record],
	};
	let mut records = Records::new();
	for id in ids {
		records.extend(at.record(relationship, id).await?.map(|pointer| (id, pointer)));
	}
	Ok(records)
}

/// To whom a grant is given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GrantGrantee {
	/// One subject.
	Subject(SubjectId),
	/// The members of a group.
	Group(GroupId),
}

impl From<Grantee> for GrantGrantee {
	fn from(grantee: Grantee) -> GrantGrantee {
		match grantee {
			Grantee::Subject(subject) => GrantGrantee::Subject(subject),
			Grantee::Group(group) => GrantGrantee::Group(group),
		}
	}
}

/// A permission or a denial with names.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct GrantView {
	/// The grant.
	pub grant: GrantId,
	/// `permit` or `deny`.
	#[schema(value_type = String)]
	pub effect: Effect,
	/// To whom it is given.
	pub grantee: GrantGrantee,
	/// The name of the grantee.
	pub grantee_name: String,
	/// The records that it covers.
	pub scope: GrantScope,
	/// The purposes, as HL7 codes; none for a denial, which counts for all.
	#[schema(value_type = Vec<String>)]
	pub purposes: Vec<Purpose>,
	/// The purposes in words.
	pub purposes_name: String,
	/// The first moment at which it is in force, in Unix milliseconds.
	pub not_before: Moment,
	/// The first moment at which it is no longer in force; none if it does not end.
	pub expires_at: Option<Moment>,
	/// The time at which the patient gave it.
	pub given_at: Moment,
	/// Whether it is in force now, by its period.
	pub in_force: bool,
	/// Whether denials override it; always `not` for a denial.
	pub overridden: Overridden,
	/// The denials that override it.
	pub overridden_by: Vec<GrantId>,
}

impl GrantView {
	/// A grant with names, among all grants of its relationship.
	pub async fn of(
		directory: &mut Directory<'_>,
		names: &RecordNames,
		records: &Records,
		(id, grant): (GrantId, &Grant),
		grants: &[(GrantId, Grant)],
		now: Moment,
	) -> Result<GrantView> {
		let (overridden, overridden_by) = overriding(grant, grants, records, now);
		Ok(GrantView {
			grant: id,
			effect: grant.effect,
			grantee: grant.grantee.into(),
			grantee_name: directory.grantee(&grant.grantee).await?,
			scope: GrantScope::of(&grant.scope, names, records),
			purposes: grant.purposes.iter().copied().collect(),
			purposes_name: purpose::list(&grant.purposes),
			not_before: grant.not_before,
			expires_at: grant.expires_at,
			given_at: grant.given_at,
			in_force: grant.is_in_force(now),
			overridden,
			overridden_by,
		})
	}

	/// What it permits or denies, as `may see all records for treatment`.
	pub fn words(&self) -> String {
		says(self.effect, &self.scope, &self.purposes_name)
	}
}

/// What a grant permits or denies, without its grantee.
pub fn says(effect: Effect, scope: &GrantScope, purposes: &str) -> String {
	match effect {
		Effect::Permit => format!("may see {} for {purposes}", scope.words()),
		Effect::Deny => format!("may not see {}", scope.words()),
	}
}

/// Denials by their short IDs, as `the denial 0x1f2a9c4e`.
pub fn denials(ids: &[GrantId]) -> String {
	let kind = if ids.len() == 1 { "denial" } else { "denials" };
	format!("the {kind} {}", and(ids.iter().map(short)))
}

/// How far denials override a permission.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Overridden {
	/// No denial overrides it.
	Not,
	/// Denials override it for some of the records that it covers, now or later.
	Partly,
	/// Denials override it for all of them.
	Wholly,
}

/// How far the denials among `grants` override a permission, and which do: now, or when it begins.
/// [`decide`] is asked about each record that the permission covers, and about a later one.
pub fn overriding(
	permission: &Grant,
	grants: &[(GrantId, Grant)],
	records: &Records,
	now: Moment,
) -> (Overridden, Vec<GrantId>) {
	const NONE: (Overridden, Vec<GrantId>) = (Overridden::Not, Vec::new());
	let (Effect::Permit, Grantee::Subject(subject)) = (permission.effect, permission.grantee)
	else {
		return NONE;
	};
	let Some(purpose) = permission.purposes.first().copied() else { return NONE };
	let denials = grants
		.iter()
		.filter(|(_, grant)| grant.effect == Effect::Deny && grant.grantee == permission.grantee);
	let denials = Vec::from_iter(denials);
	let at = now.max(permission.not_before);
	let denies = |denial: Option<&Grant>, record: Record| {
		let both = [Some(permission), denial].into_iter().flatten();
		let requester = Requester { subject, active: true, groups: &[], custodian: false };
		// Any other subject: the grantee is not the patient.
		let patient = SubjectId(subject.0.map(|byte| !byte));
		let view = RelationshipView { patient, state: RelationshipState::Active };
		let grants = both.map(|grant| (GrantId::default(), grant));
		match decide(at, &requester, purpose, &record, &view, grants, None) {
			Decision::Permit { .. } => Some(false),
			Decision::Deny { reason: DenyReason::Denied } => Some(true),
			Decision::Deny { .. } => None,
		}
	};
	let record = |id, category| Record { id, category, release: Release::Released };
	let present = records.iter().map(|(id, pointer)| record(*id, pointer.category));
	let later = later_categories(permission, &denials).into_iter();
	let later = later.map(|category| record(RecordId::default(), category));
	let covered = present.chain(later).filter(|record| denies(None, *record).is_some());
	let (mut open, mut closed, mut by) = (false, false, BTreeSet::new());
	for record in covered {
		let found = denials.iter().filter(|(_, denial)| denies(Some(denial), record) == Some(true));
		let found = Vec::from_iter(found.map(|(id, _)| *id));
		open |= found.is_empty();
		closed |= !found.is_empty();
		by.extend(found);
	}
	let extent = match (closed, open) {
		(false, _) => Overridden::Not,
		(true, true) => Overridden::Partly,
		(true, false) => Overridden::Wholly,
	};
	(extent, by.into_iter().collect())
}

/// The categories of records that may be posted later under a permission: one for each case that the
/// denials distinguish.
fn later_categories(permission: &Grant, denials: &[&(GrantId, Grant)]) -> Vec<Category> {
	match permission.scope {
		Scope::Records(_) | Scope::Fields { .. } => Vec::new(),
		Scope::Category(category) => vec![category],
		Scope::All => {
			let named = denials.iter().filter_map(|(_, denial)| match denial.scope {
				Scope::Category(category) => Some(category),
				_ => None,
			});
			let mut categories = BTreeSet::from_iter(named);
			let other = (0..=u16::MAX).map(Category).find(|other| !categories.contains(other));
			categories.extend(other);
			categories.into_iter().collect()
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::catalogue::fixture::{self, LABORATORY};

	const NOW: Moment = 5_000;

	fn records() -> Records {
		let pointer = fixture::record();
		let other = RecordPointer { category: Category(40), ..pointer.clone() };
		[(RecordId::repeat_byte(1), pointer), (RecordId::repeat_byte(2), other)].into()
	}

	fn grant(effect: Effect, scope: Scope) -> Grant {
		let purposes = match effect {
			Effect::Permit => BTreeSet::from([Purpose::Treat]).try_into().unwrap(),
			Effect::Deny => Default::default(),
		};
		Grant {
			grantee: Grantee::Subject(SubjectId::repeat_byte(7)),
			effect,
			scope,
			purposes,
			not_before: 0,
			expires_at: None,
			given_at: 0,
		}
	}

	fn these(ids: &[u8]) -> Scope {
		let ids = BTreeSet::from_iter(ids.iter().map(|byte| RecordId::repeat_byte(*byte)));
		Scope::Records(ids.try_into().unwrap())
	}

	fn overridden(permission: Scope, denial: Scope) -> Overridden {
		let denial = (GrantId::repeat_byte(3), grant(Effect::Deny, denial));
		let permission = grant(Effect::Permit, permission);
		let (extent, by) = overriding(&permission, &[denial], &records(), NOW);
		assert_eq!(by.is_empty(), extent == Overridden::Not);
		extent
	}

	#[test]
	fn scopes_are_described_with_names() {
		let (names, records) = (fixture::names(), records());
		let words = |scope: Scope| GrantScope::of(&scope, &names, &records).words();
		assert_eq!(words(Scope::All), "all records");
		assert_eq!(words(Scope::Category(LABORATORY)), "all records of the category laboratory");
		assert_eq!(words(Scope::Category(Category(9))), "all records of the category 9");
		assert_eq!(words(these(&[1])), "the record 0x01010101 (Laboratory result)");
		assert!(words(these(&[1, 9])).ends_with("0x09090909 (not on chain)"));
		let fields = BTreeSet::from([1, 2]).try_into().unwrap();
		let fields = Scope::Fields { record: RecordId::repeat_byte(1), fields };
		let text = "the fields Name and Value of the record 0x01010101 (Laboratory result)";
		assert_eq!(words(fields.clone()), text);
		let json = serde_json::json!(GrantScope::of(&fields, &names, &records));
		assert_eq!(json["fields"], serde_json::json!([1, 2]));
		assert_eq!(json["field_names"][1], "Value");
	}

	#[test]
	fn a_denial_overrides_what_it_covers() {
		for (permission, denial, expected) in [
			(Scope::All, Scope::All, Overridden::Wholly),
			(Scope::All, Scope::Category(LABORATORY), Overridden::Partly),
			(Scope::All, these(&[1]), Overridden::Partly),
			(Scope::Category(LABORATORY), Scope::All, Overridden::Wholly),
			(Scope::Category(LABORATORY), Scope::Category(LABORATORY), Overridden::Wholly),
			// A later record of the category stays open.
			(Scope::Category(LABORATORY), these(&[1]), Overridden::Partly),
			(Scope::Category(LABORATORY), Scope::Category(Category(40)), Overridden::Not),
			// No record of the category is on chain yet.
			(Scope::All, Scope::Category(Category(99)), Overridden::Partly),
			(these(&[1]), these(&[1, 2]), Overridden::Wholly),
			(these(&[1, 2]), these(&[2]), Overridden::Partly),
			(these(&[1]), these(&[2]), Overridden::Not),
		] {
			let found = overridden(permission.clone(), denial.clone());
			assert_eq!(found, expected, "{permission:?} and {denial:?}");
		}
	}

	#[test]
	fn a_denial_of_one_field_overrides_the_record() {
		let fields = BTreeSet::from([1]).try_into().unwrap();
		let denial = Scope::Fields { record: RecordId::repeat_byte(1), fields };
		assert_eq!(overridden(these(&[1]), denial), Overridden::Wholly);
	}

	#[test]
	fn only_denials_for_the_grantee_that_are_in_force_override() {
		let permission = grant(Effect::Permit, Scope::All);
		let denial = grant(Effect::Deny, Scope::All);
		let stranger = Grantee::Subject(SubjectId::repeat_byte(8));
		for other in [
			Grant { grantee: stranger, ..denial.clone() },
			Grant { expires_at: Some(NOW), ..denial.clone() },
			Grant { not_before: NOW + 1, ..denial.clone() },
			grant(Effect::Permit, Scope::All),
		] {
			let (extent, by) =
				overriding(&permission, &[(GrantId::default(), other)], &records(), NOW);
			assert_eq!((extent, by.len()), (Overridden::Not, 0));
		}
		// A permission that begins later is looked at then.
		let later = Grant { not_before: NOW + 10, ..permission };
		let denial = Grant { not_before: NOW + 1, ..denial };
		let (extent, _) = overriding(&later, &[(GrantId::default(), denial)], &records(), NOW);
		assert_eq!(extent, Overridden::Wholly);
	}
}
