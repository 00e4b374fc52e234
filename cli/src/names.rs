//! The user's own names for subjects, in a file beside the keys.

use crate::{
	directory::YOU,
	failure::{Failure, Result},
	files,
	parse::Party,
};
use medrec_primitives::{identity::SubjectId, H256};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
};

/// The name of the file. Its suffix is not that of a key.
const FILE: &str = "names.toml";

/// Checks that a text can be a name of the user's own.
pub fn check_name(name: &str) -> Result<()> {
	let message = match name.parse() {
		_ if name == YOU => "you is what your own subject is called; choose another name",
		Ok(Party::Name(parsed)) if parsed == name => return Ok(()),
		Ok(Party::Subject(_) | Party::Account(_)) => {
			"the name comes before the ID or the address that it stands for, as in medrec names add \
			 dr-weber ID"
		},
		_ => {
			"a name has 1 to 64 letters without accents, digits, dots, dashes and underscores, and no \
			 space; choose another name"
		},
	};
	Err(Failure::usage("invalid_name", message))
}

/// The failure for a name that the user gave to another subject.
pub fn name_exists(name: &str, other: SubjectId) -> Failure {
	let message = format!(
		"{name} is already the name of {other}; remove it first with medrec names remove {name}"
	);
	Failure::failed("name_exists", message)
}

/// Names of subjects. A subject belongs to one chain, so the names of each chain are kept apart, by the
/// hash of its genesis block.
type Chains = BTreeMap<String, BTreeMap<String, SubjectId>>;

/// The names of subjects of one chain.
#[derive(Clone, Debug)]
pub struct Names {
	path: PathBuf,
	chain: String,
	all: Chains,
}

impl Names {
	/// Reads the names from the folder of keys. Without a file there are none.
	pub fn read(folder: &Path, genesis: H256) -> Result<Names> {
		let path = folder.join(FILE);
		let all = match path.exists() {
			true => toml::from_str(&files::read_text(&path)?).map_err(|error| {
				let what = format!("{} is not a file of names: {error}", path.display());
				Failure::failed("bad_file", what)
			})?,
			false => Chains::default(),
		};
		Ok(Names { path, chain: format!("{genesis:?}"), all })
	}

	/// The names with their subjects, in alphabetical order.
	pub fn iter(&self) -> impl Iterator<Item = (&str, SubjectId)> {
		let names = self.all.get(&self.chain).into_iter().flatten();
		names.map(|(name, subject)| (name.as_str(), *subject))
	}

	/// The subject of a name.
	pub fn get(&self, name: &str) -> Option<SubjectId> {
		self.all.get(&self.chain)?.get(name).copied()
	}

	/// The first name of a subject in alphabetical order.
	pub fn name_of(&self, subject: SubjectId) -> Option<&str> {
		self.iter().find_map(|(name, other)| (other == subject).then_some(name))
	}

	/// Gives a subject a new name, and writes the file.
	pub fn add(&mut self, name: &str, subject: SubjectId) -> Result<()> {
		if let Some(other) = self.get(name) {
			return Err(name_exists(name, other));
		}
		self.all.entry(self.chain.clone()).or_default().insert(name.to_owned(), subject);
		self.write()
	}

	/// Removes a name, writes the file, and returns the subject.
	pub fn remove(&mut self, name: &str) -> Result<SubjectId> {
		let names = self.all.get_mut(&self.chain);
		let removed = names.and_then(|names| names.remove(name)).ok_or_else(|| {
			Failure::not_found(format!(
				"there is no name {name}; medrec names list lists the names"
			))
		})?;
		self.write()?;
		Ok(removed)
	}

	/// Writes a new file and puts it in place of the old one, so that an interruption loses nothing.
	fn write(&self) -> Result<()> {
		let text =
			toml::to_string(&self.all).map_err(|error| Failure::failed("cannot_write", error))?;
		files::replace_private(&self.path, text.as_bytes())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_name_is_no_id_no_address_and_not_you() {
		assert!(check_name("dr-weber").is_ok());
		let address = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
		for bad in ["", "you", "a b", "ann ", "0x1234abcd", address, &"a".repeat(65)] {
			assert_eq!(&*check_name(bad).unwrap_err().code, "invalid_name", "{bad}");
		}
	}

	#[test]
	fn names_are_kept_for_each_chain_apart() {
		let folder = tempfile::tempdir().unwrap();
		let keys = folder.path().join("keys");
		let (one, other) = (H256::repeat_byte(1), H256::repeat_byte(2));
		let subject = SubjectId::repeat_byte(3);
		let mut names = Names::read(&keys, one).unwrap();
		names.add("dr-weber", subject).unwrap();
		let again = Names::read(&keys, one).unwrap();
		assert_eq!(again.get("dr-weber"), Some(subject));
		assert_eq!(again.name_of(subject), Some("dr-weber"));
		assert_eq!(Names::read(&keys, other).unwrap().get("dr-weber"), None);
	}

	#[test]
	fn a_name_is_given_once_until_it_is_removed() {
		let folder = tempfile::tempdir().unwrap();
		let mut names = Names::read(folder.path(), H256::zero()).unwrap();
		let (one, other) = (SubjectId::repeat_byte(1), SubjectId::repeat_byte(2));
		names.add("a", one).unwrap();
		let error = names.add("a", other).unwrap_err();
		assert_eq!(&*error.code, "name_exists");
		assert_eq!(names.remove("a").unwrap(), one);
		assert_eq!(&*names.remove("a").unwrap_err().code, "not_found");
		names.add("a", other).unwrap();
		assert_eq!(names.get("a"), Some(other));
	}

	#[test]
	fn a_file_that_is_no_file_of_names_is_an_error_with_its_path() {
		let folder = tempfile::tempdir().unwrap();
		std::fs::write(folder.path().join(FILE), "a = 1").unwrap();
		let error = Names::read(folder.path(), H256::zero()).unwrap_err();
		assert_eq!(&*error.code, "bad_file");
		assert!(error.message.contains(FILE), "{}", error.message);
	}
}
