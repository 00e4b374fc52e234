use super::{KeyFileError, KeyJson};
use medrec_protocol::keys::{Key, SealingKey, Secret};
use std::{
	fs,
	io::{self, Write},
	path::{Path, PathBuf},
};

/// What ends the names of files that hold signing keys, and of those that hold encryption keys.
const SIGNING: &str = ".json";
const SEALING: &str = ".x25519.json";

/// Why a keystore does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
	/// The name cannot be a file's.
	#[error("a key's name is 1 to 64 letters, digits, dashes and underscores")]
	InvalidName,
	/// There is no such key.
	#[error("there is no key {name:?} in {folder}")]
	NotFound {
		/// Its name.
		name: String,
		/// The folder of the keystore.
		folder: PathBuf,
	},
	/// There is such a key already.
	#[error("there is a key {name:?} in {folder} already")]
	AlreadyExists {
		/// Its name.
		name: String,
		/// The folder of the keystore.
		folder: PathBuf,
	},
	/// The file system refuses.
	#[error("{path}: {source}")]
	Io {
		/// Which file or folder.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// A key file does not open.
	#[error("{path} does not open: {source}")]
	KeyFile {
		/// Which file.
		path: PathBuf,
		/// Why.
		source: KeyFileError,
	},
}

/// A key in a [`Keystore`], still locked.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
	/// Its name in the keystore.
	pub name: String,
	/// Its file.
	pub file: KeyJson,
}

/// A folder of key files. Each signing key `name` is `name.json`, which wallets can import as it
/// is; the encryption key of that name is `name.x25519.json`. Only the owner may read them.
#[derive(Clone, Debug)]
pub struct Keystore {
	folder: PathBuf,
}

impl Keystore {
	/// The keystore in this folder, which is made when the first key is stored.
	pub fn new(folder: impl Into<PathBuf>) -> Keystore {
		Keystore { folder: folder.into() }
	}

	/// Its folder.
	pub fn folder(&self) -> &Path {
		&self.folder
	}

	/// Stores a signing key under a new name.
	pub fn insert(&self, name: &str, key: &Key, password: &Secret) -> Result<(), KeystoreError> {
		self.store(name, SIGNING, || KeyJson::lock(key, password, name))
	}

	/// Stores a key file that was made elsewhere, under a new name, once the password opens it.
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

	/// The file of a signing key, locked.
	pub fn get(&self, name: &str) -> Result<KeyJson, KeystoreError> {
		self.load(name, SIGNING)
	}

	/// Opens a signing key.
	pub fn unlock(&self, name: &str, password: &Secret) -> Result<Key, KeystoreError> {
		let path = self.path(name, SIGNING)?;
		let file = self.load(name, SIGNING)?;
		file.open(password).map_err(|source| KeystoreError::KeyFile { path, source })
	}

	/// Whether there is an encryption key of this name.
	pub fn has_sealing(&self, name: &str) -> Result<bool, KeystoreError> {
		Ok(self.path(name, SEALING)?.exists())
	}

	/// The file of an encryption key, locked; its address is the public half.
	pub fn get_sealing(&self, name: &str) -> Result<KeyJson, KeystoreError> {
		self.load(name, SEALING)
	}

	/// Opens an encryption key.
	pub fn unlock_sealing(
		&self,
		name: &str,
		password: &Secret,
	) -> Result<SealingKey, KeystoreError> {
		let path = self.path(name, SEALING)?;
		let file = self.get_sealing(name)?;
		file.open_sealing(password).map_err(|source| KeystoreError::KeyFile { path, source })
	}

	/// The signing keys, by name. Files that are no key files are passed over.
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
			if let Ok(file) = self.load(name, SIGNING) {
				entries.push(Entry { name: name.to_owned(), file });
			}
		}
		entries.sort_by(|left, right| left.name.cmp(&right.name));
		Ok(entries)
	}

	fn path(&self, name: &str, suffix: &str) -> Result<PathBuf, KeystoreError> {
		let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
		if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
			return Err(KeystoreError::InvalidName);
		}
		Ok(self.folder.join(format!("{name}{suffix}")))
	}

	fn load(&self, name: &str, suffix: &str) -> Result<KeyJson, KeystoreError> {
		let path = self.path(name, suffix)?;
		let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
			io::ErrorKind::NotFound => {
				KeystoreError::NotFound { name: name.to_owned(), folder: self.folder.clone() }
			},
			_ => KeystoreError::Io { path: path.clone(), source },
		})?;
		KeyJson::parse(&text).map_err(|source| KeystoreError::KeyFile { path, source })
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
		// Locking takes a while. Whoever interrupts it must not find an empty file.
		let text = file().to_text();
		let mut to = create(&path).map_err(|source| match source.kind() {
			io::ErrorKind::AlreadyExists => {
				KeystoreError::AlreadyExists { name: name.to_owned(), folder: self.folder.clone() }
			},
			_ => KeystoreError::Io { path: path.clone(), source },
		})?;
		to.write_all(text.as_bytes())
			.and_then(|()| to.sync_all())
			.map_err(|source| KeystoreError::Io { path, source })
	}
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
	use std::os::unix::fs::DirBuilderExt;
	fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
	fs::create_dir_all(folder)
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<fs::File> {
	use std::os::unix::fs::OpenOptionsExt;
	fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<fs::File> {
	fs::OpenOptions::new().write(true).create_new(true).open(path)
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
