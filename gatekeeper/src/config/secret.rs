use super::{ConfigError, DeviceConfig};
use medrec_client::keys::{read_key, read_secret};
use medrec_protocol::keys::{Key, Secret};
use std::path::Path;
use zeroize::Zeroizing;

/// Reads the secret file that `key` names. A file that other users can read is an error.
pub fn read_private(key: &'static str, path: &Path) -> Result<Secret, ConfigError> {
	read_secret(path).map_err(|source| ConfigError::Secret { key, source })
}

/// Reads a secret of 32 bytes in hexadecimal digits with [`read_private`].
pub fn read_secret32(key: &'static str, path: &Path) -> Result<Zeroizing<[u8; 32]>, ConfigError> {
	let text = read_private(key, path)?;
	let digits = text.expose().trim();
	let digits = digits.strip_prefix("0x").unwrap_or(digits);
	let mut secret = Zeroizing::new([0u8; 32]);
	hex::decode_to_slice(digits, secret.as_mut()).map_err(|_| {
		let remedy =
			"create one with `umask 077; openssl rand -hex 32 > FILE`, once: with another \
		              secret the gatekeeper does not find its records";
		ConfigError::file(key, path, "does not hold 32 bytes in hexadecimal digits", remedy)
	})?;
	Ok(secret)
}

/// Reads the device's key and its password with [`read_private`].
pub fn read_device(device: &DeviceConfig) -> Result<Key, ConfigError> {
	let password = device.password_file.as_ref();
	let password = password.map(|path| read_private("device.password_file", path)).transpose()?;
	read_key(&device.key_file, device.scheme, password.as_ref())
		.map_err(|source| ConfigError::Secret { key: "device.key_file", source })
}
