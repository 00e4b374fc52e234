use medrec_client::keys::SecretError;
use std::{io, path::PathBuf};

/// The reason why a configuration cannot be used. The text names the key and a remedy.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
	/// The file of the configuration cannot be read.
	#[error("the configuration {path} cannot be read: {source}; give its path with --config")]
	Unreadable {
		/// The path.
		path: PathBuf,
		/// The error of the operating system.
		source: io::Error,
	},
	/// The configuration is not TOML, lacks a key, or has an unknown one.
	#[error("the configuration {path} is malformed: {source}")]
	Malformed {
		/// The path.
		path: PathBuf,
		/// The error with its position.
		source: toml::de::Error,
	},
	/// A value is invalid.
	#[error("`{key}` {problem}: {remedy}")]
	Invalid {
		/// The key.
		key: String,
		/// The problem, as a verb phrase.
		problem: String,
		/// The remedy, as an imperative.
		remedy: String,
	},
	/// A secret that the configuration names cannot be read.
	#[error("`{key}`: {source}")]
	Secret {
		/// The key.
		key: &'static str,
		/// The reason.
		source: SecretError,
	},
	/// A file that the configuration names cannot be used.
	#[error("`{key}` names {path}, which {problem}: {remedy}")]
	File {
		/// The key.
		key: &'static str,
		/// The path.
		path: PathBuf,
		/// The problem, as a verb phrase.
		problem: String,
		/// The remedy, as an imperative.
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
