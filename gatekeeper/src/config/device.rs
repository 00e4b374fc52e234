use medrec_protocol::keys::Scheme;
use serde::Deserialize;
use std::path::PathBuf;

/// The key of the gatekeeper's own subject, a device, which signs receipts and transactions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
	/// A keystore in the JSON form of polkadot-js, or a file with one line: a seed phrase, a seed in
	/// hexadecimal digits, or a derivation from one of them. Readable by its owner alone.
	pub key_file: PathBuf,
	/// The file with the password of the keystore, readable by its owner alone.
	pub password_file: Option<PathBuf>,
	/// The signature scheme, if the key's file does not name it.
	#[serde(default)]
	pub scheme: Scheme,
}

impl DeviceConfig {
	pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
		std::iter::once(&mut self.key_file).chain(self.password_file.as_mut())
	}
}
