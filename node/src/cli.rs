//! What can be said on the command line.

use crate::{keys::DevIdentity, mining::Settings};
use sc_cli::RunCmd;

/// The share of a core that a search thread takes on `--dev`, in percent, unless told otherwise.
const DEVELOPMENT_DUTY: u8 = 5;

/// How many threads may search. Each holds one of the threads that the node has for work that blocks,
/// 512 in all, and the rest of the node needs some too.
const MOST_THREADS: u16 = 256;

/// The flags of the standard command that have no meaning here: the keys of the keyring, which no
/// MedRec chain knows, and the workers beside the chain, of which there are none.
const MEANINGLESS: [&str; 10] = [
	"alice",
	"bob",
	"charlie",
	"dave",
	"eve",
	"ferdie",
	"one",
	"two",
	"enabled",
	"force_authoring",
];

/// The whole command line.
#[derive(Debug, clap::Parser)]
#[command(mut_args(hide_meaningless))]
pub struct Cli {
	/// What to do instead of running a node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// The standard options of a running node.
	#[clap(flatten)]
	pub run: RunCmd,

	/// Whether and how to mine.
	#[clap(flatten)]
	pub mining: MiningArgs,

	/// Play these parts of a development chain: `provider-a` to `provider-z`, `researcher-1` to
	/// `researcher-9`.
	///
	/// Puts their openly weak keys into the keystore, for as long as the node runs. A provider
	/// votes on finality, as with `--validator`. Refused on any chain that is not a development
	/// chain.
	#[arg(long, value_name = "PART", value_delimiter = ',')]
	pub dev_identity: Vec<DevIdentity>,
}

/// Whether and how to mine.
#[derive(Debug, Clone, clap::Args)]
pub struct MiningArgs {
	/// Mine, as the first active miner whose key (ed25519, of type `mine`) is in the keystore.
	#[arg(long)]
	pub mine: bool,

	/// How many threads search, at most 256.
	#[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_THREADS)))]
	pub mining_threads: u16,

	/// The most of a core that each of them takes, in percent [default: 100; on `--dev`: 5].
	#[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
	pub mining_duty: Option<u8>,
}

/// What to do instead of running a node.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
	/// Make, inspect and insert keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Write the description of a chain.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Validate a block again.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Import blocks from a file.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Write the state at a block as the description of a chain.
	ExportState(sc_cli::ExportStateCmd),

	/// Remove the whole chain from this machine.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Go back by a number of blocks, not below the last final one.
	Revert(sc_cli::RevertCmd),

	/// Tell of the chain in the database.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Measure what calls cost.
	#[cfg(feature = "runtime-benchmarks")]
	#[command(subcommand)]
	Benchmark(frame_benchmarking_cli::BenchmarkCmd),
}

impl Cli {
	/// How to mine; none if not asked to.
	pub fn mining(&self) -> Option<Settings> {
		let dev = self.run.shared_params.dev;
		let duty = self.mining.mining_duty.unwrap_or(if dev { DEVELOPMENT_DUTY } else { 100 });
		(self.mining.mine || dev)
			.then(|| Settings { threads: self.mining.mining_threads.into(), duty })
	}

	/// Spells out what `--dev` and `--dev-identity` imply.
	///
	/// # Errors
	///
	/// If a key of the standard keyring is asked for.
	pub fn spell_out(&mut self) -> Result<(), String> {
		if self.run.get_keyring().is_some() {
			return Err("no MedRec chain knows this key; see --dev-identity".into());
		}
		if self.run.shared_params.dev && self.dev_identity.is_empty() {
			self.dev_identity = DevIdentity::alone().to_vec();
		}
		if self.dev_identity.iter().any(DevIdentity::is_provider) {
			self.run.validator = true;
		}
		if !self.dev_identity.is_empty() {
			// Whoever plays needs no lasting identity among peers.
			self.run.network_params.node_key_params.unsafe_force_node_key_generation = true;
		}
		Ok(())
	}
}

/// Takes the flags that have no meaning here out of the help.
fn hide_meaningless(argument: clap::Arg) -> clap::Arg {
	let hide = MEANINGLESS.contains(&argument.get_id().as_str());
	if hide {
		argument.hide(true)
	} else {
		argument
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::{CommandFactory, Parser};

	fn parse(args: &str) -> Cli {
		let mut cli = Cli::try_parse_from(args.split(' ')).expect("the arguments are well formed");
		cli.spell_out().expect("nothing is refused");
		cli
	}

	#[test]
	fn the_command_line_is_well_formed() {
		Cli::command().debug_assert();
	}

	#[test]
	fn a_plain_node_does_not_mine() {
		assert_eq!(parse("medrec-node").mining(), None);
	}

	#[test]
	fn a_miner_takes_what_it_is_given() {
		let cli = parse("medrec-node --mine --mining-threads 3 --mining-duty 40");
		assert_eq!(cli.mining(), Some(Settings { threads: 3, duty: 40 }));
		assert_eq!(parse("medrec-node --mine").mining(), Some(Settings { threads: 1, duty: 100 }));
	}

	#[test]
	fn dev_mines_lightly_and_plays_both_parts() {
		let cli = parse("medrec-node --dev");
		assert_eq!(cli.mining(), Some(Settings { threads: 1, duty: 5 }));
		assert_eq!(cli.dev_identity, DevIdentity::alone());
		let busy = parse("medrec-node --dev --mining-duty 50");
		assert_eq!(busy.mining(), Some(Settings { threads: 1, duty: 50 }));
	}

	#[test]
	fn playing_a_provider_votes_and_playing_a_researcher_does_not() {
		assert!(parse("medrec-node --dev-identity provider-b,researcher-1").run.validator);
		assert!(!parse("medrec-node --dev-identity researcher-1").run.validator);
	}

	#[test]
	fn senseless_arguments_are_refused() {
		for args in [
			"--mining-duty 0",
			"--mining-duty 101",
			"--mining-threads 0",
			"--mining-threads 257",
			"--dev-identity nurse",
		] {
			let args = format!("medrec-node {args}");
			assert!(Cli::try_parse_from(args.split(' ')).is_err(), "{args}");
		}
	}

	#[test]
	fn the_standard_keyring_is_refused() {
		let mut cli = Cli::try_parse_from(["medrec-node", "--alice"]).expect("it is parsed");
		assert!(cli.spell_out().is_err());
	}
}
