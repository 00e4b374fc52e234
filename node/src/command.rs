//! Runs a node or a subcommand.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	service,
};
use medrec_runtime::opaque::Block;
use sc_cli::{Result, SubstrateCli};
use sc_service::{ChainSpec, PartialComponents};

/// The log filter that omits a line per block template, of which there are several a second.
const DEFAULT_LOG_FILTER: &str = "sc_basic_authorship=warn";

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"MedRec Node".into()
	}

	fn impl_version() -> String {
		env!("CARGO_PKG_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		"the MedRec authors".into()
	}

	fn support_url() -> String {
		"the documentation, docs/guides".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> std::result::Result<Box<dyn ChainSpec>, String> {
		Ok(Box::new(chain_spec::load(id)?))
	}
}

/// Parses the command line and runs what it names. Returns when a subcommand is done, or when a
/// running node receives a signal to stop.
pub fn run() -> Result<()> {
	sp_core::crypto::set_default_ss58_version(chain_spec::address_format());
	let mut cli = Cli::from_args();
	cli.apply_implied_options()?;
	match &cli.subcommand {
		None => run_node(cli),
		Some(Subcommand::Key(command)) => command.run(&cli),
		Some(Subcommand::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
		Some(Subcommand::PurgeChain(command)) => {
			cli.create_runner(command)?.sync_run(|config| command.run(config.database))
		},
		Some(Subcommand::ChainInfo(command)) => {
			cli.create_runner(command)?.sync_run(|config| command.run::<Block>(&config))
		},
		#[cfg(feature = "runtime-benchmarks")]
		Some(Subcommand::Benchmark(command)) => benchmark(&cli, command),
		Some(command) => run_on_chain(&cli, command),
	}
}

fn run_node(mut cli: Cli) -> Result<()> {
	// A filter that the user gives comes later and takes precedence.
	cli.run.shared_params.log.insert(0, DEFAULT_LOG_FILTER.into());
	let options = service::Options { mining: cli.mining(), dev_identity: cli.dev_identity.clone() };
	cli.create_runner(&cli.run)?.run_node_until_exit(|config| async move {
		service::run(config, options).await.map_err(sc_cli::Error::Service)
	})
}

/// Runs a subcommand that opens the chain's database.
fn run_on_chain(cli: &Cli, command: &Subcommand) -> Result<()> {
	match command {
		Subcommand::CheckBlock(command) => cli.create_runner(command)?.async_run(|config| {
			let PartialComponents { client, task_manager, import_queue, .. } =
				service::new_partial(&config)?;
			Ok((command.run(client, import_queue), task_manager))
		}),
		Subcommand::ExportBlocks(command) => cli.create_runner(command)?.async_run(|config| {
			let PartialComponents { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((command.run(client, config.database), task_manager))
		}),
		Subcommand::ImportBlocks(command) => cli.create_runner(command)?.async_run(|config| {
			let PartialComponents { client, task_manager, import_queue, .. } =
				service::new_partial(&config)?;
			Ok((command.run(client, import_queue), task_manager))
		}),
		Subcommand::ExportState(command) => cli.create_runner(command)?.async_run(|config| {
			let PartialComponents { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((command.run(client, config.chain_spec), task_manager))
		}),
		Subcommand::Revert(command) => cli.create_runner(command)?.async_run(|config| {
			let PartialComponents { client, task_manager, backend, .. } =
				service::new_partial(&config)?;
			let revert_grandpa = Box::new(|client: std::sync::Arc<service::Client>, _, blocks| {
				sc_consensus_grandpa::revert(client, blocks)?;
				Ok(())
			});
			Ok((command.run(client, backend, Some(revert_grandpa)), task_manager))
		}),
		_ => Err("this subcommand does not open the database".into()),
	}
}

#[cfg(feature = "runtime-benchmarks")]
fn benchmark(cli: &Cli, command: &frame_benchmarking_cli::BenchmarkCmd) -> Result<()> {
	use frame_benchmarking_cli::BenchmarkCmd;
	use sp_runtime::traits::HashingFor;

	match command {
		BenchmarkCmd::Pallet(pallet) => cli.create_runner(command)?.sync_run(|config| {
			pallet.run_with_spec::<HashingFor<Block>, ()>(Some(config.chain_spec))
		}),
		_ => Err("only `benchmark pallet` is supported".into()),
	}
}
