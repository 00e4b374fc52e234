use super::{bytes, Bytes, Error, State};
use crate::records::error::Taken;
use medrec_primitives::{
	identity::{Identifier, SubjectId},
	relationship::RelationshipId,
};
use sqlx::{sqlite::SqliteRow, FromRow, Row};
use std::collections::BTreeMap;

/// A patient of the provider, and the subject that the patient is on the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Patient {
	/// The ID in the provider's database.
	pub local_id: String,
	/// The subject.
	pub subject: SubjectId,
	/// The keyed hash of the local ID, by which the registrar finds the subject.
	pub identifier: Identifier,
}

impl FromRow<'_, SqliteRow> for Patient {
	fn from_row(row: &SqliteRow) -> sqlx::Result<Patient> {
		Ok(Patient {
			local_id: row.try_get("local_id")?,
			subject: bytes(row, "subject")?,
			identifier: bytes(row, "identifier")?,
		})
	}
}

/// A linked patient with the relationships that are linked to the patient.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
	/// The patient.
	pub patient: Patient,
	/// The relationships, in the order of their IDs.
	pub relationships: Vec<RelationshipId>,
}

impl State {
	/// Links a local patient to a subject and, if one is given, to a relationship. Linking the same
	/// again changes nothing; a patient, subject or relationship that is linked to another one is
	/// [`Error::AlreadyLinked`].
	pub async fn link_patient(
		&self,
		patient: &Patient,
		relationship: Option<&RelationshipId>,
	) -> Result<(), Error> {
		let mut transaction = self.write().await?;
		sqlx::query(
			"INSERT INTO patients (local_id, subject, identifier) VALUES (?1, ?2, ?3) \
			 ON CONFLICT DO NOTHING",
		)
		.bind(&patient.local_id)
		.bind(patient.subject.as_bytes())
		.bind(patient.identifier.as_bytes())
		.execute(&mut *transaction)
		.await?;
		let stored: Option<Patient> = sqlx::query_as("SELECT * FROM patients WHERE local_id = ?1")
			.bind(&patient.local_id)
			.fetch_optional(&mut *transaction)
			.await?;
		match stored {
			Some(stored) if stored == *patient => {},
			Some(stored) => return Err(Error::AlreadyLinked(Taken::Patient(stored.subject))),
			// The subject, or the identifier, which resolves to one subject, is in use.
			None => return Err(Error::AlreadyLinked(Taken::Subject(patient.subject))),
		}
		if let Some(relationship) = relationship {
			let owner: Option<String> =
				sqlx::query_scalar("SELECT local_id FROM relationships WHERE relationship = ?1")
					.bind(relationship.as_bytes())
					.fetch_optional(&mut *transaction)
					.await?;
			match owner {
				Some(owner) if owner == patient.local_id => {},
				Some(_) => return Err(Error::AlreadyLinked(Taken::Relationship(*relationship))),
				None => {
					// The backfill of a patient who was linked before does not count.
					for sql in [
						"INSERT INTO relationships (relationship, local_id) VALUES (?1, ?2)",
						"DELETE FROM cursors WHERE relationship = ?1",
					] {
						sqlx::query(sql)
							.bind(relationship.as_bytes())
							.bind(&patient.local_id)
							.execute(&mut *transaction)
							.await?;
					}
				},
			}
		}
		transaction.commit().await?;
		Ok(())
	}

	/// Removes the link of a patient and of all relationships that are linked to the patient. Nothing
	/// more is published or served of them. Versions that are planned or on the chain stay saved: if the
	/// same patient is linked again, publishing continues; if another patient is linked to one of the
	/// relationships, the versions stay unpublished and are not served. Returns the link.
	pub async fn unlink_patient(&self, local_id: &str) -> Result<Link, Error> {
		let mut links = self.links().await?;
		let position = links.iter().position(|link| link.patient.local_id == local_id);
		let link = links.swap_remove(position.ok_or(Error::UnknownPatient)?);
		let mut transaction = self.write().await?;
		for sql in [
			"DELETE FROM relationships WHERE local_id = ?1",
			"DELETE FROM patients WHERE local_id = ?1",
		] {
			sqlx::query(sql).bind(local_id).execute(&mut *transaction).await?;
		}
		transaction.commit().await?;
		Ok(link)
	}

	/// The patient who is linked to a relationship.
	pub async fn patient_of(
		&self,
		relationship: &RelationshipId,
	) -> Result<Option<Patient>, Error> {
		Ok(sqlx::query_as(
			"SELECT patients.* FROM relationships JOIN patients USING (local_id) \
			 WHERE relationship = ?1",
		)
		.bind(relationship.as_bytes())
		.fetch_optional(&self.readers)
		.await?)
	}

	/// Links a relationship to the patient of `subject`, unless the relationship is linked already or no
	/// patient of the subject is linked. Returns the patient who is linked to the relationship then.
	pub async fn link_relationship(
		&self,
		relationship: &RelationshipId,
		subject: &SubjectId,
	) -> Result<Option<Patient>, Error> {
		if self.patient_by_subject(subject).await?.is_none() {
			return Ok(None);
		}
		sqlx::query(
			"INSERT INTO relationships SELECT ?1, local_id FROM patients WHERE subject = ?2 \
			 ON CONFLICT DO NOTHING",
		)
		.bind(relationship.as_bytes())
		.bind(subject.as_bytes())
		.execute(&self.writer)
		.await?;
		self.patient_of(relationship).await
	}

	/// The patient who is linked to a subject.
	pub async fn patient_by_subject(&self, subject: &SubjectId) -> Result<Option<Patient>, Error> {
		Ok(sqlx::query_as("SELECT * FROM patients WHERE subject = ?1")
			.bind(subject.as_bytes())
			.fetch_optional(&self.readers)
			.await?)
	}

	/// All links, in the order of local IDs.
	pub async fn links(&self) -> Result<Vec<Link>, Error> {
		let rows = sqlx::query(
			"SELECT patients.*, relationship FROM patients LEFT JOIN relationships USING (local_id) \
			 ORDER BY local_id, relationship",
		)
		.fetch_all(&self.readers)
		.await?;
		let mut links: Vec<Link> = Vec::new();
		for row in &rows {
			let patient = Patient::from_row(row)?;
			if links.last().is_none_or(|link| link.patient != patient) {
				links.push(Link { patient, relationships: Vec::new() });
			}
			let linked: Option<Bytes<RelationshipId>> = row.try_get("relationship")?;
			if let Some(link) = links.last_mut() {
				link.relationships.extend(linked.map(|Bytes(relationship)| relationship));
			}
		}
		Ok(links)
	}

	/// The patient of every linked relationship. The subject that the chain names in a relationship may
	/// be another; the caller compares them.
	pub async fn linked(&self) -> Result<BTreeMap<RelationshipId, Patient>, Error> {
		let links = self.links().await?;
		let relationships = links.into_iter().flat_map(|Link { patient, relationships }| {
			relationships.into_iter().map(move |relationship| (relationship, patient.clone()))
		});
		Ok(relationships.collect())
	}
}
