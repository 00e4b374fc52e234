//! The programs of the network: nodes and a gatekeeper, as operators would start them.

mod gatekeeper;
mod node;
mod process;
mod rpc;

pub use gatekeeper::{Bounty, Gatekeeper};
pub use node::{Node, NodeOptions};
pub use process::{Process, GLANCE, PATIENCE};
pub use rpc::{local_client, Rpc};

use anyhow::{bail, Result};
use std::{future::Future, time::Instant};

/// Waits until `look` finds something. The chain decides when; the limit is generous.
pub async fn until<T, F>(what: &str, mut look: impl FnMut() -> F) -> Result<T>
where
	F: Future<Output = Result<Option<T>>>,
{
	let begin = Instant::now();
	loop {
		if let Some(found) = look().await? {
			return Ok(found);
		}
		if begin.elapsed() > PATIENCE {
			bail!("{what} did not happen within {PATIENCE:?}");
		}
		tokio::time::sleep(GLANCE).await;
	}
}
