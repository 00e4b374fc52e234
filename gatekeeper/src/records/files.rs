//! The rights to database files.

use super::error::Error;
use medrec_client::keys::is_exposed;
use std::{
	ffi::OsString,
	fs,
	io::ErrorKind,
	path::{Path, PathBuf},
};

/// The suffixes of the files of a SQLite database.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Creates an empty file that only its owner may use, unless the file exists. SQLite takes it for an
/// empty database, and gives the files beside it the same rights.
pub(super) fn create(path: &Path) -> Result<(), Error> {
	let mut options = fs::OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	match options.open(path) {
		Err(error) if error.kind() != ErrorKind::AlreadyExists => {
			Err(Error::Open { path: path.to_owned(), source: sqlx::Error::Io(error) })
		},
		_ => Ok(()),
	}
}

/// Fails if other users may access a file of the database. A missing database is no error.
pub(super) fn refuse_exposed(path: &Path) -> Result<(), Error> {
	// SQLite puts its files beside the one that a link leads to.
	let Ok(path) = fs::canonicalize(path) else { return Ok(()) };
	for suffix in BESIDE {
		let mut name = OsString::from(path.as_os_str());
		name.push(suffix);
		let path = PathBuf::from(name);
		if fs::metadata(&path).is_ok_and(|metadata| is_exposed(&metadata)) {
			return Err(Error::Exposed { path });
		}
	}
	Ok(())
}
