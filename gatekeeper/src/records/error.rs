use super::TemplateError;
use medrec_protocol::{template::FieldType, wire::ErrorCode};
use medrec_primitives::{record::RecordId, relationship::RelationshipId, H256};
use std::path::PathBuf;

/// What can go wrong with records, one variant for each cause.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A database file cannot be opened.
	#[error(
		"the database {path} cannot be opened: {source}. Check that the file exists and that the \
		 gatekeeper's user may use it"
	)]
	Open {
		/// The file.
		path: PathBuf,
		/// What the database says.
		source: sqlx::Error,
	},
	/// A database file of the gatekeeper's own may be used by others than its owner.
	#[error(
		"others may use the database file {path}, which holds secrets of patients; take the right \
		 from them (chmod 600 {path}) and try again"
	)]
	Exposed {
		/// The file.
		path: PathBuf,
	},
	/// A database file is of another version than this program.
	#[error("the database {path} cannot be brought to this version: {source}")]
	Migrate {
		/// The file.
		path: PathBuf,
		/// What is wrong.
		source: sqlx::migrate::MigrateError,
	},
	/// A template is not acceptable.
	#[error("the template {path} is not acceptable: {fault}")]
	Template {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		#[source]
		fault: Box<TemplateError>,
	},
	/// The folder of templates cannot be read or written.
	#[error("the folder of templates {path} cannot be used: {source}")]
	TemplatesFolder {
		/// The folder.
		path: PathBuf,
		/// What the system says.
		source: std::io::Error,
	},
	/// The catalogue has no template of this hash.
	#[error(
		"no template with the hash {0:?} is in the catalogue. Keep the files of earlier versions \
		 until every record was amended"
	)]
	UnknownTemplate(H256),
	/// A secret is not 32 bytes.
	#[error("{path} does not hold a secret: {what}. Make one with `openssl rand -hex 32`")]
	Secret {
		/// The file.
		path: PathBuf,
		/// What is wrong.
		what: String,
	},
	/// The provider's database does not answer.
	#[error("the provider's database does not answer: {0}")]
	EhrUnavailable(#[source] sqlx::Error),
	/// The provider's database took longer than the template allows.
	#[error("the query of the template {template} took longer than {timeout_ms} ms")]
	QueryTimeout {
		/// The template.
		template: String,
		/// What it allows.
		timeout_ms: u64,
	},
	/// The provider's database does not accept a template's query.
	#[error("the provider's database refuses the query of the template {template}: {source}")]
	Query {
		/// The template.
		template: String,
		/// What the database says.
		source: sqlx::Error,
	},
	/// A value in the provider's database is not of the type that the template says.
	#[error("the template {template} says that {field} is of the type {expected:?}, and a row has something else there")]
	FieldType {
		/// The template.
		template: String,
		/// The field.
		field: String,
		/// The type.
		expected: FieldType,
	},
	/// A subject, handle or changed column is not of the type that the template says.
	#[error("the template {template} says that its {column} column is of the type {expected:?}, and a row has something else there")]
	ColumnType {
		/// The template.
		template: String,
		/// Which of the columns.
		column: &'static str,
		/// The type.
		expected: super::ScalarType,
	},
	/// A handle leads to several rows.
	#[error("the handle column of the template {template} leads to more than one row. Choose a unique column")]
	NotOneRow {
		/// The template.
		template: String,
	},
	/// The gatekeeper's own database, or one of the project's schema, fails.
	#[error("the gatekeeper's database fails: {0}")]
	Database(#[source] sqlx::Error),
	/// The gatekeeper's own database holds something that it never wrote.
	#[error("the gatekeeper's database is damaged: {0}. Restore it from a backup")]
	Damaged(&'static str),
	/// A local patient or a subject is linked to another already.
	#[error("this patient, subject or relationship is linked to another already")]
	AlreadyLinked,
	/// No patient of this gatekeeper has this local ID.
	#[error("no patient with this local ID is linked. Link it first with `link-patient`")]
	UnknownPatient,
	/// No local patient is linked to this relationship.
	#[error("no local patient is linked to the relationship {0:?}")]
	UnknownRelationship(RelationshipId),
	/// The local patient who is linked to this relationship is another subject than its patient.
	#[error(
		"the relationship {0:?} is linked to a local patient who is not the one that the chain names"
	)]
	OtherPatient(RelationshipId),
	/// This gatekeeper never posted this version of this record.
	#[error("this gatekeeper did not post version {version} of the record {record:?}")]
	UnknownRecord {
		/// The record.
		record: RecordId,
		/// The version.
		version: u32,
	},
	/// No answer or anchor of this name was saved.
	#[error("nothing was saved under {0}")]
	NothingSaved(String),
	/// The record was erased.
	#[error("the record {0:?} was erased")]
	Erased(RecordId),
	/// The row of a record is gone from the provider's database.
	#[error("the row of the record {0:?} is not in the provider's database")]
	RowMissing(RecordId),
	/// The row, or what the gatekeeper remembers of it, does not match the chain.
	#[error("the record {0:?} does not match its commitment on the chain")]
	IntegrityMismatch(RecordId),
	/// The provider's database announced a change of the row, and the chain does not hold the new
	/// version yet. This is no reason for an alarm.
	#[error("the record {0:?} has a newer version that is not on the chain yet. Ask again later")]
	AmendmentPending(RecordId),
}

impl Error {
	/// The word under which a requester is told, and nothing more.
	pub fn code(&self) -> ErrorCode {
		match self {
			Error::UnknownRelationship(_)
			| Error::OtherPatient(_)
			| Error::UnknownRecord { .. }
			| Error::UnknownPatient
			| Error::NothingSaved(_)
			| Error::Erased(_) => ErrorCode::NotFound,
			Error::RowMissing(_) | Error::IntegrityMismatch(_) => ErrorCode::IntegrityMismatch,
			Error::AmendmentPending(_) => ErrorCode::ChainStale,
			Error::EhrUnavailable(_) => ErrorCode::DatabaseUnavailable,
			Error::QueryTimeout { .. } => ErrorCode::QueryTimeout,
			Error::Open { .. }
			| Error::Exposed { .. }
			| Error::Migrate { .. }
			| Error::Template { .. }
			| Error::TemplatesFolder { .. }
			| Error::UnknownTemplate(_)
			| Error::Secret { .. }
			| Error::Query { .. }
			| Error::FieldType { .. }
			| Error::ColumnType { .. }
			| Error::NotOneRow { .. }
			| Error::Database(_)
			| Error::Damaged(_)
			| Error::AlreadyLinked => ErrorCode::Internal,
		}
	}

	/// Whether the row in the provider's database is at fault in a way that the patient should hear
	/// of: it is gone, or it was changed without being announced.
	pub fn is_alarming(&self) -> bool {
		matches!(self, Error::RowMissing(_) | Error::IntegrityMismatch(_))
	}
}
