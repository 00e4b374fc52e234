use super::{hash, State};
use crate::records::Error;
use medrec_primitives::{
	identity::{Identifier, SubjectId},
	relationship::RelationshipId,
};
use sqlx::{sqlite::SqliteRow, Row};
use std::collections::BTreeMap;

/// A patient of the provider, whom the chain knows as a subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Patient {
	/// What the provider's database calls them.
	pub local_id: String,
	/// What the chain calls them.
	pub subject: SubjectId,
	/// By which keyed hash the chain finds them.
	pub identifier: Identifier,
}

impl Patient {
	fn read(row: &SqliteRow) -> Result<Patient, Error> {
		Ok(Patient {
			local_id: row.try_get("local_id")?,
			subject: hash(row.try_get("subject")?)?,
			identifier: hash(row.try_get("identifier")?)?,
		})
	}
}

impl State {
	/// Remembers that a local patient is this subject, and whose relationship this is, if one is
	/// given. Linking the same again changes nothing; linking a patient, a subject or a relationship
	/// to another is [`Error::AlreadyLinked`].
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
		let stored = sqlx::query("SELECT * FROM patients WHERE local_id = ?1")
			.bind(&patient.local_id)
			.fetch_optional(&mut *transaction)
			.await?;
		let same = match stored {
			Some(row) => Patient::read(&row)? == *patient,
			None => false,
		};
		if !same {
			return Err(Error::AlreadyLinked);
		}
		if let Some(relationship) = relationship {
			sqlx::query(
				"INSERT INTO relationships (relationship, local_id) VALUES (?1, ?2) \
				 ON CONFLICT DO NOTHING",
			)
			.bind(relationship.as_bytes())
			.bind(&patient.local_id)
			.execute(&mut *transaction)
			.await?;
			let owner: String =
				sqlx::query_scalar("SELECT local_id FROM relationships WHERE relationship = ?1")
					.bind(relationship.as_bytes())
					.fetch_one(&mut *transaction)
					.await?;
			if owner != patient.local_id {
				return Err(Error::AlreadyLinked);
			}
		}
		transaction.commit().await?;
		Ok(())
	}

	/// Remembers that a relationship is that of a linked subject. Whether there is such a patient.
	pub async fn link_relationship(
		&self,
		subject: &SubjectId,
		relationship: &RelationshipId,
	) -> Result<bool, Error> {
		match self.patient_by_subject(subject).await? {
			Some(patient) => {
				self.link_patient(&patient, Some(relationship)).await?;
				Ok(true)
			},
			None => Ok(false),
		}
	}

	/// Whose relationship this is.
	pub async fn patient_of(
		&self,
		relationship: &RelationshipId,
	) -> Result<Option<Patient>, Error> {
		sqlx::query(
			"SELECT patients.* FROM relationships JOIN patients USING (local_id) \
			 WHERE relationship = ?1",
		)
		.bind(relationship.as_bytes())
		.fetch_optional(&self.readers)
		.await?
		.map(|row| Patient::read(&row))
		.transpose()
	}

	/// The patient whom the chain knows as `subject`.
	pub async fn patient_by_subject(&self, subject: &SubjectId) -> Result<Option<Patient>, Error> {
		sqlx::query("SELECT * FROM patients WHERE subject = ?1")
			.bind(subject.as_bytes())
			.fetch_optional(&self.readers)
			.await?
			.map(|row| Patient::read(&row))
			.transpose()
	}

	/// The patient whom the provider's database knows as `local_id`.
	pub async fn patient(&self, local_id: &str) -> Result<Patient, Error> {
		sqlx::query("SELECT * FROM patients WHERE local_id = ?1")
			.bind(local_id)
			.fetch_optional(&self.readers)
			.await?
			.map(|row| Patient::read(&row))
			.transpose()?
			.ok_or(Error::UnknownPatient)
	}

	/// All patients, in the order of their local IDs.
	pub async fn patients(&self) -> Result<Vec<Patient>, Error> {
		sqlx::query("SELECT * FROM patients ORDER BY local_id")
			.fetch_all(&self.readers)
			.await?
			.iter()
			.map(Patient::read)
			.collect()
	}

	/// The patient to whom every linked relationship was linked here. Whose it is on the chain is for
	/// the caller to compare.
	pub async fn linked(&self) -> Result<BTreeMap<RelationshipId, Patient>, Error> {
		sqlx::query(
			"SELECT relationship, patients.* FROM relationships JOIN patients USING (local_id)",
		)
		.fetch_all(&self.readers)
		.await?
		.iter()
		.map(|row| Ok((hash(row.try_get("relationship")?)?, Patient::read(row)?)))
		.collect()
	}

	/// The local patient of every linked relationship.
	pub async fn relationships(&self) -> Result<BTreeMap<RelationshipId, String>, Error> {
		sqlx::query("SELECT relationship, local_id FROM relationships")
			.fetch_all(&self.readers)
			.await?
			.iter()
			.map(|row| Ok((hash(row.try_get("relationship")?)?, row.try_get("local_id")?)))
			.collect()
	}
}
