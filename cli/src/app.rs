//! Reads the command line, does what it says, and prints what came of it.

use crate::{
	bounties, chain,
	cli::{Cli, Command},
	context::Context,
	council,
	failure::{Exit, Failure},
	keys, ppr, query, records, registrar,
	report::{clean, Report},
	summary,
};
use clap::{error::ErrorKind, Parser};
use std::process::ExitCode;

/// The whole program.
pub fn main() -> ExitCode {
	init_logs();
	let cli = match Cli::try_parse() {
		Ok(cli) => cli,
		Err(error) => return explain(&error),
	};
	let json = cli.globals.json;
	let done = tokio::runtime::Builder::new_multi_thread()
		.enable_all()
		.build()
		.map_err(|error| Failure::failed("failed", error))
		.and_then(|runtime| runtime.block_on(dispatch(cli)));
	match done {
		Ok(report) => {
			report.print(json);
			ExitCode::SUCCESS
		},
		Err(failure) => fail(&failure, json),
	}
}

async fn dispatch(cli: Cli) -> Result<Report, Failure> {
	let context = Context::new(cli.globals)?;
	match cli.command {
		Command::Keys(command) => keys::run(&context, command).await,
		Command::Registrar(command) => registrar::run(&context, command).await,
		Command::Ppr(command) => ppr::run(&context, command).await,
		Command::Records(command) => records::run(&context, command).await,
		Command::Query(args) => query::run(&context, args).await,
		Command::Summary(command) => summary::run(&context, command).await,
		Command::Bounties(command) => bounties::run(&context, command).await,
		Command::Chain(command) => chain::run(&context, command).await,
		Command::Council(command) => council::run(&context, command).await,
	}
}

fn fail(failure: &Failure, json: bool) -> ExitCode {
	if let Some(report) = &failure.report {
		report.print(json);
	}
	match json {
		true => eprintln!("{}", failure.to_json()),
		false => eprintln!("error: {}", clean(&failure.to_string())),
	}
	ExitCode::from(failure.exit as u8)
}

/// Prints help, or what is wrong with the command line.
fn explain(error: &clap::Error) -> ExitCode {
	let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
	if !asked && std::env::args_os().any(|argument| argument == "--json") {
		let failure = Failure::usage("usage", complaint(&error.render().to_string()));
		return fail(&failure, true);
	}
	let _ = error.print();
	match asked {
		true => ExitCode::SUCCESS,
		false => ExitCode::from(Exit::Usage as u8),
	}
}

/// What is wrong, without what stands around it.
fn complaint(rendered: &str) -> String {
	let end = rendered.find("\nUsage:").or_else(|| rendered.find("\nFor more information"));
	let wrong = end.and_then(|end| rendered.get(..end)).unwrap_or(rendered);
	wrong.strip_prefix("error: ").unwrap_or(wrong).trim().to_owned()
}

/// Logs are for those who look for a fault: by RUST_LOG, to the standard error.
fn init_logs() {
	use tracing_subscriber::{fmt, EnvFilter};
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
	let _ = fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_complaint_is_what_is_wrong_and_nothing_else() {
		let error = Cli::try_parse_from(["medrec", "keys", "create"]).unwrap_err();
		let complaint = complaint(&error.render().to_string());
		assert!(complaint.starts_with("the following required arguments"), "{complaint}");
		assert!(complaint.contains("<NAME>"), "{complaint}");
		assert!(!complaint.contains("Usage"), "{complaint}");
	}
}
