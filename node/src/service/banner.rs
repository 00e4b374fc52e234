//! What a node says of itself when it starts.

use crate::{chain_spec::is_development, types::Components};
use sc_network::{multiaddr::Protocol, service::traits::NetworkService, Multiaddr, PeerId};
use sc_service::{Configuration, TaskManager};
use sp_blockchain::HeaderBackend;
use std::{
	fmt,
	net::{IpAddr, SocketAddr},
	path::PathBuf,
	sync::Arc,
	time::Duration,
};

/// The pause between two looks at the addresses of the network, which it finds after its start.
const POLL: Duration = Duration::from_millis(100);

/// What the configuration says of the node.
pub struct Banner {
	version: String,
	chain: String,
	votes: bool,
	mines: bool,
	data: PathBuf,
	metrics: Option<SocketAddr>,
	/// The addresses that the operator has given for other nodes.
	public: Vec<Multiaddr>,
}

impl Banner {
	/// The banner of a node with this configuration, which mines or does not.
	pub fn new(config: &Configuration, mines: bool) -> Self {
		let spec = &config.chain_spec;
		let trial = if is_development(&spec.chain_type()) { ", for trials only" } else { "" };
		Self {
			version: config.impl_version.clone(),
			chain: format!("{} ({}{trial})", spec.name(), spec.id()),
			votes: config.role.is_authority() && !config.disable_grandpa,
			mines,
			data: std::path::absolute(&config.data_path).unwrap_or(config.data_path.clone()),
			metrics: config.prometheus_config.as_ref().map(|metrics| metrics.port),
			public: config.network.public_addresses.clone(),
		}
	}

	fn role(&self) -> &'static str {
		match (self.votes, self.mines) {
			(true, true) => "voter and miner",
			(true, false) => "voter",
			(false, true) => "miner",
			(false, false) => "follower",
		}
	}

	/// Logs the banner of a node that serves its RPC at these addresses. The address for other nodes
	/// follows as soon as the network has one.
	pub fn log(
		self,
		node: &Components,
		rpc: &[Multiaddr],
		network: Arc<dyn NetworkService>,
		tasks: &TaskManager,
	) {
		log::info!("MedRec node {}", self.version);
		log::info!("Chain: {}, genesis {:?}", self.chain, node.client.info().genesis_hash);
		log::info!("Role: {}", self.role());
		log::info!("Data: {}", self.data.display());
		if let Some(metrics) = self.metrics {
			log::info!("Metrics: http://{metrics}/metrics");
		}
		if let Some(address) = rpc.first().and_then(socket_address) {
			log::info!("RPC: ws://{address}");
		}
		let public = self.public;
		tasks.spawn_handle().spawn("peer-address", None, async move {
			loop {
				let address = public.first().cloned();
				if let Some(address) = address.or_else(|| best_address(network.listen_addresses()))
				{
					let peer = PeerAddress(address, network.local_peer_id());
					log::info!("Address for other nodes (--bootnodes): {peer}");
					return;
				}
				tokio::time::sleep(POLL).await;
			}
		});
	}
}

/// A multiaddress with the identity of the peer.
struct PeerAddress(Multiaddr, PeerId);

impl fmt::Display for PeerAddress {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self(address, peer) = self;
		match address.iter().last() {
			Some(Protocol::P2p(_)) => write!(formatter, "{address}"),
			_ => write!(formatter, "{address}/p2p/{peer}"),
		}
	}
}

/// The address at which other machines are most likely to reach the node: over TCP, over IPv4, and not that
/// of this machine for itself.
fn best_address(addresses: Vec<Multiaddr>) -> Option<Multiaddr> {
	addresses.into_iter().max_by_key(|address| {
		let mut parts = address.iter();
		let host = match parts.next() {
			Some(Protocol::Ip4(ip)) if !ip.is_loopback() => 3,
			Some(Protocol::Ip6(ip)) if !ip.is_loopback() => 2,
			Some(Protocol::Ip4(_)) => 1,
			_ => 0,
		};
		(matches!(parts.next(), Some(Protocol::Tcp(_))), host)
	})
}

fn socket_address(address: &Multiaddr) -> Option<SocketAddr> {
	let mut parts = address.iter();
	let ip: IpAddr = match parts.next()? {
		Protocol::Ip4(ip) => ip.into(),
		Protocol::Ip6(ip) => ip.into(),
		_ => return None,
	};
	match parts.next()? {
		Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn address(text: &str) -> Multiaddr {
		text.parse().expect("it is a multiaddress")
	}

	fn banner(votes: bool, mines: bool) -> Banner {
		Banner {
			version: String::new(),
			chain: String::new(),
			votes,
			mines,
			data: PathBuf::new(),
			metrics: None,
			public: Vec::new(),
		}
	}

	#[test]
	fn the_role_is_what_the_node_does() {
		assert_eq!(banner(true, true).role(), "voter and miner");
		assert_eq!(banner(true, false).role(), "voter");
		assert_eq!(banner(false, true).role(), "miner");
		assert_eq!(banner(false, false).role(), "follower");
	}

	#[test]
	fn an_address_that_others_reach_is_preferred() {
		let mut addresses = [
			"/ip4/192.0.2.7/tcp/30333",
			"/ip6/2001:db8::7/tcp/30333",
			"/ip4/127.0.0.1/tcp/30333",
			"/ip6/::1/tcp/30333",
			"/ip4/192.0.2.7/udp/30333/webrtc-direct",
		]
		.map(address)
		.to_vec();
		while !addresses.is_empty() {
			let mut shuffled = addresses.clone();
			shuffled.reverse();
			assert_eq!(best_address(shuffled), addresses.first().cloned());
			addresses.remove(0);
		}
		assert_eq!(best_address(Vec::new()), None);
	}

	#[test]
	fn an_address_names_its_peer_once() {
		let peer = PeerId::random();
		let plain = address("/ip4/127.0.0.1/tcp/30333");
		let full = format!("/ip4/127.0.0.1/tcp/30333/p2p/{peer}");
		assert_eq!(PeerAddress(plain, peer).to_string(), full);
		assert_eq!(PeerAddress(address(&full), peer).to_string(), full);
	}

	#[test]
	fn the_address_of_the_rpc_is_that_of_its_socket() {
		let socket = |text| socket_address(&address(text)).map(|socket| socket.to_string());
		assert_eq!(socket("/ip4/127.0.0.1/tcp/9944").as_deref(), Some("127.0.0.1:9944"));
		assert_eq!(socket("/ip6/::1/tcp/9944").as_deref(), Some("[::1]:9944"));
		assert_eq!(socket("/dns/localhost/tcp/9944"), None);
	}
}
