//! Typical mistakes, and what the program says about each. `mistakes.txt` holds both, for a reader to
//! review: each message says what happened and what to do.
//!
//! A line of the file that begins with `$` is a command line for a shell, in which `ID` and `ADDRESS`
//! stand for values, and `SILENT` and `WEB` for ports: of a server that says nothing before it closes,
//! and of a web server. One that begins with `#` is a heading.

use crate::home::{stderr, stdout, Home, PHRASE};
use std::{
	fs,
	io::{Read, Write},
	net::TcpListener,
	thread,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes.txt");

/// The least number of mistakes.
const ENOUGH: usize = 150;

/// A keystore with the keys `me` and `second`, and files of many kinds.
fn prepare() -> Home {
	let home = Home::new();
	home.import("me", &format!("{PHRASE}//Alice"));
	home.import("second", &format!("{PHRASE}//Bob"));
	let wallet = fs::read_to_string(home.path("keys/me.json")).unwrap();
	for (name, text, mode) in [
		("me.seed", PHRASE, 0o600),
		("open.seed", PHRASE, 0o644),
		("bad.seed", "bottom drive obey", 0o600),
		("misspelled.seed", &PHRASE.replace("walk", "wlak"), 0o600),
		("empty", "", 0o600),
		("wallet.json", &wallet, 0o600),
		("open.json", &wallet, 0o644),
		("answer.json", "{}", 0o600),
		("wrong.password", "incorrect donkey", 0o600),
		("open.password", "incorrect donkey", 0o644),
		("new.password", "a new one", 0o600),
		("a.secret", &"07".repeat(32), 0o600),
		("open.secret", &"07".repeat(32), 0o644),
		("patient.txt", "17", 0o600),
	] {
		home.file(name, text, mode);
	}
	home
}

/// A server that sends this text to each client, and closes. Returns its port.
fn serve(text: &'static str) -> String {
	let listener = TcpListener::bind("127.0.0.1:0").unwrap();
	let port = listener.local_addr().unwrap().port();
	thread::spawn(move || {
		for mut client in listener.incoming().flatten() {
			// A close with unread bytes would reset the connection.
			let _ = client.read(&mut [0; 4096]);
			let _ = client.write_all(text.as_bytes());
		}
	});
	port.to_string()
}

/// A message without what the command waited for, which depends on the speed of the machine.
fn without_notices(text: &str) -> String {
	let lines = text.lines().filter(|line| !line.starts_with("Waiting "));
	Vec::from_iter(lines).join("\n")
}

/// A message without what differs from run to run.
fn settled(home: &Home, text: &str, ports: &[(&str, &str)]) -> String {
	let mut text = text.replace(home.folder(), "FOLDER");
	for (name, port) in ports {
		text = text.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{name}"));
	}
	text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

/// With `UPDATE_MISTAKES=1`, the test writes the file. A new mistake is a new line in it.
#[test]
fn the_messages_of_mistakes_are_those_that_were_reviewed() {
	let home = prepare();
	let before = home.snapshot();
	let (silent, web) = (serve(""), serve("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
	let ports = [("SILENT", silent.as_str()), ("WEB", web.as_str())];
	let run = |line: &str| {
		let mut filled = line
			.replace("ADDRESS", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
			.replace(" ID", &format!(" 0x{}", "1f".repeat(32)));
		for (name, port) in ports {
			filled = filled.replace(name, port);
		}
		let output = home.shell(&filled).output().unwrap();
		let message = without_notices(&stderr(&output));
		let status = output.status.code().unwrap();
		assert!((1..=5).contains(&status), "{line}: {status} {message}");
		assert_eq!(stdout(&output), "", "{line}");
		assert!(!message.trim().is_empty(), "{line} says nothing");
		for never in ["panicked", "correct horse", "donkey", "bottom drive", "0707"] {
			assert!(!message.contains(never), "{line} says {never}: {message}");
		}
		format!("$ {line}\n[{status}] {}\n", settled(&home, message.trim_end(), &ports))
	};
	let checked_in = fs::read_to_string(FILE).unwrap();
	let is_read = |line: &&str| line.starts_with("# ") || line.starts_with("$ ");
	let lines = Vec::from_iter(checked_in.lines().filter(is_read));
	let count = lines.iter().filter(|line| line.starts_with('$')).count();
	assert!(count >= ENOUGH, "{count}");
	// All at once, since some wait for a node.
	let text_of = &|line: &str| match line.strip_prefix("$ ") {
		Some(line) => run(line),
		None => format!("{line}\n"),
	};
	let texts: Vec<String> = thread::scope(|scope| {
		let started: Vec<_> = lines.iter().map(|line| scope.spawn(move || text_of(line))).collect();
		started.into_iter().map(|thread| thread.join().unwrap()).collect()
	});
	assert_eq!(home.snapshot(), before, "a mistake changed a file");
	let text = texts.join("\n");
	if std::env::var_os("UPDATE_MISTAKES").is_some() {
		return fs::write(FILE, &text).unwrap();
	}
	let differs = checked_in.lines().zip(text.lines()).find(|(old, new)| old != new);
	assert!(
		checked_in == text,
		"run this test with UPDATE_MISTAKES=1 and review the change; the first: {differs:?}"
	);
}
