//! Relationships and the records that they hold.

use crate::MockTime;
use frame_support::{storage_alias, traits::Time, Blake2_128Concat};
use medrec_primitives::{
	identity::SubjectId,
	record::RecordId,
	relationship::{Relationship, RelationshipId, RelationshipState, ResearchConsent},
	traits::Relationships,
};

#[storage_alias]
type Stored = StorageMap<Testing, Blake2_128Concat, RelationshipId, Relationship>;

#[storage_alias]
type Records = StorageMap<Testing, Blake2_128Concat, (RelationshipId, RecordId), ()>;

/// The relationships, which tests insert.
pub struct MockRelationships;

impl MockRelationships {
	/// Inserts an active relationship that holds no records.
	pub fn insert(id: RelationshipId, patient: SubjectId, provider: SubjectId) {
		let relationship = Relationship {
			patient,
			provider,
			state: RelationshipState::Active,
			since: MockTime::now(),
			research: ResearchConsent::None,
			records: 0,
			notes: 0,
			grants: 0,
		};
		Stored::insert(id, relationship);
	}

	/// Adds a record to a relationship.
	pub fn insert_record(id: RelationshipId, record: RecordId) {
		Records::insert((id, record), ());
	}
}

impl Relationships for MockRelationships {
	fn relationship(id: &RelationshipId) -> Option<Relationship> {
		Stored::get(id)
	}

	fn has_record(id: &RelationshipId, record: &RecordId) -> bool {
		Records::contains_key((id, record))
	}
}
