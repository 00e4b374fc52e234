//! Networks of MedRec processes on one machine, for tests and for the demonstration.

pub mod network;
