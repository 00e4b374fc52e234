//! Runs a node or a subcommand.

use crate::{
	chain_spec,
	cli::{self, Cli, Subcommand},
	logs, service,
	types::{Backend, Client},
};
use futures::FutureExt;
use medrec_runtime::opaque::Block;
use sc_cli::{CliConfiguration, Result, Runner, Signals, SubstrateCli};
use sc_consensus::DefaultImportQueue;
use sc_service::{Configuration, PartialComponents};
use std::{future::Future, sync::Arc, time::Duration};

/// The longest wait for the tasks of a node that stops.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// The time between two looks at the tasks that still run.
const STOP_STEP: Duration = Duration::from_millis(20);

/// Parses the command line and runs what it names. Returns when a subcommand is done, or when a
/// running node receives a signal to stop.
///
/// # Errors
///
/// Returns the error of what it runs.
pub fn run() -> Result<()> {
	sp_core::crypto::set_default_ss58_version(chain_spec::address_format());
	let mut cli = Cli::from_args();
	cli.apply_implied_options()?;
	match &cli.subcommand {
		None if cli.help_all => {
			print!("{}", cli::all_options());
			Ok(())
		},
		None => run_node(cli),
		Some(Subcommand::Key(command)) => command.run(&cli),
		Some(Subcommand::ExportChainSpec(command)) => {
			let spec = cli.load_spec(&command.chain)?;
			if !command.raw {
				// Only a raw export builds the genesis by itself.
				spec.as_storage_builder().build_storage()?;
			}
			command.run(spec)
		},
		Some(Subcommand::PurgeChain(command)) => {
			runner(&cli, command)?.sync_run(|config| command.run(config.database))
		},
		Some(Subcommand::ChainInfo(command)) => {
			runner(&cli, command)?.sync_run(|config| command.run::<Block>(&config))
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

/// Runs a node until it receives a signal to stop, or until an essential task fails.
fn run_node(cli: Cli) -> Result<()> {
	let runtime = sc_cli::build_runtime()?;
	let signals = runtime.block_on(async { Signals::capture() })?;
	let config = cli.create_configuration(&cli.run, runtime.handle().clone())?;
	logs::start(|| cli.run.init(&Cli::support_url(), &Cli::impl_version(), |_| {}))?;

	let start = service::run(config, cli.mining(), &cli.dev_identity);
	let mut tasks = runtime.block_on(start)?;
	let result = runtime.block_on(signals.run_until_signal(tasks.future().fuse()));
	let registry = logs::without(|| {
		let registry = tasks.into_task_registry();
		// A task that still runs when the runtime ends can panic, since its timers are gone.
		runtime.block_on(async {
			let ended = async {
				while !registry.running_tasks().is_empty() {
					tokio::time::sleep(STOP_STEP).await;
				}
			};
			// What did not end is named below.
			let _ = tokio::time::timeout(STOP_LIMIT, ended).await;
		});
		runtime.shutdown_timeout(STOP_LIMIT);
		registry
	});
	for (task, _) in registry.running_tasks() {
		log::warn!("The task {} did not end within {} s", task.name, STOP_LIMIT.as_secs());
	}
	log::info!("Stopped");
	Ok(result?)
}

fn runner<C: CliConfiguration>(cli: &Cli, command: &C) -> Result<Runner<Cli>> {
	logs::start(|| cli.create_runner(command))
}

/// Opens the chain's database and runs a subcommand on it.
fn run_on_database<C: CliConfiguration, F: Future<Output = Result<()>>>(
	cli: &Cli,
	command: &C,
	run: impl FnOnce(Arc<Client>, Arc<Backend>, DefaultImportQueue<Block>, Configuration) -> F,
) -> Result<()> {
	runner(cli, command)?.async_run(|config| {
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
		BenchmarkCmd::Pallet(pallet) => runner(cli, command)?.sync_run(|config| {
			pallet.run_with_spec::<HashingFor<Block>, ()>(Some(config.chain_spec))
		}),
		_ => Err("only `benchmark pallet` is supported".into()),
	}
}
