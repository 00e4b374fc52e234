//! The service beside a provider's database that asks the chain before it serves a record.
//!
//! Somebody asks for a record with a signed request. The gatekeeper finds out who they are
//! ([`authz`]), what the chain says of them and of the record ([`chain`]), reads the record and
//! checks it against its commitment ([`records`]), shows the fields that the patient permits, and
//! leaves a receipt in a log that is anchored on the chain ([`log`]). Beside that it posts new rows,
//! answers bounties, and fills databases of the project's own schema ([`import`]).
//!
//! Arrows between modules go one way: `http -> app -> {authz, records, chain}`. Only [`http`] names
//! the web framework, only [`records`] names SQL, only [`chain`] names the chain's client.

pub mod aggregate;
pub mod app;
pub mod authz;
pub mod chain;
pub mod cli;
pub mod commands;
pub mod config;
pub mod http;
pub mod import;
pub mod log;
pub mod metrics;
pub mod rate;
pub mod records;
pub mod startup;
