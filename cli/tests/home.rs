use serde_json::Value;
use std::{
	collections::BTreeMap,
	fs,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Command, Output, Stdio},
};
use tempfile::TempDir;

pub const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

/// A port without a listener.
pub const NOWHERE: &str = "ws://127.0.0.1:1";

/// A keystore, with a password in a file.
pub struct Home {
	folder: TempDir,
}

impl Home {
	pub fn new() -> Home {
		let home = Home { folder: tempfile::tempdir().unwrap() };
		home.file("password", "correct horse battery staple", 0o600);
		home
	}

	pub fn path(&self, name: &str) -> String {
		self.folder.path().join(name).to_str().unwrap().to_owned()
	}

	/// The path of the folder of all files.
	pub fn folder(&self) -> &str {
		self.folder.path().to_str().unwrap()
	}

	/// The files with their contents.
	pub fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
		fn add(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
			for entry in fs::read_dir(folder).unwrap() {
				let path = entry.unwrap().path();
				match path.is_dir() {
					true => add(&path, files),
					false => drop(files.insert(path.clone(), fs::read(&path).unwrap())),
				}
			}
		}
		let mut files = BTreeMap::new();
		add(self.folder.path(), &mut files);
		files
	}

	/// Writes a file and returns its path.
	pub fn file(&self, name: &str, text: &str, mode: u32) -> String {
		let path = self.path(name);
		fs::write(&path, text).unwrap();
		fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
		path
	}

	pub fn command(&self, arguments: &[&str]) -> Command {
		let mut command = self.prepared(env!("CARGO_BIN_EXE_medrec"));
		command.args(arguments);
		command
	}

	/// A line for a shell that finds the program and runs in the folder.
	pub fn shell(&self, line: &str) -> Command {
		let program = Path::new(env!("CARGO_BIN_EXE_medrec"));
		let programs = program.parent().unwrap().to_str().unwrap();
		let mut command = self.prepared("sh");
		command
			.args(["-c", line])
			.env("PATH", format!("{programs}:/usr/local/bin:/usr/bin:/bin"))
			.env("HOME", self.folder())
			.current_dir(self.folder());
		command
	}

	fn prepared(&self, program: &str) -> Command {
		let mut command = Command::new(program);
		command
			.env_clear()
			.env("MEDREC_NODE", NOWHERE)
			.env("MEDREC_KEYSTORE", self.path("keys"))
			.env("MEDREC_PASSWORD_FILE", self.path("password"))
			.stdin(Stdio::null());
		command
	}

	pub fn run(&self, arguments: &[&str]) -> Output {
		self.command(arguments).output().unwrap()
	}

	/// Runs a command that must succeed, and returns its JSON.
	pub fn json(&self, arguments: &[&str]) -> Value {
		let output = self.run(&[arguments, &["--json"]].concat());
		assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
		serde_json::from_slice(&output.stdout).unwrap()
	}

	/// Runs a command that must fail with this status and code, and returns the message.
	pub fn fails(&self, status: i32, code: &str, arguments: &[&str]) -> String {
		let output = self.run(&[arguments, &["--json"]].concat());
		assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", stderr(&output));
		let text = stderr(&output);
		assert_eq!(text.trim_end().lines().count(), 1, "{text}");
		let error: Value = serde_json::from_str(&text).unwrap();
		assert_eq!(error["error"]["code"], code, "{arguments:?}: {text}");
		error["error"]["message"].as_str().unwrap().to_owned()
	}

	pub fn import(&self, name: &str, seed: &str) -> Value {
		let seed = self.file("seed", seed, 0o600);
		self.json(&["keys", "import", name, "--seed-file", &seed])
	}

	pub fn import_alice(&self, name: &str) -> Value {
		self.import(name, &format!("{PHRASE}//Alice\n"))
	}
}

pub fn stdout(output: &Output) -> String {
	String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
	String::from_utf8(output.stderr.clone()).unwrap()
}
