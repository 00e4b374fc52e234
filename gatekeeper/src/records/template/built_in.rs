//! Templates for the project's own clinical schema (see [`crate::records::EhrStore`]).

use crate::records::Error;
use std::path::{Path, PathBuf};

macro_rules! built_in {
	($($name:literal),+ $(,)?) => {
		/// The files, as pairs of name and content.
		pub const FILES: &[(&str, &str)] = &[
			$((concat!($name, ".toml"), include_str!(concat!("../../../templates/", $name, ".toml"))),)+
		];
	};
}

built_in!("condition", "encounter", "immunization", "lab-result", "medication", "observation");

/// Writes the files into `folder`, which it makes if there is none, and leaves alone those that are
/// there. They must be signed before a gatekeeper takes them. Returns what it wrote.
pub fn install(folder: &Path) -> Result<Vec<PathBuf>, Error> {
	let fault = |source| Error::TemplatesFolder { path: folder.to_owned(), source };
	std::fs::create_dir_all(folder).map_err(fault)?;
	let mut written = Vec::new();
	for (name, content) in FILES {
		let path = folder.join(name);
		if !path.exists() {
			std::fs::write(&path, content).map_err(fault)?;
			written.push(path);
		}
	}
	Ok(written)
}
