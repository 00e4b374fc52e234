//! Sequences of blocks over the whole runtime, with authors and signed transactions, as clients send
//! them.

mod admission;
mod bounties;
mod chain;
mod organisations;
mod records;
