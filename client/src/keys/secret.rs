use super::{KeyFileError, KeyJson};
use medrec_protocol::keys::{Key, KeyError, Scheme, Secret};
use std::{
	fs,
	io::{self, Read},
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The reason why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
	/// The file cannot be read.
	#[error("cannot read {path}: {source}")]
	Unreadable {
		/// The path of the file.
		path: PathBuf,
		/// The cause.
		source: io::Error,
	},
	/// The file is readable by other users.
	#[error("{0} is readable by other users; run: chmod 600 {0}")]
	Exposed(PathBuf),
	/// The file is empty.
	#[error("{0} is empty; a secret was expected in it")]
	Empty(PathBuf),
	/// The file holds no key.
	#[error("{path} holds no key: {source}")]
	Key {
		/// The path of the file.
		path: PathBuf,
		/// The cause.
		source: KeyError,
	},
	/// The file is a key file that does not open.
	#[error("cannot open {path}: {source}")]
	KeyFile {
		/// The path of the file.
		path: PathBuf,
		/// The cause.
		source: KeyFileError,
	},
	/// The file is a key file, and no password was given.
	#[error("{0} is encrypted with a password, and no password was given")]
	PasswordMissing(PathBuf),
}

/// Reads one secret: a whole file, or the standard input if `path` is `-`, without trailing line ends. A
/// file that is readable by other users is refused.
pub fn read_secret(path: &Path) -> Result<Secret, SecretError> {
	let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
	let mut text = Zeroizing::new(String::new());
	if path == Path::new("-") {
		io::stdin().read_to_string(&mut text).map_err(unreadable)?;
	} else {
		let mut file = fs::File::open(path).map_err(unreadable)?;
		if is_exposed(&file.metadata().map_err(unreadable)?) {
			return Err(SecretError::Exposed(path.to_owned()));
		}
		file.read_to_string(&mut text).map_err(unreadable)?;
	}
	let trimmed = text.trim_end_matches(['\n', '\r']);
	if trimmed.is_empty() {
		return Err(SecretError::Empty(path.to_owned()));
	}
	Ok(Secret::new(trimmed.to_owned()))
}

/// Reads a signing key from a file that is either a key file of polkadot-js, which `password` opens, or
/// holds a seed phrase or secret URI for this `scheme`. A file that is readable by other users is
/// refused.
pub fn read_key(
	path: &Path,
	scheme: Scheme,
	password: Option<&Secret>,
) -> Result<Key, SecretError> {
	let text = read_secret(path)?;
	let path = || path.to_owned();
	if text.expose().trim_start().starts_with('{') {
		let password = password.ok_or_else(|| SecretError::PasswordMissing(path()))?;
		KeyJson::parse(text.expose())
			.and_then(|file| file.open(password))
			.map_err(|source| SecretError::KeyFile { path: path(), source })
	} else {
		Key::from_uri(text.expose().trim(), scheme)
			.map_err(|source| SecretError::Key { path: path(), source })
	}
}

/// Whether other users than the owner have rights to a file. False on systems without such rights.
pub fn is_exposed(metadata: &fs::Metadata) -> bool {
	#[cfg(unix)]
	let others = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077;
	#[cfg(not(unix))]
	let others = 0;
	metadata.is_file() && others != 0
}
