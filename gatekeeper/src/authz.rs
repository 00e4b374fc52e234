//! Authentication and authorization of requests. These functions are pure: all state is an argument.

mod access;
mod signature;

pub use access::{authorize, AccessRequest, Permit};
pub use signature::verify;
