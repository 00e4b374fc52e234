//! The signals that ask the demonstration to end.

use std::io;
use tokio::signal::unix::{signal, Signal, SignalKind};

/// How the demonstration is asked to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
	/// By whoever watches it, with Ctrl-C.
	Left,
	/// From outside: by a time limit, by `kill`, or because the terminal was closed.
	Cut,
}

/// Hears the signals that ask a program to end.
pub struct Endings {
	interrupt: Signal,
	terminate: Signal,
	/// None if this is not to be heard, as under `nohup`.
	hang_up: Option<Signal>,
}

impl Endings {
	/// From now on they end the program no more by themselves.
	pub fn listen() -> io::Result<Endings> {
		let hang_up = match hang_up_is_ignored() {
			true => None,
			false => Some(signal(SignalKind::hangup())?),
		};
		Ok(Endings {
			interrupt: signal(SignalKind::interrupt())?,
			terminate: signal(SignalKind::terminate())?,
			hang_up,
		})
	}

	/// Waits until one comes.
	pub async fn next(&mut self) -> Ending {
		let Endings { interrupt, terminate, hang_up } = self;
		let hung_up = async {
			match hang_up {
				Some(hang_up) => hang_up.recv().await,
				None => std::future::pending().await,
			}
		};
		tokio::select! {
			_ = interrupt.recv() => Ending::Left,
			_ = terminate.recv() => Ending::Cut,
			_ = hung_up => Ending::Cut,
		}
	}
}

/// Whether the program was started so that it stays when its terminal goes.
fn hang_up_is_ignored() -> bool {
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
	async fn whoever_asks_it_to_end_is_heard() {
		let mut endings = Endings::listen().unwrap();
		let mut signals = vec![("INT", Ending::Left), ("TERM", Ending::Cut)];
		if !hang_up_is_ignored() {
			signals.push(("HUP", Ending::Cut));
		}
		for (signal, ending) in signals {
			let id = std::process::id().to_string();
			let sent = Command::new("kill").arg(format!("-{signal}")).arg(id).status().unwrap();
			assert!(sent.success());
			assert_eq!(endings.next().await, ending, "{signal}");
		}
	}

	#[test]
	fn a_program_under_nohup_is_known() {
		let status = |mask| format!("SigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t1\n");
		assert!(ignores_hang_up(&status("0000000000001001")));
		assert!(!ignores_hang_up(&status("0000000000001000")));
		assert!(!ignores_hang_up(""));
	}
}
