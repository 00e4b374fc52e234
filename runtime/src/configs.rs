//! The configuration of the pallets.

mod consensus;
mod records;
mod system;

pub use consensus::*;
pub use system::*;
