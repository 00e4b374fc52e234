//! The service beside a provider's database that asks the chain before it serves a record.
//!
//! A request for a record is signed. The gatekeeper verifies the signature ([`app`]), decides the access
//! ([`authz`]) by the state of the chain ([`chain`]), reads the record and checks it against its
//! commitment ([`records`]), serves the permitted fields, and appends a receipt to a log that is anchored
//! on the chain ([`log`]). It also posts new and changed rows and answers bounties. It never writes to the
//! provider's database.
//!
//! Modules depend on one another in one direction: `http -> app -> {authz, records, chain}`. Only
//! [`http`] names the web framework, only [`records`] names SQL, and only [`chain`] names the client of
//! the chain.

pub mod aggregate;
pub mod app;
pub mod authz;
pub mod chain;
pub mod cli;
pub mod commands;
pub mod config;
pub mod http;
pub mod log;
pub mod metrics;
pub mod rate;
pub mod records;
pub mod startup;
