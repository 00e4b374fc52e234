//! Values for the tests of this module.

use super::{Registration, Sponsor};
use medrec_primitives::{
	identity::{Gatekeeper, Role, Status, Subject, SubjectId},
	relationship::{
		Effect, Grant, Grantee, Purposes, Relationship, RelationshipState, ResearchConsent, Scope,
	},
	AccountId,
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

/// An active device that the profile of an active provider names.
pub fn registration(device: SubjectId, provider: SubjectId) -> Registration {
	let subject = Subject {
		role: Role::Device,
		account: AccountId::new(device.0),
		sponsor: Some(provider),
		status: Status::Active,
		encryption_key: None,
		registered_at: 0,
	};
	let gatekeeper = Gatekeeper { url: Default::default(), device };
	let sponsor = Sponsor {
		id: provider,
		status: Status::Active,
		name: Some("hospital".to_owned()),
		gatekeeper: Some(gatekeeper),
	};
	Registration { device: Some((device, subject)), provider: Some(sponsor) }
}
