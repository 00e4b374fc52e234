//! The options of a running node that the help lists.

/// An option or argument in the help.
#[derive(Clone, Copy)]
pub struct Entry {
	/// Its ID: the name of its field.
	pub id: &'static str,
	/// The name of its value, empty for a flag.
	pub value: &'static str,
	/// Its text.
	pub text: &'static str,
}

/// An entry of the help.
pub const fn entry(id: &'static str, value: &'static str, text: &'static str) -> Entry {
	Entry { id, value, text }
}

/// The options on the first page.
pub const FIRST_PAGE: [&str; 9] =
	["dev", "chain", "base_path", "validator", "mine", "bootnodes", "port", "rpc_port", "help_all"];

/// All options that are listed, by subject.
pub const GROUPS: [(&str, &[Entry]); 7] = [
	("Chain and data", &DATA),
	("Voting and mining", &ROLES),
	("Network", &NETWORK),
	("RPC", &RPC),
	("Metrics", &METRICS),
	("Keys", &KEYS),
	("Limits, logs and help", &OTHERS),
];

const DATA: [Entry; 7] = [
	entry("dev", "", "Run a development chain, in a temporary folder"),
	entry("chain", "CHAIN", "dev, local, or a chain's file [default: local]"),
	entry("base_path", "DIR", "The folder of the database and the keys"),
	entry("tmp", "", "Use a temporary folder, which is removed when the node stops"),
	entry(
		"state_pruning",
		"MODE",
		"How many final blocks keep their state: a number, archive, or archive-canonical; set when the \
		 database is made [default: 256]",
	),
	entry(
		"blocks_pruning",
		"MODE",
		"How many final blocks keep their content: a number, archive, or archive-canonical",
	),
	entry("database_cache_size", "MIB", "The memory of the database's cache"),
];

const ROLES: [Entry; 6] = [
	entry("validator", "", "Vote on finality with a provider's finality key"),
	entry("no_grandpa", "", "Do not follow the votes: on this node nothing becomes final"),
	entry("mine", "", "Mine with a researcher's mining key"),
	entry("mining_threads", "N", "The number of search threads, at most 256"),
	entry(
		"mining_duty",
		"PERCENT",
		"How much of a core each search thread uses [default: 100, with --dev 5]",
	),
	entry(
		"dev_identity",
		"IDENTITY",
		"Use the published keys of development identities: provider-a to provider-z, researcher-1 to \
		 researcher-9, separated by commas",
	),
];

const NETWORK: [Entry; 14] = [
	entry("bootnodes", "ADDR", "Where another node is, as it says at its start"),
	entry("port", "PORT", "The port for other nodes [default: 30333]"),
	entry("listen_addr", "ADDR", "Listen on this address only, as /ip4/127.0.0.1/tcp/30333"),
	entry("public_addr", "ADDR", "The address by which other nodes reach this one"),
	entry("reserved_nodes", "ADDR", "A node to which the connection is always kept"),
	entry("reserved_only", "", "Connect to reserved nodes only"),
	entry("out_peers", "N", "The number of peers that this node looks for"),
	entry("in_peers", "N", "The number of peers that may connect to this node"),
	entry("no_mdns", "", "Do not look for nodes in the local network"),
	entry("no_private_ip", "", "Never connect to private addresses, unless they are reserved"),
	entry("allow_private_ip", "", "Connect to private addresses"),
	entry("name", "NAME", "The name of this node, which its peers see"),
	entry("node_key_file", "FILE", "The secret of the node's network identity"),
	entry(
		"unsafe_force_node_key_generation",
		"",
		"Vote without a lasting network identity, for trials",
	),
];

const RPC: [Entry; 9] = [
	entry("rpc_port", "PORT", "The port of the RPC, 0 for any [default: 9944]"),
	entry("rpc_external", "", "Serve the RPC to other machines"),
	entry(
		"rpc_methods",
		"SET",
		"safe, unsafe (with those that change the node), or auto: unsafe for this machine only",
	),
	entry(
		"rpc_cors",
		"ORIGINS",
		"The origins of web pages that may connect, or all [default: pages of this machine and \
		 https://polkadot.js.org; with --dev all]",
	),
	entry("rpc_max_connections", "N", "The number of connections"),
	entry(
		"rpc_max_subscriptions_per_connection",
		"N",
		"The number of subscriptions of a connection",
	),
	entry("rpc_max_request_size", "MIB", "The size of a request"),
	entry("rpc_max_response_size", "MIB", "The size of a response"),
	entry("rpc_rate_limit", "N", "The number of calls per minute of a connection"),
];

const METRICS: [Entry; 3] = [
	entry("prometheus_port", "PORT", "The port of the metrics, 0 for any free one [default: 9615]"),
	entry("prometheus_external", "", "Serve the metrics to other machines"),
	entry("no_prometheus", "", "Do not serve metrics"),
];

const KEYS: [Entry; 3] = [
	entry("keystore_path", "DIR", "The folder of the finality key and the mining key"),
	entry("password_filename", "FILE", "The file with the password of the keystore"),
	entry("password_interactive", "", "Ask for the password of the keystore"),
];

const OTHERS: [Entry; 6] = [
	entry("pool_limit", "N", "The number of transactions in the pool"),
	entry("pool_kbytes", "KIB", "The size of all transactions in the pool"),
	entry("log", "FILTER", "The level of the log, or of a part of it, as info or mining=debug"),
	entry("detailed_log_output", "", "Log the level, the thread and the part as well"),
	entry("disable_log_color", "", "Log without colours"),
	entry("help_all", "", "Print all options"),
];
