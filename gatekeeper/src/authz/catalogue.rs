use super::{decide_on, denied, may_know};
use crate::chain::{AccessContext, RelationshipFacts, Snapshot};
use medrec_primitives::{
	access::{Basis, Decision, DenyReason, Record},
	identity::SubjectId,
	record::{Category, RecordId, Release, TemplateHash},
	relationship::{Grant, GrantId, Grantee, Purpose, Scope},
	Moment,
};
use medrec_protocol::wire::ErrorCode;
use std::collections::BTreeSet;

/// A template under which the provider posts records, as far as a decision depends on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CurrentTemplate {
	/// Its hash.
	pub hash: TemplateHash,
	/// The category of its records.
	pub category: Category,
	/// The release of its records.
	pub release: Release,
}

/// Stands for any record that no grant names, as every later one.
const UNNAMED: RecordId = RecordId([0; 32]);

/// The hashes of the templates of a relationship that `requester` may know at `now`. The error is the code
/// with which the request is refused.
///
/// The patient and the provider may know all templates: those of the records and the `current` ones. A
/// grantee may know a template of which it may read a record for some purpose: one that exists, or a
/// later one of a current template. As for a record, the final block alone can permit.
pub fn catalogue(
	requester: SubjectId,
	current: &[CurrentTemplate],
	context: &AccessContext,
	now: Moment,
) -> Result<BTreeSet<TemplateHash>, ErrorCode> {
	let AccessContext { finalized, best } = context;
	let permitted = known_at(requester, current, finalized, now)?;
	let still = known_at(requester, current, best, now.max(best.head.time));
	let still = still.map_err(|_| ErrorCode::AccessRevoked)?;
	let both: BTreeSet<_> = permitted.intersection(&still).copied().collect();
	match both.is_empty() && !permitted.is_empty() {
		true => Err(ErrorCode::AccessRevoked),
		false => Ok(both),
	}
}

/// The templates that the requester may know at one head.
fn known_at(
	requester: SubjectId,
	current: &[CurrentTemplate],
	snapshot: &Snapshot,
	now: Moment,
) -> Result<BTreeSet<TemplateHash>, ErrorCode> {
	if !snapshot.active {
		return Err(ErrorCode::RequesterNotActive);
	}
	let facts = snapshot.relationship.as_deref().ok_or(ErrorCode::NotFound)?;
	if facts.relationship.provider == requester {
		return Ok(all(current, facts));
	}
	if !may_know(requester, facts) {
		return Err(ErrorCode::NotFound);
	}
	let any = Record { id: UNNAMED, category: Category::default(), release: Release::Released };
	match decide_on(&any, requester, Purpose::Patrqt, facts, [], now) {
		Decision::Permit { by: Basis::Own | Basis::Custodian, .. } => Ok(all(current, facts)),
		Decision::Deny { reason: DenyReason::RelationshipNotActive } => {
			Err(denied(DenyReason::RelationshipNotActive))
		},
		_ => granted(requester, current, facts, now),
	}
}

/// The templates of the records, and the current ones.
fn all(current: &[CurrentTemplate], facts: &RelationshipFacts) -> BTreeSet<TemplateHash> {
	let of_records = facts.records.values().map(|record| record.pointer.template);
	current.iter().map(|template| template.hash).chain(of_records).collect()
}

/// The templates of which the grants let the requester read a record.
fn granted(
	requester: SubjectId,
	current: &[CurrentTemplate],
	facts: &RelationshipFacts,
	now: Moment,
) -> Result<BTreeSet<TemplateHash>, ErrorCode> {
	// The grants of others decide nothing. There may be many, and many records.
	let own = |(_, grant): &(GrantId, &Grant)| grant.grantee == Grantee::Subject(requester);
	let grants: Vec<_> = facts.grants.iter().map(|(id, grant)| (*id, grant)).filter(own).collect();
	let purposes: BTreeSet<Purpose> =
		grants.iter().flat_map(|(_, grant)| grant.purposes.iter().copied()).collect();
	let may_read = |record: Record| {
		purposes.iter().any(|purpose| {
			let grants = grants.iter().copied();
			decide_on(&record, requester, *purpose, facts, grants, now).is_permit()
		})
	};
	let later = |template: &&CurrentTemplate| {
		may_read(Record { id: UNNAMED, category: template.category, release: template.release })
	};
	let mut known: BTreeSet<_> =
		current.iter().filter(later).map(|template| template.hash).collect();
	// There may be many records, and those that no grant names are decided alike.
	let mut decided = BTreeSet::new();
	for (id, record) in &facts.records {
		let template = record.pointer.template;
		let (category, release) = (record.category, record.release);
		let is_named = || grants.iter().any(|(_, grant)| names(&grant.scope, id));
		let mut is_new = || decided.insert((template, category, release == Release::Released));
		if !known.contains(&template)
			&& (is_named() || is_new())
			&& may_read(Record { id: *id, category, release })
		{
			known.insert(template);
		}
	}
	match known.is_empty() {
		true => Err(ErrorCode::NotPermitted),
		false => Ok(known),
	}
}

/// Whether a scope names a record by its ID.
fn names(scope: &Scope, record: &RecordId) -> bool {
	match scope {
		Scope::All | Scope::Category(_) => false,
		Scope::Records(records) => records.contains(record),
		Scope::Fields { record: named, .. } => named == record,
	}
}
