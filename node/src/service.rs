//! The construction of a node.
//!
//! Blocks are imported through two layers, `Pow(Grandpa(client))`: proof of work orders them, the votes
//! of providers finalise them.

mod checked_import;
mod finality;
mod full;
mod network;
mod partial;
mod pipeline;
mod voter;

pub use full::run;
pub use partial::new_partial;
