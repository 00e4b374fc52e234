//! The configuration: one TOML file.
//!
//! An unknown key is an error. Secrets are in files of their own, which the configuration names.
//! Relative paths are relative to the folder of the configuration.

mod error;
mod secret;
mod sections;

pub use error::ConfigError;
pub use secret::{read_device, read_private, read_secret32};
pub use sections::{
	BountyConfig, ChainConfig, Database, DeviceConfig, Limits, PublishConfig, Rate,
	StatisticConfig, TlsConfig,
};

use http::uri::Authority;
use medrec_primitives::bounty::{DatasetId, MAX_GROUPINGS};
use serde::{Deserialize, Deserializer};
use std::{
	net::{IpAddr, SocketAddr},
	ops::RangeInclusive,
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
		let (Database::Sqlite(ehr), Database::Sqlite(state)) = (&mut self.ehr, &mut self.state);
		let mut paths = vec![&mut self.templates, &mut self.identifier_secret_file, ehr, state];
		paths.push(&mut self.device.key_file);
		paths.extend(self.device.password_file.as_mut());
		paths.extend(
			self.tls.iter_mut().flat_map(|tls| [&mut tls.certificate_file, &mut tls.key_file]),
		);
		for path in paths {
			// Joining an absolute path replaces the folder.
			*path = folder.join(&*path);
		}
	}

	fn validate(&self) -> Result<(), ConfigError> {
		ensure(
			is_authority(&self.authority),
			"authority",
			format!("is {:?}, which is not a host in lower case", self.authority),
			"give the host under which clients reach the gatekeeper, with its port unless that is the \
			 default one, as \"gate.example.org\" or \"127.0.0.1:8080\"",
		)?;
		ensure(
			self.node.starts_with("ws://") || self.node.starts_with("wss://"),
			"node",
			"is not a WebSocket address",
			"give the URL of the provider's own node, as \"ws://127.0.0.1:9944\"",
		)?;
		for origin in &self.origins {
			ensure(
				is_origin(origin),
				"origins",
				format!("names {origin:?}, which is not an origin"),
				"give a scheme and a host and no more, as \"https://portal.example.org\", or \"*\"",
			)?;
		}
		ensure(
			self.listen.port() == 0 || self.private_listen != Some(self.listen),
			"private_listen",
			"is the address of `listen`",
			"give it a port of its own, or leave it out",
		)?;
		ensure(
			self.ehr.path() != self.state.path(),
			"state",
			"names the database of `ehr`, which is only read",
			"give the gatekeeper a file of its own",
		)?;
		for (key, value, range) in self.bounded() {
			let remedy = format!("give {} to {}", range.start(), range.end());
			ensure(range.contains(&value), key, format!("is {value}"), remedy)?;
		}
		let Some(bounty) = &self.publish.bounty else { return Ok(()) };
		ensure(
			bounty.group_by.len() <= MAX_GROUPINGS as usize,
			"publish.bounty.group_by",
			format!("names {} fields", bounty.group_by.len()),
			format!("name at most {MAX_GROUPINGS}"),
		)?;
		ensure(
			self.datasets.as_ref().is_none_or(|answered| answered.contains(&bounty.dataset)),
			"publish.bounty.dataset",
			"is not one of `datasets`: its bounties would never be answered",
			"add it to `datasets`, or offer bounties over one of them",
		)
	}

	/// The URL under which clients reach the gatekeeper, for the profile of the provider.
	pub fn url(&self) -> String {
		format!("{}://{}", if self.is_encrypted() { "https" } else { "http" }, self.authority)
	}

	/// Whether the gatekeeper or a proxy in front of it terminates TLS.
	fn is_encrypted(&self) -> bool {
		self.tls.is_some() || !self.limits.trusted_proxies.is_empty()
	}

	/// Settings that are valid and let others on the network read what they should not.
	pub fn warnings(&self) -> Vec<ConfigError> {
		let mut warnings = Vec::new();
		if !self.is_encrypted() && !self.listen.ip().is_loopback() {
			warnings.push(ConfigError::invalid(
				"listen",
				format!("is {} without TLS, so that others can read what is served", self.listen),
				"add [tls], or name the proxy that terminates TLS in `limits.trusted_proxies`",
			));
		}
		if let Some(address) = self.private_listen.filter(|address| !is_private(address.ip())) {
			warnings.push(ConfigError::invalid(
				"private_listen",
				format!("is {address}, where others can read the metrics"),
				"give a loopback or private address, as 127.0.0.1:9620",
			));
		}
		warnings
	}

	/// The keys whose values have bounds, with these values and bounds.
	fn bounded(&self) -> Vec<(&'static str, u64, RangeInclusive<u64>)> {
		let Config { chain, limits, publish, .. } = self;
		let Limits { peer, account, .. } = limits;
		let mut bounded = vec![
			("anchor_interval_s", self.anchor_interval.as_secs(), 1..=3_600),
			("chain.max_head_age_s", chain.max_head_age.as_secs(), 1..=3_600),
			("chain.clock_tolerance_s", chain.clock_tolerance.as_secs(), 1..=600),
			("limits.body_bytes", limits.body_bytes as u64, 1_024..=16 * 1024 * 1024),
			("limits.connections", limits.connections as u64, 1..=65_536),
			("limits.header_timeout_s", limits.header_timeout.as_secs(), 1..=120),
			("limits.body_timeout_s", limits.body_timeout.as_secs(), 1..=120),
			("limits.stop_timeout_s", limits.stop_timeout.as_secs(), 1..=600),
			("limits.peer.per_second", peer.per_second.into(), 1..=1_000_000),
			("limits.peer.burst", peer.burst.into(), 1..=1_000_000),
			("limits.account.per_second", account.per_second.into(), 1..=1_000_000),
			("limits.account.burst", account.burst.into(), 1..=1_000_000),
			("publish.poll_interval_s", publish.poll_interval.as_secs(), 1..=3_600),
			("publish.batch", publish.batch as u64, 1..=256),
		];
		if let Some(bounty) = &publish.bounty {
			bounded.extend([
				("publish.bounty.cost", bounty.cost, 1..=u64::MAX),
				("publish.bounty.lifetime_s", bounty.lifetime.as_secs(), 60..=366 * 86_400),
			]);
		}
		bounded
	}
}

/// The error [`ConfigError::invalid`] unless `holds`.
fn ensure(
	holds: bool,
	key: &str,
	problem: impl Into<String>,
	remedy: impl Into<String>,
) -> Result<(), ConfigError> {
	holds.then_some(()).ok_or_else(|| ConfigError::invalid(key, problem, remedy))
}

/// Whether an address is of this machine or of a private network.
fn is_private(address: IpAddr) -> bool {
	match address.to_canonical() {
		IpAddr::V4(address) => {
			address.is_loopback() || address.is_private() || address.is_link_local()
		},
		IpAddr::V6(address) => {
			address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
		},
	}
}

fn is_origin(origin: &str) -> bool {
	let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
	origin == "*" || host.is_some_and(is_authority)
}

/// Whether `text` is a host in lower case, with or without a port.
fn is_authority(text: &str) -> bool {
	text.parse::<Authority>().is_ok_and(|parsed| {
		let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
		format!("{}{port}", parsed.host()).to_ascii_lowercase() == text
	})
}

#[cfg(test)]
mod tests;
