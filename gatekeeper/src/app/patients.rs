//! Links of local patients to subjects, as the operator makes and lists them.

use crate::{
	chain::{read_final, ChainState, Genesis, LookupError, Source, Touched, Update},
	config::ChainConfig,
	records::{
		self, has_patient,
		state::{Link, Patient},
		EhrSource, State, Templates,
	},
};
use medrec_primitives::{
	identity::{Identifier, Role, SubjectId},
	relationship::RelationshipId,
};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// The state of a link at the final block.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
	/// The identifier resolves to the linked subject, a patient. Only such links are published and
	/// served.
	Valid,
	/// The identifier is bound to no subject.
	IdentifierUnbound,
	/// The identifier is bound to another subject than the linked one.
	OtherSubject,
	/// The linked subject is not a patient.
	NotAPatient,
}

impl fmt::Display for LinkState {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			LinkState::Valid => "valid",
			LinkState::IdentifierUnbound => "not served: its identifier is not bound on the chain",
			LinkState::OtherSubject => "not served: its identifier is bound to another subject",
			LinkState::NotAPatient => "not served: the subject is not a patient on the chain",
		})
	}
}

/// The reason why a patient is not linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
	/// The final state cannot be read.
	#[error(transparent)]
	Chain(#[from] LookupError),
	/// The identifier is bound to no subject at the final block.
	#[error(
		"the identifier {0} of this local ID is not on the chain at the final block. Check the local \
		 ID and --namespace; bind it with `medrec registrar bind-identifier` and wait until that is \
		 final"
	)]
	IdentifierUnbound(Identifier),
	/// The identifier is bound to another subject.
	#[error(
		"the chain binds the identifier of this local ID to the subject {bound}, not to {given}. \
		 Check the local ID and --subject"
	)]
	OtherSubject {
		/// The subject to which it is bound.
		bound: SubjectId,
		/// The subject of the request.
		given: SubjectId,
	},
	/// The subject is not a patient.
	#[error("the subject {0} is not a patient on the chain. Check --subject")]
	NotAPatient(SubjectId),
	/// The relationship does not exist, or is that of another patient.
	#[error(
		"the subject is not the patient of the relationship {0} at the final block. Check \
		 --relationship, or leave it out: the running service finds the relationship"
	)]
	OtherRelationship(RelationshipId),
	/// The provider's database has no record of the patient.
	#[error(
		"no template finds a row of this local ID in the provider's database. Check the local ID, and \
		 that the database holds the patient"
	)]
	NotInDatabase,
	/// A database failed, or the patient, subject or relationship is linked to another one.
	#[error(transparent)]
	Records(#[from] records::Error),
}

/// A link with its state.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinkedPatient {
	/// The subject of the patient.
	pub subject: SubjectId,
	/// The keyed hash of the local ID.
	pub identifier: Identifier,
	/// The linked relationships.
	pub relationships: Vec<RelationshipId>,
	/// The state at the final block.
	pub state: LinkState,
	/// The ID in the provider's database, if it was asked for.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub local_id: Option<String>,
}

/// Lines of at most 80 columns, in which no ID is split.
impl fmt::Display for LinkedPatient {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let LinkedPatient { subject, relationships, state, local_id, .. } = self;
		write!(formatter, "subject {subject}\n  {state}\n")?;
		if let Some(local_id) = local_id {
			writeln!(formatter, "  local ID {local_id}")?;
		}
		formatter.write_str(match relationships.is_empty() {
			true => "  no relationship yet that the patient has accepted",
			false => "  relationships",
		})?;
		relationships.iter().try_for_each(|relationship| write!(formatter, "\n    {relationship}"))
	}
}

impl LinkState {
	/// The state of the link of `patient` in the state of the chain, which must hold the identifier and
	/// the subject.
	pub fn of(chain: &ChainState, patient: &Patient) -> LinkState {
		match chain.resolve(&patient.identifier) {
			None => LinkState::IdentifierUnbound,
			Some(bound) if bound != patient.subject => LinkState::OtherSubject,
			Some(bound) => match chain.subject(&bound) {
				Some(subject) if subject.role == Role::Patient => LinkState::Valid,
				_ => LinkState::NotAPatient,
			},
		}
	}
}

/// The chain by which links are checked.
async fn genesis(config: &ChainConfig, state: &State) -> Result<Genesis, records::Error> {
	Ok(Genesis { configured: config.genesis, stored: state.genesis().await? })
}

fn entries(patient: &Patient) -> [Touched; 2] {
	[Touched::Identifier(patient.identifier), Touched::Subject(patient.subject)]
}

/// The subject to which `identifier` is bound at the final block.
pub async fn resolve_identifier(
	chain: (&dyn Source, &ChainConfig),
	state: &State,
	identifier: &Identifier,
) -> Result<SubjectId, LinkError> {
	let entry = [Touched::Identifier(*identifier)];
	let finalized = read_final(chain.0, chain.1, &genesis(chain.1, state).await?, &entry).await?;
	finalized.resolve(identifier).ok_or(LinkError::IdentifierUnbound(*identifier))
}

/// Links `patient` if the link is valid at the final block and the provider's database has a row of
/// the patient. See [`State::link_patient`].
pub async fn link_patient(
	chain: (&dyn Source, &ChainConfig),
	ehr: (&dyn EhrSource, &Templates),
	state: &State,
	patient: &Patient,
	relationship: Option<&RelationshipId>,
) -> Result<(), LinkError> {
	let Patient { subject, identifier, local_id } = patient;
	let finalized =
		read_final(chain.0, chain.1, &genesis(chain.1, state).await?, &entries(patient)).await?;
	match LinkState::of(&finalized, patient) {
		LinkState::Valid => {},
		LinkState::IdentifierUnbound => return Err(LinkError::IdentifierUnbound(*identifier)),
		LinkState::OtherSubject => {
			let bound = finalized.resolve(identifier).unwrap_or_default();
			return Err(LinkError::OtherSubject { bound, given: *subject });
		},
		LinkState::NotAPatient => return Err(LinkError::NotAPatient(*subject)),
	}
	if let Some(relationship) = relationship {
		let entry = [Touched::Relationship(*relationship)];
		let head = finalized.head.hash;
		let found = chain.0.read(&head, &SubjectId::default(), &entry).await;
		let found = found.map_err(LookupError::from)?.into_iter().any(
			|update| matches!(update, Update::Relationship(_, Some(facts)) if facts.patient == *subject),
		);
		if !found {
			return Err(LinkError::OtherRelationship(*relationship));
		}
	}
	if !has_patient(ehr.0, ehr.1, local_id).await? {
		return Err(LinkError::NotInDatabase);
	}
	Ok(state.link_patient(patient, relationship).await?)
}

/// The links with their states at the final block, in the order of local IDs. Local IDs are left out
/// unless `local_ids`.
pub async fn check_links(
	chain: (&dyn Source, &ChainConfig),
	state: &State,
	local_ids: bool,
) -> Result<Vec<LinkedPatient>, LinkError> {
	let links = state.links().await?;
	let entries: Vec<_> = links.iter().flat_map(|link| entries(&link.patient)).collect();
	let finalized = read_final(chain.0, chain.1, &genesis(chain.1, state).await?, &entries).await?;
	let checked = links.into_iter().map(|Link { patient, relationships }| LinkedPatient {
		subject: patient.subject,
		identifier: patient.identifier,
		relationships,
		state: LinkState::of(&finalized, &patient),
		local_id: local_ids.then_some(patient.local_id),
	});
	Ok(checked.collect())
}
