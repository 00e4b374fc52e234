use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A database, by its kind: `{ sqlite = "file" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Database {
	/// The path of an SQLite file.
	Sqlite(PathBuf),
}

impl Database {
	/// The file of the database.
	pub fn path(&self) -> &Path {
		match self {
			Database::Sqlite(path) => path,
		}
	}

	pub(super) fn path_mut(&mut self) -> &mut PathBuf {
		match self {
			Database::Sqlite(path) => path,
		}
	}
}
