//! The output of the demonstration: a line for each step, with its time and its outcome.

use anyhow::Result;
use std::{
	future::Future,
	io::{IsTerminal, Write},
	time::{Duration, Instant},
};

/// How often a terminal shows the time of a running step.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// The column in which details begin.
const INDENT: usize = 10;

/// The width of a terminal.
const WIDTH: usize = 80;

/// The result of a step for later steps, and a line about its outcome.
pub type Step<T = ()> = Result<(T, String)>;

/// The outcome of a step without a result for later steps. `seen` is the line about it.
pub fn passed(seen: impl Into<String>) -> Step {
	Ok(((), seen.into()))
}

/// Counts and prints the steps of the story.
#[derive(Default)]
pub struct StepLog {
	passed: usize,
	failed: usize,
	closed: bool,
}

impl StepLog {
	/// Runs a step and prints its outcome: what the step saw, or its error.
	pub async fn step<T>(
		&mut self,
		number: u8,
		title: &str,
		step: impl Future<Output = Step<T>>,
	) -> Result<T> {
		let start = Instant::now();
		let outcome = with_heartbeat(number, title, start, step).await;
		let time = start.elapsed().as_secs_f64();
		let print = |word, details: &str| {
			println!("{word} {number:>3}  {title} ({time:.1} s)\n{}", wrapped(details));
		};
		match outcome {
			Ok((value, seen)) => {
				print("ok  ", &seen);
				self.passed += 1;
				Ok(value)
			},
			Err(error) => {
				print("FAIL", &format!("{error:#}"));
				self.failed += 1;
				Err(error.context(format!("step {number}")))
			},
		}
	}

	/// Prints the closing line, once. True if no step failed.
	pub fn close(&mut self) -> bool {
		if !std::mem::replace(&mut self.closed, true) {
			// The terminal may be gone.
			let _ = writeln!(std::io::stdout(), "\n{} passed, {} failed", self.passed, self.failed);
		}
		self.failed == 0
	}
}

/// Runs a step; at a terminal, shows how long it has been running.
async fn with_heartbeat<T>(
	number: u8,
	title: &str,
	start: Instant,
	step: impl Future<Output = Result<T>>,
) -> Result<T> {
	tokio::pin!(step);
	if !std::io::stdout().is_terminal() {
		return step.await;
	}
	loop {
		if let Ok(outcome) = tokio::time::timeout(HEARTBEAT, &mut step).await {
			print!("\r\x1b[2K");
			return outcome;
		}
		print!("\r...  {number:>3}  {title} ({} s)", start.elapsed().as_secs());
		let _ = std::io::stdout().flush();
	}
}

/// Indents a text and breaks its lines between words at the width of a terminal.
fn wrapped(text: &str) -> String {
	let mut lines = vec![String::new()];
	for word in text.split_whitespace() {
		match lines.last_mut() {
			Some(line) if line.is_empty() => line.push_str(word),
			Some(line) if INDENT + line.len() + 1 + word.len() <= WIDTH => {
				line.push(' ');
				line.push_str(word);
			},
			_ => lines.push(word.to_owned()),
		}
	}
	let indent = " ".repeat(INDENT);
	format!("{indent}{}", lines.join(&format!("\n{indent}")))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn details_fit_the_terminal() {
		let text = wrapped(&"word ".repeat(40));
		assert_eq!(text.split_whitespace().count(), 40);
		assert!(text.lines().count() == 3 && text.lines().all(|line| line.len() <= WIDTH));
		assert_eq!(wrapped("one"), "          one");
	}

	#[tokio::test]
	async fn a_failed_step_fails_the_story() {
		let mut log = StepLog::default();
		assert_eq!(log.step(1, "works", async { Ok((7, String::new())) }).await.unwrap(), 7);
		assert!(log.close());
		let failed = log.step::<()>(2, "fails", async { anyhow::bail!("reason") }).await;
		assert_eq!(format!("{:#}", failed.unwrap_err()), "step 2: reason");
		assert!(!log.close());
	}
}
