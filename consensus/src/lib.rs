//! Proof of work: the search for a nonce, the seal of a block, and its verification.
//!
//! A miner searches for a nonce whose work meets the difficulty ([`Search`]) and seals the block with
//! it: a [`Seal`] holds the nonce, its work, and the signature of a mining key. [`MedrecPow`] verifies
//! seals for `sc-consensus-pow`. It performs the checks that need no state first, so that an invalid
//! block costs no runtime call.
//!
//! The runtime checks at execution that the author of a block is a miner and keeps the spacing.
//! [`MedrecPow`] checks the part of these rules that the state of the parent decides.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

mod algorithm;
mod error;
mod seal;
mod search;

pub use algorithm::MedrecPow;
pub use error::Error;
pub use seal::Seal;
pub use search::{ScalarSearch, Search};
