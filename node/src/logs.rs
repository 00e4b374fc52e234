//! The log: on standard error, and nowhere else.

use log::LevelFilter;
use std::{
	fmt,
	io::{self, IsTerminal},
};

/// The log filter of a running node. It leaves out what the SDK says about itself: a line per template and
/// per block, the machine, and addresses that the node prints in a form of its own.
pub const FILTER: &str =
	"sc_basic_authorship=warn,substrate=warn,sc_sysinfo=warn,sc_rpc_server=warn,\
	sc_service=warn,sub-libp2p=warn,txpool=warn,sync=warn,prometheus=warn,grandpa=warn";

/// The log filter of a subcommand. It leaves out the tasks that end because the subcommand does not need
/// what they serve: the SDK logs that they failed.
pub const SUBCOMMAND_FILTER: &str = "txpool=warn,sc_service::task_manager=off";

/// Runs `init`, which starts the logger.
///
/// The SDK's logger decides once, when it starts, whether it writes everything to standard output as
/// well: if that is a terminal and standard error is not. `medrec-node 2> node.log &` would flood the
/// prompt. Therefore standard output leads to standard error while the logger starts.
///
/// # Errors
///
/// Returns the error of `init`.
pub fn start<T>(init: impl FnOnce() -> sc_cli::Result<T>) -> sc_cli::Result<T> {
	if io::stderr().is_terminal() || !io::stdout().is_terminal() {
		return init();
	}
	let stdout = rustix::io::dup(io::stdout()).map_err(io::Error::from)?;
	rustix::stdio::dup2_stdout(io::stderr()).map_err(io::Error::from)?;
	let result = init();
	rustix::stdio::dup2_stdout(stdout).map_err(io::Error::from)?;
	result
}

/// Stops the log, for the end of the process. When a node is taken apart, essential tasks end before
/// the order to stop reaches them, and the SDK logs that they failed.
pub fn stop() {
	log::set_max_level(LevelFilter::Off);
}

/// Runs `end` without a log: see [`stop`].
pub fn without<T>(end: impl FnOnce() -> T) -> T {
	let level = log::max_level();
	stop();
	let result = end();
	log::set_max_level(level);
	result
}

/// A number of peers in lines of the log, as `no peers`.
pub struct Peers(pub usize);

impl fmt::Display for Peers {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self.0 {
			0 => formatter.write_str("no peers"),
			1 => formatter.write_str("1 peer"),
			peers => write!(formatter, "{peers} peers"),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_log_continues_after_the_end_of_a_node() {
		log::set_max_level(LevelFilter::Info);
		assert_eq!(without(log::max_level), LevelFilter::Off);
		assert_eq!(log::max_level(), LevelFilter::Info);
	}
}
