//! The service over HTTP, with databases of its own and a chain in memory. Every error code is provoked
//! here.

mod support;

mod access;
mod bounties;
mod catalogue;
mod census;
mod codes;
mod integrity;
mod limits;
mod links;
mod log;
mod operations;
mod operator;
mod publishing;
mod sealed;
mod signatures;
mod tampering;
mod tls;
