use super::{error::within, seconds, ConfigError};
use serde::Deserialize;
use std::{net::IpAddr, time::Duration};

/// The limits of connections and requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
	/// The maximum size of a request's body, in bytes.
	pub body_bytes: usize,
	/// The maximum number of concurrent connections.
	pub connections: usize,
	/// The time limit for the head of a request; also for an idle connection.
	#[serde(rename = "header_timeout_s", deserialize_with = "seconds")]
	pub header_timeout: Duration,
	/// The time limit for the body of a request.
	#[serde(rename = "body_timeout_s", deserialize_with = "seconds")]
	pub body_timeout: Duration,
	/// The maximum time that a stop waits for requests that are being answered.
	#[serde(rename = "stop_timeout_s", deserialize_with = "seconds")]
	pub stop_timeout: Duration,
	/// The rate of unauthenticated requests of one address. A request with a valid signature does not
	/// count.
	pub peer: Rate,
	/// The rate of requests of one account.
	pub account: Rate,
	/// The addresses of the proxies in front of the gatekeeper. A request from one of them counts for
	/// the last address in its `X-Forwarded-For`, which the proxy must append. The header is ignored in
	/// requests from other addresses.
	pub trusted_proxies: Vec<IpAddr>,
}

/// The rate of a token bucket.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
	/// The number of tokens that are added per second.
	pub per_second: u32,
	/// The size of the bucket.
	pub burst: u32,
}

impl Default for Limits {
	fn default() -> Self {
		Limits {
			body_bytes: 64 * 1024,
			connections: 1_024,
			header_timeout: Duration::from_secs(10),
			body_timeout: Duration::from_secs(10),
			stop_timeout: Duration::from_secs(20),
			peer: Rate { per_second: 5, burst: 50 },
			account: Rate { per_second: 20, burst: 100 },
			trusted_proxies: Vec::new(),
		}
	}
}

impl Limits {
	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("limits.body_bytes", self.body_bytes as u64, 1_024, 16 * 1024 * 1024)?;
		within("limits.connections", self.connections as u64, 1, 65_536)?;
		within("limits.header_timeout_s", self.header_timeout.as_secs(), 1, 120)?;
		within("limits.body_timeout_s", self.body_timeout.as_secs(), 1, 120)?;
		within("limits.stop_timeout_s", self.stop_timeout.as_secs(), 1, 600)?;
		self.peer.validate("limits.peer")?;
		self.account.validate("limits.account")
	}
}

impl Rate {
	fn validate(&self, key: &str) -> Result<(), ConfigError> {
		within(&format!("{key}.per_second"), self.per_second.into(), 1, 1_000_000)?;
		within(&format!("{key}.burst"), self.burst.into(), 1, 1_000_000)
	}
}
