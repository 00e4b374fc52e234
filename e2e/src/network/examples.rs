//! The examples in the help of `medrec`, each of which a test runs.

use anyhow::{ensure, Result};
use std::collections::BTreeSet;

const EXAMPLES: &str = include_str!("../../../cli/examples.txt");

/// The mark of a section: the file of the test that runs the examples below it.
const SECTION: &str = "## ";

/// The examples with the files of the tests that run them.
pub fn examples() -> Vec<(&'static str, &'static str)> {
	let mut file = "";
	let mut examples = Vec::new();
	for line in EXAMPLES.lines() {
		match line.strip_prefix(SECTION) {
			Some(name) => file = name,
			None if line.is_empty() || line.starts_with('#') => {},
			None => examples.push((file, line)),
		}
	}
	examples
}

/// Checks that a test has run all examples of its file, and no others.
pub fn check_all_ran(file: &str, ran: &BTreeSet<String>) -> Result<()> {
	let of_file = examples().into_iter().filter(|(section, _)| *section == file);
	let expected: BTreeSet<&str> = of_file.map(|(_, line)| line).collect();
	let ran: BTreeSet<&str> = ran.iter().map(String::as_str).collect();
	let missing: Vec<_> = expected.difference(&ran).collect();
	ensure!(missing.is_empty(), "{file} did not run {missing:#?}");
	let others: Vec<_> = ran.difference(&expected).collect();
	ensure!(others.is_empty(), "{others:#?} are in another section than that of {file}");
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{fs, path::Path};

	#[test]
	fn every_example_is_in_the_section_of_a_test_that_runs_all_of_them() {
		let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
		for (file, line) in examples() {
			let test = fs::read_to_string(root.join(file)).unwrap_or_default();
			assert!(
				test.contains("all_examples_ran(file!())"),
				"{line}: {file:?} runs no examples"
			);
		}
	}

	#[test]
	fn an_example_that_was_not_run_is_found() {
		let (file, line) = *examples().first().unwrap();
		let all = examples().into_iter().filter(|(section, _)| *section == file);
		let mut ran: BTreeSet<String> = all.map(|(_, line)| line.to_owned()).collect();
		check_all_ran(file, &ran).unwrap();
		ran.remove(line);
		assert!(check_all_ran(file, &ran).is_err());
		ran.insert(line.to_owned());
		ran.insert("medrec fly".to_owned());
		assert!(check_all_ran(file, &ran).is_err());
	}
}
