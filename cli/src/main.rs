//! `medrec`: everything a person or a script does from a terminal.
//!
//! Each group of commands is a module: its arguments, and what they do. A command gives a
//! [`report::Report`], which is printed as text or as JSON, or a [`failure::Failure`], whose kind is
//! the exit status.

mod app;
mod bounties;
mod chain;
mod cli;
mod context;
mod council;
mod directory;
mod failure;
mod gate;
mod keys;
mod party;
mod ppr;
mod query;
mod records;
mod registrar;
mod report;
mod scope;
mod summary;
mod values;
mod view;

fn main() -> std::process::ExitCode {
	app::main()
}
