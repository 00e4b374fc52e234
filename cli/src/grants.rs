//! Grants in words, and which denials override a permission.

mod overriding;
mod scope;

pub use overriding::{overriding, Overridden};
pub use scope::{named_records, GrantScope, Records};

use crate::{catalogue::RecordNames, directory::Directory, failure::Result, purpose, text::and};
use medrec_client::{chain::At, now};
use medrec_primitives::{
	identity::SubjectId,
	relationship::{Effect, Grant, GrantId, Grantee, GroupId, Purpose, RelationshipId},
	Moment,
};
use serde::Serialize;

/// The time by which grants begin and end: the later of this machine's clock and the time of the block, as
/// a gatekeeper takes it.
pub async fn time_of_grants(at: At<'_>) -> Result<Moment> {
	Ok(now().max(at.timestamp().await?))
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

/// A permission or a denial with names, and what overrides it.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct NamedGrant {
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
	/// The first moment at which it is no longer in force, in Unix milliseconds; none if it does not end.
	pub expires_at: Option<Moment>,
	/// Whether denials override it; always `not` for a denial.
	pub overridden: Overridden,
	/// The denials that override it.
	pub overridden_by: Vec<GrantId>,
}

impl NamedGrant {
	/// A grant with names. `grants` has at least the denials for its grantee.
	pub async fn of(
		directory: &mut Directory<'_>,
		names: &RecordNames,
		records: &Records,
		(id, grant): (GrantId, &Grant),
		grants: &[(GrantId, Grant)],
		now: Moment,
	) -> Result<NamedGrant> {
		let (overridden, overridden_by) = overriding(grant, grants, records, now);
		Ok(NamedGrant {
			grant: id,
			effect: grant.effect,
			grantee: grant.grantee.into(),
			grantee_name: directory.grantee(&grant.grantee).await?,
			scope: GrantScope::of(&grant.scope, names, records),
			purposes: grant.purposes.iter().copied().collect(),
			purposes_name: purpose::list(&grant.purposes),
			expires_at: grant.expires_at,
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
fn says(effect: Effect, scope: &GrantScope, purposes: &str) -> String {
	match effect {
		Effect::Permit => format!("may see {} for {purposes}", scope.words()),
		Effect::Deny => match scope {
			GrantScope::All { .. } => "may see no records".to_owned(),
			GrantScope::Category { .. } => format!("may see none of {}", scope.words()),
			GrantScope::Records { .. } => format!("may not see {}", scope.words()),
			// A denial that covers any field denies the record.
			GrantScope::Fields { .. } => {
				format!("may not see {}, and so nothing of that record", scope.words())
			},
		},
	}
}

/// What a grant on the chain permits or denies, with the names of the records that it covers.
pub async fn words(
	at: At<'_>,
	relationship: RelationshipId,
	names: &RecordNames,
	grant: &Grant,
) -> Result<String> {
	let records = named_records(at, relationship, &grant.scope).await?;
	let scope = GrantScope::of(&grant.scope, names, &records);
	Ok(says(grant.effect, &scope, &purpose::list(&grant.purposes)))
}

/// Denials by their IDs, as `the denial 0x…`.
pub fn denials(ids: &[GrantId]) -> String {
	let kind = if ids.len() == 1 { "denial" } else { "denials" };
	format!("the {kind} {}", and(ids))
}

/// Grants for tests.
#[cfg(test)]
pub mod fixture {
	use super::*;
	use crate::catalogue::fixture::LABORATORY;
	use medrec_primitives::{record::RecordId, relationship::Scope};
	use std::collections::BTreeSet;

	/// The grantee of the grants.
	pub const GRANTEE: SubjectId = SubjectId::repeat_byte(7);

	/// A permission for treatment or a denial, always in force.
	pub fn grant(effect: Effect, scope: Scope) -> Grant {
		let purposes = match effect {
			Effect::Permit => BTreeSet::from([Purpose::Treat]).try_into().unwrap(),
			Effect::Deny => Default::default(),
		};
		let grantee = Grantee::Subject(GRANTEE);
		Grant { grantee, effect, scope, purposes, not_before: 0, expires_at: None, given_at: 0 }
	}

	/// A permission for laboratory results with names.
	pub fn named() -> NamedGrant {
		NamedGrant {
			grant: GrantId::repeat_byte(1),
			effect: Effect::Permit,
			grantee: GrantGrantee::Subject(GRANTEE),
			grantee_name: "dr-weber".into(),
			scope: GrantScope::Category {
				category: LABORATORY,
				category_name: Some("laboratory".into()),
			},
			purposes: vec![Purpose::Treat],
			purposes_name: "treatment".into(),
			expires_at: Some(9000),
			overridden: Overridden::Not,
			overridden_by: Vec::new(),
		}
	}

	/// The records whose IDs consist of these bytes.
	pub fn these(ids: &[u8]) -> Scope {
		let ids = BTreeSet::from_iter(ids.iter().map(|byte| RecordId::repeat_byte(*byte)));
		Scope::Records(ids.try_into().unwrap())
	}
}
