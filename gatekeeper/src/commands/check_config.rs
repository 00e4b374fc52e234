//! `check-config`: what is missing for serving.

mod chain;
mod local;
mod report;

pub use chain::check_chain;
pub use local::{check_local, Local};
pub use report::{Check, CheckedTemplate, Report, State, Verdict};

use super::print_result;
use crate::{chain::connect, cli::WithConfig};
use std::process::ExitCode;

/// Checks the configuration, and prints the report.
pub(super) async fn check_config(arguments: &WithConfig, json: bool) -> anyhow::Result<ExitCode> {
	let mut report = Report::default();
	if let Some(local) = check_local(&arguments.config, &mut report).await {
		let node = connect(&local.config.node);
		check_chain(&node, &local, &mut report).await;
	}
	print_result(json, &report)?;
	Ok(report.verdict().exit())
}
