//! The program, as a shell runs it.

use serde_json::Value;
use std::{
	path::Path,
	process::{Command, Output},
};

fn medrec_ehr(folder: &Path, arguments: &[&str]) -> Output {
	Command::new(env!("CARGO_BIN_EXE_medrec-ehr"))
		.args(arguments)
		.current_dir(folder)
		.output()
		.unwrap()
}

fn json(output: &Output) -> Value {
	serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_schema_is_printed_and_a_database_created() {
	let folder = tempfile::tempdir().unwrap();
	let printed = medrec_ehr(folder.path(), &["schema"]);
	assert!(printed.status.success());
	assert!(String::from_utf8(printed.stdout).unwrap().contains("CREATE TABLE observations"));
	let printed = json(&medrec_ehr(folder.path(), &["schema", "--json"]));
	assert!(printed["schema"].as_str().unwrap().contains("CREATE TABLE observations"));
	let created = medrec_ehr(folder.path(), &["schema", "--database", "ehr.sqlite", "--json"]);
	assert_eq!(json(&created)["database"], "ehr.sqlite");
	assert!(folder.path().join("ehr.sqlite").exists());
}

#[test]
fn synthetic_patients_are_reported_on_the_standard_output() {
	let folder = tempfile::tempdir().unwrap();
	let seed = ["seed", "--database", "ehr.sqlite", "--patients", "2", "--seed", "7"];
	let text = medrec_ehr(folder.path(), &seed);
	assert!(text.status.success() && text.stderr.is_empty(), "no progress without a terminal");
	assert!(String::from_utf8(text.stdout).unwrap().ends_with("synthetic-7-0002\n"));
	let again = medrec_ehr(folder.path(), &[&["--json"], seed.as_slice()].concat());
	assert_eq!(json(&again)["report"]["unchanged"]["Patient"], 2);
}

#[test]
fn every_page_of_help_fits_a_terminal_and_its_examples_run() {
	let folder = tempfile::tempdir().unwrap();
	let bundles = folder.path().join("bundles");
	std::fs::create_dir(&bundles).unwrap();
	let bundle = medrec_ehr::synthetic::bundle(1, 1).to_string();
	std::fs::write(bundles.join("one.json"), bundle).unwrap();
	let archive = Command::new("tar")
		.args(["-czf", "bundles.tar.gz", "bundles"])
		.current_dir(folder.path())
		.status();
	assert!(archive.unwrap().success());
	for command in ["", "schema", "seed", "import-fhir"] {
		let words = Vec::from_iter(command.split_whitespace().chain(["--help"]));
		let page = String::from_utf8(medrec_ehr(folder.path(), &words).stdout).unwrap();
		assert!(page.lines().count() <= 24, "{page}");
		assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
		let examples = page.lines().filter_map(|line| line.strip_prefix("  medrec-ehr "));
		let examples = Vec::from_iter(examples.map(str::to_owned));
		assert!(!examples.is_empty(), "{page}");
		for example in examples {
			let arguments = Vec::from_iter(example.split(' '));
			let output = medrec_ehr(folder.path(), &arguments);
			let error = String::from_utf8_lossy(&output.stderr);
			assert!(output.status.success(), "medrec-ehr {example}: {error}");
		}
	}
}

#[test]
fn the_exit_status_tells_done_failed_wrong_usage_and_in_part_apart() {
	let folder = tempfile::tempdir().unwrap();
	let bundles = folder.path().join("in");
	std::fs::create_dir(&bundles).unwrap();
	let import = ["import-fhir", "in", "--database", "ehr.sqlite", "--json"];
	let status = |arguments: &[&str]| medrec_ehr(folder.path(), arguments).status.code();

	let empty = medrec_ehr(folder.path(), &import);
	assert_eq!(empty.status.code(), Some(1));
	let error: Value = serde_json::from_slice(&empty.stderr).unwrap();
	assert!(error["error"].as_str().unwrap().contains("no *.json files"));
	assert_eq!(status(&["seed", "--patients", "0", "--database", "ehr.sqlite"]), Some(1));
	assert_eq!(status(&["seed"]), Some(2));

	let bundle = medrec_ehr::synthetic::bundle(1, 1).to_string();
	std::fs::write(bundles.join("good.json"), bundle).unwrap();
	assert_eq!(status(&import), Some(0));
	std::fs::write(bundles.join("bad.json"), "{").unwrap();
	let in_part = medrec_ehr(folder.path(), &import);
	assert_eq!(in_part.status.code(), Some(4));
	assert_eq!(json(&in_part)["files"]["failed"][0]["file"], "bad.json");
}
