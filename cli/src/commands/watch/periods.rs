//! When grants begin and end.

use crate::failure::Result;
use medrec_client::chain::At;
use medrec_primitives::{
	identity::SubjectId,
	relationship::{Grant, GrantId, Grantee, RelationshipId},
	summary::EntryRole,
	Moment,
};

/// How long before its end a grant ends soon.
pub const SOON: Moment = 3_600_000;

/// A grant of a relationship.
pub type OfRelationship = (RelationshipId, GrantId, Grant);

/// A moment in the period of a grant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Due {
	/// When it is.
	pub at: Moment,
	/// The kind of the event.
	pub event: &'static str,
	/// The relationship and the grant.
	pub grant: (RelationshipId, GrantId),
}

/// The grants that a subject gave as a patient or received.
pub async fn grants_of(at: At<'_>, subject: SubjectId) -> Result<Vec<OfRelationship>> {
	let mut grants = Vec::new();
	for (relationship, entry) in at.relationships_of(subject).await? {
		let found = match entry.role {
			EntryRole::Patient => at.grants(relationship).await?,
			EntryRole::Viewer => at.grants_to(relationship, Grantee::Subject(subject)).await?,
			// A provider reads without grants.
			EntryRole::Provider => Vec::new(),
		};
		grants.extend(found.into_iter().map(|(id, grant)| (relationship, id, grant)));
	}
	Ok(grants)
}

/// What is due after `from` and until `to`, in the order of time. A moment before the grant was given
/// is left out: the history says that it was given.
pub fn due(grants: &[OfRelationship], from: Moment, to: Moment) -> Vec<Due> {
	let mut all = Vec::new();
	for (relationship, id, grant) in grants {
		let end = grant.expires_at;
		let moments = [
			(Some(grant.not_before), "grant-begins"),
			(end.and_then(|end| end.checked_sub(SOON)), "grant-ends-soon"),
			(end, "grant-ended"),
		];
		let moments = moments.into_iter().filter_map(|(at, event)| Some((at?, event)));
		let moments = moments.filter(|(at, _)| *at > grant.given_at && *at > from && *at <= to);
		all.extend(moments.map(|(at, event)| Due { at, event, grant: (*relationship, *id) }));
	}
	all.sort_by_key(|due| due.at);
	all
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::grants::fixture;
	use medrec_primitives::relationship::{Effect, Scope};

	const GIVEN: Moment = 1_000_000_000;

	fn grant(not_before: Moment, expires_at: Option<Moment>) -> OfRelationship {
		let grant = fixture::grant(Effect::Permit, Scope::All);
		let grant = Grant { not_before, expires_at, given_at: GIVEN, ..grant };
		(RelationshipId::repeat_byte(1), GrantId::repeat_byte(2), grant)
	}

	fn events(grant: OfRelationship, from: Moment, to: Moment) -> Vec<(&'static str, Moment)> {
		due(&[grant], from, to).into_iter().map(|due| (due.event, due.at)).collect()
	}

	#[test]
	fn a_grant_begins_ends_soon_and_ends_once_each() {
		let (begin, end) = (GIVEN + 5_000, GIVEN + 2 * SOON);
		let all = [("grant-begins", begin), ("grant-ends-soon", end - SOON), ("grant-ended", end)];
		let one = || grant(begin, Some(end));
		assert_eq!(events(one(), GIVEN, end), all);
		assert_eq!(events(one(), GIVEN, begin - 1), []);
		assert_eq!(events(one(), begin - 1, begin), all[..1]);
		assert_eq!(events(one(), begin, end - 1), all[1..2]);
		assert_eq!(events(one(), end - 1, end + 9), all[2..]);
		assert_eq!(events(one(), end, Moment::MAX), []);
	}

	#[test]
	fn what_the_history_says_already_is_left_out() {
		// It begins when it is given, and is shorter than the warning.
		let short = grant(GIVEN, Some(GIVEN + 60_000));
		assert_eq!(events(short, 0, Moment::MAX), [("grant-ended", GIVEN + 60_000)]);
		assert_eq!(events(grant(GIVEN, None), 0, Moment::MAX), []);
	}
}
