//! The service as its clients meet it: a listener of its own, databases of its own, and a scripted
//! chain in place of a node. Every code of refusal is provoked here.

mod support;

mod access;
mod bounties;
mod census;
mod codes;
mod integrity;
mod limits;
mod log;
mod operations;
mod publishing;
mod sealed;
mod signatures;
mod tampering;
mod tls;
