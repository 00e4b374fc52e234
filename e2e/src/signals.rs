//! The signals that ask the demonstration to stop.

use std::io;
use tokio::signal::unix::{signal, Signal, SignalKind};

/// Why the demonstration stops.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stop {
	/// Ctrl-C by the user.
	Interrupted,
	/// A time limit, `kill`, or a closed terminal.
	Terminated,
}

/// Receives the signals that ask a program to stop.
pub struct StopSignals {
	interrupt: Signal,
	terminate: Signal,
	/// None under `nohup`, where this signal must be ignored.
	hang_up: Option<Signal>,
}

impl StopSignals {
	/// Begins to receive them; from now on they do not end the program by themselves.
	pub fn listen() -> io::Result<StopSignals> {
		let hang_up = match is_hang_up_ignored() {
			true => None,
			false => Some(signal(SignalKind::hangup())?),
		};
		Ok(StopSignals {
			interrupt: signal(SignalKind::interrupt())?,
			terminate: signal(SignalKind::terminate())?,
			hang_up,
		})
	}

	/// Waits for the next one.
	pub async fn next(&mut self) -> Stop {
		let StopSignals { interrupt, terminate, hang_up } = self;
		let hang_up = async {
			match hang_up {
				Some(hang_up) => hang_up.recv().await,
				None => std::future::pending().await,
			}
		};
		tokio::select! {
			_ = interrupt.recv() => Stop::Interrupted,
			_ = terminate.recv() => Stop::Terminated,
			_ = hang_up => Stop::Terminated,
		}
	}
}

fn is_hang_up_ignored() -> bool {
	std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hang_up(&status))
}

/// Whether a process with this status ignores the signal 1, which is the lowest bit of the mask.
fn ignores_hang_up(status: &str) -> bool {
	let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
	mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
		.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::process::Command;

	#[tokio::test]
	async fn each_stop_signal_is_received() {
		let mut signals = StopSignals::listen().unwrap();
		let mut sent = vec![("INT", Stop::Interrupted), ("TERM", Stop::Terminated)];
		if !is_hang_up_ignored() {
			sent.push(("HUP", Stop::Terminated));
		}
		for (signal, stop) in sent {
			let id = std::process::id().to_string();
			let status = Command::new("kill").args(["-s", signal, &id]).status().unwrap();
			assert!(status.success());
			assert_eq!(signals.next().await, stop, "{signal}");
		}
	}

	#[test]
	fn nohup_is_recognised() {
		let status = |mask| format!("SigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t1\n");
		assert!(ignores_hang_up(&status("0000000000001001")));
		assert!(!ignores_hang_up(&status("0000000000001000")));
		assert!(!ignores_hang_up(""));
	}
}
