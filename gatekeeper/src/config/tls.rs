use serde::Deserialize;
use std::path::PathBuf;

/// TLS of the public listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
	/// The certificate chain in PEM, the server's own certificate first.
	pub certificate_file: PathBuf,
	/// The private key in PEM, readable by its owner alone.
	pub key_file: PathBuf,
}

impl TlsConfig {
	pub(super) fn paths(&mut self) -> [&mut PathBuf; 2] {
		[&mut self.certificate_file, &mut self.key_file]
	}
}
