//! The MedRec node: follows, mines and finalises the chain.
#![allow(clippy::result_large_err, reason = "the large errors are those of sc-service")]

mod chain_spec;
mod cli;
mod command;
mod error;
mod keys;
mod logs;
mod metrics;
mod mining;
mod pool;
mod rpc;
mod service;
mod types;

use std::process::ExitCode;

fn main() -> ExitCode {
	match command::run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("medrec-node: {}", error::Explained(error));
			ExitCode::FAILURE
		},
	}
}
