//! The protocol between clients and gatekeepers.
//!
//! - [`wire`] and [`template`]: requests, answers, receipts and templates.
//! - [`catalogue`]: the verified catalogue of a relationship.
//! - [`keys`]: signing keys and sealing keys.
//! - [`signing`]: signatures of requests (RFC 9421).
//! - [`seal`]: sealed answers (RFC 9180).
//! - [`receipt`]: signatures and hashes of receipts.
//! - [`verify`]: the verification of answers and receipts.
//!
//! The crate has no async runtime, no chain client and no file system, so that it builds for browsers.

pub mod catalogue;
pub mod keys;
pub mod receipt;
pub mod seal;
pub mod signing;
pub mod template;
pub mod verify;
pub mod wire;
