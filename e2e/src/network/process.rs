use super::until;
use anyhow::{bail, ensure, Context, Result};
use std::{
	fs::File,
	os::unix::process::CommandExt,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
};

/// A running program with its output in a log file. It is killed when this is dropped.
pub(super) struct Process {
	name: String,
	child: Child,
	log: PathBuf,
	/// The length of the log before this process.
	offset: usize,
}

impl Process {
	/// Starts `command` in a process group of its own, so that Ctrl-C reaches only the parent process,
	/// which ends its children itself. The output is appended to `log`.
	pub(super) fn start(mut command: Command, log: &Path) -> Result<Process> {
		let name = command.get_program().to_string_lossy().into_owned();
		let output = File::options().create(true).append(true).open(log)?;
		let offset = output.metadata()?.len().try_into()?;
		let child = command
			.stdin(Stdio::null())
			.stdout(output.try_clone()?)
			.stderr(output)
			.process_group(0)
			.spawn()
			.with_context(|| format!("cannot start {name}"))?;
		Ok(Process { name, child, log: log.into(), offset })
	}

	/// What it has logged.
	pub(super) fn output(&self) -> String {
		let log = std::fs::read(&self.log).unwrap_or_default();
		String::from_utf8_lossy(log.get(self.offset..).unwrap_or_default()).into_owned()
	}

	/// Kills it without a chance to clean up, as a loss of power does.
	pub(super) fn kill(&mut self) {
		// An error means that it has ended already.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}

	/// Sends it a signal by name, as `STOP`.
	pub(super) fn signal(&self, signal: &str) -> Result<()> {
		let id = self.child.id().to_string();
		let status = Command::new("kill").args(["-s", signal, &id]).status()?;
		ensure!(status.success(), "cannot send {signal} to {}", self.name);
		Ok(())
	}

	/// Asks it to stop, and waits until it has ended. Fails if its exit status is that of a failure.
	pub(super) async fn stop(mut self) -> Result<()> {
		self.signal("TERM")?;
		let mut ended = || std::future::ready(self.child.try_wait().map_err(Into::into));
		let status = until("the end of the process", &mut ended).await?;
		ensure!(status.success(), "{} ended ({status}); see {}", self.name, self.log.display());
		Ok(())
	}

	/// Polls until `look` returns a value. Fails if the process ends first.
	pub(super) async fn wait_for<T>(
		&mut self,
		event: &str,
		look: impl Fn(&Process) -> Option<T>,
	) -> Result<T> {
		until(event, || std::future::ready(self.poll(event, &look))).await
	}

	fn poll<T>(&mut self, event: &str, look: impl Fn(&Process) -> Option<T>) -> Result<Option<T>> {
		let value = look(self);
		if let (None, Some(status)) = (&value, self.child.try_wait()?) {
			bail!("{} ended ({status}) before {event}; see {}", self.name, self.log.display());
		}
		Ok(value)
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		self.kill();
	}
}
