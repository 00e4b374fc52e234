//! Files that commands read and write.

use crate::failure::{unreadable, Failure, Result};
use serde::de::DeserializeOwned;
use std::{
	fs,
	io::{self, ErrorKind, Write},
	path::Path,
};

/// Reads a text file that holds no secret.
pub fn read_text(path: &Path) -> Result<String> {
	fs::read_to_string(path)
		.map_err(|error| Failure::failed("cannot_read", unreadable(path, &error)))
}

/// Reads a JSON file. The message of a failure says that the file is not `what`, and shows nothing of
/// its content.
pub fn read_json<T: DeserializeOwned>(path: &Path, what: &str) -> Result<T> {
	serde_json::from_str(&read_text(path)?)
		.map_err(|_| Failure::failed("bad_file", format!("{} is not {what}", path.display())))
}

/// Writes a new file that is readable by its owner only.
pub fn write_new(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
	let mut options = fs::OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	let written = options.open(path).and_then(|mut file| {
		file.write_all(bytes.as_ref())?;
		file.sync_all()
	});
	written.map_err(|error| cannot_write(path, error))
}

/// Checks that there is no file of this name yet, and that its folder takes one.
pub fn check_new(path: &Path) -> Result<()> {
	if path.symlink_metadata().is_ok() {
		return Err(exists(path));
	}
	let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
	let unnamed = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")));
	unnamed.map(drop).map_err(|error| cannot_write(path, error))
}

/// Writes a secret and a line break to a new file that is readable by its owner only.
pub fn write_secret(path: &Path, text: &str) -> Result<()> {
	write_new(path, zeroize::Zeroizing::new(format!("{text}\n")).as_bytes())
}

/// Writes a file that is readable by its owner only, and puts it in place of one that is there. The old
/// file stays whole until the new one is.
pub fn replace_private(path: &Path, bytes: &[u8]) -> Result<()> {
	let folder = path.parent().unwrap_or(Path::new("."));
	make_private_folder(folder)?;
	let write = || {
		let mut file = tempfile::NamedTempFile::new_in(folder)?;
		file.write_all(bytes)?;
		file.as_file().sync_all()?;
		file.persist(path).map_err(|error| error.error)
	};
	write().map(drop).map_err(|error| cannot_write(path, error))
}

/// Makes a folder that is accessible to its owner only, unless it exists.
pub fn make_private_folder(path: &Path) -> Result<()> {
	let mut builder = fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(path).map_err(|error| cannot_write(path, error))
}

fn exists(path: &Path) -> Failure {
	let what = if path.is_dir() { "is a folder" } else { "exists already" };
	let message = format!("{} {what}; give the name of a new file", path.display());
	Failure::failed("file_exists", message)
}

fn cannot_write(path: &Path, error: io::Error) -> Failure {
	let message = match (error.kind(), path.parent()) {
		(ErrorKind::AlreadyExists, _) => return exists(path),
		(ErrorKind::NotFound, Some(folder)) => format!(
			"cannot write {}: there is no folder {}; make it first, or give another file",
			path.display(),
			folder.display()
		),
		_ => format!("cannot write {}: {error}", path.display()),
	};
	Failure::failed("cannot_write", message)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_name_for_a_new_file_is_checked_without_a_trace() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("new");
		check_new(&path).unwrap();
		assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
		check_new(Path::new("a-new-file-in-the-working-folder")).unwrap();
		let failure = check_new(&folder.path().join("nowhere/new")).unwrap_err();
		assert_eq!(&*failure.code, "cannot_write");
		assert!(failure.message.contains("there is no folder"), "{}", failure.message);
		write_new(&path, "a").unwrap();
		assert_eq!(&*check_new(&path).unwrap_err().code, "file_exists");
		assert_eq!(&*check_new(&path.join("x")).unwrap_err().code, "cannot_write");
		assert_eq!(&*check_new(folder.path()).unwrap_err().code, "file_exists");
		#[cfg(unix)]
		{
			let link = folder.path().join("link");
			std::os::unix::fs::symlink(folder.path().join("gone"), &link).unwrap();
			assert_eq!(&*check_new(&link).unwrap_err().code, "file_exists");
		}
	}

	#[cfg(unix)]
	#[test]
	fn a_new_file_is_private_and_replaces_nothing() {
		use std::os::unix::fs::{symlink, PermissionsExt};
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("new");
		write_new(&path, "a").unwrap();
		assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
		// A link to a file that does not exist yet is not followed.
		let (link, target) = (folder.path().join("link"), folder.path().join("target"));
		symlink(&target, &link).unwrap();
		for taken in [&path, &link] {
			assert_eq!(&*write_new(taken, "b").unwrap_err().code, "file_exists");
			assert_eq!(&*write_secret(taken, "b").unwrap_err().code, "file_exists");
		}
		assert_eq!((read_text(&path).unwrap().as_str(), target.exists()), ("a", false));
	}
}
