//! The command line.

mod help;
mod parse;

pub use help::all_options;

use crate::{chain_spec, keys::DevIdentity, logs, mining::Settings};
use sc_cli::{RunCmd, SubstrateCli};
use sc_service::ChainSpec;

/// The default duty cycle of a search thread with `--dev`, in percent of a core.
const DEVELOPMENT_DUTY: u8 = 5;

/// The maximum number of search threads. Each occupies one of the 512 blocking threads of the node's
/// runtime, which other tasks need as well.
const MAX_THREADS: u16 = 256;

/// The command line: the options of a running node, or a subcommand.
///
/// The texts of the SDK's options are about other chains: [`help`] replaces them.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// The subcommand; without one, a node runs.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// The standard options of a Substrate node.
	#[clap(flatten)]
	pub run: RunCmd,

	/// The mining options.
	#[clap(flatten)]
	pub mining: MiningArgs,

	/// Use the development keys of these identities: `provider-a` to `provider-z`, `researcher-1` to
	/// `researcher-9`.
	///
	/// Adds their publicly known keys to the keystore until the node stops. A provider votes on
	/// finality, as with `--validator`. Only development chains allow this option.
	#[arg(long, value_name = "IDENTITY", value_delimiter = ',')]
	pub dev_identity: Vec<DevIdentity>,

	/// Print all options.
	#[arg(long)]
	pub help_all: bool,
}

/// The mining options.
#[derive(Debug, Clone, clap::Args)]
pub struct MiningArgs {
	/// Mine as the first active miner whose key (ed25519, type `mine`) is in the keystore.
	#[arg(long)]
	pub mine: bool,

	/// The number of search threads, at most 256.
	#[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_THREADS)))]
	pub mining_threads: u16,

	/// The duty cycle of each search thread, in percent of a core [default: 100; with `--dev`: 5].
	#[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
	pub mining_duty: Option<u8>,
}

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
	/// Generate, inspect and insert keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Print a chain specification.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Validate a stored block again.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Export blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Import blocks from a file.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Delete the chain's database.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Revert the chain by a number of blocks, at most to the last finalised block.
	Revert(sc_cli::RevertCmd),

	/// Print the best, finalised and genesis block of the database.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Measure the weights of calls.
	#[cfg(feature = "runtime-benchmarks")]
	#[command(subcommand)]
	Benchmark(frame_benchmarking_cli::BenchmarkCmd),
}

impl Subcommand {
	/// The filters of the log, `None` for a subcommand that opens no database.
	fn log_filters(&mut self) -> Option<&mut Vec<String>> {
		let params = match self {
			Self::CheckBlock(command) => &mut command.shared_params,
			Self::ExportBlocks(command) => &mut command.shared_params,
			Self::ImportBlocks(command) => &mut command.shared_params,
			Self::Revert(command) => &mut command.shared_params,
			Self::ChainInfo(command) => &mut command.shared_params,
			_ => return None,
		};
		Some(&mut params.log)
	}
}

impl Cli {
	/// The settings of the miner, `None` unless `--mine` or `--dev` is set.
	pub fn mining(&self) -> Option<Settings> {
		let MiningArgs { mine, mining_threads, mining_duty } = self.mining;
		let dev = self.run.shared_params.dev;
		let duty = mining_duty.unwrap_or(if dev { DEVELOPMENT_DUTY } else { 100 });
		(mine || dev).then(|| Settings { threads: mining_threads.into(), duty })
	}

