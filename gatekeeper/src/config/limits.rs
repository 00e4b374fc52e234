use super::{error::within, ConfigError};
use serde::Deserialize;
use std::{net::IpAddr, time::Duration};

/// How much is taken from whom.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
	/// The largest body of a request.
	pub body_bytes: usize,
	/// How many connections there may be at a time.
	pub connections: usize,
	/// How long the head of a request may take to arrive; also how long a connection may be idle.
	pub header_timeout_s: u64,
	/// How long the body of a request may take to arrive.
	pub body_timeout_s: u64,
	/// How long requests that are being answered are waited for when the service stops.
	pub stop_timeout_s: u64,
	/// How often one address may ask without proving who it is. A request whose signature holds
	/// does not count.
	pub peer: Rate,
	/// How often one account may ask.
	pub account: Rate,
	/// The addresses of the proxies before the gatekeeper. What comes from one of them is counted
	/// for the last address in its `X-Forwarded-For`, which the proxy must add itself. From anybody
	/// else the header is not read.
	pub trusted_proxies: Vec<IpAddr>,
}

/// A rate: so many a second over time, and so many at once.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
	/// So many a second over time.
	pub per_second: u32,
	/// So many at once.
	pub burst: u32,
}

impl Default for Limits {
	fn default() -> Self {
		Limits {
			body_bytes: 64 * 1024,
			connections: 1_024,
			header_timeout_s: 10,
			body_timeout_s: 10,
			stop_timeout_s: 20,
			peer: Rate { per_second: 5, burst: 50 },
			account: Rate { per_second: 20, burst: 100 },
			trusted_proxies: Vec::new(),
		}
	}
}

impl Limits {
	/// How long the head of a request may take.
	pub fn header_timeout(&self) -> Duration {
		Duration::from_secs(self.header_timeout_s)
	}

	/// How long the body of a request may take.
	pub fn body_timeout(&self) -> Duration {
		Duration::from_secs(self.body_timeout_s)
	}

	/// How long a stop waits for requests that are being answered.
	pub fn stop_timeout(&self) -> Duration {
		Duration::from_secs(self.stop_timeout_s)
	}

	pub(super) fn validate(&self) -> Result<(), ConfigError> {
		within("limits.body_bytes", self.body_bytes as u64, 1_024, 16 * 1024 * 1024)?;
		within("limits.connections", self.connections as u64, 1, 65_536)?;
		within("limits.header_timeout_s", self.header_timeout_s, 1, 120)?;
		within("limits.body_timeout_s", self.body_timeout_s, 1, 120)?;
		within("limits.stop_timeout_s", self.stop_timeout_s, 1, 600)?;
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
