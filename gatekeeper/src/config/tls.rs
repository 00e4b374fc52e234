use serde::Deserialize;
use std::path::PathBuf;

/// TLS on the public listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
	/// The chain of certificates in PEM, the server's own first.
	pub certificate_file: PathBuf,
	/// The private key in PEM. Nobody but its owner may be able to read it.
	pub key_file: PathBuf,
}

impl TlsConfig {
	pub(super) fn paths(&mut self) -> [&mut PathBuf; 2] {
		[&mut self.certificate_file, &mut self.key_file]
	}
}
