use std::path::PathBuf;

/// Why a command failed as a whole. Problems of single files are in the [`Report`](crate::Report).
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The folder or archive to import cannot be read.
	#[error("{path} cannot be read: {source}")]
	Source {
		/// The folder or archive.
		path: PathBuf,
		/// The error of the operating system.
		source: std::io::Error,
	},
	/// The folder or archive has no bundles.
	#[error("{0} has no *.json files; name a folder of FHIR R4 bundles, or a .tar.gz of them")]
	Empty(PathBuf),
	/// The number of synthetic patients is 0 or too large.
	#[error("the number of patients must be 1 to {most}")]
	Patients {
		/// The largest number.
		most: u32,
	},
	/// The database file cannot be opened.
	#[error("the database {path} cannot be opened: {source}")]
	Open {
		/// The file.
		path: PathBuf,
		/// The error of SQLite or of the operating system.
		source: sqlx::Error,
	},
	/// The database file has another schema, or that of a newer version.
	#[error("the database {path} cannot be brought to this version of the schema: {source}")]
	Migrate {
		/// The file.
		path: PathBuf,
		/// The error of the migration.
		source: sqlx::migrate::MigrateError,
	},
	/// A statement failed.
	#[error("the database failed: {0}")]
	Database(#[from] sqlx::Error),
}
