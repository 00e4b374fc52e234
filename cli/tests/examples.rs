//! Runs the examples of the help that need no node.

use crate::home::{stderr, stdout, Home};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeSet, fs};

const EXAMPLES: &str = include_str!("../examples.txt");

/// Runs lines of `examples.txt`.
struct Examples {
	home: Home,
	ran: RefCell<BTreeSet<String>>,
}

impl Examples {
	/// Runs an example, which succeeds; returns what it prints.
	fn run(&self, line: &str) -> String {
		let output = self.home.shell(line).output().unwrap();
		assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
		self.ran.borrow_mut().insert(line.to_owned());
		stdout(&output)
	}

	fn json(&self, line: &str) -> Value {
		serde_json::from_str(&self.run(line)).unwrap()
	}

	/// Checks that the examples of this file, and no others, were run.
	fn all_examples_ran(&self, file: &str) {
		let of_file = |section: &&str| section.lines().next() == Some(file);
		let section = EXAMPLES.split("\n## ").find(of_file).unwrap();
		let lines = section.lines().skip(1).filter(|line| !line.is_empty());
		let expected: BTreeSet<String> = lines.map(ToOwned::to_owned).collect();
		assert_eq!(expected, *self.ran.borrow());
	}
}

#[test]
fn examples_of_keys_and_of_the_program_itself_succeed() {
	let home = Home::new();
	home.file("gate.password", "a password of its own", 0o600);
	home.file("new.password", "a new one", 0o600);
	home.file("a.secret", &"07".repeat(32), 0o600);
	home.file("patient.txt", "17", 0o600);
	for folder in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"]
	{
		fs::create_dir_all(home.path(folder)).unwrap();
	}
	let examples = Examples { home, ran: RefCell::default() };
	let Examples { home, .. } = &examples;

	let made = examples.run("medrec keys create me");
	let phrase = made.lines().map(str::trim).find(|line| line.split(' ').count() == 12).unwrap();
	home.file("me.seed", phrase, 0o600);
	examples.run("medrec keys create gate --seed-out gate.seed --password-file gate.password");
	examples.run("medrec keys create votes --scheme ed25519 --seed-out votes.seed");
	examples.run("medrec keys import again --seed-file me.seed");
	examples.run("medrec keys import me-at-b --seed-file - --path //medrec//1 < me.seed");
	assert!(examples.run("medrec keys list").contains("me-at-b"));
	let listed = examples.json("medrec keys list --json");
	assert_eq!(listed["keys"].as_array().unwrap().len(), 5);
	assert!(examples.run("medrec keys show me").contains("no node"));
	let shown = examples.json("medrec keys show me --json");
	assert_eq!(examples.run("medrec keys address me").trim(), shown["address"]);
	assert_eq!(examples.json("medrec keys address again --json")["address"], shown["address"]);
	let sealing = examples.run("medrec keys encryption me");
	assert!(sealing.contains("set-encryption-key --key me"), "{sealing}");
	examples.run("medrec keys export me --out me.json");
	examples.run("medrec keys import wallet --json-file me.json");
	examples.run("medrec keys rename wallet phone");
	examples.run("medrec keys remove phone --yes");
	examples.run("medrec keys passwd me --new-password-file new.password");

	let identifier = examples
		.run("medrec registrar identifier --secret-file a.secret --local-id-file patient.txt");
	assert_eq!(identifier.trim().len(), 66);

	examples.run("medrec completion bash > ~/.local/share/bash-completion/completions/medrec");
	examples.run("medrec completion zsh > ~/.zfunc/_medrec");
	examples.run("medrec completion fish > ~/.config/fish/completions/medrec.fish");
	let completion = home.path(".local/share/bash-completion/completions/medrec");
	let complete = format!(". {completion} && complete -p medrec");
	let bash = home.shell(&format!("bash -c '{complete}'")).output().unwrap();
	assert!(stdout(&bash).contains("medrec"), "{}", stderr(&bash));
	assert!(fs::read_to_string(home.path(".zfunc/_medrec"))
		.unwrap()
		.starts_with("#compdef medrec"));

	assert!(examples.json("medrec schema keys list")["properties"]["keys"].is_object());
	assert!(examples.json("medrec schema error")["properties"]["error"].is_object());
	assert!(examples.json("medrec schema --json")["commands"]["keys list"].is_object());
	assert!(examples.run("medrec help keys import").contains("--json-file"));
	assert!(examples.run("medrec help options").contains("--password-file"));

	examples.all_examples_ran(file!());
}
