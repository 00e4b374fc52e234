//! Networks of MedRec processes on one machine, for tests and for the demonstration; and guides that
//! are run as scripts.

pub mod guide;
pub mod network;
