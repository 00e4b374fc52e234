//! The components of a node and their connections.
//!
//! Blocks are imported through two layers, `Pow(Grandpa(client))`: proof of work orders them, the votes
//! of providers finalise them.

mod finality;
mod full;
mod network;
mod partial;
mod pipeline;
mod seal_check;
mod telemetry;
mod voter;

use crate::{keys::DevIdentity, mining::Settings};

pub use full::run;
pub use partial::new_partial;

/// The options of a node beyond those of `sc-cli`.
#[derive(Clone, Debug, Default)]
pub struct Options {
	/// The settings of the miner, `None` if the node does not mine.
	pub mining: Option<Settings>,
	/// The identities of a development chain whose keys the node uses.
	pub dev_identity: Vec<DevIdentity>,
}
