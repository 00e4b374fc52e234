//! Runs the binary as a user does, without a node.

mod examples;
mod home;
mod mistakes;

use home::{stderr, stdout, Home, NOWHERE, PHRASE};
use serde_json::Value;
use std::{fs, io::Write, process::Stdio};

/// The public key of `PHRASE//Alice` in sr25519.
const ALICE: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

const HASH: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";

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
fn a_key_is_removed_on_confirmation_only() {
	let home = Home::new();
	let made = home.import_alice("alice");
	home.json(&["keys", "encryption", "alice"]);
	let message = home.fails(2, "not_confirmed", &["keys", "remove", "alice"]);
	assert!(message.contains("--yes"), "{message}");
	let removed = home.json(&["keys", "remove", "alice", "--yes"]);
	assert_eq!(removed["address"], made["address"]);
	assert_eq!(removed["had_encryption_key"], true);
	assert_eq!(removed["node_reachable"], false);
	assert_eq!(fs::read_dir(home.path("keys")).unwrap().count(), 0);
	home.fails(1, "key_not_found", &["keys", "remove", "alice", "--yes"]);
}

/// Runs a line at a terminal; returns its exit status and what the terminal shows. `typed` is what a
/// person types there.
fn at_a_terminal(home: &Home, line: &str, typed: &str) -> (Option<i32>, String) {
	let mut command = home.shell(&format!("script --quiet --return --command '{line}' /dev/null"));
	let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
	child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
	let output = child.wait_with_output().unwrap();
	(output.status.code(), stdout(&output))
}

#[test]
fn colour_is_for_terminals_without_an_objection() {
	let home = Home::new();
	home.import_alice("alice");
	let shown = |line: &str| at_a_terminal(&home, line, "").1;
	let bold = "\u{1b}[1mKeys";
	let coloured = shown("TERM=xterm medrec keys list");
	assert!(coloured.contains(bold), "{coloured}");
	for line in [
		"NO_COLOR=1 TERM=xterm medrec keys list",
		"TERM=dumb medrec keys list",
		"TERM=xterm medrec keys list | cat",
		"TERM=xterm medrec keys list --json",
	] {
		let plain = shown(line);
		assert!(plain.contains("alice") && !plain.contains('\u{1b}'), "{line}: {plain}");
	}
	// An empty value is none.
	assert!(shown("NO_COLOR= TERM=xterm medrec keys list").contains(bold));
	let piped = stdout(&home.run(&["keys", "list"]));
	assert!(piped.contains("alice\t") && !piped.contains('\u{1b}'), "{piped}");
}

#[test]
fn an_id_that_is_all_of_an_output_is_whole_at_a_terminal_too() {
	let home = Home::new();
	home.file("secret", &"07".repeat(32), 0o600);
	home.file("patient", "17", 0o600);
	let line = "medrec registrar identifier --secret-file secret --local-id-file patient";
	let piped = stdout(&home.shell(line).output().unwrap());
	assert_eq!(piped.trim().len(), 66, "{piped}");
	let (_, shown) = at_a_terminal(&home, line, "");
	assert!(shown.contains(piped.trim()), "{shown}");
}

#[test]
fn a_command_that_waits_says_for_what_unless_a_program_reads_it() {
	let home = Home::new();
	let notice = "Waiting for the node at ws://127.0.0.1:1.";
	let logged = stderr(&home.run(&["council", "list"]));
	let lines = Vec::from_iter(logged.lines());
	assert_eq!((lines.len(), lines[0]), (2, notice), "{logged}");
	assert!(lines[1].starts_with("error: cannot reach the node"), "{logged}");
	let (_, shown) = at_a_terminal(&home, "medrec council list", "");
	assert!(shown.contains(notice), "{shown}");
	let read = stderr(&home.run(&["council", "list", "--json"]));
	assert_eq!(read.lines().count(), 1, "{read}");
}

#[test]
fn at_a_terminal_the_name_of_a_key_is_asked_for_before_it_is_removed() {
	let home = Home::new();
	home.import_alice("alice");
	let (status, shown) = at_a_terminal(&home, "medrec keys remove alice", "alic\n");
	assert_eq!(status, Some(1), "{shown}");
	assert!(shown.contains("is lost for good"), "{shown}");
	assert!(shown.contains("still in the keystore"), "{shown}");
	home.json(&["keys", "show", "alice"]);
	let (status, shown) = at_a_terminal(&home, "medrec keys remove alice", "alice\n");
	assert_eq!(status, Some(0), "{shown}");
	home.fails(1, "key_not_found", &["keys", "show", "alice"]);
}

#[test]
fn at_a_terminal_a_new_password_is_typed_twice() {
	let home = Home::new();
	home.import_alice("alice");
	let (status, shown) = at_a_terminal(&home, "medrec keys passwd alice", "one\ntwo\n");
	assert_eq!(status, Some(1), "{shown}");
	assert!(shown.contains("nothing was changed"), "{shown}");
	home.json(&["keys", "encryption", "alice"]);
	let (status, shown) = at_a_terminal(&home, "medrec keys passwd alice", "one\none\n");
	assert_eq!(status, Some(0), "{shown}");
	let new = home.file("new", "one", 0o600);
	let old = home.path("password");
	home.fails(1, "wrong_password", &["keys", "passwd", "alice", "--new-password-file", &old]);
	let back = ["keys", "passwd", "alice", "--password-file", &new, "--new-password-file", &old];
	home.json(&back);
}

