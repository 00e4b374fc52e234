//! `medrec chain`: the state of the chain and of the node.

mod status;

use crate::{
	context::{Context, Session},
	failure::{Failure, Result},
	output::{Output, Report},
	page::Page,
	schema::Documented,
	text::clean,
};
use clap::Subcommand;
use serde::Serialize;
use status::ChainStatus;
use std::time::Duration;

/// How long the first command after the start of a node waits for it.
const START: Duration = Duration::from_secs(60);

/// Show the state of the chain and of the node.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Show heads, finality, peers, miners, council and your subject.
	///
	/// It waits up to a minute for a node that is starting.
	Status {
		/// Wait until the node has caught up with the chain.
		///
		/// It has caught up when it has peers or needs none, does not synchronise, and its final block is
		/// less than a minute old.
		#[arg(long)]
		synced: bool,
	},
	/// Print the address by which other nodes find this one.
	///
	/// It is for the option --bootnodes of another node. Of several, it is one that other machines can
	/// reach, if there is one. With --json, all are printed.
	Address,
}

/// What the commands print.
pub const OUTPUTS: &[Documented] = &[
	Documented::of::<ChainStatus>("chain status"),
	Documented::of::<ChainAddresses>("chain address"),
];

/// Runs a command of the group.
pub async fn run(context: &Context, command: Command) -> Result<Output> {
	let session = &context.connect_within(START).await?;
	match command {
		Command::Status { synced } => status::run(session, synced).await,
		Command::Address => address(session).await,
	}
}

/// The addresses by which other nodes find the node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[derive(utoipa::ToSchema)]
pub struct ChainAddresses {
	/// The address that is printed as text.
	address: String,
	/// All addresses at which the node listens.
	addresses: Vec<String>,
}

impl Report for ChainAddresses {
	fn page(&self) -> Page {
		Page::default().verbatim(clean(&self.address))
	}
}

async fn address(session: &Session<'_>) -> Result<Output> {
	let addresses = session.chain.peer_addresses().await?;
	let address = best_address(&addresses).ok_or_else(|| {
		let message = "the node listens for no peers; start it with --listen-addr";
		Failure::failed("no_address", message)
	})?;
	Ok(Output::of(&ChainAddresses { address: address.to_owned(), addresses }))
}

/// An address that other machines can reach, or else any.
fn best_address(addresses: &[String]) -> Option<&str> {
	let is_local = |address: &str| {
		["/ip4/127.", "/ip6/::1/", "/ip6/fe80:"].iter().any(|local| address.starts_with(local))
	};
	let rank = |address: &&str| match address.contains("/ws") {
		true => 3,
		false if is_local(address) => 2,
		false if address.starts_with("/ip4/") => 0,
		false => 1,
	};
	addresses.iter().map(String::as_str).min_by_key(rank)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_address_is_one_that_other_machines_can_reach() {
		let address = |addresses: &[&str]| {
			let addresses = Vec::from_iter(addresses.iter().map(ToString::to_string));
			best_address(&addresses).map(str::to_owned)
		};
		let local = "/ip4/127.0.0.1/tcp/30333/p2p/12D3";
		let ws = "/ip4/10.0.0.2/tcp/30333/ws/p2p/12D3";
		let public = "/ip4/10.0.0.2/tcp/30333/p2p/12D3";
		assert_eq!(address(&[local, ws, public]).as_deref(), Some(public));
		assert_eq!(
			address(&["/ip6/::1/tcp/1/p2p/12D3", local]).as_deref(),
			Some("/ip6/::1/tcp/1/p2p/12D3")
		);
		assert_eq!(address(&[ws]).as_deref(), Some(ws));
		assert_eq!(address(&[]), None);
	}
}
