//! Which denials override a permission.

use super::Records;
use medrec_primitives::{
	access::{decide, Decision, DenyReason, Record, RelationshipView, Requester},
	identity::SubjectId,
	record::{Category, RecordId, Release},
	relationship::{Effect, Grant, GrantId, Grantee, RelationshipState, Scope},
	Moment,
};
use serde::Serialize;
use std::collections::BTreeSet;

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
	use crate::{
		catalogue::fixture::{self, LABORATORY},
		grants::fixture::{grant, these},
	};
	use medrec_primitives::record::RecordPointer;

	const NOW: Moment = 5_000;

	fn records() -> Records {
		let pointer = fixture::record();
		let other = RecordPointer { category: Category(40), ..pointer.clone() };
		[(RecordId::repeat_byte(1), pointer), (RecordId::repeat_byte(2), other)].into()
	}

	fn overridden(permission: Scope, denial: Scope) -> Overridden {
		let denial = (GrantId::repeat_byte(3), grant(Effect::Deny, denial));
		let permission = grant(Effect::Permit, permission);
		let (extent, by) = overriding(&permission, &[denial], &records(), NOW);
		assert_eq!(by.is_empty(), extent == Overridden::Not);
		extent
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
