//! How each pallet is configured, one file per concern.

mod consensus;
mod records;
mod system;

pub use consensus::*;
pub use system::*;
