//! Values for the tests of this module.

use medrec_primitives::{
	identity::SubjectId,
	relationship::{
		Effect, Grant, Grantee, Purposes, Relationship, RelationshipState, ResearchConsent, Scope,
	},
};

/// An identifier of 32 times this byte.
pub fn id<T: From<[u8; 32]>>(byte: u8) -> T {
	[byte; 32].into()
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

/// A permission or denial with the scope [`Scope::All`].
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
