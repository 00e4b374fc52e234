//! Whole stories over the composed runtime: blocks with authors, transactions with signatures, and
//! nothing reached into that a client could not reach.

#[path = "journeys/bounties.rs"]
mod bounties;
#[path = "journeys/chain.rs"]
mod chain;
#[path = "journeys/door.rs"]
mod door;
#[path = "journeys/organisations.rs"]
mod organisations;
#[path = "journeys/records.rs"]
mod records;
