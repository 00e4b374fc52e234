//! What the miner does or waits for, in the log.

use medrec_primitives::identity::SubjectId;
use std::fmt;

/// What the miner does or waits for. A pause for the spacing between a miner's blocks is part of mining.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
	/// The node downloads blocks.
	Syncing,
	/// The keystore has no mining key.
	NoKey,
	/// No active researcher has registered a mining key of the keystore.
	NotRegistered,
	/// It mines for this researcher.
	Mining(SubjectId),
}

impl fmt::Display for Phase {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Phase::Syncing => formatter.write_str(
				"Waiting to mine: this node downloads the blocks of its peers first",
			),
			Phase::NoKey => formatter.write_str(
				"Waiting to mine: the keystore has no mining key; insert one: medrec-node key insert \
				 --key-type mine",
			),
			Phase::NotRegistered => formatter.write_str(
				"Waiting to mine: no active researcher of this chain has registered the mining key in the \
				 keystore",
			),
			Phase::Mining(miner) => write!(formatter, "Mining for the researcher {miner}"),
		}
	}
}

/// Reports each change of the phase once.
#[derive(Default)]
pub struct PhaseReport {
	last: Option<Phase>,
}

impl PhaseReport {
	/// Whether `phase` is another one than before.
	pub fn is_new(&mut self, phase: Phase) -> bool {
		self.last.replace(phase) != Some(phase)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn each_change_is_reported_once() {
		let mining = Phase::Mining(SubjectId::repeat_byte(1));
		let mut report = PhaseReport::default();
		let phases =
			[Phase::Syncing, Phase::Syncing, Phase::NoKey, mining, mining, Phase::Syncing, mining];
		let reported: Vec<_> = phases.into_iter().filter(|phase| report.is_new(*phase)).collect();
		assert_eq!(reported, [Phase::Syncing, Phase::NoKey, mining, Phase::Syncing, mining]);
	}

	#[test]
	fn a_miner_that_waits_says_what_for() {
		for (phase, cause) in [
			(Phase::Syncing, "downloads"),
			(Phase::NoKey, "medrec-node key insert --key-type mine"),
			(Phase::NotRegistered, "no active researcher"),
		] {
			let text = phase.to_string();
			assert!(text.starts_with("Waiting to mine: ") && text.contains(cause), "{text}");
		}
	}
}
