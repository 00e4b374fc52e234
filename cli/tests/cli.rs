//! Runs the binary as a user does, without a node.

use serde_json::Value;
use std::{
	fs,
	io::Write,
	os::unix::fs::PermissionsExt,
	process::{Command, Output, Stdio},
};
use tempfile::TempDir;

const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

/// The public key of `PHRASE//Alice` in sr25519.
const ALICE: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

/// A port without a listener.
const NOWHERE: &str = "ws://127.0.0.1:1";

const HASH: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";

/// A keystore, with a password in a file.
struct Home {
	folder: TempDir,
}

impl Home {
	fn new() -> Home {
		let home = Home { folder: tempfile::tempdir().unwrap() };
		home.file("password", "correct horse battery staple", 0o600);
		home
	}

	fn path(&self, name: &str) -> String {
		self.folder.path().join(name).to_str().unwrap().to_owned()
	}

	/// Writes a file and returns its path.
	fn file(&self, name: &str, text: &str, mode: u32) -> String {
		let path = self.path(name);
		fs::write(&path, text).unwrap();
		fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
		path
	}

	fn command(&self, arguments: &[&str]) -> Command {
		let mut command = Command::new(env!("CARGO_BIN_EXE_medrec"));
		command
			.env_clear()
			.env("MEDREC_NODE", NOWHERE)
			.env("MEDREC_KEYSTORE", self.path("keys"))
			.env("MEDREC_PASSWORD_FILE", self.path("password"))
			.args(arguments)
			.stdin(Stdio::null());
		command
	}

	fn run(&self, arguments: &[&str]) -> Output {
		self.command(arguments).output().unwrap()
	}

	/// Runs a command that must succeed, and returns its JSON.
	fn json(&self, arguments: &[&str]) -> Value {
		let output = self.run(&[arguments, &["--json"]].concat());
		assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
		serde_json::from_slice(&output.stdout).unwrap()
	}

	/// Runs a command that must fail with this status and code, and returns the message.
	fn fails(&self, status: i32, code: &str, arguments: &[&str]) -> String {
		let output = self.run(&[arguments, &["--json"]].concat());
		assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", stderr(&output));
		let text = stderr(&output);
		assert_eq!(text.trim_end().lines().count(), 1, "{text}");
		let error: Value = serde_json::from_str(&text).unwrap();
		assert_eq!(error["error"]["code"], code, "{arguments:?}: {text}");
		error["error"]["message"].as_str().unwrap().to_owned()
	}

	fn import(&self, name: &str, seed: &str) -> Value {
		let seed = self.file("seed", seed, 0o600);
		self.json(&["keys", "import", name, "--seed-file", &seed])
	}

	fn import_alice(&self, name: &str) -> Value {
		self.import(name, &format!("{PHRASE}//Alice\n"))
	}
}

