//! Child processes that end with the demonstration.

use anyhow::{bail, Context, Result};
use std::{
	fs::File,
	os::unix::process::CommandExt,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};

/// How long anything is waited for that should take a moment.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// How often it is looked at.
pub const GLANCE: Duration = Duration::from_millis(50);

/// A running program, with its output in a file. It is killed when this is dropped.
pub struct Process {
	name: String,
	child: Child,
	log: PathBuf,
}

impl Process {
	/// Starts `command`, in a process group of its own, so that Ctrl-C reaches the demonstration
	/// alone, which then ends its children in order. The output is added to `log`.
	pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Process> {
		let output = File::options().create(true).append(true).open(log)?;
		let child = command
			.stdin(Stdio::null())
			.stdout(output.try_clone()?)
			.stderr(output)
			.process_group(0)
			.spawn()
			.with_context(|| format!("{name} does not start"))?;
		Ok(Process { name: name.into(), child, log: log.into() })
	}

	/// The number of the process.
	pub fn id(&self) -> u32 {
		self.child.id()
	}

	/// Ends it at once, as `kill -9` would, and waits until it is gone.
	pub fn kill(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}

	/// Sends it a signal by its name, as `STOP`.
	pub fn signal(&self, signal: &str) -> Result<()> {
		let status =
			Command::new("kill").arg(format!("-{signal}")).arg(self.id().to_string()).status()?;
		if !status.success() {
			bail!("{} takes no signal", self.name);
		}
		Ok(())
	}

	/// Waits until it has ended by itself.
	pub async fn wait_until_gone(&mut self) -> Result<()> {
		let begin = Instant::now();
		while self.child.try_wait()?.is_none() {
			if begin.elapsed() > PATIENCE {
				bail!("{} does not end; see {}", self.name, self.log.display());
			}
			tokio::time::sleep(GLANCE).await;
		}
		Ok(())
	}

	/// Waits until `ready` finds something, unless the process ends or it takes too long.
	pub async fn wait_for<T>(
		&mut self,
		what: &str,
		mut ready: impl FnMut() -> Option<T>,
	) -> Result<T> {
		let begin = Instant::now();
		loop {
			if let Some(found) = ready() {
				return Ok(found);
			}
			if let Some(status) = self.child.try_wait()? {
				bail!("{} ended ({status}) before {what}; see {}", self.name, self.log.display());
			}
			if begin.elapsed() > PATIENCE {
				bail!("{} has no {what} after {PATIENCE:?}; see {}", self.name, self.log.display());
			}
			tokio::time::sleep(GLANCE).await;
		}
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		self.kill();
	}
}