	/// Sets the options that `--dev` and `--dev-identity` imply, and the filters of the log. A filter that
	/// the user gives comes later and takes precedence.
	///
	/// # Errors
	///
	/// Fails if a key of the standard keyring is named (`--alice` and others).
	pub fn apply_implied_options(&mut self) -> Result<(), String> {
		if self.run.get_keyring().is_some() {
			return Err("no MedRec chain registers this key; use --dev-identity instead".into());
		}
		match self.subcommand.as_mut().map(Subcommand::log_filters) {
			None => self.run.shared_params.log.insert(0, logs::FILTER.into()),
			Some(Some(filters)) => filters.insert(0, logs::SUBCOMMAND_FILTER.into()),
			Some(None) => {},
		}
		if self.run.shared_params.dev && self.dev_identity.is_empty() {
			self.dev_identity = DevIdentity::OF_GENESIS.to_vec();
		}
		if self.dev_identity.iter().any(DevIdentity::is_provider) {
			self.run.validator = true;
		}
		if !self.dev_identity.is_empty() {
			// A node with development keys needs no permanent network identity.
			self.run.network_params.node_key_params.unsafe_force_node_key_generation = true;
		}
		Ok(())
	}
}

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"MedRec Node".into()
	}

	fn impl_version() -> String {
		env!("CARGO_PKG_VERSION").into()
	}

	fn executable_name() -> String {
		env!("CARGO_BIN_NAME").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		"the MedRec authors".into()
	}

	fn support_url() -> String {
		"the maintainers of MedRec".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
		Ok(Box::new(chain_spec::load(id)?))
	}

	fn setup_command(command: clap::Command) -> clap::Command {
		help::apply(parse::apply(command))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	fn parse(args: &str) -> Cli {
		let mut cli = Cli::try_from_iter(args.split(' ')).expect("the arguments are valid");
		cli.apply_implied_options().expect("no keyring key is named");
		cli
	}

	#[test]
	fn the_command_line_definition_is_consistent() {
		Cli::setup_command(Cli::command()).debug_assert();
	}

	#[test]
	fn a_plain_node_does_not_mine() {
		assert_eq!(parse("medrec-node").mining(), None);
	}

	#[test]
	fn mining_options_are_passed_to_the_miner() {
		let cli = parse("medrec-node --mine --mining-threads 3 --mining-duty 40");
		assert_eq!(cli.mining(), Some(Settings { threads: 3, duty: 40 }));
		assert_eq!(parse("medrec-node --mine").mining(), Some(Settings { threads: 1, duty: 100 }));
	}

	#[test]
	fn dev_mines_at_a_low_duty_cycle_with_the_identities_of_genesis() {
		let cli = parse("medrec-node --dev");
		assert_eq!(cli.mining(), Some(Settings { threads: 1, duty: 5 }));
		assert_eq!(cli.dev_identity, DevIdentity::OF_GENESIS);
		let busy = parse("medrec-node --dev --mining-duty 50");
		assert_eq!(busy.mining(), Some(Settings { threads: 1, duty: 50 }));
	}

	#[test]
	fn a_provider_identity_votes_and_a_researcher_identity_does_not() {
		assert!(parse("medrec-node --dev-identity provider-b,researcher-1").run.validator);
		assert!(!parse("medrec-node --dev-identity researcher-1").run.validator);
	}

	#[test]
	fn arguments_out_of_range_are_rejected() {
		for args in [
			"--mining-duty 0",
			"--mining-duty 101",
			"--mining-threads 0",
			"--mining-threads 257",
			"--dev-identity nurse",
		] {
			let args = format!("medrec-node {args}");
			assert!(Cli::try_from_iter(args.split(' ')).is_err(), "{args}");
		}
	}

	#[test]
	fn a_filter_of_the_user_takes_precedence() {
		let node = parse("medrec-node --log sync=debug");
		assert_eq!(node.run.shared_params.log, [logs::FILTER, "sync=debug"]);
		let export = parse("medrec-node export-blocks --log debug");
		let Some(Subcommand::ExportBlocks(export)) = export.subcommand else { panic!() };
		assert_eq!(export.shared_params.log, [logs::SUBCOMMAND_FILTER, "debug"]);
	}

	#[test]
	fn keys_of_the_standard_keyring_are_rejected() {
		let mut cli = Cli::try_from_iter(["medrec-node", "--alice"]).expect("clap accepts it");
		assert!(cli.apply_implied_options().is_err());
	}
}
