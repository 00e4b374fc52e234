//! The groups of commands: their arguments, what they do and what they output.

pub mod bounties;
pub mod chain;
pub mod council;
pub mod keys;
pub mod ppr;
pub mod query;
pub mod records;
pub mod registrar;
pub mod summary;