#[test]
fn a_key_is_renamed_with_its_encryption_key() {
	let home = Home::new();
	let made = home.import_alice("alice");
	let sealing = home.json(&["keys", "encryption", "alice"]);
	home.import_alice("bob");
	home.fails(1, "key_exists", &["keys", "rename", "alice", "bob"]);
	home.json(&["keys", "rename", "alice", "carol"]);
	let shown = home.json(&["keys", "show", "carol"]);
	assert_eq!(shown["address"], made["address"]);
	assert_eq!(shown["encryption_key"], sealing["encryption_key"]);
	home.fails(1, "key_not_found", &["keys", "show", "alice"]);
}

#[test]
fn an_exported_key_is_private_and_imports_with_its_password() {
	use std::os::unix::fs::PermissionsExt;
	let home = Home::new();
	let made = home.import_alice("alice");
	let file = home.path("alice.json");
	let exported = home.json(&["keys", "export", "alice", "--out", &file]);
	assert_eq!(exported["address"], made["address"]);
	assert_eq!(exported["has_encryption_key"], false);
	let mode = fs::metadata(&file).unwrap().permissions().mode();
	assert_eq!(mode & 0o777, 0o600);
	home.fails(1, "file_exists", &["keys", "export", "alice", "--out", &file]);
	let imported = home.json(&["keys", "import", "again", "--json-file", &file]);
	assert_eq!(imported["public_key"], made["public_key"]);
	home.file("password", "another one", 0o600);
	home.fails(1, "wrong_password", &["keys", "import", "third", "--json-file", &file]);
}

#[test]
fn a_password_is_changed_for_both_keys() {
	let home = Home::new();
	home.import_alice("alice");
	home.json(&["keys", "encryption", "alice"]);
	let new = home.file("new", "another one", 0o600);
	let passwd = ["keys", "passwd", "alice", "--new-password-file", &new];
	let changed = home.json(&passwd);
	assert_eq!(changed["has_encryption_key"], true);
	let message = home.fails(1, "wrong_password", &passwd);
	assert!(message.contains("the password is wrong"), "{message}");
	// Back again: both files have the new password.
	let old = home.path("password");
	let back = ["keys", "passwd", "alice", "--password-file", &new, "--new-password-file", &old];
	home.json(&back);
	home.json(&passwd);
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
	let message = home.fails(5, "node_unreachable", &["council", "list"]);
	assert!(message.contains(NOWHERE), "{message}");
	let query = ["query", "--relationship", HASH, "--record", HASH];
	home.fails(5, "node_unreachable", &query);
}

#[test]
fn a_wrong_command_line_is_reported_as_usage() {
	let home = Home::new();
	let message = home.fails(2, "usage", &["ppr", "accept", "0x12"]);
	assert!(message.contains("64 hexadecimal digits"), "{message}");
	home.fails(2, "usage", &["ppr", "fly"]);
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
fn hidden_characters_of_a_message_do_not_reach_the_terminal() {
	let home = Home::new();
	let hidden = ['\u{9b}', '\u{202e}', '\u{200b}'];
	let file = format!("/nowhere/{}.json", String::from_iter(hidden));
	let verify = ["records", "verify", &file, "--json"];
	for arguments in [&verify[..3], &verify[..]] {
		let printed = stderr(&home.run(arguments));
		assert!(printed.contains("/nowhere/") && !printed.contains(hidden), "{printed}");
	}
	// The JSON still means the same.
	assert!(home.fails(1, "cannot_read", &verify[..3]).contains(&file));
}

#[test]
fn the_version_is_printed() {
	let version = Home::new().run(&["--version"]);
	assert!(stdout(&version).starts_with("medrec "), "{}", stdout(&version));
}

#[test]
fn a_page_of_help_names_the_page_that_says_everything() {
	let home = Home::new();
	let page = stdout(&home.run(&["keys", "import", "--help"]));
	assert!(page.contains("More: medrec help keys import\n"), "{page}");
	let all = stdout(&home.run(&["help", "keys", "import"]));
	assert!(all.contains("readable by its owner only"), "{all}");
	assert!(!all.contains("--keystore"), "{all}");
	let options = stdout(&home.run(&["help", "options"]));
	assert!(options.contains("--keystore") && options.contains("MEDREC_KEYSTORE"), "{options}");
	assert_eq!(home.json(&["help", "options"])["help"], options.trim_end());
	let program = stdout(&home.run(&["help"]));
	assert!(program.contains("Usage: medrec"), "{program}");
	home.fails(2, "unknown_command", &["help", "fly"]);
}

#[test]
fn the_schema_of_an_output_is_printed() {
	let home = Home::new();
	let schema = home.json(&["schema", "keys", "address"]);
	assert_eq!(schema["properties"]["address"]["type"], "string");
	assert_eq!(schema["required"], serde_json::json!(["address"]));
	home.fails(2, "unknown_command", &["schema", "keys"]);
}
