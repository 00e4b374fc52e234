use serde::Deserialize;
use std::path::PathBuf;

/// The key of the Device subject as which the gatekeeper signs receipts and sends transactions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
	/// A keystore in the JSON form of polkadot-js, or a file with one line that holds a seed phrase,
	/// a seed in hexadecimal digits, or a derivation from one of them. Nobody but its owner may be
	/// able to read it.
	pub key_file: PathBuf,
	/// The file with the password of the keystore, under the same rule.
	pub password_file: Option<PathBuf>,
	/// Which signatures the key makes, where the key's file does not say so itself.
	#[serde(default)]
	pub scheme: DeviceScheme,
}

/// Which signatures a key makes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum DeviceScheme {
	/// Schnorr signatures over Ristretto, as polkadot-js makes by default.
	#[default]
	Sr25519,
	/// Ed25519.
	Ed25519,
}

impl DeviceConfig {
	pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
		std::iter::once(&mut self.key_file).chain(self.password_file.as_mut())
	}
}
