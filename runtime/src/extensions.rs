//! Transaction extensions of this runtime.

mod admit;

pub use admit::AdmitSubject;
