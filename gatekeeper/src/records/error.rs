use super::{scalar::ScalarType, template_error::TemplateError};
use medrec_primitives::{
	identity::SubjectId,
	record::{RecordId, TemplateHash},
	relationship::RelationshipId,
};
use medrec_protocol::{template::FieldType, wire::ErrorCode};
use std::path::{Path, PathBuf};

/// The part of a link that is linked to another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Taken {
	/// The local ID, to this subject.
	#[error(
		"this local ID is linked to the subject {0}. If that is wrong, remove the link with \
		 `medrec-gatekeeper unlink-patient --subject {0}` and link again"
	)]
	Patient(SubjectId),
	/// The subject, to another local ID.
	#[error(
		"the subject {0} is linked to another local ID. If that is wrong, remove the link with \
		 `medrec-gatekeeper unlink-patient --subject {0}` and link again"
	)]
	Subject(SubjectId),
	/// The relationship, to another local ID.
	#[error(
		"the relationship {0} is linked to another local ID. `medrec-gatekeeper patients list` shows \
		 to which subject; unlink that one first"
	)]
	Relationship(RelationshipId),
}

/// An error of templates, of the provider's database or of the gatekeeper's own. The texts of those that
/// can occur in the running service name no patient, relationship or record: they are logged.
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
		/// The error of the database.
		source: sqlx::Error,
	},
	/// A file of the gatekeeper's own database is accessible to other users.
	#[error(
		"{path} holds secrets of patients and is accessible to other users; run: chmod 600 {path}"
	)]
	Exposed {
		/// The file.
		path: PathBuf,
	},
	/// The schema of the gatekeeper's own database is of another version.
	#[error(
		"the database {path} cannot be brought to this version: {source}. Restore it from a backup, or \
		 run the version of the gatekeeper that wrote it"
	)]
	Migrate {
		/// The file.
		path: PathBuf,
		/// The error of the migration.
		source: sqlx::migrate::MigrateError,
	},
	/// A template is refused.
	#[error("the template {path} is refused: {fault}")]
	Template {
		/// The file.
		path: PathBuf,
		/// The problem.
		#[source]
		fault: Box<TemplateError>,
	},
	/// The folder of templates cannot be read or written.
	#[error(
		"the folder of templates {path} cannot be used: {source}. `medrec-gatekeeper sign-templates \
		 --built-in` creates it, with the templates of the example schema"
	)]
	TemplatesFolder {
		/// The folder.
		path: PathBuf,
		/// The error of the operating system.
		source: std::io::Error,
	},
	/// The catalogue has no template of this hash.
	#[error(
		"no template with the hash {0} is in the catalogue. Keep the files of earlier versions until \
		 every record is amended"
	)]
	UnknownTemplate(TemplateHash),
	/// The provider's database does not answer.
	#[error("the provider's database does not answer: {0}")]
	EhrUnavailable(#[source] sqlx::Error),
	/// A query took longer than its template allows.
	#[error("the query of the template {template} took longer than {timeout_ms} ms")]
	QueryTimeout {
		/// The template's ID.
		template: String,
		/// Its timeout.
		timeout_ms: u64,
	},
	/// The provider's database rejects a template's query.
	#[error("the provider's database rejects the query of the template {template}: {source}")]
	Query {
		/// The template's ID.
		template: String,
		/// The error of the database.
		source: sqlx::Error,
	},
	/// The provider's database reads a template's query otherwise than the gatekeeper.
	#[error(
		"the query of the template {template} has {found} columns named {column:?}, and must have one"
	)]
	Column {
		/// The template's ID.
		template: String,
		/// The name of the column.
		column: String,
		/// The number of such columns.
		found: usize,
	},
	/// The provider's database sees other placeholders in a query than the gatekeeper.
	#[error("the provider's database does not find the declared parameters in the query of the template {template}; write its strings and comments plainly")]
	Placeholders {
		/// The template's ID.
		template: String,
	},
	/// A value in the provider's database is not of the type of its field.
	#[error("a row of the template {template} has a value in {field} that is not of the type {expected:?}")]
	FieldType {
		/// The template's ID.
		template: String,
		/// The name of the field.
		field: String,
		/// The type of the field.
		expected: FieldType,
	},
	/// A subject, handle or changed column has a value of another type.
	#[error("a row of the template {template} has a value in its {column} column that is not of the type {expected:?}")]
	ColumnType {
		/// The template's ID.
		template: String,
		/// `subject`, `handle` or `changed`.
		column: &'static str,
		/// The type of the column.
		expected: ScalarType,
	},
	/// Several rows have one handle.
	#[error(
		"several rows of the template {template} have the same handle. Choose a unique column"
	)]
	NotOneRow {
		/// The template's ID.
		template: String,
	},
	/// The gatekeeper's own database failed.
	#[error("the gatekeeper's database failed: {0}")]
	Database(#[source] sqlx::Error),
	/// The gatekeeper's own database has content that the gatekeeper never writes.
	#[error("the gatekeeper's database is damaged: {0}. Restore it from a backup")]
	Damaged(&'static str),
	/// The patient, the subject or the relationship is linked to another one.
	#[error("{0}")]
	AlreadyLinked(Taken),
	/// No patient with this local ID is linked.
	#[error("no patient with this local ID is linked. Link the patient first with `link-patient`")]
	UnknownPatient,
	/// No patient is linked to this relationship.
	#[error("no local patient is linked to the relationship")]
	UnknownRelationship(RelationshipId),
	/// The patient who is linked to this relationship is another than the chain names.
	#[error("the relationship is linked to another patient than the one that the chain names")]
	OtherPatient(RelationshipId),
	/// The gatekeeper did not post this version of this record.
	#[error("this gatekeeper did not post version {version} of a record")]
	UnknownRecord {
		/// The record.
		record: RecordId,
		/// The version.
		version: u32,
	},
	/// Nothing of this kind is stored.
	#[error("nothing is stored for {0}")]
	NothingSaved(&'static str),
	/// The record was erased.
	#[error("the record was erased")]
	Erased(RecordId),
	/// The row of a record is missing in the provider's database.
	#[error("the row of a record is not in the provider's database")]
	RowMissing(RecordId),
	/// A record keeps the version under an earlier template.
	#[error("a record is not amended to the new version of the template {template}: {reason}")]
	NotAmended {
		/// The template's ID.
		template: String,
		/// The problem with its row.
		#[source]
		reason: Box<Error>,
	},
	/// The row, or the gatekeeper's own entry about it, does not match the chain.
	#[error("the row of a record does not match its commitment on the chain")]
	IntegrityMismatch(RecordId),
	/// The row was changed with announcement, and the chain does not hold the new version yet. This is
	/// no reason for an alarm.
	#[error("the record has a newer version that is not on the chain yet. Ask again later")]
	AmendmentPending(RecordId),
}

impl From<sqlx::Error> for Error {
	/// An error of the gatekeeper's own database.
	fn from(error: sqlx::Error) -> Error {
		match error {
			sqlx::Error::ColumnDecode { .. } => Error::Damaged("a value is not of its type"),
			error => Error::Database(error),
		}
	}
}

impl Error {
	/// `fault` in the template file at `path`.
	pub(super) fn template(path: &Path, fault: TemplateError) -> Error {
		Error::Template { path: path.to_owned(), fault: Box::new(fault) }
	}

	/// The code that a requester receives. The text stays in the log.
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
			_ => ErrorCode::Internal,
		}
	}

	/// Whether the patient must be told: the row is missing, or was changed without announcement.
	pub fn is_alarming(&self) -> bool {
		matches!(self, Error::RowMissing(_) | Error::IntegrityMismatch(_))
	}
}
