//! What travels between clients and gatekeepers, with neither a chain client nor an async runtime.
//!
//! - [`wire`] and [`template`]: requests, answers and templates.
//! - [`keys`]: keys that sign, and keys that open.
//! - [`signing`]: signed requests, made and checked.
//! - [`seal`]: answers that only the requester can open.
//! - [`receipt`]: what a gatekeeper signs of each request.
//! - [`verify`]: whether an answer is to be believed.

pub mod keys;
pub mod receipt;
pub mod seal;
pub mod signing;
pub mod template;
pub mod verify;
pub mod wire;
