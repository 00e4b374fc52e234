//! Keystores and key files.

use medrec_client::keys::{
	read_key, read_secret, KeyFileError, KeyJson, Keystore, KeystoreError, SecretError,
};
use medrec_protocol::keys::{Key, Scheme, SealingKey, Secret};
use serde_json::{json, Value};
use std::{fs, path::Path};

fn secret(text: &str) -> Secret {
	Secret::new(text.into())
}

fn write(path: &Path, text: &str, mode: u32) {
	use std::os::unix::fs::PermissionsExt;
	fs::write(path, text).unwrap();
	fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn stored_keys_are_listed_and_open_with_their_password_only() {
	let folder = tempfile::tempdir().unwrap();
	let store = Keystore::new(folder.path().join("keys"));
	assert_eq!(store.list().unwrap(), []);

	let alice = Key::from_uri("//Alice", Scheme::Sr25519).unwrap();
	let gate = Key::from_uri("//Gate", Scheme::Ed25519).unwrap();
	let sealing = SealingKey::generate();
	store.insert("gate", &gate, &secret("g")).unwrap();
	store.insert("alice", &alice, &secret("a")).unwrap();
	store.insert_sealing("alice", &sealing, &secret("a")).unwrap();

	let listed = store.list().unwrap();
	let names: Vec<_> = listed.iter().map(|entry| entry.name.as_str()).collect();
	assert_eq!(names, ["alice", "gate"]);
	assert_eq!(listed[0].file.name(), Some("alice"));
	assert_eq!(listed[0].file.address(), alice.address(7336));
	assert_eq!(listed[1].file.scheme(), Ok(Some(Scheme::Ed25519)));

	assert_eq!(store.unlock("alice", &secret("a")).unwrap().account(), alice.account());
	assert_eq!(store.unlock("gate", &secret("g")).unwrap().account(), gate.account());
	assert!(store.has_sealing("alice").unwrap() && !store.has_sealing("gate").unwrap());
	let opened = store.unlock_sealing("alice", &secret("a")).unwrap();
	assert_eq!(opened.to_bytes(), sealing.to_bytes());
	assert!(matches!(
		store.unlock("alice", &secret("b")),
		Err(KeystoreError::KeyFile { source: KeyFileError::WrongPassword, .. })
	));
	assert!(matches!(
		store.unlock_sealing("alice", &secret("b")),
		Err(KeystoreError::KeyFile { source: KeyFileError::WrongPassword, .. })
	));
}

#[test]
fn names_are_validated_and_never_overwritten() {
	let folder = tempfile::tempdir().unwrap();
	let store = Keystore::new(folder.path());
	let sealing = SealingKey::generate();
	store.insert_sealing("a", &sealing, &secret("p")).unwrap();
	assert!(matches!(
		store.insert_sealing("a", &sealing, &secret("p")),
		Err(KeystoreError::AlreadyExists { .. })
	));
	for name in ["", "../a", "a b", "a.x25519", &"a".repeat(65)] {
		let stored = store.insert_sealing(name, &sealing, &secret("p"));
		assert!(matches!(stored, Err(KeystoreError::InvalidName)), "{name}");
	}
	assert!(matches!(store.get("a"), Err(KeystoreError::NotFound { .. })));
	assert!(matches!(store.unlock_sealing("b", &secret("p")), Err(KeystoreError::NotFound { .. })));
	let blocked = Keystore::new(folder.path().join("a.x25519.json"));
	assert!(matches!(
		blocked.insert_sealing("a", &sealing, &secret("p")),
		Err(KeystoreError::Io { .. })
	));
}

#[test]
fn only_the_owner_may_read_stored_keys() {
	use std::os::unix::fs::PermissionsExt;
	let folder = tempfile::tempdir().unwrap();
	let store = Keystore::new(folder.path().join("keys"));
	store.insert_sealing("a", &SealingKey::generate(), &secret("p")).unwrap();
	let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
	assert_eq!(mode(store.folder()), 0o700);
	assert_eq!(mode(&store.folder().join("a.x25519.json")), 0o600);
}

#[test]
fn an_imported_file_is_opened_before_it_is_stored() {
	let folder = tempfile::tempdir().unwrap();
	let store = Keystore::new(folder.path());
	let key = Key::from_uri("//Alice", Scheme::Ed25519).unwrap();
	let file = KeyJson::lock(&key, &secret("p"), "elsewhere");
	assert!(matches!(
		store.import("a", &file, &secret("q")),
		Err(KeystoreError::KeyFile { source: KeyFileError::WrongPassword, .. })
	));
	assert_eq!(store.list().unwrap(), []);
	assert_eq!(store.import("a", &file, &secret("p")).unwrap().account(), key.account());
	assert_eq!(store.get("a").unwrap(), file);
}

/// A keystore with the signing and the encryption key `a`, whose password is `p`.
fn with_a(folder: &Path) -> (Keystore, Key) {
	let store = Keystore::new(folder);
	let key = Key::from_uri("//Alice", Scheme::Sr25519).unwrap();
	store.insert("a", &key, &secret("p")).unwrap();
	store.insert_sealing("a", &SealingKey::generate(), &secret("p")).unwrap();
	(store, key)
}

fn files(folder: &Path) -> Vec<String> {
	let files = fs::read_dir(folder).unwrap();
	let mut names: Vec<_> =
		files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
	names.sort();
	names
}

#[test]
fn a_key_is_removed_with_its_encryption_key() {
	let folder = tempfile::tempdir().unwrap();
	let (store, key) = with_a(folder.path());
	store.insert("b", &key, &secret("p")).unwrap();
	store.remove("a").unwrap();
	assert_eq!(files(folder.path()), ["b.json"]);
	store.remove("b").unwrap();
	assert!(matches!(store.remove("b"), Err(KeystoreError::NotFound { .. })));
	assert!(matches!(store.remove("../b"), Err(KeystoreError::InvalidName)));
}

#[test]
fn a_key_is_renamed_with_its_encryption_key_to_a_free_name() {
	let folder = tempfile::tempdir().unwrap();
	let (store, key) = with_a(folder.path());
	store.insert("b", &key, &secret("p")).unwrap();
	assert!(matches!(store.rename("a", "b"), Err(KeystoreError::AlreadyExists { .. })));
	assert!(matches!(store.rename("a", "c/d"), Err(KeystoreError::InvalidName)));
	assert!(matches!(store.rename("x", "c"), Err(KeystoreError::NotFound { .. })));
	store.rename("a", "c").unwrap();
	assert_eq!(files(folder.path()), ["b.json", "c.json", "c.x25519.json"]);
	assert_eq!(store.get("c").unwrap().name(), Some("c"));
	assert_eq!(store.unlock("c", &secret("p")).unwrap().account(), key.account());
	store.unlock_sealing("c", &secret("p")).unwrap();
	// A name whose encryption key alone exists is not free.
	store.insert_sealing("d", &SealingKey::generate(), &secret("p")).unwrap();
	assert!(matches!(store.rename("b", "d"), Err(KeystoreError::AlreadyExists { .. })));
}

#[test]
fn an_interrupted_change_of_a_name_is_completed_by_a_repetition() {
	let folder = tempfile::tempdir().unwrap();
	let (store, key) = with_a(folder.path());
	let old = ["a.json", "a.x25519.json"].map(|file| {
		let path = folder.path().join(file);
		(fs::read_to_string(&path).unwrap(), path)
	});
	store.rename("a", "b").unwrap();
	// Both names have both keys, then the encryption key alone is removed, then the signing key is not
	// written yet.
	for remaining in [&old[..], &old[..1], &old[..]] {
		for (text, path) in remaining {
			write(path, text, 0o600);
		}
		store.rename("a", "b").unwrap();
		assert_eq!(files(folder.path()), ["b.json", "b.x25519.json"]);
		fs::remove_file(folder.path().join("b.json")).unwrap();
		for (text, path) in &old {
			write(path, text, 0o600);
		}
		store.rename("a", "b").unwrap();
	}
	assert_eq!(store.unlock("b", &secret("p")).unwrap().account(), key.account());
	store.unlock_sealing("b", &secret("p")).unwrap();
	assert!(matches!(store.rename("b", "b"), Err(KeystoreError::AlreadyExists { .. })));
	assert_eq!(files(folder.path()), ["b.json", "b.x25519.json"]);
}

#[test]
fn a_password_changes_for_both_keys_or_for_none() {
	let folder = tempfile::tempdir().unwrap();
	let (store, key) = with_a(folder.path());
	let wrong = store.change_password("a", &secret("x"), &secret("y"));
	assert!(matches!(
		wrong,
		Err(KeystoreError::KeyFile { source: KeyFileError::WrongPassword, .. })
	));
	store.unlock("a", &secret("p")).unwrap();

	let imported: KeyJson = {
		let mut value = serde_json::to_value(store.get("a").unwrap()).unwrap();
		value["meta"]["whenCreated"] = json!(7);
		KeyJson::parse(&value.to_string()).unwrap()
	};
	write(&folder.path().join("a.json"), &imported.to_text(), 0o600);
	store.change_password("a", &secret("p"), &secret("q")).unwrap();
	assert_eq!(store.unlock("a", &secret("q")).unwrap().account(), key.account());
	store.unlock_sealing("a", &secret("q")).unwrap();
	assert!(store.unlock("a", &secret("p")).is_err());
	let value = serde_json::to_value(store.get("a").unwrap()).unwrap();
	assert_eq!(value["meta"], json!({"name": "a", "whenCreated": 7}));
	assert_eq!(files(folder.path()), ["a.json", "a.x25519.json"]);
	// The new password as the old one and as the new one: nothing opens with the old one.
	assert!(store.change_password("a", &secret("p"), &secret("q")).is_err());
}

#[test]
fn an_interrupted_change_of_a_password_is_completed_by_a_repetition() {
	let folder = tempfile::tempdir().unwrap();
	let (store, key) = with_a(folder.path());
	let sealing = fs::read(folder.path().join("a.x25519.json")).unwrap();
	store.change_password("a", &secret("p"), &secret("q")).unwrap();
	fs::write(folder.path().join("a.x25519.json"), sealing).unwrap();
	store.unlock_sealing("a", &secret("p")).unwrap();
	store.change_password("a", &secret("p"), &secret("q")).unwrap();
	store.unlock_sealing("a", &secret("q")).unwrap();
	assert_eq!(store.unlock("a", &secret("q")).unwrap().account(), key.account());
}

fn changed(file: &KeyJson, change: impl FnOnce(&mut Value)) -> Result<Key, KeyFileError> {
	let mut value = serde_json::to_value(file).unwrap();
	change(&mut value);
	KeyJson::parse(&value.to_string())?.open(&secret("p"))
}

#[test]
fn key_files_of_other_kinds_are_refused() {
	let alice = Key::from_uri("//Alice", Scheme::Sr25519).unwrap();
	let bob = Key::from_uri("//Bob", Scheme::Sr25519).unwrap();
	let file = KeyJson::lock(&alice, &secret("p"), "alice");
	let unsupported = Err(KeyFileError::Unsupported);
	let malformed = Err(KeyFileError::Malformed);
	let error = |opened: Result<Key, KeyFileError>| opened.map(|_| ());

	assert_eq!(error(changed(&file, |file| file["encoding"]["version"] = "2".into())), unsupported);
	assert_eq!(
		error(changed(&file, |file| file["encoding"]["content"] = json!(["pkcs8", "ecdsa"]))),
		unsupported
	);
	assert_eq!(
		error(changed(&file, |file| file["encoding"]["type"] = json!(["none"]))),
		unsupported
	);
	assert_eq!(error(changed(&file, |file| file["encoded"] = "AAAA".into())), malformed);
	assert_eq!(error(changed(&file, |file| file["encoded"] = "%".into())), malformed);
	assert_eq!(error(changed(&file, |file| file["address"] = 1.into())), malformed);
	assert_eq!(
		error(changed(&file, |file| file["address"] = bob.address(42).into())),
		Err(KeyFileError::WrongAddress)
	);
	assert_eq!(error(changed(&file, |file| file["address"] = alice.address(0).into())), Ok(()));
	let sealing = KeyJson::lock_sealing(&SealingKey::generate(), &secret("p"), "x");
	assert_eq!(error(sealing.open(&secret("p"))), unsupported);
	assert_eq!(file.open_sealing(&secret("p")).map(|_| ()), unsupported);
	assert_eq!(sealing.scheme(), Ok(None));
}

#[test]
fn excessive_scrypt_costs_are_refused() {
	use base64::{engine::general_purpose::STANDARD, Engine};
	let key = Key::from_uri("//Alice", Scheme::Sr25519).unwrap();
	let file = KeyJson::lock(&key, &secret("p"), "alice");
	let opened = changed(&file, |file| {
		let mut bytes = STANDARD.decode(file["encoded"].as_str().unwrap()).unwrap();
		bytes[32..36].copy_from_slice(&(1u32 << 30).to_le_bytes());
		file["encoded"] = STANDARD.encode(bytes).into();
	});
	assert_eq!(opened.map(|_| ()), Err(KeyFileError::UnsupportedCosts));
}

#[test]
fn secrets_are_read_from_private_files_only() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("secret");
	write(&path, "//Alice\r\n", 0o600);
	assert_eq!(read_secret(&path).unwrap().expose(), "//Alice");
	let key = read_key(&path, Scheme::Sr25519, None).unwrap();
	assert_eq!(key.account(), Key::from_uri("//Alice", Scheme::Sr25519).unwrap().account());

	write(&path, "//Alice", 0o640);
	assert!(matches!(read_secret(&path), Err(SecretError::Exposed { .. })));
	write(&path, "\n", 0o600);
	assert!(matches!(read_secret(&path), Err(SecretError::Empty { .. })));
	write(&path, "no key at all", 0o600);
	assert!(matches!(read_key(&path, Scheme::Sr25519, None), Err(SecretError::Key { .. })));
	assert!(matches!(
		read_secret(&folder.path().join("absent")),
		Err(SecretError::Unreadable { .. })
	));
	assert_eq!(format!("{:?}", secret("hidden")), "Secret(..)");
}

#[test]
fn keys_are_read_from_key_files_with_a_password() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("key.json");
	let key = Key::from_uri("//Gate", Scheme::Ed25519).unwrap();
	write(&path, &KeyJson::lock(&key, &secret("p"), "gate").to_text(), 0o600);
	let opened = read_key(&path, Scheme::Sr25519, Some(&secret("p"))).unwrap();
	assert_eq!(opened.account(), key.account());
	assert_eq!(opened.scheme(), Scheme::Ed25519);
	assert!(matches!(
		read_key(&path, Scheme::Sr25519, None),
		Err(SecretError::PasswordMissing { .. })
	));
	assert!(matches!(
		read_key(&path, Scheme::Sr25519, Some(&secret("q"))),
		Err(SecretError::KeyFile { source: KeyFileError::WrongPassword, .. })
	));
}
