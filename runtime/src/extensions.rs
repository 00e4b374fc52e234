//! What is checked of every transaction besides Substrate's own checks.

mod admit;

pub use admit::{is_protective, AdmitSubject};
