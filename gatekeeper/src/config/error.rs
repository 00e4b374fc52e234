use medrec_client::keys::SecretError;
use std::{
	fmt::Display,
	io,
	path::{Path, PathBuf},
};

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
	#[error(
		"the configuration {path} is malformed (gatekeeper.example.toml explains every key): {source}"
	)]
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
}

impl ConfigError {
	/// An invalid value. `problem` is a verb phrase, `remedy` an imperative.
	pub fn invalid(
		key: impl Into<String>,
		problem: impl Into<String>,
		remedy: impl Into<String>,
	) -> ConfigError {
		ConfigError::Invalid { key: key.into(), problem: problem.into(), remedy: remedy.into() }
	}

	/// The key of the configuration that is concerned; none if the file itself is.
	pub fn key(&self) -> Option<&str> {
		match self {
			ConfigError::Unreadable { .. } | ConfigError::Malformed { .. } => None,
			ConfigError::Invalid { key, .. } => Some(key),
			ConfigError::Secret { key, .. } => Some(key),
		}
	}

	/// A file that cannot be used. `problem` is a verb phrase.
	pub fn file(key: &str, path: &Path, problem: impl Display, remedy: &str) -> ConfigError {
		let problem = format!("names {}, which {problem}", path.display());
		ConfigError::invalid(key, problem, remedy)
	}
}
