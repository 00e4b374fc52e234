//! The groups of commands: their arguments, what they do and what they output.

pub mod bounties;
pub mod chain;
pub mod completion;
pub mod council;
pub mod help;
pub mod keys;
pub mod names;
pub mod ppr;
pub mod query;
pub mod records;
pub mod registrar;
pub mod schema;
pub mod summary;
pub mod watch;
