//! Database files that nobody but the gatekeeper's own user may use.

use super::Error;
use medrec_client::keys::is_exposed;
use std::{
	ffi::OsString,
	fs,
	io::ErrorKind,
	path::{Path, PathBuf},
};

/// What SQLite adds to the name of a database for the files that it puts beside it.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Makes an empty file at `path` that its owner alone may use, unless something is there already. To
/// SQLite it is an empty database, and the files beside it get the rights of this one.
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

/// Refuses a database of which some file may be used by others than its owner. One that is not there
/// is not refused.
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
