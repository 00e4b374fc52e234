//! The rules of ARCHITECTURE.md and of the language, checked against the files of the workspace.

mod modules;
mod source;

use modules::{Crate, Module};
use std::{
	collections::{BTreeMap, BTreeSet},
	fs,
	path::{Path, PathBuf},
};

/// Which packages of the workspace a package may depend on, and through them on what those may. The
/// name `pallet` stands for every pallet: none may depend on another. Packages that are not named
/// here, as those in `tools`, may depend on none.
const MAY_DEPEND_ON: [(&str, &[&str]); 11] = [
	("medrec-primitives", &[]),
	("medrec-consensus", &["medrec-primitives"]),
	("pallet", &["medrec-primitives"]),
	("medrec-runtime", &["pallet"]),
	("medrec-node", &["medrec-runtime", "medrec-consensus"]),
	("medrec-protocol", &["medrec-primitives"]),
	("medrec-client", &["medrec-protocol"]),
	("medrec-gatekeeper", &["medrec-client"]),
	("medrec-cli", &["medrec-client"]),
	("medrec-e2e", &["medrec-client"]),
	("pallet-testing", &["medrec-primitives"]),
];

/// What the protocol does not depend on, so that it builds for browsers.
const NOT_IN_PROTOCOL: [&str; 4] = ["tokio", "subxt", "subxt-rpcs", "reqwest"];

/// Where in the gatekeeper a path may be named: its beginning, and the modules that may name it. A
/// module stands for those in it.
const GATEKEEPER_NAMES: [(&[&str], &[&str]); 9] = [
	(&["axum"], &["http"]),
	(&["sqlx"], &["records"]),
	(&["medrec_client", "chain"], &["chain"]),
	(&["crate", "http"], &["http", "startup", "commands"]),
	(&["crate", "app"], &["app", "http", "startup", "commands"]),
	(&["crate", "authz"], &["authz", "app"]),
	(&["crate", "chain"], &["chain", "authz", "app", "startup", "commands"]),
	(&["crate", "startup"], &["startup", "commands"]),
	(&["crate", "commands"], &["commands"]),
];

/// Words that the project does not use, in any case and as any part of an identifier.
const WORDS: [&str; 7] =
	["bell", "murmur", "chronicle", "patience", "steward", "judge", "underway"];

/// Identifiers that have another name now.
const NAMES: [&str; 7] = ["Told", "Lane", "Ground", "Mirror", "Refusal", "Facts", "Side"];

/// Texts that have another wording now.
const TEXTS: [&str; 11] = [
	"Effect::Refuse",
	"Event::Refused",
	"ActivityKind::Refused",
	"DenyReason::Refused",
	"--play",
	"Words every part",
	"at the door",
	"take the right from",
	"best block lies in the future",
	"clock here is slow",
	"something broke here",
];

fn root() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

/// The packages of the workspace: name, folder, and the packages it depends on outside of tests.
fn packages() -> Vec<(String, PathBuf, Vec<String>)> {
	let manifest = |folder: &Path| -> toml::Table {
		fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap()
	};
	let members = manifest(&root())["workspace"]["members"].as_array().unwrap().clone();
	members
		.iter()
		.map(|member| {
			let folder = root().join(member.as_str().unwrap());
			let manifest = manifest(&folder);
			let name = manifest["package"]["name"].as_str().unwrap().to_owned();
			let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
			let dependencies = dependencies.into_iter().flat_map(|table| table.keys().cloned());
			(name, folder, dependencies.collect())
		})
		.collect()
}

/// The files of these types in a folder, without those that are built or hidden.
fn files(folder: &Path, types: &[&str], found: &mut Vec<PathBuf>) {
	for entry in fs::read_dir(folder).unwrap() {
		let path = entry.unwrap().path();
		let name = path.file_name().unwrap().to_string_lossy().into_owned();
		if path.is_dir() {
			if !name.starts_with('.') && !["target", "node_modules"].contains(&&*name) {
				files(&path, types, found);
			}
		} else if path.extension().is_some_and(|kind| types.iter().any(|one| kind == *one)) {
			found.push(path);
		}
	}
}

/// The words of a text: identifiers are split at underscores and capital letters.
fn words(text: &str) -> BTreeSet<String> {
	let mut spaced = String::with_capacity(text.len());
	let mut lower = false;
	for letter in text.chars() {
		if !letter.is_alphanumeric() || (letter.is_uppercase() && lower) {
			spaced.push(' ');
		}
		if letter.is_alphanumeric() {
			spaced.extend(letter.to_lowercase());
		}
		lower = letter.is_lowercase();
	}
	spaced.split(' ').map(str::to_owned).collect()
}

fn assert_none(rule: &str, violations: &[String]) {
	assert!(violations.is_empty(), "{rule}\n  {}\n", violations.join("\n  "));
}

