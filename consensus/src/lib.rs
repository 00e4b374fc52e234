//! Proof of work as MedRec does it, as a library of the node's and of its miner's.
//!
//! A block is found by whoever finds a nonce whose work meets the difficulty
//! ([`Search`]), and counts only with a [`Seal`]: the nonce, its work, and the signature of a
//! mining key. [`MedrecPow`] checks both for `sc-consensus-pow`: what costs nothing first, so that
//! junk is refused before a runtime is asked.
//!
//! What a block must keep beside its seal, that its author is a miner and keeps the spacing, is
//! checked by the runtime when the block is executed. [`MedrecPow`] asks for as much of it as can be
//! known from the parent.
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
