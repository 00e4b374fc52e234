//! What the tests of this module have on their chain.

use medrec_primitives::{
	identity::SubjectId,
	relationship::{
		Effect, Grant, Grantee, Purposes, Relationship, RelationshipState, ResearchConsent, Scope,
	},
	H256,
};

/// An ID that is this byte over and over.
pub fn id(byte: u8) -> H256 {
	H256::repeat_byte(byte)
}

/// An active relationship.
pub fn relationship(patient: SubjectId, provider: SubjectId) -> Relationship {
	Relationship {
		patient,
		provider,
		state: RelationshipState::Active,
		since: 0,
		research: ResearchConsent::None,
		records: 0,
		notes: 0,
		grants: 0,
	}
}

/// A grant or refusal over everything.
pub fn grant(grantee: SubjectId, effect: Effect) -> Grant {
	Grant {
		grantee: Grantee::Subject(grantee),
		effect,
		scope: Scope::All,
		purposes: Purposes::new(),
		not_before: 0,
		expires_at: None,
		given_at: 0,
	}
}
