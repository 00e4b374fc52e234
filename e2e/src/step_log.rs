//! What is told on the screen: a line for each step, with its time and its outcome.

use anyhow::{Error, Result};
use std::{
	future::Future,
	io::{IsTerminal, Write},
	time::{Duration, Instant},
};

/// How often a step that takes long says so, at a terminal.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Counts and prints the steps of the story.
#[derive(Default)]
pub struct StepLog {
	passed: usize,
	failed: usize,
}

impl StepLog {
	/// Takes a step and prints how it went. What it gives back is a sentence about what was seen.
	pub async fn step(
		&mut self,
		number: &str,
		title: &str,
		step: impl Future<Output = Result<String>>,
	) -> Result<()> {
		let begin = Instant::now();
		let outcome = watched(number, title, begin, step).await;
		let seconds = begin.elapsed().as_secs_f64();
		match outcome {
			Ok(seen) => {
				self.passed += 1;
				println!("ok   {number:>3}  {title} ({seconds:.1} s)\n          {seen}");
				Ok(())
			},
			Err(error) => {
				self.failed += 1;
				println!("FAIL {number:>3}  {title} ({seconds:.1} s)\n          {error:#}");
				// What follows builds on it.
				Err(error.context(format!("step {number}")))
			},
		}
	}

	/// Prints the closing line. True if nothing failed.
	pub fn close(&self) -> bool {
		// The terminal may be gone.
		let _ = writeln!(std::io::stdout(), "\n{} passed, {} failed", self.passed, self.failed);
		self.failed == 0
	}
}

/// Runs `work`, and at a terminal shows how long it has been running.
async fn watched<T>(
	number: &str,
	title: &str,
	begin: Instant,
	work: impl Future<Output = Result<T>>,
) -> Result<T, Error> {
	tokio::pin!(work);
	let terminal = std::io::stdout().is_terminal();
	loop {
		tokio::select! {
			outcome = &mut work => {
				if terminal {
					print!("\r\x1b[2K");
				}
				return outcome;
			},
			() = tokio::time::sleep(HEARTBEAT), if terminal => {
				print!("\r...  {number:>3}  {title} ({} s)", begin.elapsed().as_secs());
				let _ = std::io::stdout().flush();
			},
		}
	}
}
