//! The parties of a relationship, with their names.

use crate::{
	directory::{Directory, YOU},
	failure::Result,
};
use medrec_primitives::{identity::SubjectId, relationship::RelationshipId};
use serde::Serialize;

/// A relationship and its parties.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct Parties {
	/// The relationship.
	pub relationship: RelationshipId,
	/// The patient.
	pub patient: SubjectId,
	/// The name of the patient.
	pub patient_name: String,
	/// The provider that keeps the records.
	pub provider: SubjectId,
	/// The name of the provider.
	pub provider_name: String,
}

impl Parties {
	/// The patient and the provider of a relationship, with names.
	pub async fn of(
		directory: &mut Directory<'_>,
		relationship: RelationshipId,
		(patient, provider): (SubjectId, SubjectId),
	) -> Result<Parties> {
		Ok(Parties {
			relationship,
			patient,
			patient_name: directory.name(patient).await?,
			provider,
			provider_name: directory.name(provider).await?,
		})
	}

	/// The heading of what is in the relationship: the name of the other party, or of both.
	pub fn heading(&self) -> String {
		match (self.patient_name.as_str(), self.provider_name.as_str()) {
			(YOU, provider) => provider.to_owned(),
			(patient, YOU) => patient.to_owned(),
			(patient, provider) => format!("{patient} at {provider}"),
		}
	}
}

/// Parties for tests.
#[cfg(test)]
pub mod fixture {
	use super::*;
	use crate::catalogue::fixture::{PATIENT, PROVIDER};

	/// A patient and a provider of these names.
	pub fn parties(patient: &str, provider: &str) -> Parties {
		Parties {
			relationship: RelationshipId::repeat_byte(9),
			patient: PATIENT,
			patient_name: patient.to_owned(),
			provider: PROVIDER,
			provider_name: provider.to_owned(),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::fixture::parties;

	#[test]
	fn a_relationship_is_headed_by_its_other_party() {
		assert_eq!(parties("you", "hospital-a").heading(), "hospital-a");
		assert_eq!(parties("patient 0x12345678", "you").heading(), "patient 0x12345678");
		assert_eq!(parties("ann", "hospital-a").heading(), "ann at hospital-a");
	}
}
