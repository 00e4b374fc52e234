//! Runs a node or a subcommand.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	service,
	types::{Backend, Client},
};
use medrec_runtime::opaque::Block;
use sc_cli::{CliConfiguration, Result, SubstrateCli};
use sc_consensus::DefaultImportQueue;
use sc_service::{ChainSpec, Configuration, PartialComponents};
use std::{future::Future, sync::Arc};

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
		"the maintainers of MedRec".into()
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
		Some(Subcommand::CheckBlock(command)) => {
			run_on_database(&cli, command, |client, _, queue, _| command.run(client, queue))
		},
		Some(Subcommand::ExportBlocks(command)) => {
			run_on_database(&cli, command, |client, _, _, config| {
				command.run(client, config.database)
			})
		},
		Some(Subcommand::ImportBlocks(command)) => {
			run_on_database(&cli, command, |client, _, queue, _| command.run(client, queue))
		},
		Some(Subcommand::ExportState(command)) => {
			run_on_database(&cli, command, |client, _, _, config| {
				command.run(client, config.chain_spec)
			})
		},
		Some(Subcommand::Revert(command)) => {
			run_on_database(&cli, command, |client, backend, _, _| {
				let revert_grandpa =
					|client, _, blocks| Ok(sc_consensus_grandpa::revert(client, blocks)?);
				command.run(client, backend, Some(Box::new(revert_grandpa)))
			})
		},
		#[cfg(feature = "runtime-benchmarks")]
		Some(Subcommand::Benchmark(command)) => benchmark(&cli, command),
	}
}

fn run_node(mut cli: Cli) -> Result<()> {
	// A filter that the user gives comes later and takes precedence.
	cli.run.shared_params.log.insert(0, DEFAULT_LOG_FILTER.into());
	let runner = cli.create_runner(&cli.run)?;
	Ok(runner
		.run_node_until_exit(|config| service::run(config, cli.mining(), &cli.dev_identity))?)
}

/// Opens the chain's database and runs a subcommand on it.
fn run_on_database<C: CliConfiguration, F: Future<Output = Result<()>>>(
	cli: &Cli,
	command: &C,
	run: impl FnOnce(Arc<Client>, Arc<Backend>, DefaultImportQueue<Block>, Configuration) -> F,
) -> Result<()> {
	cli.create_runner(command)?.async_run(|config| {
		let PartialComponents { client, backend, import_queue, task_manager, .. } =
			service::new_partial(&config)?;
		Ok((run(client, backend, import_queue, config), task_manager))
	})
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
