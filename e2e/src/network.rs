//! Nodes, gatekeepers and terminals as processes, started as their operators start them.

mod blocks;
pub mod ehr;
mod examples;
mod gatekeeper;
mod node;
mod outputs;
mod patients;
mod person;
mod process;
mod publication;
mod research;
mod terminal;

pub use blocks::{best_after_import, read_blocks, seal_as, write_blocks, SignedBlock};
pub use gatekeeper::Gatekeeper;
pub use node::{next, number_of, Node};
pub use patients::{admit_patients, submit, Patient};
pub use person::{development_key, Person};
pub use publication::{older_records, Publication};
pub use research::{admit_volunteers, laboratory_template, offer_bounty, volunteer_uri};
pub use terminal::{text, Outcome, Target, Terminal};

use anyhow::{bail, ensure, Context, Result};
use std::{
	env,
	future::Future,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Output, Stdio},
	time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// The longest wait for one event. Only a failure takes so long.
pub const LIMIT: Duration = Duration::from_secs(180);

/// The pause between two looks at a state that has no subscription.
const POLL: Duration = Duration::from_millis(50);

/// The programs that a network runs.
const PROGRAMS: [&str; 4] = ["medrec-node", "medrec-gatekeeper", "medrec-ehr", "medrec"];

/// The programs of a network, and its files.
#[derive(Debug)]
pub struct Network {
	/// The folder of the programs.
	pub programs: PathBuf,
	/// The folder of all files.
	pub folder: PathBuf,
	/// Removes the folder when dropped.
	_temporary: Option<TempDir>,
}

impl Network {
	/// A network for a test: its folder is removed with it, and so it must outlive its nodes.
	///
	/// The programs are those in the folder that the environment variable `MEDREC_BIN_DIR` names, or
	/// else those of the build that the test belongs to.
	pub fn temporary() -> Result<Network> {
		let programs = match env::var_os("MEDREC_BIN_DIR") {
			Some(folder) => folder.into(),
			// Tests are in the folder `deps` beside the programs.
			None => env::current_exe()?.ancestors().nth(2).context("no folder")?.into(),
		};
		let temporary = tempfile::Builder::new().prefix("medrec-e2e-").tempdir()?;
		let network = Network::in_folder(programs, temporary.path().into())?;
		Ok(Network { _temporary: Some(temporary), ..network })
	}

	/// A network of the programs in one folder, with its files in another.
	///
	/// # Errors
	///
	/// If a program is missing.
	pub fn in_folder(programs: PathBuf, folder: PathBuf) -> Result<Network> {
		for program in PROGRAMS {
			let path = programs.join(program);
			let display = path.display();
			ensure!(path.is_file(), "{display} does not exist; run: cargo build --release --bins");
		}
		// A command may run in another folder than this process.
		Ok(Network { programs: programs.canonicalize()?, folder, _temporary: None })
	}

	/// Makes a folder of this name for the files of one process.
	fn new_folder(&self, name: &str) -> Result<PathBuf> {
		let folder = self.folder.join(name);
		std::fs::create_dir_all(&folder)?;
		Ok(folder)
	}

	/// A program, ready to be run to its end by [`finish`].
	pub fn command(&self, program: &str) -> Command {
		prepared(Command::new(self.programs.join(program)))
	}

	/// A line for a shell that finds the programs and runs in the folder of the files.
	pub fn shell(&self, line: &str) -> Result<Command> {
		let mut command = Command::new("sh");
		let others = env::var_os("PATH").unwrap_or_default();
		let folders = std::iter::once(self.programs.clone()).chain(env::split_paths(&others));
		command
			.args(["-c", line])
			.current_dir(&self.folder)
			.env("HOME", &self.folder)
			.env("PATH", env::join_paths(folders)?);
		Ok(prepared(command))
	}
}

fn prepared(mut command: Command) -> Command {
	command
		.stdin(Stdio::piped())
		.stdout(Stdio::piped())
		.stderr(Stdio::piped())
		// Ctrl-C reaches only the parent process, which ends its children itself.
		.process_group(0)
		.kill_on_drop(true);
	command
}

/// Runs a command to its end, with `input` as its standard input.
pub async fn finish(mut command: Command, input: &str) -> Result<Output> {
	let name = command.as_std().get_program().to_string_lossy().into_owned();
	let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
	if let Some(mut stdin) = child.stdin.take() {
		// A command that reads no input may have ended already.
		let _ = stdin.write_all(input.as_bytes()).await;
	}
	let output = timeout(LIMIT, child.wait_with_output()).await;
	Ok(output.with_context(|| format!("{name} did not end within {LIMIT:?}"))??)
}

/// Runs a command to its end, and returns its standard output if it succeeds.
pub async fn succeed(command: Command, input: &str) -> Result<String> {
	let line = format!("{:?}", command.as_std());
	let output = finish(command, input).await?;
	if !output.status.success() {
		bail!("{line}: {}", String::from_utf8_lossy(&output.stderr).trim());
	}
	Ok(String::from_utf8(output.stdout)?)
}

/// Polls until `look` returns a value, for at most [`LIMIT`].
pub async fn until<T, F>(event: &str, mut look: impl FnMut() -> F) -> Result<T>
where
	F: Future<Output = Result<Option<T>>>,
{
	let start = Instant::now();
	loop {
		if let Some(value) = look().await? {
			return Ok(value);
		}
		ensure!(start.elapsed() < LIMIT, "{event}: not seen within {LIMIT:?}");
		tokio::time::sleep(POLL).await;
	}
}

/// Writes a file that only its owner may read.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
	std::fs::write(path, text)?;
	std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
	Ok(())
}

/// A path as a command-line argument.
pub fn argument(path: &Path) -> Result<&str> {
	path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}

/// An HTTP client for servers on this machine. It ignores the proxy that the environment may name.
pub fn local_client() -> Result<reqwest::Client> {
	// An error means that a provider is installed already.
	let _ = rustls::crypto::ring::default_provider().install_default();
	Ok(reqwest::Client::builder().no_proxy().build()?)
}
