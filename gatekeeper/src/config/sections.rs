//! The sections of the configuration.

use super::seconds;
use medrec_primitives::{bounty::DatasetId, H256};
use medrec_protocol::keys::Scheme;
use serde::Deserialize;
use std::{
	net::IpAddr,
	path::{Path, PathBuf},
	time::Duration,
};

/// The key of the gatekeeper's own subject, a device, which signs receipts and transactions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
	/// A keystore in the JSON form of polkadot-js, or a file with one line: a seed phrase, a seed in
	/// hexadecimal digits, or a derivation from one of them. Readable by its owner alone.
	pub key_file: PathBuf,
	/// The file with the password of the keystore, readable by its owner alone.
	pub password_file: Option<PathBuf>,
	/// The signature scheme, if the key's file does not name it.
	#[serde(default)]
	pub scheme: Scheme,
}

/// A database, by its kind: `{ sqlite = "file" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Database {
	/// The path of an SQLite file.
	Sqlite(PathBuf),
}

impl Database {
	/// The file of the database.
	pub fn path(&self) -> &Path {
		match self {
			Database::Sqlite(path) => path,
		}
	}
}

/// The requirements on the node's view of the chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChainConfig {
	/// The maximum age of the best block. While it is older, requests are refused. Blocks
	/// come at random: one of 160,000 takes longer than twelve times the average.
	#[serde(rename = "max_head_age_s", deserialize_with = "seconds")]
	pub max_head_age: Duration,
	/// The maximum time by which the best block's timestamp may be in the future. Beyond
	/// it, this machine's clock is assumed to be wrong.
	#[serde(rename = "clock_tolerance_s", deserialize_with = "seconds")]
	pub clock_tolerance: Duration,
	/// The hash of the genesis block. If it is given, the state of a node of another chain is not used.
	pub genesis: Option<H256>,
}

impl Default for ChainConfig {
	fn default() -> Self {
		ChainConfig {
			max_head_age: Duration::from_secs(120),
			clock_tolerance: Duration::from_secs(30),
			genesis: None,
		}
	}
}

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

/// The publishing of new and changed rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublishConfig {
	/// Whether this gatekeeper publishes. Of several gatekeepers with one database, one does.
	pub enabled: bool,
	/// The interval at which the database is read.
	#[serde(rename = "poll_interval_s", deserialize_with = "seconds")]
	pub poll_interval: Duration,
	/// The maximum number of records of a transaction.
	pub batch: usize,
	/// A bounty that is offered with each batch.
	pub bounty: Option<BountyConfig>,
}

impl Default for PublishConfig {
	fn default() -> Self {
		PublishConfig {
			enabled: true,
			poll_interval: Duration::from_secs(5),
			batch: 32,
			bounty: None,
		}
	}
}

/// A bounty that is offered with each batch of posted records.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BountyConfig {
	/// The dataset, which the provider registered on the chain.
	pub dataset: DatasetId,
	/// The `id` of the template of the records.
	pub template: String,
	/// The statistic: `"count"`, or `{ mean = "field" }`.
	pub statistic: StatisticConfig,
	/// The names of the fields to group by; none for one figure over all patients.
	#[serde(default)]
	pub group_by: Vec<String>,
	/// The cost, which is taken from the dataset's budget.
	pub cost: u64,
	/// The time from the offer to the deadline of the answer.
	#[serde(rename = "lifetime_s", deserialize_with = "seconds")]
	pub lifetime: Duration,
}

/// A statistic.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum StatisticConfig {
	/// The number of patients.
	Count,
	/// The mean over patients of the numeric field of this name.
	Mean(String),
}

/// TLS of the public listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
	/// The certificate chain in PEM, the server's own certificate first.
	pub certificate_file: PathBuf,
	/// The private key in PEM, readable by its owner alone.
	pub key_file: PathBuf,
}
