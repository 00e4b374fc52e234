//! Filling a database of the project's own clinical schema: from FHIR R4 bundles ([`fhir`]) or with
//! synthetic patients ([`synthetic`]).
//!
//! Errors and reports name files, resource types and positions, and never hold content.

mod bundle;
mod extract;
pub mod fhir;
mod report;
mod source;
pub mod synthetic;

pub use bundle::Fault;
pub use report::{Failed, Files, LeftOut, LeftOutFile, Report};

use crate::records;
use std::path::PathBuf;

/// Why an import could not be done at all. What is wrong with single files is in the [`Report`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The folder or archive cannot be read.
	#[error("{path} cannot be read: {source}")]
	Source {
		/// The folder or archive.
		path: PathBuf,
		/// What the system says.
		source: std::io::Error,
	},
	/// The folder or archive holds no bundle.
	#[error("{0} holds no *.json file. Give a folder of FHIR R4 bundles, or a .tar.gz of them")]
	Empty(PathBuf),
	/// The number of synthetic patients is 0 or too large.
	#[error("the number of patients must be 1 to {most}")]
	Patients {
		/// The most there may be.
		most: u32,
	},
	/// The database fails.
	#[error(transparent)]
	Records(#[from] records::Error),
}
