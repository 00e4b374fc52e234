//! The client address by which unauthenticated requests are limited.

use axum::http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// The header in which a proxy names its client.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of the client; of an IPv6 address, its /64 network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Peer(pub IpAddr);

impl Peer {
	/// The client of a request with these `headers` on a connection from `address`: that address, or,
	/// if it is one of the `proxies`, the last address in `X-Forwarded-For`. The client itself may have
	/// written the addresses before the last.
	pub(super) fn of(address: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> Peer {
		let address = address.to_canonical();
		let is_proxy = proxies.iter().any(|proxy| proxy.to_canonical() == address);
		let forwarded = if is_proxy { last_hop(headers) } else { None };
		Peer(network(forwarded.unwrap_or(address)))
	}
}

/// The last address of the last such header, `None` if it is not an address.
fn last_hop(headers: &HeaderMap) -> Option<IpAddr> {
	let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
	let hop = last.rsplit(',').next()?.trim();
	let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
	hop.parse().ok().or_else(with_port)
}

/// The network of an IPv6 client is its /64, from which it may choose addresses freely.
fn network(address: IpAddr) -> IpAddr {
	match address.to_canonical() {
		IpAddr::V4(address) => IpAddr::V4(address),
		IpAddr::V6(address) => {
			let [a, b, c, d, ..] = address.segments();
			IpAddr::from([a, b, c, d, 0, 0, 0, 0])
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn address(text: &str) -> IpAddr {
		text.parse().unwrap()
	}

	/// The peer of a request on a connection from `from`, with these headers, behind one proxy.
	fn peer(from: &str, forwarded: &[&str]) -> IpAddr {
		let mut headers = HeaderMap::new();
		for value in forwarded {
			headers.append(FORWARDED_FOR, value.parse().unwrap());
		}
		Peer::of(address(from), &headers, &[address("10.0.0.1")]).0
	}

	#[test]
	fn an_ipv6_network_counts_as_one_peer() {
		assert_eq!(peer("2001:db8:1:2:3::4", &[]), peer("2001:db8:1:2:ffff::1", &[]));
		assert_ne!(peer("2001:db8:1:2::1", &[]), peer("2001:db8:1:3::1", &[]));
		assert_eq!(peer("::ffff:192.0.2.7", &[]), address("192.0.2.7"));
		assert_ne!(peer("192.0.2.7", &[]), peer("192.0.2.8", &[]));
	}

	#[test]
	fn a_trusted_proxy_names_its_client() {
		for (forwarded, expected) in [
			(&["192.0.2.7"][..], "192.0.2.7"),
			(&["192.0.2.7:4711"], "192.0.2.7"),
			(&["2001:db8:1:2:3::4"], "2001:db8:1:2::"),
			(&["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::"),
			// The client may have written all addresses but the last.
			(&["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
			(&["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
		] {
			assert_eq!(peer("10.0.0.1", forwarded), address(expected), "{forwarded:?}");
			assert_eq!(peer("::ffff:10.0.0.1", forwarded), address(expected), "{forwarded:?}");
		}
	}

	#[test]
	fn a_proxy_that_names_no_client_is_counted_itself() {
		for forwarded in [&[][..], &[""], &["unknown"], &["192.0.2.7,"], &["192.0.2.7", "_hidden"]]
		{
			assert_eq!(peer("10.0.0.1", forwarded), address("10.0.0.1"), "{forwarded:?}");
		}
	}

	#[test]
	fn the_header_of_others_is_ignored() {
		assert_eq!(peer("10.0.0.2", &["192.0.2.7"]), address("10.0.0.2"));
		assert_eq!(peer("192.0.2.8", &["10.0.0.1"]), address("192.0.2.8"));
	}
}
