use super::{KeyFileError, KeyJson};
use medrec_protocol::keys::{Key, KeyError, Scheme, Secret};
use std::{
	fs,
	io::{self, Read},
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
	/// The file cannot be read.
	#[error("cannot read {path}: {source}")]
	Unreadable {
		/// Which file.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// The file may be read by others than its owner.
	#[error("others may read {path}; take the right from them (chmod 600 {path}) and try again")]
	Exposed {
		/// Which file.
		path: PathBuf,
	},
	/// There is nothing in it.
	#[error("{path} is empty")]
	Empty {
		/// Which file.
		path: PathBuf,
	},
	/// It holds no key.
	#[error("{path} holds no key: {source}")]
	Key {
		/// Which file.
		path: PathBuf,
		/// Why.
		source: KeyError,
	},
	/// It holds a key file that does not open.
	#[error("{path} does not open: {source}")]
	KeyFile {
		/// Which file.
		path: PathBuf,
		/// Why.
		source: KeyFileError,
	},
	/// It is a key file, and no password was given.
	#[error("{path} is locked by a password, and none was given")]
	PasswordMissing {
		/// Which file.
		path: PathBuf,
	},
}

/// Reads one secret: the whole of a file, or of the standard input if `path` is `-`, without the
/// line ends at its end. A file that others than its owner may read is refused.
pub fn read_secret(path: &Path) -> Result<Secret, SecretError> {
	let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
	let mut text = Zeroizing::new(String::new());
	if path == Path::new("-") {
		io::stdin().read_to_string(&mut text).map_err(unreadable)?;
	} else {
		let mut file = fs::File::open(path).map_err(unreadable)?;
		if is_exposed(&file.metadata().map_err(unreadable)?) {
			return Err(SecretError::Exposed { path: path.to_owned() });
		}
		file.read_to_string(&mut text).map_err(unreadable)?;
	}
	let trimmed = text.trim_end_matches(['\n', '\r']);
	if trimmed.is_empty() {
		return Err(SecretError::Empty { path: path.to_owned() });
	}
	Ok(Secret::new(trimmed.to_owned()))
}

/// Reads a signing key from a file that holds either a polkadot-js key file, which `password`
/// opens, or a seed phrase or secret URI of this `scheme`. A file that others than its owner may
/// read is refused.
pub fn read_key(
	path: &Path,
	scheme: Scheme,
	password: Option<&Secret>,
) -> Result<Key, SecretError> {
	let text = read_secret(path)?;
	let path = || path.to_owned();
	if text.expose().trim_start().starts_with('{') {
		let password = password.ok_or_else(|| SecretError::PasswordMissing { path: path() })?;
		KeyJson::parse(text.expose())
			.and_then(|file| file.open(password))
			.map_err(|source| SecretError::KeyFile { path: path(), source })
	} else {
		Key::from_uri(text.expose().trim(), scheme)
			.map_err(|source| SecretError::Key { path: path(), source })
	}
}

/// Whether others than its owner may use a file. Where there are no such rights, nothing is exposed.
#[cfg(unix)]
pub fn is_exposed(metadata: &fs::Metadata) -> bool {
	use std::os::unix::fs::PermissionsExt;
	metadata.is_file() && metadata.permissions().mode() & 0o077 != 0
}

/// Whether others than its owner may use a file. Where there are no such rights, nothing is exposed.
#[cfg(not(unix))]
pub fn is_exposed(_: &fs::Metadata) -> bool {
	false
}
