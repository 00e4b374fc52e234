//! The pages of the subcommands.

use super::options::{entry, Entry};

/// The page of a subcommand.
pub struct Page {
	/// Its path.
	pub path: &'static [&'static str],
	/// What it does.
	pub about: &'static str,
	/// Its options and arguments. Others are hidden, and work.
	pub entries: &'static [Entry],
	/// Command lines that are valid.
	pub examples: &'static [&'static str],
}

const CHAIN: Entry = entry("chain", "CHAIN", "dev, local, or the file of a specification");
const BASE_PATH: Entry = entry("base_path", "DIR", "The folder of the database and the keys");
const BINARY: Entry = entry("binary", "", "Binary blocks in place of JSON");
const SCHEME: Entry = entry("scheme", "SCHEME", "sr25519 or ed25519");
const OUTPUT_TYPE: Entry = entry("output_type", "FORMAT", "text or json");

/// The pages, in the order in which the subcommands are listed.
pub const PAGES: [Page; 13] = [
	Page {
		path: &["key"],
		about: "Generate, inspect and insert keys",
		entries: &[],
		examples: &["medrec-node key generate --scheme ed25519"],
	},
	Page {
		path: &["key", "generate"],
		about: "Generate a key and print it with its secret phrase",
		entries: &[
			SCHEME,
			entry("words", "N", "The length of the phrase [default: 12]"),
			OUTPUT_TYPE,
		],
		examples: &[
			"medrec-node key generate --scheme ed25519",
			"medrec-node key generate --words 24 --output-type json",
		],
	},
	Page {
		path: &["key", "inspect"],
		about: "Print the public key and the address of a secret phrase",
		entries: &[
			entry("uri", "FILE", "The file with the phrase, or an address; asked for if missing"),
			SCHEME,
			entry("public", "", "The argument is a public key in hexadecimal"),
			OUTPUT_TYPE,
		],
		examples: &["medrec-node key inspect --scheme ed25519 mining.seed"],
	},
	Page {
		path: &["key", "insert"],
		about: "Insert a finality key or a mining key into the keystore of a node",
		entries: &[
			entry(
				"key_type",
				"TYPE",
				"gran: a provider's finality key; mine: a researcher's mining key",
			),
			entry("suri", "FILE", "The file with the secret phrase; asked for if missing"),
			entry("scheme", "SCHEME", "The signature scheme, ed25519 for both types"),
			CHAIN,
			BASE_PATH,
		],
		examples: &[
			"medrec-node key insert --key-type mine --base-path data --suri mining.seed",
			"medrec-node key insert --key-type gran --base-path data --suri gran.seed",
		],
	},
	Page {
		path: &["key", "generate-node-key"],
		about: "Generate the network identity of a node and print its peer ID",
		entries: &[
			BASE_PATH,
			CHAIN,
			entry("file", "FILE", "Write the secret to this file"),
			entry("default_base_path", "", "Write the secret to the default folder"),
		],
		examples: &[
			"medrec-node key generate-node-key --base-path voter --chain dev",
			"medrec-node key generate-node-key --file node.key",
		],
	},
	Page {
		path: &["key", "inspect-node-key"],
		about: "Print the peer ID of a network identity",
		entries: &[entry("file", "FILE", "The file with the secret; standard input if missing")],
		examples: &["medrec-node key inspect-node-key --file node.key"],
	},
	Page {
		path: &["export-chain-spec"],
		about: "Print the specification of a chain, after its genesis was checked",
		entries: &[
			CHAIN,
			entry("raw", "", "Export the state of the genesis, with which all nodes start"),
			entry("output", "FILE", "Write the specification to this file"),
		],
		examples: &[
			"medrec-node export-chain-spec --chain local --output my-chain.json",
			"medrec-node export-chain-spec --chain my-chain.json --raw --output chain.json",
		],
	},
	Page {
		path: &["chain-info"],
		about: "Print the best, the last final and the genesis block of the database",
		entries: &[CHAIN, BASE_PATH],
		examples: &["medrec-node chain-info --chain local --base-path data"],
	},
	Page {
		path: &["export-blocks"],
		about: "Write blocks to a file",
		entries: &[
			entry("output", "FILE", "The file; standard output if missing"),
			entry("from", "N", "The first block [default: 1]"),
			entry("to", "N", "The last block [default: the best one]"),
			BINARY,
			CHAIN,
			BASE_PATH,
		],
		examples: &["medrec-node export-blocks --base-path data --binary blocks.bin"],
	},
	Page {
		path: &["import-blocks"],
		about: "Verify the blocks of a file and add them to the database",
		entries: &[
			entry("input", "FILE", "The file; standard input if missing"),
			BINARY,
			CHAIN,
			BASE_PATH,
		],
		examples: &["medrec-node import-blocks --base-path copy --binary blocks.bin"],
	},
	Page {
		path: &["check-block"],
		about: "Verify a stored block again",
		entries: &[
			entry("input", "BLOCK", "The number or the hash of the block"),
			CHAIN,
			BASE_PATH,
		],
		examples: &["medrec-node check-block --base-path data 1"],
	},
	Page {
		path: &["revert"],
		about: "Remove the newest blocks, but no final one, from the database",
		entries: &[entry("num", "N", "The number of blocks"), CHAIN, BASE_PATH],
		examples: &["medrec-node revert --base-path data 2"],
	},
	Page {
		path: &["purge-chain"],
		about: "Remove the database of a chain; the keys stay",
		entries: &[entry("yes", "", "Do not ask"), CHAIN, BASE_PATH],
		examples: &["medrec-node purge-chain --chain local --base-path copy -y"],
	},
];
