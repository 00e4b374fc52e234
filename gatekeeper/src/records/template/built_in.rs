//! Templates for the example schema of `medrec-ehr`.

use crate::records::error::Error;
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

/// Writes the files into `folder`, which is created if it does not exist. Files that exist are left
/// alone. A gatekeeper loads them only after they are signed. Returns the files that were written.
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
