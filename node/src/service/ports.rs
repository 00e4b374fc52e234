//! The check that the ports of the configuration are free.
//!
//! If a port is taken, the SDK serves the RPC at another one, shares the one for peers with the other node,
//! and leaves out the metrics, all without an error. A node that starts that way looks healthy, while its
//! clients talk to the process that has the port.

use rustix::{
	io::Errno,
	net::{self, sockopt, AddressFamily, SocketType},
};
use sc_network::{multiaddr::Protocol, Multiaddr};
use sc_service::Configuration;
use std::{
	io,
	net::{IpAddr, SocketAddr},
};

/// The reason why a port cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// Another program has it.
	#[error(
		"the port {} for {purpose} is taken by another program at {}; stop it, or choose another port: {option}",
		.address.port(), .address.ip()
	)]
	Taken {
		/// The address at which the node would listen.
		address: SocketAddr,
		/// What the port is for.
		purpose: &'static str,
		/// The option that changes it.
		option: &'static str,
	},
	/// It is needed twice.
	#[error("the port {port} is given for {first} and for {second}; change one of them: {option}")]
	Twice {
		/// The port.
		port: u16,
		/// What it is for.
		first: &'static str,
		/// What else it is for.
		second: &'static str,
		/// The option that changes the second one.
		option: &'static str,
	},
	/// The system does not let the node listen there.
	#[error(
		"cannot listen at {address} for {purpose}: {source}; choose another address: {option}"
	)]
	Unusable {
		/// The address.
		address: SocketAddr,
		/// What it is for.
		purpose: &'static str,
		/// The option that changes it.
		option: &'static str,
		/// The error of the system.
		source: io::Error,
	},
}

impl From<Error> for sc_service::Error {
	fn from(error: Error) -> Self {
		sc_service::Error::Application(Box::new(error))
	}
}

/// An address at which the node will listen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Endpoint {
	address: SocketAddr,
	purpose: &'static str,
	option: &'static str,
	socket: SocketType,
	/// Whether the socket of an IPv6 address leaves IPv4 to others.
	only_v6: bool,
	/// Whether the node starts without it on a machine that has no such address.
	is_optional: bool,
}

/// Checks that all ports are free. Then makes the RPC listen there or fail, and replaces a port of zero for
/// the metrics by a free one, so that its number is known.
///
/// # Errors
///
/// Fails for the first port that is taken, that is needed twice, or that the system does not allow.
pub fn claim(config: &mut Configuration) -> Result<(), Error> {
	check(&endpoints(config))?;
	for endpoint in config.rpc.addr.iter_mut().flatten() {
		endpoint.retry_random_port = false;
	}
	if let Some(metrics) =
		config.prometheus_config.as_mut().filter(|config| config.port.port() == 0)
	{
		let free = std::net::TcpListener::bind(metrics.port).and_then(|socket| socket.local_addr());
		metrics.port = free.unwrap_or(metrics.port);
	}
	Ok(())
}

fn endpoints(config: &Configuration) -> Vec<Endpoint> {
	let rpc = config.rpc.addr.iter().flatten().map(|endpoint| Endpoint {
		address: endpoint.listen_addr,
		purpose: "the RPC",
		option: "--rpc-port",
		socket: SocketType::STREAM,
		only_v6: false,
		is_optional: endpoint.is_optional,
	});
	let metrics = config.prometheus_config.iter().map(|metrics| Endpoint {
		address: metrics.port,
		purpose: "the metrics",
		option: "--prometheus-port",
		socket: SocketType::STREAM,
		only_v6: false,
		is_optional: false,
	});
	let peers = config.network.listen_addresses.iter().filter_map(peer_endpoint);
	rpc.chain(metrics).chain(peers).collect()
}

/// The endpoint of a multiaddress, `None` if it names no IP address and port.
fn peer_endpoint(address: &Multiaddr) -> Option<Endpoint> {
	let mut parts = address.iter();
	let ip = match parts.next()? {
		Protocol::Ip4(ip) => ip.into(),
		Protocol::Ip6(ip) => ip.into(),
		_ => return None,
	};
	let (port, socket) = match parts.next()? {
		Protocol::Tcp(port) => (port, SocketType::STREAM),
		Protocol::Udp(port) => (port, SocketType::DGRAM),
		_ => return None,
	};
	let address = SocketAddr::new(ip, port);
	let (purpose, option) = ("other nodes", "--port, or --listen-addr if it is given");
	Some(Endpoint {
		address,
		purpose,
		option,
		socket,
		only_v6: true,
		is_optional: address.is_ipv6(),
	})
}

fn check(endpoints: &[Endpoint]) -> Result<(), Error> {
	for (index, endpoint) in endpoints.iter().enumerate() {
		let before = endpoints.iter().take(index);
		if let Some(other) = before.into_iter().find(|other| is_shared(other, endpoint)) {
			return Err(Error::Twice {
				port: endpoint.address.port(),
				first: other.purpose,
				second: endpoint.purpose,
				option: endpoint.option,
			});
		}
		let Endpoint { address, purpose, option, .. } = *endpoint;
		match bind(endpoint) {
			Ok(()) => {},
			Err(Errno::ADDRINUSE) => return Err(Error::Taken { address, purpose, option }),
			Err(_) if endpoint.is_optional => {},
			Err(error) => {
				return Err(Error::Unusable { address, purpose, option, source: error.into() });
			},
		}
	}
	Ok(())
}

