use super::{KeyFileError, KeyJson};
use medrec_protocol::keys::{Key, SealingKey, Secret};
use std::{
	fs,
	io::{self, Write},
	path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// The suffixes of the files of signing keys and of encryption keys.
const SIGNING: &str = ".json";
const SEALING: &str = ".x25519.json";

/// An error of a keystore.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
	/// The name is not valid.
	#[error(
		"a key's name has 1 to 64 letters without accents, digits, dashes and underscores; give the \
		 name only, without .json"
	)]
	InvalidName,
	/// The keystore has no key of this name.
	#[error("{folder} has no key {name}")]
	NotFound {
		/// The name of the key.
		name: String,
		/// The folder of the keystore.
		folder: PathBuf,
	},
	/// The keystore has a key of this name.
	#[error("{folder} already has a key {name}")]
	AlreadyExists {
		/// The name of the key.
		name: String,
		/// The folder of the keystore.
		folder: PathBuf,
	},
	/// A file or folder cannot be read or written.
	#[error("cannot use {path}: {source}")]
	Io {
		/// The path of the file or folder.
		path: PathBuf,
		/// The cause.
		source: io::Error,
	},
	/// A key file does not open.
	#[error("cannot open {path}: {source}")]
	KeyFile {
		/// The path of the file.
		path: PathBuf,
		/// The cause.
		source: KeyFileError,
	},
}

/// An encrypted signing key in a [`Keystore`].
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
	/// Its name in the keystore, without the suffix of the file.
	pub name: String,
	/// The content of its file.
	pub file: KeyJson,
}

/// A folder of key files, readable by their owner only. The signing key `name` is in `name.json`, which
/// wallets can import, and the encryption key `name` in `name.x25519.json`.
#[derive(Clone, Debug)]
pub struct Keystore {
	folder: PathBuf,
}

impl Keystore {
	/// The keystore in this folder, which is created with the first key.
	pub fn new(folder: impl Into<PathBuf>) -> Keystore {
		Keystore { folder: folder.into() }
	}

	/// The folder of the keystore.
	pub fn folder(&self) -> &Path {
		&self.folder
	}

	/// Stores a signing key under a new name.
	pub fn insert(&self, name: &str, key: &Key, password: &Secret) -> Result<(), KeystoreError> {
		self.store(name, SIGNING, || KeyJson::lock(key, password, name))
	}

	/// Stores a key file of another program under a new name, if the password opens it.
	pub fn import(
		&self,
		name: &str,
		file: &KeyJson,
		password: &Secret,
	) -> Result<Key, KeystoreError> {
		let path = self.path(name, SIGNING)?;
		let key = file.open(password).map_err(|source| KeystoreError::KeyFile { path, source })?;
		self.store(name, SIGNING, || file.clone())?;
		Ok(key)
	}

	/// Stores an encryption key under a new name.
	pub fn insert_sealing(
		&self,
		name: &str,
		key: &SealingKey,
		password: &Secret,
	) -> Result<(), KeystoreError> {
		self.store(name, SEALING, || KeyJson::lock_sealing(key, password, name))
	}

	/// The encrypted file of a signing key.
	pub fn get(&self, name: &str) -> Result<KeyJson, KeystoreError> {
		self.open(name, SIGNING, Ok)
	}

	/// Opens a signing key.
	pub fn unlock(&self, name: &str, password: &Secret) -> Result<Key, KeystoreError> {
		self.open(name, SIGNING, |file| file.open(password))
	}

	/// Whether the keystore has an encryption key of this name.
	pub fn has_sealing(&self, name: &str) -> Result<bool, KeystoreError> {
		Ok(self.path(name, SEALING)?.exists())
	}

	/// The encrypted file of an encryption key. Its address is the public key.
	pub fn get_sealing(&self, name: &str) -> Result<KeyJson, KeystoreError> {
		self.open(name, SEALING, Ok)
	}

	/// Opens an encryption key.
	pub fn unlock_sealing(
		&self,
		name: &str,
		password: &Secret,
	) -> Result<SealingKey, KeystoreError> {
		self.open(name, SEALING, |file| file.open_sealing(password))
	}

	/// Removes a signing key, and the encryption key of this name.
	pub fn remove(&self, name: &str) -> Result<(), KeystoreError> {
		self.get(name)?;
		// The signing key last: after an interruption the key can be removed again.
		for suffix in [SEALING, SIGNING] {
			let path = self.path(name, suffix)?;
			match fs::remove_file(&path) {
				Err(source) if source.kind() != io::ErrorKind::NotFound => {
					return Err(KeystoreError::Io { path, source });
				},
				_ => {},
			}
		}
		Ok(())
	}

	/// Gives a signing key, and the encryption key of this name, a new name. After an interruption the old
	/// files are still there, or the new ones are complete, and a repetition does the rest.
	pub fn rename(&self, name: &str, new: &str) -> Result<(), KeystoreError> {
		let signing = self.get(name)?.with_name(new);
		let is_copied = self.path(new, SIGNING)?.exists() && self.get(new)? == signing;
		if name == new || (!is_copied && self.path(new, SIGNING)?.exists()) {
			return Err(self.already_exists(new));
		}
		let sealing = match self.has_sealing(name)? {
			true => Some(self.get_sealing(name)?.with_name(new)),
			false => None,
		};
		match (self.has_sealing(new)?, sealing) {
			(false, Some(sealing)) => self.store(new, SEALING, || sealing)?,
			(true, Some(sealing)) if self.get_sealing(new)? == sealing => {},
			// The encryption key is moved before the signing key is removed.
			(true, None) if is_copied => {},
			(false, None) => {},
			_ => return Err(self.already_exists(new)),
		}
		if !is_copied {
			self.store(new, SIGNING, || signing)?;
		}
		self.remove(name)
	}