#[test]
fn packages_depend_in_the_allowed_directions() {
	let allowed: BTreeMap<&str, &[&str]> = MAY_DEPEND_ON.into();
	let packages = packages();
	let names: BTreeSet<&str> = packages.iter().map(|(name, ..)| &**name).collect();
	let key = |name: &str| match allowed.contains_key(name) || !name.starts_with("pallet-") {
		true => name.to_owned(),
		false => "pallet".to_owned(),
	};
	let mut violations = Vec::new();
	for (name, _, dependencies) in &packages {
		let mut reachable = BTreeSet::new();
		let direct = allowed.get(&*key(name)).copied().unwrap_or_default();
		let mut open: Vec<&str> = direct.to_vec();
		while let Some(next) = open.pop() {
			reachable.insert(next.to_owned());
			open.extend(allowed[next]);
		}
		let ours = dependencies.iter().filter(|dependency| names.contains(&***dependency));
		let forbidden = ours.filter(|dependency| !reachable.contains(&key(dependency)));
		let banned = dependencies.iter().filter(|dependency| {
			name == "medrec-protocol" && NOT_IN_PROTOCOL.contains(&&***dependency)
		});
		let violation = |dependency| format!("{name} depends on {dependency}");
		violations.extend(forbidden.chain(banned).map(violation));
	}
	assert_none("Only the directions of ARCHITECTURE.md are allowed:", &violations);
}

#[test]
fn the_layers_of_the_gatekeeper_are_kept() {
	let gatekeeper = Crate::read(&root().join("gatekeeper"), "medrec_gatekeeper");
	let mut violations = Vec::new();
	for (prefix, allowed) in GATEKEEPER_NAMES {
		let modules: BTreeSet<Module> = match prefix {
			["crate", module] => gatekeeper
				.references()
				.into_iter()
				.filter(|(_, to)| to.first().is_some_and(|first| first == module))
				.map(|(from, _)| from)
				.collect(),
			external => gatekeeper.naming(external).into_iter().collect(),
		};
		assert!(!modules.is_empty(), "nothing names {}", prefix.join("::"));
		for module in modules {
			// The root declares the modules.
			if module.first().is_some_and(|first| !allowed.contains(&&**first)) {
				violations.push(format!("{} names {}", module.join("::"), prefix.join("::")));
			}
		}
	}
	assert_none("In the gatekeeper, http -> app -> {authz, records, chain}:", &violations);
}

#[test]
fn no_folder_takes_part_in_an_import_cycle() {
	let mut violations = Vec::new();
	for (name, folder, _) in packages() {
		let cycles = Crate::read(&folder, &name.replace('-', "_")).cycles();
		violations.extend(cycles.iter().map(|cycle| format!("{name}: {cycle}")));
	}
	assert_none("Modules of different folders must not import each other in a cycle:", &violations);
}

#[test]
fn replaced_words_are_not_used() {
	let mut found = Vec::new();
	files(&root(), &["rs", "md"], &mut found);
	let mut violations = Vec::new();
	// The changelog names what was replaced, and so does this file.
	found.retain(|path| !path.ends_with("CHANGELOG.md") && !path.ends_with(file!()));
	for path in &found {
		let text = fs::read_to_string(path).unwrap();
		let words = words(&text);
		let names: BTreeSet<&str> =
			text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
		let used = WORDS.iter().filter(|word| words.contains(**word));
		let used = used.chain(NAMES.iter().filter(|name| names.contains(**name)));
		let used = used.chain(TEXTS.iter().filter(|part| text.contains(**part)));
		let path = path.strip_prefix(root()).unwrap().display();
		violations.extend(used.map(|used| format!("{path}: {used}")));
	}
	assert_none("These words were replaced (see the glossary in ARCHITECTURE.md):", &violations);
}

#[test]
fn no_module_is_named_mod_rs() {
	let mut found = Vec::new();
	for (_, folder, _) in packages() {
		files(&folder.join("src"), &["rs"], &mut found);
	}
	let modules = found.iter().filter(|path| path.ends_with("mod.rs"));
	let violations: Vec<String> = modules.map(|path| path.display().to_string()).collect();
	assert_none("A module with modules in it is name.rs beside a folder name/:", &violations);
}

#[test]
fn every_path_that_the_architecture_names_exists() {
	let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
	let quoted = text.split('`').skip(1).step_by(2);
	let paths = quoted.filter(|quoted| quoted.contains('/') && !quoted.contains([' ', '(', '<']));
	// The example of a new call names a file that is to be made.
	let missing: Vec<String> = paths
		.filter(|path| !path.ends_with("foo.rs") && !root().join(path).exists())
		.filter(|path| !["impls/", "tests/"].iter().any(|folder| path.starts_with(folder)))
		.map(str::to_owned)
		.collect();
	assert_none("ARCHITECTURE.md names files and folders that exist", &missing);
}
