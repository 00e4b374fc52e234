//! A shell in a terminal that runs the commands of documents.

use anyhow::{bail, Context, Result};
use std::{
	fs::{self, File},
	net::TcpListener,
	path::{Path, PathBuf},
	process::Stdio,
	time::Duration,
};
use tokio::{process::Command, time::timeout};

/// The longest time for all steps of a session. Only a failure takes so long.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// The longest time for which a step is repeated. Only a failure takes so long.
const REPEAT: Duration = Duration::from_secs(180);

/// What the session prints before each step and after the last one.
const STEP: char = '\x1e';

/// What the session prints before it says why it stops.
const STOP: char = '\x1d';

/// The default ports of the programs.
const DEFAULT_PORTS: [u16; 5] = [9944, 30333, 9615, 8080, 9620];

/// What a session shares with the rest of the machine.
pub enum Isolation {
	/// Everything: its commands may connect to servers outside of it.
	None,
	/// It has a loopback interface of its own, so that its ports collide with no others.
	Network,
	/// The machine allows no interface of its own. Sessions of this kind take turns.
	Turn(File),
}

impl Isolation {
	/// The strictest isolation that this machine allows.
	///
	/// # Errors
	///
	/// If programs of other users listen on the default ports.
	pub async fn strictest() -> Result<Isolation> {
		if isolated(&["true"]).status().await.is_ok_and(|status| status.success()) {
			return Ok(Isolation::Network);
		}
		let lock = File::create(std::env::temp_dir().join("medrec-guides.lock"))?;
		lock.lock()?;
		for port in DEFAULT_PORTS {
			TcpListener::bind(("127.0.0.1", port)).with_context(|| {
				format!(
					"port {port} is taken, and this machine allows no network namespace (unshare); \
					 end the program that listens there"
				)
			})?;
		}
		Ok(Isolation::Turn(lock))
	}
}

