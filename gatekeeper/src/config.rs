//! The configuration: one TOML file, with one module for each concern.
//!
//! An unknown key is an error. Secrets are in files of their own, which the configuration names.
//! Relative paths are relative to the folder of the configuration.

mod bounty;
mod chain;
mod database;
mod device;
mod error;
mod limits;
mod publish;
mod secret;
mod tls;

pub use bounty::{BountyConfig, StatisticConfig};
pub use chain::ChainConfig;
pub use database::Database;
pub use device::DeviceConfig;
pub use error::ConfigError;
pub use limits::{Limits, Rate};
pub use publish::PublishConfig;
pub use secret::{read_device, read_private, read_secret32};
pub use tls::TlsConfig;

use medrec_primitives::bounty::DatasetId;
use serde::{Deserialize, Deserializer};
use std::{
	net::SocketAddr,
	path::{Path, PathBuf},
	time::Duration,
};

/// The configuration of a gatekeeper.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
	/// The authority for which requests must be signed: the host under which clients reach this
	/// gatekeeper, with its port unless that is the default one, in lower case. The `Host` header is
	/// ignored.
	pub authority: String,
	/// The address of the public listener. Port 0 selects a free port.
	pub listen: SocketAddr,
	/// The address of the private listener, which serves metrics and must not be public. Without it
	/// there are no metrics.
	pub private_listen: Option<SocketAddr>,
	/// The WebSocket URL of the provider's own node, as `ws://127.0.0.1:9944`.
	pub node: String,
	/// The folder of signed templates.
	pub templates: PathBuf,
	/// The file with the secret from which identifiers and record IDs are derived: 32 bytes in
	/// hexadecimal digits.
	pub identifier_secret_file: PathBuf,
	/// The datasets whose bounties are answered; by default all that the provider registered.
	pub datasets: Option<Vec<DatasetId>>,
	/// The origins whose pages may read responses in a browser, as `https://portal.example.org`; `*`
	/// for all. None by default.
	#[serde(default)]
	pub origins: Vec<String>,
	/// The interval at which the log of receipts is anchored if it has new receipts.
	#[serde(
		rename = "anchor_interval_s",
		default = "default_anchor_interval",
		deserialize_with = "seconds"
	)]
	pub anchor_interval: Duration,
	/// The key of the gatekeeper.
	pub device: DeviceConfig,
	/// The provider's database of records, which is only read.
	pub ehr: Database,
	/// The gatekeeper's own database.
	pub state: Database,
	/// The requirements on the node's view of the chain.
	#[serde(default)]
	pub chain: ChainConfig,
	/// The limits of connections and requests.
	#[serde(default)]
	pub limits: Limits,
	/// The publishing of new and changed rows.
	#[serde(default)]
	pub publish: PublishConfig,
	/// TLS of the public listener. Without it, a proxy must terminate TLS.
	pub tls: Option<TlsConfig>,
}

fn default_anchor_interval() -> Duration {
	Duration::from_secs(120)
}

/// Deserializes a number of seconds.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
	u64::deserialize(deserializer).map(Duration::from_secs)
}

impl Config {
	/// Reads and checks the configuration in `path`. The files that it names are not opened.
	pub fn load(path: &Path) -> Result<Config, ConfigError> {
		let text = std::fs::read_to_string(path)
			.map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
		let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
		Config::parse(&text, folder.unwrap_or(Path::new(".")), path)
	}

	/// Parses and checks `text`. Relative paths are relative to `folder`; errors name `path`.
	pub fn parse(text: &str, folder: &Path, path: &Path) -> Result<Config, ConfigError> {
		let mut config: Config = toml::from_str(text)
			.map_err(|source| ConfigError::Malformed { path: path.to_owned(), source })?;
		config.resolve(folder);
		config.validate()?;
		Ok(config)
	}

	fn resolve(&mut self, folder: &Path) {
		let mut paths = vec![&mut self.templates, &mut self.identifier_secret_file];
		paths.extend(self.device.paths());
		paths.push(self.ehr.path_mut());
		paths.push(self.state.path_mut());
		paths.extend(self.tls.iter_mut().flat_map(TlsConfig::paths));
		for path in paths {
			// Joining an absolute path replaces the folder.
			*path = folder.join(&*path);
		}
	}

	fn validate(&self) -> Result<(), ConfigError> {
		validate_authority(&self.authority)?;
		if !self.node.starts_with("ws://") && !self.node.starts_with("wss://") {
			return Err(ConfigError::invalid(
				"node",
				"is not a WebSocket address",
				"give the URL of the provider's own node, as \"ws://127.0.0.1:9944\"",
			));
		}
		if let Some(origin) = self.origins.iter().find(|origin| !is_origin(origin)) {
			return Err(ConfigError::invalid(
				"origins",
				format!("names {origin:?}, which is not an origin"),
				"give a scheme and a host and no more, as \"https://portal.example.org\", or \"*\"",
			));
		}
		if self.private_listen.is_some_and(|private| private == self.listen && private.port() != 0)
		{
			return Err(ConfigError::invalid(
				"private_listen",
				"is the address of `listen`",
				"give it a port of its own, or leave it out",
			));
		}
		if self.ehr.path() == self.state.path() {
			return Err(ConfigError::invalid(
				"state",
				"names the database of `ehr`, which is only read",
				"give the gatekeeper a file of its own",
			));
		}
		error::within("anchor_interval_s", self.anchor_interval.as_secs(), 1, 3_600)?;
		self.chain.validate()?;
		self.limits.validate()?;
		self.publish.validate()?;
		let offered = self.publish.bounty.as_ref().map(|bounty| bounty.dataset);
		if let (Some(dataset), Some(answered)) = (offered, &self.datasets) {
			if !answered.contains(&dataset) {
				return Err(ConfigError::invalid(
					"publish.bounty.dataset",
					"is not one of `datasets`: its bounties would never be answered",
					"add it to `datasets`, or offer bounties over one of them",
				));
			}
		}
		Ok(())
	}
}

fn is_origin(origin: &str) -> bool {
	let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
	origin == "*" || host.is_some_and(|host| validate_authority(host).is_ok())
}

fn validate_authority(authority: &str) -> Result<(), ConfigError> {
	let remedy =
		"give the host under which clients reach the gatekeeper, as \"gate.example.org\" or \
	              \"127.0.0.1:8080\"";
	let invalid = |problem: &str| Err(ConfigError::invalid("authority", problem, remedy));
	if authority.is_empty() {
		return invalid("is empty");
	}
	if authority.contains("//") || authority.contains('/') || authority.contains('@') {
		return invalid("has more than a host and a port");
	}
	if authority.bytes().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_whitespace()) {
		return invalid("has capital letters or spaces");
	}
	let Ok(parsed) = authority.parse::<http::uri::Authority>() else {
		return invalid("is not the authority of a URL");
	};
	let spelled = match parsed.port() {
		Some(port) => format!("{}:{port}", parsed.host()),
		None => parsed.host().to_owned(),
	};
	if spelled != authority {
		return invalid("has a port that is not a number");
	}
	Ok(())
}

#[cfg(test)]
mod tests;
