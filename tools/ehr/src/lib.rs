//! An example EHR database, for demonstrations and tests of a gatekeeper: an SQL schema in the names
//! of FHIR R4, an importer of FHIR bundles ([`import`](fn@import::import)) and synthetic patients
//! ([`synthetic`]).
//!
//! Errors and reports name files, resource types and positions. They never hold content.

mod bundle;
pub mod cli;
mod error;
mod extract;
pub mod import;
mod report;
mod source;
pub mod store;
pub mod synthetic;

pub use error::Error;
pub use report::Report;
pub use store::EhrStore;