/// Whether two uses need the same port of one machine. Two addresses of one use may share it.
fn is_shared(one: &Endpoint, other: &Endpoint) -> bool {
	let (port, addresses) = (one.address.port(), [one.address.ip(), other.address.ip()]);
	one.purpose != other.purpose
		&& one.socket == other.socket
		&& (addresses[0] == addresses[1] || addresses.iter().any(IpAddr::is_unspecified))
		&& port != 0
		&& port == other.address.port()
}

/// Binds a socket and closes it. It does not listen, because no client should find a node that does not
/// serve yet.
fn bind(endpoint: &Endpoint) -> Result<(), Errno> {
	let family = match endpoint.address {
		SocketAddr::V4(_) => AddressFamily::INET,
		SocketAddr::V6(_) => AddressFamily::INET6,
	};
	let socket = net::socket(family, endpoint.socket, None)?;
	if endpoint.socket == SocketType::STREAM {
		// As those who listen do: a port is free though its last connections wait for their end.
		sockopt::set_socket_reuseaddr(&socket, true)?;
	}
	if endpoint.only_v6 && endpoint.address.is_ipv6() {
		sockopt::set_ipv6_v6only(&socket, true)?;
	}
	net::bind(&socket, &endpoint.address)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::net::{Ipv4Addr, TcpListener, UdpSocket};

	fn endpoint(purpose: &'static str, port: u16) -> Endpoint {
		Endpoint {
			address: (Ipv4Addr::LOCALHOST, port).into(),
			purpose,
			option: "--the-port",
			socket: SocketType::STREAM,
			only_v6: false,
			is_optional: false,
		}
	}

	fn peer(address: &str) -> Option<Endpoint> {
		peer_endpoint(&address.parse().expect("it is a multiaddress"))
	}

	/// A port that a socket of this address listens at.
	fn taken(address: &str) -> (TcpListener, u16) {
		let socket = TcpListener::bind(address).expect("a port is free");
		let port = socket.local_addr().expect("it is bound").port();
		(socket, port)
	}

	#[test]
	fn free_ports_pass_and_stay_free() {
		let (socket, port) = taken("127.0.0.1:0");
		drop(socket);
		let endpoints = [endpoint("the RPC", port), endpoint("the metrics", 0)];
		for _ in 0..2 {
			assert!(check(&endpoints).is_ok());
		}
		assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
	}

	#[test]
	fn a_port_that_is_taken_is_named_with_its_option() {
		let (_socket, port) = taken("127.0.0.1:0");
		let error = check(&[endpoint("the RPC", port)]).expect_err("it is taken");
		assert_eq!(
			error.to_string(),
			format!(
				"the port {port} for the RPC is taken by another program at 127.0.0.1; stop it, or choose \
				 another port: --the-port"
			)
		);
	}

	#[test]
	fn a_port_for_peers_is_taken_by_a_program_at_one_address() {
		let (_socket, port) = taken("127.0.0.1:0");
		for address in [format!("/ip4/0.0.0.0/tcp/{port}"), format!("/ip4/127.0.0.1/tcp/{port}/ws")]
		{
			let peer = peer(&address).expect("it names a port");
			assert!(matches!(check(&[peer]), Err(Error::Taken { .. })), "{address}");
		}
		let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
		let port = socket.local_addr().expect("it is bound").port();
		let peer = peer(&format!("/ip4/127.0.0.1/udp/{port}/webrtc-direct")).expect("a port");
		assert!(matches!(check(&[peer]), Err(Error::Taken { .. })));
	}

	#[test]
	fn both_addresses_of_one_purpose_may_have_one_port() {
		let (socket, port) = taken("127.0.0.1:0");
		drop(socket);
		let peers = ["/ip6/::/tcp/", "/ip4/0.0.0.0/tcp/"];
		let peers = peers.map(|address| peer(&format!("{address}{port}")).expect("a port"));
		assert!(check(&peers).is_ok());
	}

	#[test]
	fn a_port_that_is_needed_twice_is_named_with_both_uses() {
		let (socket, port) = taken("127.0.0.1:0");
		drop(socket);
		let endpoints = [endpoint("the RPC", port), endpoint("the metrics", port)];
		let error = check(&endpoints).expect_err("it is one port");
		assert!(error.to_string().contains("for the RPC and for the metrics"), "{error}");
		let at = |address: [u8; 4]| Endpoint {
			address: (address, port).into(),
			// Not every system has all addresses of the loopback network.
			is_optional: true,
			..endpoint("the metrics", port)
		};
		let everywhere = at([0, 0, 0, 0]);
		assert!(matches!(check(&[endpoints[0], everywhere]), Err(Error::Twice { .. })));
		assert!(check(&[endpoints[0], at([127, 0, 0, 2])]).is_ok(), "they are two addresses");
	}

	#[test]
	fn an_address_of_another_machine_is_rejected_unless_it_is_optional() {
		let elsewhere = SocketAddr::from(([192, 0, 2, 1], 0));
		let required = Endpoint { address: elsewhere, ..endpoint("the RPC", 0) };
		assert!(matches!(check(&[required]), Err(Error::Unusable { .. })));
		assert!(check(&[Endpoint { is_optional: true, ..required }]).is_ok());
	}

	#[test]
	fn addresses_without_ip_address_and_port_are_left_out() {
		for address in ["/dns/example.org/tcp/30333", "/memory/7", "/ip4/127.0.0.1"] {
			assert_eq!(peer(address), None);
		}
	}
}