/// A command in a network namespace of its own, in which the loopback interface is up.
fn isolated(command: &[&str]) -> Command {
	let mut unshare = Command::new("unshare");
	unshare
		.args(["--map-root-user", "--net", "sh", "-c", r#"ip link set lo up && exec "$@""#, "sh"])
		.args(command)
		.stdin(Stdio::null())
		.stdout(Stdio::null())
		.stderr(Stdio::null());
	unshare
}

/// Commands that are run together.
#[derive(Clone, Debug)]
pub struct Step {
	/// Where they are written, as `patient.md:12`.
	pub place: String,
	/// The commands.
	pub commands: String,
	/// How they end.
	pub end: End,
}

/// How commands that are run together end. By default, all of them succeed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct End {
	/// The last one fails.
	pub fails: bool,
	/// They are repeated until the last one ends as it should.
	pub soon: bool,
}

/// A terminal of 80 columns with a shell. What the shell starts ends with it.
pub struct Session {
	folder: PathBuf,
	isolation: Isolation,
	/// Whether programs may print colours.
	pub color: bool,
}

impl Session {
	/// A session with its files in `folder`. Its home is new, and has the programs where a build leaves
	/// them: in `~/.cache/medrec/target/release`.
	pub fn new(folder: &Path, programs: &Path, isolation: Isolation) -> Result<Session> {
		let session = Session { folder: folder.into(), isolation, color: false };
		let target = session.home().join(".cache/medrec/target");
		fs::create_dir_all(&target)?;
		std::os::unix::fs::symlink(programs, target.join("release"))?;
		Ok(session)
	}

	/// The home folder.
	pub fn home(&self) -> PathBuf {
		self.folder.join("home")
	}

	/// Runs all steps in one shell; returns what each of them printed.
	///
	/// # Errors
	///
	/// If a command fails that should not, or the other way round. The error has what the step printed
	/// and the ends of the logs.
	pub async fn run(&self, steps: &[Step]) -> Result<Vec<String>> {
		fs::write(self.folder.join("session.sh"), script(steps))?;
		let printed = self.folder.join("printed");
		let mut command = self.terminal();
		command.stdout(File::create(&printed)?).stderr(Stdio::inherit());
		let mut child = command.spawn().context("cannot start script, of the package bsdutils")?;
		let in_time = timeout(LIMIT, child.wait()).await.is_ok();
		let printed = String::from_utf8_lossy(&fs::read(&printed)?).replace("\r\n", "\n");
		let mut parts = printed.split(STEP).skip(1).peekable();
		let mut outputs = Vec::with_capacity(steps.len());
		for Step { place, commands, .. } in steps {
			let part = parts.next().context("the shell did not start")?;
			let (output, reason) = match part.split_once(STOP) {
				Some((output, reason)) => (output, reason.trim_end()),
				None if parts.peek().is_some() => {
					outputs.push(part.to_owned());
					continue;
				},
				None if in_time => (part, "the shell ended"),
				None => (part, "the commands did not end in time"),
			};
			let logs = ends_of_logs(&self.home());
			bail!("{place}: {reason}\n--- commands\n{commands}--- output\n{output}{logs}");
		}
		Ok(outputs)
	}

	/// A terminal that runs the script.
	fn terminal(&self) -> Command {
		let shell = r#"exec bash "$HOME/../session.sh""#;
		let terminal =
			["script", "--quiet", "--return", "--flush", "--command", shell, "/dev/null"];
		let mut command = match self.isolation {
			Isolation::Network => isolated(&terminal),
			Isolation::None | Isolation::Turn(_) => {
				let [program, arguments @ ..] = terminal;
				let mut command = Command::new(program);
				command.args(arguments).stdin(Stdio::null());
				command
			},
		};
		let path = std::env::var_os("PATH").unwrap_or_default();
		command
			.env_clear()
			.env("PATH", path)
			.env("HOME", self.home())
			.env("LANG", "C.UTF-8")
			.env("TERM", "xterm-256color")
			.current_dir(self.home())
			.kill_on_drop(true);
		if !self.color {
			command.env("NO_COLOR", "1");
		}
		command
	}
}

/// The script of a shell that stops at the first step that does not end as it should.
fn script(steps: &[Step]) -> String {
	// The marks, in octal digits, go to the terminal wherever the output of a command goes.
	let mut script = String::from("stty cols 80 rows 40\nset -o pipefail\nexec 9>&1\n");
	let begin =
		r#"set -e; trap 'printf "\035failed: %s\n" "$BASH_COMMAND" >&9' ERR; printf '\036'"#;
	let seconds = REPEAT.as_secs();
	for Step { commands, end: End { fails, soon }, .. } in steps {
		let (repeat, expected) = match fails {
			false => ("until", "succeed"),
			true => ("while", "fail"),
		};
		let report =
			format!(r"{{ printf '\035this should {expected}, and did not\n' >&9; exit 1; }}");
		script += &match (fails, soon) {
			(false, false) => format!("{begin}\n{commands}"),
			(true, false) => format!("{begin}\nif {{\n{commands}}} then {report}; fi\n"),
			(_, true) => format!(
				"{begin}\nSECONDS=0\n{repeat} {{\n{commands}}} do\n\
				 [ $SECONDS -lt {seconds} ] || {report}\nsleep 0.2\ndone\n"
			),
		};
	}
	script + "printf '\\036'\n"
}

/// The last lines of the logs in a folder and the folders in it.
fn ends_of_logs(folder: &Path) -> String {
	const LINES: usize = 20;
	let mut text = String::new();
	for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
		let path = entry.path();
		if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
			text.push_str(&ends_of_logs(&path));
		} else if path.extension().is_some_and(|kind| kind == "log") {
			let log = fs::read(&path).unwrap_or_default();
			let log = String::from_utf8_lossy(&log);
			let lines: Vec<&str> = log.lines().collect();
			let end = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default();
			text.push_str(&format!("\n--- the end of {}\n{}\n", path.display(), end.join("\n")));
		}
	}
	text
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Runs steps that need none of the programs. They fail if their text begins with `!`, and end soon
	/// if it begins with `~`.
	async fn run(steps: &[&str]) -> Result<Vec<String>> {
		let folder = tempfile::tempdir()?;
		let session = Session::new(folder.path(), folder.path(), Isolation::None)?;
		let steps = steps.iter().map(|text| {
			let commands = text.trim_start_matches(['!', '~']);
			let marks = &text[..text.len() - commands.len()];
			let end = End { fails: marks.contains('!'), soon: marks.contains('~') };
			Step { place: "guide.md:1".into(), commands: format!("{commands}\n"), end }
		});
		session.run(&Vec::from_iter(steps)).await
	}

	#[tokio::test]
	async fn steps_share_one_shell_in_a_terminal() {
		let steps = ["A=1\ncd /tmp", "echo $A in $PWD", "!false", "stty size; test -t 1"];
		let printed = run(&steps).await.unwrap();
		assert_eq!(printed, ["", "1 in /tmp\n", "", "40 80\n"]);
	}

	#[tokio::test]
	async fn a_step_that_ends_soon_is_repeated() {
		let steps = ["A=", "~A=1$A; echo $A; test $A = 111", "~!A=${A#1}; test $A", "test -z $A"];
		let printed = run(&steps).await.unwrap();
		assert_eq!(printed, ["", "1\n11\n111\n", "", ""]);
	}

	#[tokio::test]
	async fn a_step_that_does_not_end_as_it_should_is_an_error_with_its_output() {
		for (steps, parts) in [
			(&["echo seen; false; echo not seen"][..], ["failed: false", "seen"]),
			(&["false | cat"], ["failed: cat", "false | cat"]),
			(&["true", "!echo fine"], ["should fail, and did not", "fine"]),
			(&["exit 0"], ["the shell ended", "exit 0"]),
			(&["for n in 1 2; do test $n = 1; done > log"], ["failed: test $n = 1", "guide.md:1"]),
		] {
			let error = format!("{:#}", run(steps).await.unwrap_err());
			assert!(parts.iter().all(|part| error.contains(part)), "{error}");
		}
	}

	#[tokio::test]
	async fn what_a_session_starts_ends_with_it() {
		let printed = run(&["sleep 12345 &\necho $!"]).await.unwrap();
		let process = PathBuf::from(format!("/proc/{}/stat", printed[0].trim()));
		let gone = async || {
			let state = fs::read_to_string(&process).unwrap_or_default();
			// It may be a zombie, until its parent process waits for it.
			Ok((state.is_empty() || state.contains(") Z ")).then_some(()))
		};
		crate::network::until("the end of the process", gone).await.unwrap();
	}

	#[tokio::test]
	async fn an_isolated_session_has_ports_of_its_own() {
		let folder = tempfile::tempdir().unwrap();
		let taken = TcpListener::bind("127.0.0.1:0").unwrap();
		let port = taken.local_addr().unwrap().port();
		let isolation = Isolation::strictest().await.unwrap();
		if !matches!(isolation, Isolation::Network) {
			println!("skipped: this machine allows no network namespace");
			return;
		}
		let session = Session::new(folder.path(), folder.path(), isolation).unwrap();
		let commands = format!("(: < /dev/tcp/127.0.0.1/{port}) 2> refused\n");
		let end = End { fails: true, soon: false };
		let step = Step { place: "guide.md:1".into(), commands, end };
		session.run(&[step]).await.unwrap();
		let refused = fs::read_to_string(session.home().join("refused")).unwrap();
		assert!(refused.contains("refused"), "{refused}");
	}
}
