//! `medrec completion`: scripts by which shells complete command lines.

use crate::{
	failure::{Failure, Result},
	output::{Output, Report},
	page::Page,
	schema::Documented,
};
use clap::{Args, ValueEnum};
use serde::Serialize;

/// What the command prints with `--json`.
pub const OUTPUTS: &[Documented] = &[Documented::of::<Completion>("completion")];

#[derive(Debug, Args)]
pub struct CompletionArgs {
	/// The shell.
	shell: Shell,
}

/// A shell.
#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Shell {
	Bash,
	Zsh,
	Fish,
}

/// A script for a shell.
#[derive(Clone, Debug, Serialize)]
#[derive(utoipa::ToSchema)]
struct Completion {
	/// The shell.
	shell: Shell,
	/// The script.
	script: String,
}

impl Report for Completion {
	fn page(&self) -> Page {
		Page::default().verbatim(&self.script)
	}
}

/// Runs the command. `program` is the definition of the command line.
pub fn run(mut program: clap::Command, args: &CompletionArgs) -> Result<Output> {
	let shell = match args.shell {
		Shell::Bash => clap_complete::Shell::Bash,
		Shell::Zsh => clap_complete::Shell::Zsh,
		Shell::Fish => clap_complete::Shell::Fish,
	};
	let mut script = Vec::new();
	clap_complete::generate(shell, &mut program, "medrec", &mut script);
	let script = String::from_utf8(script).map_err(|error| Failure::failed("failed", error))?;
	Ok(Output::of(&Completion { shell: args.shell, script: script.trim_end().to_owned() }))
}
