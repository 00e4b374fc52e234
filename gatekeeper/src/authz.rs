//! Who asks, and whether they may. Pure functions: what they need to know is given to them.

mod access;
mod signature;

pub use access::{authorize, Permit, Question};
pub use signature::verify;
