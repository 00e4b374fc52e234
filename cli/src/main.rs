//! `medrec`: everything a person or a script does from a terminal.
//!
//! [`cli`] reads the command line and runs a command of [`commands`]. A command returns an
//! [`output::Output`], which is printed as text or as JSON, or a [`failure::Failure`], whose kind is
//! the exit status. The groups of commands do not use one another; they share the other modules.

mod access_log;
mod activity;
mod answer;
mod catalogue;
mod chart;
mod cli;
mod commands;
mod context;
mod directory;
mod failure;
mod files;
mod finality;
mod gatekeeper;
mod grants;
mod help;
mod motion;
mod names;
mod output;
mod page;
mod parse;
mod parties;
mod purpose;
mod record_view;
mod reference;
mod requests;
mod resolve;
mod schema;
mod style;
mod text;
mod usage;

fn main() -> std::process::ExitCode {
	cli::main()
}
