use medrec_client::keys::SecretError;
use std::{io, path::PathBuf};

/// Why a configuration cannot be used. Each text names the key, and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
	/// The configuration itself cannot be read.
	#[error("the configuration {path} cannot be read: {source}; give its path with --config")]
	Unreadable {
		/// Where it should be.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// The configuration is not TOML, misses a key, or has one that does not exist.
	#[error("the configuration {path} is malformed: {source}")]
	Malformed {
		/// Where it is.
		path: PathBuf,
		/// Where and what.
		source: toml::de::Error,
	},
	/// A value cannot be.
	#[error("`{key}` {problem}: {remedy}")]
	Invalid {
		/// The key.
		key: String,
		/// What is wrong with its value.
		problem: String,
		/// What to do.
		remedy: String,
	},
	/// A secret that the configuration names cannot be read.
	#[error("`{key}`: {source}")]
	Secret {
		/// The key.
		key: &'static str,
		/// Why not.
		source: SecretError,
	},
	/// A file that the configuration names cannot be used.
	#[error("`{key}` names {path}, which {problem}: {remedy}")]
	File {
		/// The key.
		key: &'static str,
		/// The path.
		path: PathBuf,
		/// What is wrong with the file.
		problem: String,
		/// What to do.
		remedy: &'static str,
	},
}

impl ConfigError {
	/// A value that cannot be.
	pub fn invalid(
		key: impl Into<String>,
		problem: impl Into<String>,
		remedy: impl Into<String>,
	) -> ConfigError {
		ConfigError::Invalid { key: key.into(), problem: problem.into(), remedy: remedy.into() }
	}
}

/// Checks that `value` lies between `least` and `most`.
pub(super) fn within(key: &str, value: u64, least: u64, most: u64) -> Result<(), ConfigError> {
	if (least..=most).contains(&value) {
		return Ok(());
	}
	Err(ConfigError::invalid(key, format!("is {value}"), format!("give {least} to {most}")))
}