fn stdout(output: &Output) -> String {
	String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
	String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_key_is_made_listed_shown_and_restored_from_its_seed() {
	let home = Home::new();
	let seed = home.path("seed");
	let made = home.json(&["keys", "create", "alice", "--seed-out", &seed]);
	assert_eq!(made["name"], "alice");
	assert_eq!(made["scheme"], "sr25519");
	assert_eq!(fs::read_to_string(&seed).unwrap().split_whitespace().count(), 12);
	assert!(made.get("seed").is_none());

	let list = home.json(&["keys", "list"]);
	assert_eq!(list["keys"][0]["address"], made["address"]);
	let shown = home.json(&["keys", "show", "alice"]);
	assert_eq!(shown["public_key"], made["public_key"]);
	assert_eq!(shown["node_reachable"], false);
	assert_eq!(shown["subject"], Value::Null);
	let address = home.run(&["keys", "address", "alice"]);
	assert_eq!(stdout(&address).trim(), made["address"]);

	let restored = home.json(&["keys", "import", "again", "--seed-file", &seed]);
	assert_eq!(restored["address"], made["address"]);
}

#[test]
fn a_new_seed_phrase_is_printed_as_text() {
	let home = Home::new();
	let output = home.run(&["keys", "create", "bob", "--scheme", "ed25519"]);
	assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
	let text = stdout(&output);
	let phrase = text.lines().find(|line| line.trim().split(' ').count() == 12).unwrap();
	let seed = home.file("bob.seed", phrase.trim(), 0o600);
	let arguments = ["keys", "import", "again", "--scheme", "ed25519", "--seed-file", &seed];
	let restored = home.json(&arguments);
	assert!(text.contains(restored["address"].as_str().unwrap()), "{text}");
}

#[test]
fn no_key_is_made_without_a_way_to_restore_it() {
	let home = Home::new();
	let message = home.fails(2, "usage", &["keys", "create", "bob"]);
	assert!(message.contains("--seed-out"), "{message}");
	assert_eq!(home.json(&["keys", "list"])["keys"].as_array().unwrap().len(), 0);
}

#[test]
fn seeds_come_from_files_and_from_the_standard_input() {
	let home = Home::new();
	assert_eq!(home.import_alice("alice")["public_key"], ALICE);

	let arguments = ["keys", "import", "piped", "--seed-file", "-", "--path", "//Alice", "--json"];
	let mut child =
		home.command(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
	child.stdin.take().unwrap().write_all(PHRASE.as_bytes()).unwrap();
	let output = child.wait_with_output().unwrap();
	let imported: Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(imported["public_key"], ALICE);
}

#[test]
fn a_key_file_is_imported_with_its_password() {
	let home = Home::new();
	home.import_alice("alice");
	let file = home.path("keys/alice.json");
	let imported = home.json(&["keys", "import", "wallet", "--json-file", &file]);
	assert_eq!(imported["public_key"], ALICE);

	home.file("password", "another one", 0o600);
	home.fails(1, "wrong_password", &["keys", "import", "third", "--json-file", &file]);
}

#[test]
fn an_encryption_key_is_made_once() {
	let home = Home::new();
	home.import_alice("alice");
	let made = home.json(&["keys", "encryption", "alice"]);
	let again = home.json(&["keys", "encryption"]);
	assert_eq!(made["encryption_key"], again["encryption_key"]);
	let list = home.json(&["keys", "list"]);
	assert_eq!(list["keys"].as_array().unwrap().len(), 1);
	assert_eq!(list["keys"][0]["has_encryption_key"], true);
	let shown = home.json(&["keys", "show"]);
	assert_eq!(shown["encryption_key"], made["encryption_key"]);
	home.fails(1, "key_not_found", &["keys", "encryption", "nobody"]);
}

#[test]
fn a_name_is_unique_and_valid() {
	let home = Home::new();
	home.import_alice("alice");
	home.fails(1, "key_exists", &["keys", "create", "alice"]);
	home.fails(2, "invalid_name", &["keys", "create", "../alice"]);
}

#[test]
fn exposed_and_invalid_secrets_are_rejected() {
	let home = Home::new();
	let exposed = home.file("open.seed", PHRASE, 0o644);
	let arguments = ["keys", "import", "alice", "--seed-file", &exposed];
	let message = home.fails(1, "exposed_secret", &arguments);
	assert!(message.contains("chmod 600"), "{message}");
	let bad = home.file("bad.seed", "not a seed at all", 0o600);
	let message = home.fails(1, "bad_secret", &["keys", "import", "alice", "--seed-file", &bad]);
	assert!(!message.contains("not a seed at all"), "{message}");
}

#[test]
fn a_password_and_a_seed_do_not_both_come_from_the_standard_input() {
	let home = Home::new();
	let arguments = ["keys", "import", "a", "--seed-file", "-", "--password-file", "-"];
	home.fails(2, "usage", &arguments);
}

#[test]
fn an_ambiguous_key_is_an_error() {
	let home = Home::new();
	home.fails(2, "no_key", &["keys", "show"]);
	home.import_alice("alice");
	home.import_alice("alice-2");
	let message = home.fails(2, "no_key", &["keys", "show"]);
	assert!(message.contains("alice, alice-2"), "{message}");
	assert_eq!(home.json(&["keys", "show", "--key", "alice"])["public_key"], ALICE);
}

#[test]
fn identifiers_are_keyed_hashes_of_the_contents_of_files() {
	let home = Home::new();
	let secret = home.file("provider.secret", &"07".repeat(32), 0o600);
	let local_id = home.file("patient.txt", "17\n", 0o600);
	let arguments =
		["registrar", "identifier", "--secret-file", &secret, "--local-id-file", &local_id];
	let one = home.json(&arguments);
	assert_eq!(one["identifier"].as_str().unwrap().len(), 66);
	assert_eq!(home.json(&arguments), one);
	let ward = home.json(&[arguments.as_slice(), &["--namespace", "ward"]].concat());
	assert_ne!(ward, one);
}

#[test]
fn without_a_node_commands_fail_as_unreachable() {
	let home = Home::new();
	home.import_alice("alice");
	let message = home.fails(5, "node_unreachable", &["chain", "status"]);
	assert!(message.contains(NOWHERE), "{message}");
	let query = ["query", "--relationship", HASH, "--record", HASH];
	home.fails(5, "node_unreachable", &query);

	let output = home.run(&["ppr", "accept", HASH]);
	assert_eq!(output.status.code(), Some(5));
	let text = stderr(&output);
	assert!(text.starts_with("error: cannot reach the node"), "{text}");
	assert_eq!(text.trim_end().lines().count(), 1, "{text}");
	assert!(output.stdout.is_empty());
}

#[test]
fn a_wrong_command_line_is_reported_as_usage() {
	let home = Home::new();
	let message = home.fails(2, "usage", &["ppr", "accept", "0x12"]);
	assert!(message.contains("64 hexadecimal digits"), "{message}");
	home.fails(2, "usage", &["ppr", "fly"]);
	home.fails(2, "usage", &["chain", "status", "--node", "http://127.0.0.1:1"]);
	let grant = ["ppr", "grant", "--relationship", HASH, "--to", HASH, "--purpose", "SALES"];
	let message = home.fails(2, "usage", &[grant.as_slice(), &["--all"]].concat());
	assert!(message.contains("TREAT"), "{message}");

	let output = home.run(&["ppr", "fly"]);
	assert_eq!(output.status.code(), Some(2));
	assert!(stderr(&output).contains("Usage: medrec ppr"), "{}", stderr(&output));
}

#[test]
fn files_of_the_wrong_kind_are_reported() {
	let home = Home::new();
	home.import_alice("alice");
	let bad = &home.file("bad.json", "[]", 0o600);
	home.fails(1, "bad_file", &["records", "verify", bad]);
	home.fails(1, "bad_file", &["summary", "history", "verify", bad]);
	let note = ["records", "post-note", "--relationship", HASH, "--file", bad];
	home.fails(1, "bad_note", &note);
	home.fails(1, "bad_file", &["records", "amend-note", "--note", bad, "--file", bad]);
	home.fails(1, "bad_file", &["records", "verify", "--note", bad, "--file", bad]);
	home.fails(1, "cannot_read", &["records", "verify", "/nowhere/answer.json"]);
}

#[test]
fn without_arguments_the_help_is_printed() {
	let home = Home::new();
	let output = home.run(&[]);
	assert_eq!(output.status.code(), Some(2));
	assert!(stderr(&output).contains("Usage: medrec"), "{}", stderr(&output));
	let version = home.run(&["--version"]);
	assert!(stdout(&version).starts_with("medrec "), "{}", stdout(&version));
}

/// The commands in the list of a help text.
fn commands_in(help: &str) -> Vec<String> {
	let Some((_, rest)) = help.split_once("\nCommands:\n") else { return Vec::new() };
	rest.lines()
		.take_while(|line| !line.is_empty())
		// Names are indented by two, and wrapped lines further.
		.filter(|line| line.starts_with("  ") && !line.starts_with("   "))
		.filter_map(|line| line.split_whitespace().next())
		.filter(|name| *name != "help")
		.map(str::to_owned)
		.collect()
}

#[test]
fn every_command_has_help_with_examples() {
	fn walk(home: &Home, path: &[String], seen: &mut u32) {
		let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
		arguments.push("--help");
		let output = home.run(&arguments);
		let help = stdout(&output);
		assert_eq!(output.status.code(), Some(0), "{path:?}");
		assert!(help.contains("Examples:\n"), "{path:?} has no examples:\n{help}");
		assert!(help.contains("--json"), "{path:?} does not mention --json:\n{help}");
		*seen += 1;
		for command in commands_in(&help) {
			walk(home, &[path, &[command]].concat(), seen);
		}
	}
	let mut seen = 0;
	walk(&Home::new(), &[], &mut seen);
	assert!(seen > 60, "{seen}");
}