	/// Encrypts a signing key, and the encryption key of this name, with another password. The old files
	/// stay until both new ones are written. After an interruption between the two replacements, a
	/// repetition replaces the other one.
	pub fn change_password(
		&self,
		name: &str,
		password: &Secret,
		new: &Secret,
	) -> Result<(), KeystoreError> {
		let mut suffixes = vec![SIGNING];
		if self.has_sealing(name)? {
			suffixes.push(SEALING);
		}
		let mut written = Vec::new();
		let mut is_right = false;
		for suffix in suffixes {
			let path = self.path(name, suffix)?;
			let locked = match self.open(name, suffix, |file| file.with_password(password, new)) {
				Ok(locked) => {
					is_right = true;
					locked
				},
				// An earlier call may have replaced this file.
				Err(error) => self
					.open(name, suffix, |file| file.with_password(new, new))
					.map_err(|_| error)?,
			};
			written.push((write_beside(&path, &locked.to_text())?, path));
		}
		if !is_right {
			let (path, source) = (self.path(name, SIGNING)?, KeyFileError::WrongPassword);
			return Err(KeystoreError::KeyFile { path, source });
		}
		for (new, path) in written {
			new.persist(&path).map_err(|error| KeystoreError::Io { path, source: error.error })?;
		}
		Ok(())
	}

	/// The signing keys, sorted by name. Files that are not key files are ignored.
	pub fn list(&self) -> Result<Vec<Entry>, KeystoreError> {
		let io = |source| KeystoreError::Io { path: self.folder.clone(), source };
		let files = match fs::read_dir(&self.folder) {
			Ok(files) => files,
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
			Err(error) => return Err(io(error)),
		};
		let mut entries = Vec::new();
		for file in files {
			let file = file.map_err(io)?.file_name();
			let Some(name) = file.to_str().and_then(|file| file.strip_suffix(SIGNING)) else {
				continue;
			};
			if let Ok(file) = self.get(name) {
				entries.push(Entry { name: name.to_owned(), file });
			}
		}
		entries.sort_by(|left, right| left.name.cmp(&right.name));
		Ok(entries)
	}

	fn already_exists(&self, name: &str) -> KeystoreError {
		KeystoreError::AlreadyExists { name: name.to_owned(), folder: self.folder.clone() }
	}

	fn path(&self, name: &str, suffix: &str) -> Result<PathBuf, KeystoreError> {
		let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
		if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
			return Err(KeystoreError::InvalidName);
		}
		Ok(self.folder.join(format!("{name}{suffix}")))
	}

	/// Reads a key file and opens it by `open`.
	fn open<T>(
		&self,
		name: &str,
		suffix: &str,
		open: impl FnOnce(KeyJson) -> Result<T, KeyFileError>,
	) -> Result<T, KeystoreError> {
		let path = self.path(name, suffix)?;
		let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
			io::ErrorKind::NotFound => {
				KeystoreError::NotFound { name: name.to_owned(), folder: self.folder.clone() }
			},
			_ => KeystoreError::Io { path: path.clone(), source },
		})?;
		let opened = KeyJson::parse(&text).and_then(open);
		opened.map_err(|source| KeystoreError::KeyFile { path, source })
	}

	fn store(
		&self,
		name: &str,
		suffix: &str,
		file: impl FnOnce() -> KeyJson,
	) -> Result<(), KeystoreError> {
		let path = self.path(name, suffix)?;
		make_folder(&self.folder)
			.map_err(|source| KeystoreError::Io { path: self.folder.clone(), source })?;
		// An interruption must not leave a part of a file.
		let file = write_beside(&path, &file().to_text())?;
		file.persist_noclobber(&path).map(drop).map_err(|error| match error.error.kind() {
			io::ErrorKind::AlreadyExists => self.already_exists(name),
			_ => KeystoreError::Io { path, source: error.error },
		})
	}
}

/// Writes a temporary file, readable by its owner only, in the folder of `path`.
fn write_beside(path: &Path, text: &str) -> Result<NamedTempFile, KeystoreError> {
	let write = || {
		let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
		file.write_all(text.as_bytes())?;
		file.as_file().sync_all()?;
		Ok(file)
	};
	write().map_err(|source| KeystoreError::Io { path: path.to_owned(), source })
}

fn make_folder(folder: &Path) -> io::Result<()> {
	let mut builder = fs::DirBuilder::new();
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.recursive(true).create(folder)
}

#[cfg(test)]
mod tests {
	use super::*;

	const FILE: &str =
		r#"{"encoded":"","encoding":{"content":[],"type":[],"version":"3"},"address":""}"#;

	#[test]
	fn no_file_exists_while_a_key_is_being_locked() {
		let folder = tempfile::tempdir().unwrap();
		let store = Keystore::new(folder.path().join("keys"));
		let path = store.path("a", SIGNING).unwrap();
		let file = KeyJson::parse(FILE).unwrap();
		let lock = || {
			assert!(!path.exists());
			file.clone()
		};
		store.store("a", SIGNING, lock).unwrap();
		assert_eq!(store.get("a").unwrap(), file);
	}
}
